"""Reporting without a system: forms and spreadsheets, for people who are signed in and for those with a link."""

from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from services.partners.contacts.queries import find_liaison
from services.partners.known.queries import get_campaign, list_campaigns
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import get_organisation
from services.partners.submissions.kinds import KINDS
from services.partners.submissions.models import MEASUREMENTS
from services.partners.submissions.pages.desk import (
    BY_LIST,
    Desk,
    Sent,
    open_desk,
    save_form,
    send_draft_picture,
    send_form,
    send_sheet,
    send_template,
    show_desk,
)
from shared.database.history import note
from shared.database.links import make_link
from shared.errors import Conflict
from shared.web.context import identity, link, now, session, whole_address
from shared.web.policy import allow, scoped
from shared.web.uploads import takes_files

pages = Blueprint("reports", __name__, url_prefix="/partners", template_folder="../templates")
Answer: TypeAlias = AnyResponse | str | tuple[str, int]
KIND = "<any(" + ", ".join(BY_LIST) + "):report_kind>"
PLACE = "/organisations/<uuid:organisation_id>/report/<uuid:campaign_id>/" + KIND
#: Without a kind, such an address is that of the figures that the mail asks for.
BY_LINK, FIGURES = "/report/s/<secret>/" + KIND, KINDS[MEASUREMENTS].items
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
    return show_desk(open_desk(organisation_id, campaign_id, report_kind))


@pages.post(PLACE)
@allow("submissions.edit")
@takes_files
def send(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> Answer:
    return _lead_on(send_form(open_desk(organisation_id, campaign_id, report_kind)))


@pages.post(PLACE + "/draft")
@allow("submissions.edit")
@takes_files
def save(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> Answer:
    return save_form(open_desk(organisation_id, campaign_id, report_kind))


@pages.get(PLACE + "/template.xlsx")
@allow("submissions.edit")
def template(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> Response:
    return send_template(open_desk(organisation_id, campaign_id, report_kind))


@pages.post(PLACE + "/upload")
@allow("submissions.edit")
@takes_files
def upload(organisation_id: UUID, campaign_id: UUID, report_kind: str) -> Answer:
    desk = open_desk(organisation_id, campaign_id, report_kind)
    return _lead_on(send_sheet(desk), desk)


@pages.get(PLACE + "/pictures/<uuid:draft_picture_id>")
@allow("submissions.edit")
def draft_picture(organisation_id: UUID, campaign_id: UUID, report_kind: str, draft_picture_id: UUID) -> Response:
    return send_draft_picture(open_desk(organisation_id, campaign_id, report_kind), draft_picture_id)


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
def send_link(organisation_id: UUID, campaign_id: UUID) -> AnyResponse:
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
        [
            _("The link leads to a form for your figures. What you type is kept, so that you can come back to it."),
            _("By the same link you can send a spreadsheet instead, and stories with pictures or what else you did."),
        ],
        now(),
        about=campaign_id,
        because=_("You get this mail because you are the liaison of %(name)s.", name=organisation.name),
        action=Action(_("Report the figures"), address, now() + LASTS),
    )
    note(session(), identity(), "asked for figures", organisation_id, at=now(), campaign=campaign.title)
    flash(_("A mail to %(name)s is on its way.", name=liaison.name), "success")
    return redirect(url_for("reports.choose", organisation_id=organisation_id))


@pages.get("/report/s/<secret>")
@pages.get(BY_LINK)
@scoped(PURPOSE)
def fill_by_link(secret: str, report_kind: str = FIGURES) -> str:
    return show_desk(_open_by_link(secret, report_kind))


@pages.post("/report/s/<secret>")
@pages.post(BY_LINK)
@scoped(PURPOSE)
@takes_files
def send_by_link(secret: str, report_kind: str = FIGURES) -> Answer:
    desk = _open_by_link(secret, report_kind)
    return _thank(desk, send_form(desk))


@pages.post(BY_LINK + "/draft")
@scoped(PURPOSE)
@takes_files
def save_by_link(secret: str, report_kind: str) -> Answer:
    return save_form(_open_by_link(secret, report_kind))


@pages.get(BY_LINK + "/template.xlsx")
@scoped(PURPOSE)
def template_by_link(secret: str, report_kind: str) -> Response:
    return send_template(_open_by_link(secret, report_kind))


@pages.post(BY_LINK + "/upload")
@scoped(PURPOSE)
@takes_files
def upload_by_link(secret: str, report_kind: str) -> Answer:
    desk = _open_by_link(secret, report_kind)
    return _thank(desk, send_sheet(desk))


@pages.get(BY_LINK + "/pictures/<uuid:draft_picture_id>")
@scoped(PURPOSE)
def draft_picture_by_link(secret: str, report_kind: str, draft_picture_id: UUID) -> Response:
    return send_draft_picture(_open_by_link(secret, report_kind), draft_picture_id)


def _open_by_link(secret: str, report_kind: str) -> Desk:
    own = identity().organisation_id
    assert own is not None, "links to report are made for liaisons"
    return open_desk(own, link().subject_id, report_kind, secret)


def _lead_on(made: Sent | Answer, desk: Desk | None = None) -> Answer:
    """On to the page of what was sent; what was left out of a spreadsheet is shown first."""
    if not isinstance(made, Sent):
        return made
    if desk is not None and made.wrong:
        return _thank(desk, made)
    flash(_("Sent. What becomes of it shows here."), "success")
    return redirect(url_for("submissions.show", submission_id=made.submission_id))


def _thank(desk: Desk, made: Sent | Answer) -> Answer:
    if not isinstance(made, Sent):
        return made
    return show_desk(desk, sent=made, refused={"wrong": made.wrong, "to_mend": made.to_mend})
