"""An organisation completes its own profile, on a phone too; nothing of it counts before we have taken it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request
from flask import Response as AnyResponse
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.partners.organisations.queries import list_track_records
from services.partners.organisations.sections import SECTIONS, LogoSchema, list_areas
from services.partners.profiles import service
from services.partners.profiles.models import FILE, LOGO, OPEN, RECORD
from services.partners.profiles.pages.desk import (
    SECTION_NAMES,
    Desk,
    fill_form,
    list_shown,
    open_desk,
    open_desk_by_link,
    read_typed,
)
from services.partners.profiles.schemas import CHANGE_NAMES, EntrySchema, FileSchema
from shared.errors import Conflict, NotFound
from shared.files import StoredFile
from shared.web.context import files, identity, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, scoped
from shared.web.uploads import recognise, send_stored, takes_files

pages = Blueprint("own_profile", __name__, url_prefix="/partners", template_folder="../templates")
SECTION = "<any(about, focus, reach, track_record, online, logo):profile_section>"
PICTURE = "<any(now, wanted):profile_picture>"


@pages.get("/profiles/s/<secret>")
@scoped(service.PURPOSE)
def show_by_link(secret: str) -> str:
    return _overview(open_desk_by_link(secret))


@pages.post("/profiles/s/<secret>")
@scoped(service.PURPOSE)
def send_by_link(secret: str) -> Response | tuple[str, int]:
    return _send(open_desk_by_link(secret))


@pages.get(f"/profiles/s/<secret>/{SECTION}")
@scoped(service.PURPOSE)
def edit_by_link(secret: str, profile_section: str) -> str:
    return _edit(open_desk_by_link(secret), profile_section)


@pages.post(f"/profiles/s/<secret>/{SECTION}")
@scoped(service.PURPOSE)
@takes_files
def save_by_link(secret: str, profile_section: str) -> Response | tuple[str, int]:
    return _save(open_desk_by_link(secret), profile_section)


@pages.get(f"/profiles/s/<secret>/pictures/{PICTURE}")
@scoped(service.PURPOSE)
def show_picture_by_link(secret: str, profile_picture: str) -> AnyResponse:
    return _send_picture(open_desk_by_link(secret), profile_picture)


@pages.get("/organisations/<uuid:organisation_id>/profile")
@allow("profiles.write")
def show(organisation_id: UUID) -> str:
    return _overview(open_desk(organisation_id))


@pages.post("/organisations/<uuid:organisation_id>/profile")
@allow("profiles.write")
def send(organisation_id: UUID) -> Response | tuple[str, int]:
    return _send(open_desk(organisation_id))


@pages.get(f"/organisations/<uuid:organisation_id>/profile/{SECTION}")
@allow("profiles.write")
def edit(organisation_id: UUID, profile_section: str) -> str:
    return _edit(open_desk(organisation_id), profile_section)


@pages.post(f"/organisations/<uuid:organisation_id>/profile/{SECTION}")
@allow("profiles.write")
@takes_files
def save(organisation_id: UUID, profile_section: str) -> Response | tuple[str, int]:
    return _save(open_desk(organisation_id), profile_section)


@pages.get(f"/organisations/<uuid:organisation_id>/profile/pictures/{PICTURE}")
@allow("profiles.write")
def show_picture(organisation_id: UUID, profile_picture: str) -> AnyResponse:
    return _send_picture(open_desk(organisation_id), profile_picture)


def _overview(desk: Desk, refused: str | None = None) -> str:
    wanted, wrong = read_typed(desk)
    shown = {section: list_shown(desk, section, wanted) for section in SECTIONS}
    return render_template(
        "profiles/overview.html",
        desk=desk,
        names=SECTION_NAMES,
        shown=shown,
        wrong=wrong,
        changed=sum(each.wanted is not None for fields in shown.values() for each in fields)
        + (len(desk.draft.added) if desk.draft else 0),
        records=list_track_records(session(), identity(), desk.organisation.id),
        reader=service.find_reader(session(), desk.draft) if desk.draft else None,
        refused=refused,
        name_change=service.name_change,
        decisions=CHANGE_NAMES,
    )


def _send(desk: Desk) -> Response | tuple[str, int]:
    if desk.update is None:
        return _overview(desk, _("Nothing is changed yet.")), 409
    wanted, wrong = read_typed(desk)
    if wrong:
        return _overview(desk, _("Something in it needs another look first.")), 422
    try:
        service.send_update(session(), identity(), desk.update, wanted, now())
    except Conflict as refused:
        return _overview(desk, refused.detail), 409
    flash(_("Thank you. Your changes are on their way."), "success")
    return redirect(desk.address())


def _edit(desk: Desk, section: str) -> str:
    if not desk.writable:
        return _overview(desk)
    if section == "track_record":
        return _records_page(desk)
    if section == "logo":
        return _logo_page(desk, BoundForm(LogoSchema()))
    _typed, form = fill_form(desk, section)
    rows = sum(each.name.startswith("area_") for each in form)
    return render_template(
        "profiles/section.html",
        desk=desk,
        section=section,
        names=SECTION_NAMES,
        form=form,
        rows=rows,
        focus_areas=list_areas(),
    )


def _save(desk: Desk, section: str) -> Response | tuple[str, int]:
    update = desk.begin()
    if update.state != OPEN:
        return _overview(desk, _("This was sent already. Write to us if something in it is wrong.")), 409
    if "drop" in request.form:
        service.drop_wish(session(), update, request.form.get("drop", type=UUID) or update.id, now())
        return redirect(desk.address(section))
    if section == "logo":
        return _add_logo(desk)
    if section == "track_record":
        return _add_file(desk) if "record_id" in request.form else _add_entry(desk)
    typed = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
    service.keep_typed(session(), update, section, typed, now())
    found, _form = fill_form(Desk(desk.organisation, update, desk.secret), section)
    # What is wrong is kept too; the form says what, and leaving it for later loses nothing.
    return redirect(desk.address(section if found is None else None))


def _add_logo(desk: Desk) -> Response | tuple[str, int]:
    sent, form = parse_form(LogoSchema(), request.form, files=request.files)
    if sent is None:
        return _logo_page(desk, form), 422
    wish = {"file": service.describe_file(sent["logo"])}
    service.add_wish(session(), identity(), desk.begin(), LOGO, wish, now())
    return redirect(desk.address())


def _add_entry(desk: Desk) -> Response | tuple[str, int]:
    details, form = parse_form(EntrySchema(), request.form, files=request.files)
    if details is None:
        return _records_page(desk, entry_form=form), 422
    file = details.pop("file")
    update = desk.begin()
    entry = service.add_wish(session(), identity(), update, RECORD, {"details": details}, now())
    if file is not None:
        wish = {"record_id": str(entry), "file": service.describe_file(file), "title": details["title"]}
        service.add_wish(session(), identity(), update, FILE, wish, now())
    flash(_("The entry is added to your changes."), "success")
    # Elsewhere than the form, which would bring back what the browser kept of it.
    return redirect(desk.address())


def _add_file(desk: Desk) -> Response | tuple[str, int]:
    choices = _list_entries(desk)
    sent, form = parse_form(FileSchema(), request.form, files=request.files, choices=choices)
    if sent is None:
        return _records_page(desk, file_form=form), 422
    titles = {str(entry): title for entry, title in choices["record_id"]}
    entry = str(sent["record_id"])
    wish = {"record_id": entry, "file": service.describe_file(sent["file"]), "title": titles[entry]}
    service.add_wish(session(), identity(), desk.begin(), FILE, wish, now())
    flash(_("The file is added to your changes."), "success")
    return redirect(desk.address("track_record"))


def _list_entries(desk: Desk) -> dict[str, list[tuple[str, str]]]:
    there = list_track_records(session(), identity(), desk.organisation.id)
    added = [(each["id"], each["wanted"]["details"]["title"]) for each in desk.list_added(RECORD)]
    return {"record_id": [(str(each.id), each.title) for each in there] + added}


def _records_page(desk: Desk, entry_form: BoundForm | None = None, file_form: BoundForm | None = None) -> str:
    choices = _list_entries(desk)
    return render_template(
        "profiles/track_record.html",
        desk=desk,
        names=SECTION_NAMES,
        records=list_track_records(session(), identity(), desk.organisation.id),
        entry_form=entry_form or BoundForm(EntrySchema()),
        file_form=(file_form or BoundForm(FileSchema(), choices=choices)) if choices["record_id"] else None,
    )


def _logo_page(desk: Desk, form: BoundForm) -> str:
    return render_template("profiles/logo.html", desk=desk, names=SECTION_NAMES, form=form)


def _send_picture(desk: Desk, which: str) -> AnyResponse:
    wished = desk.list_added(LOGO)
    sha256 = desk.organisation.logo if which == "now" else wished[0]["wanted"]["file"]["sha256"] if wished else None
    if sha256 is None:
        raise NotFound
    with files().open(sha256) as stream:
        kind, size = recognise(stream, ""), stream.seek(0, 2)
    if kind is None or not kind.picture:
        raise NotFound
    answer = send_stored(StoredFile(f"logo.{kind.endings[0]}", kind.media_type, size, sha256))
    # Under a link's address nothing is kept, and the same address may show another picture soon.
    answer.headers["Cache-Control"] = "no-store"
    return answer
