"""Reporting without a system: forms and spreadsheets, for people who are signed in and for those with a link."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from services.partners.contacts.queries import find_liaison
from services.partners.known.queries import get_campaign, list_campaigns, list_kpis
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import get_organisation
from services.partners.submissions.kinds import KINDS, Kind
from services.partners.submissions.models import FORM, MEASUREMENTS, SPREADSHEET
from services.partners.submissions.queries import find_draft
from services.partners.submissions.report import form_schema, list_items, read_sheet, write_template
from services.partners.submissions.schemas import read_report, write_report
from services.partners.submissions.service.drafts import drop_draft, save_draft
from services.partners.submissions.service.intake import accept_report
from shared.clock import new_id
from shared.database.history import note
from shared.database.links import make_link
from shared.errors import Conflict, Invalid, TooLarge
from shared.tables.writing import XLSX
from shared.web.context import identity, link, now, session, whole_address
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, scoped
from shared.web.uploads import takes_files

pages = Blueprint("reports", __name__, url_prefix="/partners", template_folder="../templates")
BY_LIST = {kind.items: kind for kind in KINDS.values()}
PLACE = "/organisations/<uuid:organisation_id>/report/<uuid:campaign_id>/<any(" + ", ".join(BY_LIST) + "):report_kind>"
#: How long a link to report figures is good for: a reporting period, and time to be late.
LASTS = timedelta(days=45)
PURPOSE = "figures.report"


@pages.get("/organisations/<uuid:organisation_id>/report")
@allow("submissions.edit")
def choose(organisation_id: UUID) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    campaigns = list_campaigns(session(), organisation_id)
    return render_template(
        "submissions/choose.html", organisation=organisation, campaigns=campaigns, kinds=BY_LIST.values()
    )


@pages.get(PLACE)
@allow("submissions.edit")
def fill(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> str:
    return _form_page(organisation_id, campaign_id, BY_LIST[report_kind])


@pages.post(PLACE)
@allow("submissions.edit")
def send(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> Response | tuple[str, int]:
    made = _send(organisation_id, campaign_id, BY_LIST[report_kind])
    if isinstance(made, UUID):
        flash(_("Sent. What becomes of it shows here."), "success")
        return redirect(url_for("submissions.show", submission_id=made))
    return _form_page(organisation_id, campaign_id, BY_LIST[report_kind], made), 422


@pages.post(PLACE + "/draft")
@allow("submissions.edit")
def save(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> Response:
    _save(organisation_id, campaign_id, BY_LIST[report_kind])
    return redirect(url_for("reports.choose", organisation_id=organisation_id))


@pages.get(PLACE + "/template.xlsx")
@allow("submissions.edit")
def template(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> Response:
    get_organisation(session(), identity(), organisation_id)
    get_campaign(session(), organisation_id, campaign_id)
    made = write_template(BY_LIST[report_kind], list_kpis(session(), campaign_id))
    disposition = f'attachment; filename="{report_kind}.xlsx"'
    return Response(made, mimetype=XLSX, headers={"Content-Disposition": disposition})


@pages.post(PLACE + "/upload")
@allow("submissions.edit")
@takes_files
def upload(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> Response | tuple[str, int]:
    kind, file = BY_LIST[report_kind], request.files.get("file")
    get_organisation(session(), identity(), organisation_id)
    get_campaign(session(), organisation_id, campaign_id)
    try:
        if not file:
            raise Invalid({"file": _("Choose a file.")})
        sheet = read_sheet(kind, list_kpis(session(), campaign_id), file.stream, file.filename or "")
    except (Invalid, TooLarge) as problem:
        lines = list(problem.fields.values()) if isinstance(problem, Invalid) else [problem.detail]
        return _form_page(organisation_id, campaign_id, kind, wrong=lines), 422
    if sheet.errors and not (sheet.items and request.form.get("partly")):
        to_mend = base64.b64encode(sheet.to_mend).decode()
        return _form_page(organisation_id, campaign_id, kind, wrong=sheet.errors, to_mend=to_mend), 422
    made = _accept(organisation_id, campaign_id, kind, sheet.items, SPREADSHEET)
    if sheet.errors:
        flash(_("The good rows are sent. Mend the others and upload them too."), "warning")
    return redirect(url_for("submissions.show", submission_id=made))


@pages.get("/organisations/<uuid:organisation_id>/report/<uuid:campaign_id>/ask")
@allow("organisations.edit")
def ask_by_mail(organisation_id: UUID, campaign_id: UUID) -> str:
    return render_template(
        "submissions/ask.html",
        organisation=get_organisation(session(), identity(), organisation_id),
        campaign=get_campaign(session(), organisation_id, campaign_id),
        liaison=find_liaison(session(), organisation_id),
        until=(now() + LASTS).date(),
    )


@pages.post("/organisations/<uuid:organisation_id>/report/<uuid:campaign_id>/ask")
@allow("organisations.edit")
def send_link(organisation_id: UUID, campaign_id: UUID) -> Response:
    organisation = get_organisation(session(), identity(), organisation_id)
    campaign, liaison = get_campaign(session(), organisation_id, campaign_id), find_liaison(session(), organisation_id)
    if liaison is None or not liaison.email:
        raise Conflict(_("This organisation has no liaison with an address. Name one first."))
    secret = make_link(
        session(), purpose=PURPOSE, subject_id=campaign_id, holder=liaison.holder, now=now(), lasts=LASTS
    )
    address = whole_address(url_for("reports.fill_by_link", secret=secret))
    request_mail(
        session(),
        liaison.addressee,
        _("Please report the figures of %(campaign)s", campaign=campaign.title),
        [_("The link leads to a form for your figures. What you type is kept, so that you can come back to it.")],
        now(),
        about=campaign_id,
        because=_("You get this mail because you are the liaison of %(name)s.", name=organisation.name),
        action=Action(_("Report the figures"), address, now() + LASTS),
    )
    note(session(), identity(), "asked for figures", organisation_id, at=now(), campaign=campaign.title)
    flash(_("A mail to %(name)s is on its way.", name=liaison.name), "success")
    return redirect(url_for("reports.choose", organisation_id=organisation_id))


@pages.get("/report/s/<secret>")
@scoped(PURPOSE)
def fill_by_link(secret: str) -> str:
    return _link_page(secret)


@pages.post("/report/s/<secret>")
@scoped(PURPOSE)
def send_by_link(secret: str) -> str | tuple[str, int]:
    made = _send(_own(), link().subject_id, KINDS[MEASUREMENTS])
    return _link_page(secret, sent=True) if isinstance(made, UUID) else (_link_page(secret, made), 422)


@pages.post("/report/s/<secret>/draft")
@scoped(PURPOSE)
def save_by_link(secret: str) -> Response:
    _save(_own(), link().subject_id, KINDS[MEASUREMENTS])
    return redirect(url_for("reports.fill_by_link", secret=secret))


def _own() -> UUID:
    found = identity().organisation_id
    assert found is not None, "links to report are made for liaisons"
    return found


def _send(organisation_id: UUID, campaign_id: UUID, kind: Kind) -> UUID | BoundForm:
    """The id of what was sent, or the form that says what is wrong."""
    get_organisation(session(), identity(), organisation_id)
    get_campaign(session(), organisation_id, campaign_id)
    kpis = list_kpis(session(), campaign_id)
    typed, form = parse_form(form_schema(kind, kpis), request.form)
    if typed is None:
        return form
    try:
        made = _accept(organisation_id, campaign_id, kind, list_items(kind, kpis, typed), FORM)
    except Invalid as invalid:
        return form.with_errors(invalid.fields)
    drop_draft(session(), organisation_id, campaign_id, kind.code)
    return made


def _accept(organisation_id: UUID, campaign_id: UUID, kind: Kind, items: list[dict[str, Any]], channel: str) -> UUID:
    body = write_report(kind, campaign_id, items, now())
    return accept_report(session(), identity(), organisation_id, body, read_report(body), now(), channel=channel)


def _save(organisation_id: UUID, campaign_id: UUID, kind: Kind) -> None:
    get_organisation(session(), identity(), organisation_id)
    get_campaign(session(), organisation_id, campaign_id)
    names = form_schema(kind, list_kpis(session(), campaign_id)).load_fields
    typed = {name: request.form.getlist(name) for name in names if name in request.form}
    opened = request.form.get("opened", type=UUID)
    save_draft(session(), identity(), organisation_id, campaign_id, kind.code, typed, now(), form=opened)


def _begin(organisation_id: UUID, campaign_id: UUID, kind: Kind) -> dict[str, Any]:
    """The form as it was last left, with whose draft it is."""
    schema: Schema = form_schema(kind, list_kpis(session(), campaign_id))
    draft = find_draft(session(), organisation_id, campaign_id, kind.code)
    return {"form": BoundForm(schema, MultiDict(draft.typed) if draft else None), "draft": draft}


def _form_page(organisation_id: UUID, campaign_id: UUID, kind: Kind, form: BoundForm | None = None, **more: Any) -> str:
    found = {
        "organisation": get_organisation(session(), identity(), organisation_id),
        "campaign": get_campaign(session(), organisation_id, campaign_id),
        "kind": kind,
        "opened": new_id(),
        **(_begin(organisation_id, campaign_id, kind) if form is None else {"form": form, "draft": None}),
        **more,
    }
    return render_template("submissions/report.html", **found)


def _link_page(secret: str, form: BoundForm | None = None, *, sent: bool = False) -> str:
    campaign_id, kind = link().subject_id, KINDS[MEASUREMENTS]
    return render_template(
        "submissions/by_link.html",
        secret=secret,
        campaign=get_campaign(session(), _own(), campaign_id),
        sent=sent,
        opened=new_id(),
        until=link().expires_at,
        **(_begin(_own(), campaign_id, kind) if form is None else {"form": form, "draft": None}),
    )
