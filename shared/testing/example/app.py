"""The example service: "entries" of organisations, in the least code that uses each part of the kit once."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from flask import Blueprint as Pages
from flask import Flask, Response, jsonify, redirect, render_template, request
from marshmallow import Schema, fields
from sqlalchemy import MetaData, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.wrappers import Response as AnyResponse

from shared.clock import utc_now
from shared.database.access import ACCESS_SUBSCRIPTIONS
from shared.database.engine import NAMING, Edited
from shared.database.history import note
from shared.database.paging import fetch_page
from shared.database.types import Document, Figure, Instant
from shared.database.versions import require_version
from shared.errors import Invalid, NotFound
from shared.fields import ExactNumber, Line
from shared.identity import EDITORS, EVERYONE, Identity
from shared.messaging.events import Event
from shared.messaging.outbox import record
from shared.messaging.wake import announce
from shared.service import Service
from shared.settings import KitSettings
from shared.web.answers import PageQuery, expected_version, page_schema, set_etag
from shared.web.api import Api, Blueprint
from shared.web.context import identity, link, now, session
from shared.web.live import Topic
from shared.web.policy import allow, public, scoped


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Entry(Edited, Base):
    """A row of every kind of column that the kit offers."""

    __tablename__ = "entries"

    organisation_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    amount: Mapped[Decimal | None] = mapped_column(Figure)
    at: Mapped[datetime | None] = mapped_column(Instant)
    detail: Mapped[dict[str, Any] | None] = mapped_column(Document)

    __mapper_args__ = {"version_id_col": Edited.version}


@dataclass(frozen=True)
class EntryAdded(Event):
    type: ClassVar[str] = "saypro.example.entry_added.v1"
    subject_field: ClassVar[str] = "entry_id"

    entry_id: UUID
    name: str


class TagSchema(Schema):
    name = Line(required=True, longest=10)


class EntrySchema(Schema):
    id = fields.UUID(dump_only=True)
    organisation_id = fields.UUID(required=True)
    name = Line(required=True)
    amount = ExactNumber(load_default=None, allow_none=True)
    tags = fields.List(fields.Nested(TagSchema), load_only=True)


class RenameSchema(Schema):
    name = Line(required=True)


def add_entry(session: Session, organisation_id: UUID, name: str, amount: Decimal | None = None) -> Entry:
    """A new entry, announced to the other services and to open pages."""
    entry = Entry(organisation_id=organisation_id, name=name, amount=amount)
    session.add(entry)
    session.flush()
    record(session, EntryAdded(entry.id, name), now=utc_now())
    announce(session, channel_of(organisation_id))
    return entry


def get_entry(session: Session, viewer: Identity, entry_id: UUID) -> Entry:
    found = session.get(Entry, entry_id)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def channel_of(organisation_id: UUID) -> str:
    return f"entries:{organisation_id}"


def render_entries(session: Session, viewer: Identity, organisation_id: UUID) -> str:
    """The live section: the names of an organisation's entries."""
    if not viewer.may_see(organisation_id):
        raise NotFound
    found = select(Entry.name).where(Entry.organisation_id == organisation_id).order_by(Entry.name)
    return "".join(f"<li>{name}</li>\n" for name in session.scalars(found))


api = Blueprint("entries_api", __name__, url_prefix="/example/api/v1/entries", description="Entries")
pages = Pages("entries", __name__, url_prefix="/example", template_folder="templates")


@api.get("")
@allow("entries.read")
@api.arguments(PageQuery, location="query")
@api.response(200, page_schema(EntrySchema))
def list_entries(wanted: dict[str, Any]) -> Any:
    return fetch_page(session(), select(Entry), Entry.id, **wanted)


@api.post("")
@allow("entries.edit")
@api.arguments(EntrySchema)
@api.response(201, EntrySchema)
def post_entry(details: dict[str, Any]) -> Response:
    details.pop("tags", None)
    entry = add_entry(session(), **details)
    answer = jsonify(EntrySchema().dump(entry))
    answer.status_code, answer.location = 201, f"/example/api/v1/entries/{entry.id}"
    return set_etag(answer, entry.version)


@api.get("/<uuid:entry_id>")
@allow("entries.read")
@api.response(200, EntrySchema)
def show_entry(entry_id: UUID) -> Response:
    entry = get_entry(session(), identity(), entry_id)
    return set_etag(jsonify(EntrySchema().dump(entry)), entry.version)


@api.put("/<uuid:entry_id>")
@allow("entries.edit")
@api.arguments(RenameSchema)
@api.response(200, EntrySchema)
def rename_entry(details: dict[str, Any], entry_id: UUID) -> Response:
    entry = get_entry(session(), identity(), entry_id)
    require_version(session(), entry, expected_version())
    entry.name, entry.updated_at = details["name"], now()
    session().flush()
    return set_etag(jsonify(EntrySchema().dump(entry)), entry.version)


@pages.get("/entries")
@allow("entries.read")
def index() -> str:
    return render_template("entries.html", entries=session().scalars(select(Entry).order_by(Entry.name)).all())


@pages.post("/entries")
@allow("entries.edit")
def add() -> AnyResponse:
    add_entry(session(), UUID(request.form["organisation_id"]), request.form["name"])
    return redirect("/example/entries")


@pages.post("/webhooks")
@public("the test signs nothing", csrf=False)
def webhook() -> tuple[dict[str, int], int]:
    return {"bytes": len(request.get_data())}, 202


@pages.get("/entries/s/<secret>")
@scoped("entry.name")
def look_by_link(secret: str) -> str:
    return render_template("entries.html", entries=[get_entry(session(), identity(), link().subject_id)])


@pages.post("/entries/s/<secret>")
@scoped("entry.name")
def name_by_link(secret: str) -> str:
    entry = get_entry(session(), identity(), link().subject_id)
    if not request.form.get("name"):
        raise Invalid({"name": "Give it a name."})
    entry.name = request.form["name"]
    note(session(), identity(), "named the entry", entry.id, at=now())
    return "named"


@pages.get("/open")
@public("a page that needs no sign-in")
def look_around() -> str:
    return render_template("entries.html", entries=[])


def add_routes(app: Flask, api_of_app: Api) -> None:
    api_of_app.register_blueprint(api)
    app.register_blueprint(pages)


EXAMPLE = Service(
    name="example",
    folder=Path(__file__).parent,
    settings=KitSettings,
    metadata=Base.metadata,
    add_routes=add_routes,
    permissions={"entries.read": EVERYONE, "entries.edit": EDITORS},
    subscriptions=ACCESS_SUBSCRIPTIONS,
    topics=(Topic("entries/<uuid:organisation_id>", "entries.read", channel_of, render_entries),),
    events=(EntryAdded,),
)
