"""What an organisation did earlier, entry by entry."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.pages.blueprint import pages, show_form
from services.partners.organisations.schemas import TrackRecordSchema
from shared.errors import Stale
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow


@pages.get("/<uuid:organisation_id>/track-record/new")
@allow("organisations.edit")
def new_record(organisation_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    return show_form("record", BoundForm(TrackRecordSchema()), organisation, record=None)


@pages.post("/<uuid:organisation_id>/track-record/new")
@allow("organisations.edit")
def add_record(organisation_id: UUID) -> Response | tuple[str, int]:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    details, form = parse_form(TrackRecordSchema(), request.form)
    if details is None:
        return show_form("record", form, organisation, record=None), 422
    service.add_track_record(session(), identity(), organisation_id, now(), **details)
    flash(_("It is in the track record."), "success")
    return _to_organisation(organisation_id)


@pages.get("/<uuid:organisation_id>/track-record/<uuid:record_id>")
@allow("organisations.edit")
def edit_record(organisation_id: UUID, record_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    record = queries.get_track_record(session(), identity(), organisation_id, record_id)
    return show_form(
        "record", BoundForm(TrackRecordSchema(), TrackRecordSchema().dump(record)), organisation, record=record
    )


@pages.post("/<uuid:organisation_id>/track-record/<uuid:record_id>")
@allow("organisations.edit")
def change_record(organisation_id: UUID, record_id: UUID) -> Response | tuple[str, int]:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    record = queries.get_track_record(session(), identity(), organisation_id, record_id)
    details, form = parse_form(TrackRecordSchema(), request.form)
    if details is None:
        return show_form("record", form, organisation, record=record), 422
    seen = request.form.get("version", type=int, default=0)
    try:
        service.change_track_record(session(), identity(), organisation_id, record_id, seen, now(), **details)
    except Stale as stale:
        return show_form("record", form, organisation, record=record, stale=stale), 412
    flash(_("The entry is saved."), "success")
    return _to_organisation(organisation_id)


@pages.get("/<uuid:organisation_id>/track-record/<uuid:record_id>/remove")
@allow("organisations.edit")
def ask_to_remove_record(organisation_id: UUID, record_id: UUID) -> str:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    record = queries.get_track_record(session(), identity(), organisation_id, record_id)
    return render_template("organisations/remove_record.html", organisation=organisation, record=record)


@pages.post("/<uuid:organisation_id>/track-record/<uuid:record_id>/remove")
@allow("organisations.edit")
def remove_record(organisation_id: UUID, record_id: UUID) -> Response:
    service.remove_track_record(session(), identity(), organisation_id, record_id, now())
    flash(_("The entry is removed. The history keeps what it said."), "success")
    return _to_organisation(organisation_id)


def _to_organisation(organisation_id: UUID) -> Response:
    return redirect(url_for("organisations.show", organisation_id=organisation_id, _anchor="track-record"))
