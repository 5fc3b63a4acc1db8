"""Conventions hold for every service: each of these tests runs on all four."""

from importlib import import_module
from typing import Any

import pytest
from cryptography.fernet import Fernet

from deploy.standalone.command import SERVICES
from shared.clock import utc_now
from shared.messaging.tables import ParkedEvent, ParkedState
from shared.service import Runtime, Service

#: Stands in every name of the samples and nowhere else.
MARK = "Quagga"


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Service:
    return request.param


@pytest.fixture
def service_settings(service: Service) -> dict[str, Any]:
    wanted = service.settings.__dataclass_fields__
    return {"encryption_key": Fernet.generate_key().decode()} if "encryption_key" in wanted else {}


@pytest.fixture
def samples(runtime: Runtime) -> dict[str, Any]:
    """Route argument -> the id of such a thing, all of one organisation's; made by the service's tests/samples.py.

    Under "links": the purpose of a scoped link -> the secret of an open one.
    """
    made: dict[str, Any] = import_module(f"services.{runtime.service.name}.tests.samples").make_samples(runtime)
    with runtime.database.transaction() as session:
        parked = ParkedEvent(
            type="saypro.example.entry_added.v1", subject="quagga", payload=f'{{"data": "{MARK}"}}', ordered=True,
            state=ParkedState.PARKED, error=f"{MARK} error", created_at=utc_now(),
        )  # fmt: skip
        session.add(parked)
        session.flush()
        return {"links": {}, **made, "parked_id": parked.id, "filename": "saypro.css"}
