"""What an organisation did earlier, entry by entry."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response as AnyResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations import queries, service
from services.partners.organisations.pages.blueprint import pages, show_form
from services.partners.organisations.schemas import TrackFileSchema, TrackRecordSchema
from shared.errors import Invalid
from shared.web.context import identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version
from shared.web.uploads import send_stored, takes_files


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
        "record",
        BoundForm(TrackRecordSchema(), TrackRecordSchema().dump(record)),
        organisation,
        record=record,
        file_form=BoundForm(TrackFileSchema()),
    )


@pages.post("/<uuid:organisation_id>/track-record/<uuid:record_id>")
@allow("organisations.edit")
def change_record(organisation_id: UUID, record_id: UUID) -> Saved:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    record = queries.get_track_record(session(), identity(), organisation_id, record_id)

    def save(details: Any) -> Response:
        seen = seen_version()
        service.change_track_record(session(), identity(), organisation_id, record_id, seen, now(), **details)
        flash(_("The entry is saved."), "success")
        return _to_organisation(organisation_id)

    page = partial(show_form, "record", organisation=organisation, record=record)
    return save_form(TrackRecordSchema(), save, page)


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


@pages.post("/<uuid:organisation_id>/track-record/<uuid:record_id>/files")
@allow("organisations.edit")
@takes_files
def add_file(organisation_id: UUID, record_id: UUID) -> Response | tuple[str, int]:
    organisation = queries.get_organisation(session(), identity(), organisation_id)
    record = queries.get_track_record(session(), identity(), organisation_id, record_id)
    sent, form = parse_form(TrackFileSchema(), request.form, files=request.files)
    if sent is not None:
        try:
            service.add_track_file(session(), identity(), organisation_id, record_id, sent["file"], now())
            flash(_("The file is kept."), "success")
            return redirect(url_for("organisations.edit_record", organisation_id=organisation_id, record_id=record_id))
        except Invalid as invalid:
            form = form.with_errors(invalid.fields)
    own = BoundForm(TrackRecordSchema(), TrackRecordSchema().dump(record))
    return show_form("record", own, organisation, record=record, file_form=form), 422


@pages.get("/<uuid:organisation_id>/track-record/files/<uuid:track_file_id>")
@allow("organisations.read")
def send_file(organisation_id: UUID, track_file_id: UUID) -> AnyResponse:
    return send_stored(queries.get_track_file(session(), identity(), organisation_id, track_file_id).file)


@pages.post("/<uuid:organisation_id>/track-record/files/<uuid:track_file_id>/remove")
@allow("organisations.edit")
def remove_file(organisation_id: UUID, track_file_id: UUID) -> Response:
    record_id = queries.get_track_file(session(), identity(), organisation_id, track_file_id).record_id
    service.remove_track_file(session(), identity(), organisation_id, track_file_id, now())
    flash(_("The file is taken out. The history keeps its name."), "success")
    return redirect(url_for("organisations.edit_record", organisation_id=organisation_id, record_id=record_id))


def _to_organisation(organisation_id: UUID) -> Response:
    return redirect(url_for("organisations.show", organisation_id=organisation_id, _anchor="track-record"))
