"""Every setting says what it is for, stands in docs/operating.md, and nothing else stands there."""

import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path

import click
import pytest

from deploy.standalone.command import SERVICES
from shared.command import service_command
from shared.service import Service
from shared.settings import KitSettings

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs/operating.md"
#: What a person must never read in a log has one of these in its name.
SECRET_WORDS = ("key", "secret", "password", "token", "database_url", "amqp_url", "smtp_url")


def read_table(text: str) -> dict[str, tuple[str, str]]:
    """Variable -> (which processes or services it is for, its default), from the section on settings."""
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    (settings,) = [part for part in section if part.startswith("Settings\n")]
    table: dict[str, tuple[str, str]] = {}
    for line in settings.splitlines():
        if line.startswith("| `"):
            names, places, default, words = (cell.strip() for cell in line.strip("|").split("|"))
            assert len(words) > 10, f"{names} does not say what it is"
            for name, value in zip(names.split(", "), default.split(", "), strict=True):
                table[name.strip("`")] = (places, value.strip("`"))
    return table


def list_settings() -> Iterator[tuple[Service, "Field[object]"]]:
    for service in SERVICES:
        for each in fields(service.settings):
            yield service, each


def list_process_options() -> dict[str, str]:
    """Variables that the processes themselves read, with their defaults."""
    options = [
        option
        for command in service_command(SERVICES[1]).commands.values()
        for option in command.params
        if isinstance(option, click.Option) and option.envvar
    ]
    return {str(option.envvar): str(option.default) for option in options}


def show_default(each: "Field[object]") -> str:
    if each.default is MISSING:
        return "needed"
    if isinstance(each.default, Path) and each.default.is_relative_to(ROOT):
        return str(each.default.relative_to(ROOT))
    return str(each.default) or "empty"


def find_objections(text: str) -> list[str]:
    """Where the document and the settings classes differ."""
    table, objections = read_table(text), []
    expected = {each.name.upper(): show_default(each) for _, each in list_settings()} | list_process_options()
    objections += [f"{name} is not documented" for name in expected.keys() - table.keys()]
    objections += [f"nothing reads {name}" for name in table.keys() - expected.keys()]
    for name in expected.keys() & table.keys():
        if table[name][1] != expected[name]:
            objections.append(f"{name}'s default is {expected[name]}, not {table[name][1]}")
    kit = {each.name for each in fields(KitSettings)}
    for service, each in list_settings():
        places = table.get(each.name.upper(), ("", ""))[0]
        if each.name not in kit and places and service.name not in places:
            objections.append(f"{each.name.upper()} is {service.name}'s, which its row does not say")
    return objections


def test_the_document_lists_what_is_read_and_nothing_else() -> None:
    assert find_objections(DOCUMENT.read_text()) == []


@pytest.mark.parametrize(
    ("before", "after", "objection"),
    [
        ("| `BRAND_NAME` ", "| `BRAND_NAMES` ", "BRAND_NAME is not documented"),
        ("| `BRAND_NAME` ", "| `BRAND_NAMES` ", "nothing reads BRAND_NAMES"),
        ("| `SayPro` |", "| `Acme` |", "BRAND_NAME's default is SayPro, not Acme"),
        ("| `SESSION_HOURS` | partners |", "| `SESSION_HOURS` | metrics |", "SESSION_HOURS is partners's"),
    ],
)
def test_a_seeded_difference_is_found(before: str, after: str, objection: str) -> None:
    text = DOCUMENT.read_text()
    assert before in text
    assert any(each.startswith(objection) for each in find_objections(text.replace(before, after)))


def test_every_setting_says_what_it_is_for() -> None:
    assert [each.name for _, each in list_settings() if len(each.metadata.get("help", "")) < 15] == []


def test_what_opens_a_door_is_marked_as_a_secret_and_left_out_of_what_is_shown() -> None:
    for _, each in list_settings():
        looks_secret = any(word in each.name for word in SECRET_WORDS)
        assert each.metadata["secret"] == looks_secret, each.name
        assert each.repr is not looks_secret, each.name


def test_a_variable_means_the_same_in_every_service() -> None:
    known: dict[str, str] = {}
    for _, each in list_settings():
        assert known.setdefault(each.name, each.metadata["help"]) == each.metadata["help"], each.name
