"""Where an organisation completes its profile: from a link or signed in, the same desk with other addresses."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from services.partners.history import FIELDS
from services.partners.organisations.queries import get_organisation
from services.partners.organisations.sections import (
    SECTIONS,
    fill_section,
    make_section_schema,
    read_section,
    say_value,
)
from services.partners.profiles import queries
from services.partners.profiles.models import OPEN, ProfileUpdate
from services.partners.profiles.service import open_update
from shared.web.context import identity, link, now, session
from shared.web.forms import BoundForm, parse_form

SECTION_NAMES = {
    "about": _l("Who you are"),
    "focus": _l("Focus areas and goals"),
    "reach": _l("Places and reach"),
    "track_record": _l("Track record"),
    "online": _l("Found online"),
    "logo": _l("Logo"),
}


@dataclass(frozen=True)
class Shown:
    """A field of a section as the register has it, and as it is typed where that differs."""

    label: str
    was: str
    wanted: str | None


@dataclass(frozen=True)
class Desk:
    """An organisation and what it is writing, if anything; `secret` is the link's, None for who is signed in."""

    organisation: Any
    update: ProfileUpdate | None
    secret: str | None

    @property
    def writable(self) -> bool:
        """Whether more can be typed: what came by a link ends with being sent, who is signed in starts anew."""
        return self.secret is None or (self.update is not None and self.update.state == OPEN)

    @property
    def draft(self) -> ProfileUpdate | None:
        """What is typed and not sent yet."""
        return self.update if self.update is not None and self.update.state == OPEN else None

    def address(self, section: str | None = None) -> str:
        place: dict[str, Any] = {"secret": self.secret} if self.secret else {"organisation_id": self.organisation.id}
        endings = ("show", "edit") if self.secret is None else ("show_by_link", "edit_by_link")
        if section is None:
            return url_for(f"own_profile.{endings[0]}", **place)
        return url_for(f"own_profile.{endings[1]}", profile_section=section, **place)

    def picture(self, which: str) -> str:
        place: dict[str, Any] = {"secret": self.secret} if self.secret else {"organisation_id": self.organisation.id}
        ending = "show_picture" if self.secret is None else "show_picture_by_link"
        return url_for(f"own_profile.{ending}", profile_picture=which, **place)

    def begin(self) -> ProfileUpdate:
        """What is being written; begun now if it wasn't. A link's is the one that was asked for."""
        if self.secret is not None and self.update is not None:
            return self.update
        return open_update(session(), identity(), self.organisation.id, now())

    def list_added(self, name: str) -> list[dict[str, Any]]:
        return [each for each in self.draft.added if each["name"] == name] if self.draft else []


def open_desk(organisation_id: UUID) -> Desk:
    """The desk of a liaison who is signed in."""
    update = queries.find_latest_update(session(), identity(), organisation_id)
    return Desk(get_organisation(session(), identity(), organisation_id), update, None)


def open_desk_by_link(secret: str) -> Desk:
    """The desk that a link leads to."""
    update = queries.get_update(session(), identity(), link().subject_id)
    return Desk(get_organisation(session(), identity(), update.organisation_id), update, secret)


def fill_form(desk: Desk, section: str) -> tuple[dict[str, Any] | None, BoundForm]:
    """A section's form: with what was typed, and with its errors, or with what the register says.

    The first is what was typed by field, None where it is wrong and {} where nothing was typed.
    """
    typed = desk.draft.typed.get(section) if desk.draft else None
    if typed is None:
        values = fill_section(section, desk.organisation)
        return {}, BoundForm(make_section_schema(section, values), values)
    pairs = MultiDict([(name, text) for name, texts in typed.items() for text in texts])
    loaded, form = parse_form(make_section_schema(section, typed), pairs)
    return (None if loaded is None else read_section(section, loaded)), form


def read_typed(desk: Desk) -> tuple[dict[str, Any], list[str]]:
    """What was typed, by field, and the sections in which something is wrong."""
    wanted: dict[str, Any] = {}
    wrong = []
    for section in SECTIONS:
        found, _form = fill_form(desk, section)
        if found is None:
            wrong.append(section)
        else:
            wanted |= found
    return wanted, wrong


def list_shown(desk: Desk, section: str, wanted: dict[str, Any]) -> list[Shown]:
    """The fields of a section in words."""
    shown = []
    for name in SECTIONS[section]:
        was = say_value(name, getattr(desk.organisation, name))
        new = say_value(name, wanted[name]) if name in wanted else was
        shown.append(Shown(str(FIELDS[name]), was, new if new != was else None))
    return shown
