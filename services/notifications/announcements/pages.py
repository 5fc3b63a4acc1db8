"""Announcements for people: read the draft, make it yours, see exactly who gets what, send."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from services.notifications.announcements import queries, service
from services.notifications.announcements.audience import digest_addressees, list_addressees
from services.notifications.announcements.models import Announcement, State
from services.notifications.announcements.schemas import (
    STATE_NAMES,
    STATE_TONES,
    AnnouncementQuery,
    AnnouncementSchema,
)
from services.notifications.frames import MAIL_HEADERS, PAGE_WITH_MAIL
from services.notifications.known.queries import (
    find_campaign,
    list_campaigns,
    name_campaigns,
    name_organisations,
)
from services.notifications.messages.layout import Brand, draw_letter
from services.notifications.messages.letters import write_letter
from services.notifications.messages.queries import count_by_state
from services.notifications.messages.reader import Reader
from shared.database.history import list_history
from shared.errors import Stale
from shared.markdown import render_html
from shared.web.answers import parse_query
from shared.web.context import identity, now, session, settings
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import seen_version

pages = Blueprint("announcements", __name__, url_prefix="/notifications/announcements", template_folder="templates")


@pages.get("")
@allow("announcements.read")
def index() -> str:
    wanted = parse_query(AnnouncementQuery())
    page = queries.find_announcements(session(), **wanted)
    return render_template(
        "announcements/index.html",
        page=page,
        wanted=wanted,
        campaigns=[(each.id, each.title) for each in list_campaigns(session())],
        titles=name_campaigns(session(), {each.campaign_id for each in page.items}),
        total=queries.count_announcements(session()),
        states=STATE_NAMES,
        tones=STATE_TONES,
    )


@pages.get("/<uuid:announcement_id>")
@allow("announcements.read")
def show(announcement_id: UUID) -> Response:
    announcement = _get(announcement_id)
    return _page_with_mail("announcements/show.html", announcement, **_audience(announcement))


@pages.get("/<uuid:announcement_id>/mail.html")
@allow("announcements.read")
def show_mail(announcement_id: UUID) -> Response:
    announcement = _get(announcement_id)
    data = service.letter_data(announcement, _title(announcement))
    reader = Reader(str(get_locale() or "en"), settings().time_zone)
    response = make_response(draw_letter(write_letter("announcement", data, reader), reader, Brand.of(settings())).html)
    response.headers.update(MAIL_HEADERS)
    return response


@pages.get("/<uuid:announcement_id>/edit")
@allow("announcements.edit")
def edit(announcement_id: UUID) -> str | Response:
    announcement = _get(announcement_id)
    if announcement.state != State.DRAFT:
        return redirect(url_for("announcements.show", announcement_id=announcement_id))
    return _form(announcement, BoundForm(AnnouncementSchema(), AnnouncementSchema().dump(announcement)))


@pages.post("/<uuid:announcement_id>/edit")
@allow("announcements.edit")
def save(announcement_id: UUID) -> str | Response | tuple[str, int]:
    announcement = _get(announcement_id)
    details, form = parse_form(AnnouncementSchema(), request.form)
    if details is None:
        return _form(announcement, form), 422
    if "preview" in request.form:
        # Cleaned of everything but a few tags by `render_html`.
        return _form(announcement, form, preview=Markup(render_html(details["body"])))  # noqa: S704
    seen = seen_version()
    try:
        service.edit_announcement(session(), identity(), announcement_id, seen, now(), **details)
    except Stale as stale:
        return _form(announcement, form, stale=stale), 412
    flash(_("The draft is saved. Nobody has got it yet."), "success")
    return redirect(url_for("announcements.show", announcement_id=announcement_id))


@pages.get("/<uuid:announcement_id>/send")
@allow("announcements.edit")
def ask_to_send(announcement_id: UUID) -> Response:
    announcement = _get(announcement_id)
    if announcement.state != State.DRAFT:
        return redirect(url_for("announcements.show", announcement_id=announcement_id))
    return _page_with_mail("announcements/send.html", announcement, **_audience(announcement))


@pages.post("/<uuid:announcement_id>/send")
@allow("announcements.edit")
def send(announcement_id: UUID) -> Response:
    seen = seen_version()
    shown = request.form.get("recipients", default="")
    try:
        sent = service.send_announcement(session(), identity(), announcement_id, seen, now(), seen_recipients=shown)
    except Stale as stale:
        announcement = _get(announcement_id)
        page = _page_with_mail("announcements/send.html", announcement, stale=stale, **_audience(announcement))
        page.status_code = 412
        return page
    words = ngettext("It is on its way to one person.", "It is on its way to %(num)s people.", sent.recipients)
    flash(words, "success")
    return redirect(url_for("announcements.show", announcement_id=announcement_id))


@pages.get("/<uuid:announcement_id>/discard")
@allow("announcements.edit")
def ask_to_discard(announcement_id: UUID) -> str | Response:
    announcement = _get(announcement_id)
    if announcement.state != State.DRAFT:
        return redirect(url_for("announcements.show", announcement_id=announcement_id))
    return render_template("announcements/discard.html", announcement=announcement)


@pages.post("/<uuid:announcement_id>/discard")
@allow("announcements.edit")
def discard(announcement_id: UUID) -> Response:
    service.discard_announcement(session(), identity(), announcement_id, now())
    flash(_("The draft is discarded. Nobody got it."), "success")
    return redirect(url_for("announcements.show", announcement_id=announcement_id))


def _get(announcement_id: UUID) -> Announcement:
    return queries.get_announcement(session(), identity(), announcement_id)


def _title(announcement: Announcement) -> str:
    campaign = find_campaign(session(), announcement.campaign_id)
    return campaign.title if campaign else ""


def _form(announcement: Announcement, form: BoundForm, **more: Any) -> str:
    return render_template("announcements/form.html", announcement=announcement, form=form, **more)


def _audience(announcement: Announcement) -> dict[str, Any]:
    if announcement.state != State.DRAFT:
        return {"addressees": [], "organisations": {}, "digest": ""}
    addressees = list_addressees(session(), announcement.campaign_id)
    places = {each.organisation_id for each in addressees if each.organisation_id}
    return {
        "addressees": addressees,
        "organisations": name_organisations(session(), places),
        "digest": digest_addressees(addressees),
    }


def _page_with_mail(template: str, announcement: Announcement, **more: Any) -> Response:
    response = make_response(
        render_template(
            template,
            announcement=announcement,
            campaign=find_campaign(session(), announcement.campaign_id),
            progress=count_by_state(session(), announcement.id),
            entries=list_history(session(), announcement.id),
            states=STATE_NAMES,
            tones=STATE_TONES,
            **more,
        )
    )
    response.headers["Content-Security-Policy"] = PAGE_WITH_MAIL
    return response
