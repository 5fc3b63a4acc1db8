"""Where a report is written: signed in or from a link, the same desk with other addresses."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from flask import Response as Answer
from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from services.partners.events import Picture
from services.partners.known.queries import get_campaign, list_kpis
from services.partners.organisations.queries import get_organisation
from services.partners.submissions.kinds import KINDS, Kind
from services.partners.submissions.models import FORM, SPREADSHEET, STORIES
from services.partners.submissions.queries import find_draft, get_draft_picture, list_draft_pictures
from services.partners.submissions.report import form_schema, list_items, read_sheet, write_template
from services.partners.submissions.schemas import PictureSchema, read_report, write_report
from services.partners.submissions.service.drafts import drop_draft, save_draft
from services.partners.submissions.service.intake import accept_report
from services.partners.submissions.service.pictures import add_picture, attach_pictures, remove_picture
from shared.clock import new_id
from shared.errors import Invalid, TooLarge
from shared.tables.writing import XLSX
from shared.web.context import identity, link, now, session
from shared.web.forms import BoundForm, parse_form
from shared.web.uploads import send_stored

BY_LIST = {kind.items: kind for kind in KINDS.values()}


@dataclass(frozen=True)
class Desk:
    """What is reported, for which campaign and by whom; `secret` is the link's, None for who is signed in."""

    organisation: Any
    campaign: Any
    kind: Kind
    secret: str | None = None

    def address(self, step: str = "fill", kind: Kind | None = None, **more: Any) -> str:
        """Where a step of the report is done, of this kind or of another."""
        place: dict[str, Any] = {"report_kind": (kind or self.kind).items, **more}
        if self.secret is not None:
            return url_for(f"reports.{step}_by_link", secret=self.secret, **place)
        return url_for(f"reports.{step}", organisation_id=self.organisation.id, campaign_id=self.campaign.id, **place)

    @property
    def kinds(self) -> Sequence[Kind]:
        return list(KINDS.values())

    @property
    def about(self) -> tuple[UUID, UUID]:
        return self.organisation.id, self.campaign.id

    @property
    def takes_pictures(self) -> bool:
        return self.kind.code == STORIES


@dataclass(frozen=True)
class Sent:
    """A report that was taken in; of a spreadsheet, also what was `wrong` with the rows that were left out."""

    submission_id: UUID
    items: int
    wrong: Sequence[str] = ()
    to_mend: str = ""


def open_desk(organisation_id: UUID, campaign_id: UUID, report_kind: str, secret: str | None = None) -> Desk:
    """The desk of someone who may report for the organisation; raises `NotFound`."""
    organisation = get_organisation(session(), identity(), organisation_id)
    return Desk(organisation, get_campaign(session(), organisation_id, campaign_id), BY_LIST[report_kind], secret)


def show_desk(desk: Desk, *, refused: Mapping[str, Any] | None = None, sent: Sent | None = None) -> str:
    """The form as it was last left and the way to send a spreadsheet, with what was wrong if something was."""
    draft = find_draft(session(), *desk.about, desk.kind.code)
    kept: Any = draft.typed if draft else None
    typed: MultiDict[str, str] | None = MultiDict(kept) if draft else None
    schema = form_schema(desk.kind, list_kpis(session(), desk.campaign.id))
    checked = typed is not None and "check" in request.args
    found: dict[str, Any] = {
        "form": parse_form(schema, typed or MultiDict())[1] if checked else BoundForm(schema, typed),
        "picture_form": BoundForm(PictureSchema(), typed) if desk.takes_pictures else None,
        "pictures": list_draft_pictures(session(), *desk.about) if desk.takes_pictures else [],
        "draft": draft,
        **(refused or {}),
    }
    template = "submissions/report.html" if desk.secret is None else "submissions/by_link.html"
    until = link().expires_at if desk.secret else None
    return render_template(template, desk=desk, opened=new_id(), sent=sent, until=until, **found)


def send_form(desk: Desk) -> Sent | Response | tuple[str, int]:
    """What was sent, or the answer that says what is wrong."""
    kpis = list_kpis(session(), desk.campaign.id)
    typed, form = parse_form(form_schema(desk.kind, kpis), request.form)
    refused = _take_picture(desk)
    if refused is not None:
        return show_desk(desk, refused={"form": form, "draft": None, **refused}), 422
    try:
        if typed is None:
            return _refuse(desk, form)
        items = list_items(desk.kind, kpis, typed)
        made = _accept(desk, items, FORM)
    except Invalid as invalid:
        return _refuse(desk, form.with_errors(invalid.fields))
    if desk.takes_pictures:
        attach_pictures(session(), *desk.about, made)
    drop_draft(session(), *desk.about, desk.kind.code)
    return Sent(made, len(items))


def save_form(desk: Desk) -> Response | tuple[str, int]:
    """Keep what is typed, add the picture that was chosen, take away the one that was named."""
    _keep_typed(desk)
    if desk.takes_pictures and "remove" in request.form:
        picture_id = request.form.get("remove", type=UUID)
        remove_picture(session(), get_draft_picture(session(), *desk.about, picture_id))
    refused = _take_picture(desk)
    if refused is not None:
        _typed, form = None, BoundForm(form_schema(desk.kind, list_kpis(session(), desk.campaign.id)), request.form)
        return show_desk(desk, refused={"form": form, "draft": None, **refused}), 422
    goes_on = desk.secret is not None or {"act", "remove"} & request.form.keys()
    return redirect(desk.address(_anchor="pictures" if desk.takes_pictures else None) if goes_on else _leave(desk))


def send_sheet(desk: Desk) -> Sent | tuple[str, int]:
    """What was sent, or the page that says which rows need mending. All rows go in or none, unless told otherwise."""
    file = request.files.get("file")
    try:
        if not file:
            raise Invalid({"file": _("Choose a file.")})
        sheet = read_sheet(desk.kind, list_kpis(session(), desk.campaign.id), file.stream, file.filename or "")
    except (Invalid, TooLarge) as problem:
        lines = list(problem.fields.values()) if isinstance(problem, Invalid) else [problem.detail]
        return show_desk(desk, refused={"wrong": lines}), 422
    to_mend = base64.b64encode(sheet.to_mend).decode() if sheet.errors else ""
    if sheet.errors and not (sheet.items and request.form.get("partly")):
        return show_desk(desk, refused={"wrong": sheet.errors, "to_mend": to_mend}), 422
    return Sent(_accept(desk, sheet.items, SPREADSHEET), len(sheet.items), sheet.errors, to_mend)


def send_template(desk: Desk) -> Answer:
    """An empty spreadsheet to fill in."""
    made = write_template(desk.kind, list_kpis(session(), desk.campaign.id))
    disposition = f'attachment; filename="{desk.kind.items}.xlsx"'
    return Answer(made, mimetype=XLSX, headers={"Content-Disposition": disposition})


def send_draft_picture(desk: Desk, picture_id: UUID) -> Answer:
    """A picture of the story that is being written."""
    answer = send_stored(get_draft_picture(session(), *desk.about, picture_id).file)
    # What lies under a link's address is kept nowhere.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _refuse(desk: Desk, form: BoundForm) -> Response | tuple[str, int]:
    if desk.takes_pictures and request.files.get("picture"):
        # The picture has arrived, and a refusal would lose it: the page checks what is kept instead.
        _keep_typed(desk)
        return redirect(desk.address(check=1))
    return show_desk(desk, refused={"form": form, "draft": None}), 422


def _keep_typed(desk: Desk) -> None:
    names = [*form_schema(desk.kind, list_kpis(session(), desk.campaign.id)).load_fields]
    if desk.takes_pictures and not request.files.get("picture"):
        names += [name for name in PictureSchema().load_fields if name != "picture"]
    typed = {name: request.form.getlist(name) for name in names if name in request.form}
    opened = request.form.get("opened", type=UUID)
    save_draft(session(), identity(), *desk.about, desk.kind.code, typed, now(), form=opened)


def _take_picture(desk: Desk) -> dict[str, Any] | None:
    """Add the picture that came along, if one did; what to show where it can't be taken."""
    if not desk.takes_pictures or not (request.files.get("picture") or request.form.get("act") == "add"):
        return None
    given, form = parse_form(PictureSchema(), request.form, files=request.files)
    if given is not None:
        try:
            add_picture(session(), *desk.about, given["picture"], given["picture_description"], now())
            return None
        except Invalid as invalid:
            form = form.with_errors(invalid.fields)
    return {"picture_form": form}


def _accept(desk: Desk, items: list[dict[str, Any]], channel: str) -> UUID:
    body = write_report(desk.kind, desk.campaign.id, items, now())
    report = read_report(body)
    if desk.takes_pictures and channel == FORM:
        shown = list_draft_pictures(session(), *desk.about)
        pictures = [Picture(**asdict(each.file), description=each.description) for each in shown]
        report = replace(report, pictures=pictures)
    return accept_report(session(), identity(), desk.organisation.id, body, report, now(), channel=channel)


def _leave(desk: Desk) -> str:
    return url_for("reports.choose", organisation_id=desk.organisation.id)
