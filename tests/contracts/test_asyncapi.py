"""The AsyncAPI document and the page that `events` prints are whole, and true to what runs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator, Draft202012Validator

from deploy.standalone.command import SERVICES, saypro
from shared.command import service_command
from shared.events_command import read_samples
from shared.messaging.asyncapi import describe_fields, describe_service, describe_type
from shared.messaging.events import Event
from shared.service import Service

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def run(service: Service, form: str) -> str:
    answer = CliRunner().invoke(service_command(service), ["events", "--format", form])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def list_references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for each in part.values():
            yield from list_references(each)
    elif isinstance(part, list):
        for each in part:
            yield from list_references(each)


def resolve(document: dict[str, Any], reference: str) -> Any:
    assert reference.startswith("#/"), f"{reference} leads out of the document"
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


@each_service
def test_the_document_has_what_asyncapi_3_requires(service: Service) -> None:
    document = json.loads(run(service, "asyncapi"))
    assert document["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= document["info"].keys()
    assert document.keys() <= {
        "asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components",
    }  # fmt: skip
    for reference in list_references(document):
        resolve(document, reference)
    for channel in document["channels"].values():
        assert channel["address"].startswith("saypro.")
        assert channel["messages"]
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = resolve(document, operation["channel"]["$ref"])
        # Section "Operation Object": its messages must be referenced through its channel.
        for message in operation["messages"]:
            assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")
            assert message["$ref"].rsplit("/", 1)[1] in channel["messages"]
    for name, message in document["components"]["messages"].items():
        assert re.fullmatch(r"[a-zA-Z0-9._-]+", name)
        assert message["contentType"] == "application/cloudevents+json"
        Draft202012Validator.check_schema(message["payload"])


@each_service
def test_the_document_says_who_sends_and_who_receives_what(service: Service) -> None:
    document = describe_service(service.name, service.events, service.subscriptions)
    said = {
        action: {
            resolve(document, operation["channel"]["$ref"])["address"]
            for operation in document["operations"].values()
            if operation["action"] == action
        }
        for action in ("send", "receive")
    }
    assert said["send"] == {event.type for event in service.events}
    assert said["receive"] == {each.type for each in service.subscriptions}


@each_service
def test_every_sample_is_valid_by_its_publishers_and_its_readers_documents(service: Service) -> None:
    samples = {type_: sample for each in SERVICES for type_, sample in read_samples(each).items()}
    document = describe_service(service.name, service.events, service.subscriptions)
    for message in document["components"]["messages"].values():
        Draft202012Validator(message["payload"]).validate(samples[message["name"]])


@each_service
def test_the_page_names_every_event_and_every_field(service: Service) -> None:
    page = run(service, "markdown")
    for event in service.events:
        assert event.type in page
        for name in describe_fields(event)["properties"]:
            assert f"`{name}`" in page
    for each in service.subscriptions:
        assert each.type in page


def test_the_whole_product_describes_each_service() -> None:
    answer = CliRunner().invoke(saypro, ["events", "partners", "--format", "asyncapi"])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["info"]["title"] == "SayPro partners: events"
    assert CliRunner().invoke(saypro, ["events", "nobody"]).exit_code == 2


@dataclass(frozen=True)
class Part:
    amount: Decimal


@dataclass(frozen=True)
class Everything(Event):
    """An event with a field of each kind."""

    type: ClassVar[str] = "saypro.example.everything.v1"
    subject_field: ClassVar[str] = "thing_id"

    thing_id: UUID
    parts: list[Part]
    perhaps: Part | None
    names: tuple[str, ...]
    free: dict[str, Any]


def test_every_kind_of_field_is_described_as_it_is_encoded() -> None:
    thing_id = UUID("0196a2ee-1111-7a2b-8c3d-4e5f60718293")
    schema = describe_fields(Everything)
    Draft7Validator.check_schema(schema)
    for perhaps in (None, Part(Decimal("1E+3"))):
        event = Everything(thing_id, [Part(Decimal("-0.10"))], perhaps, ("a", "b"), {"x": [1]})
        Draft7Validator(schema).validate(event.encode())
    assert list(Draft7Validator(schema).iter_errors({"thing_id": 7, "parts": [{"amount": 1.5}]}))


@pytest.mark.parametrize("kind", [float, object, bytes, set[str]])
def test_what_an_event_cannot_carry_is_not_described(kind: Any) -> None:
    with pytest.raises(TypeError, match="cannot carry"):
        describe_type(kind)
