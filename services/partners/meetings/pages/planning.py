"""Meetings for those who plan them: lists, one meeting, its form, and telling everyone."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from services.partners.contacts.queries import list_contacts, name_contacts
from services.partners.meetings import queries
from services.partners.meetings.calendars import Written, write_file
from services.partners.meetings.recurrence import Repeats
from services.partners.meetings.schemas import CancelSchema, MeetingQuery, MeetingSchema
from services.partners.meetings.service import invitations, planning
from services.partners.meetings.story import tell_history
from services.partners.meetings.words import ANSWER_NAMES, ANSWER_TONES, KIND_NAMES, say_date, say_place, say_rule
from services.partners.organisations.queries import find_organisations, get_organisation, name_organisations
from services.partners.people.queries import list_staff, name_people
from shared.database.history import list_history
from shared.errors import Conflict, Stale
from shared.markdown import render_html
from shared.web.answers import next_address, parse_query
from shared.web.context import identity, now, session, settings
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow
from shared.web.saving import Saved, save_form, seen_version

pages = Blueprint("meetings", __name__, url_prefix="/partners", template_folder="../templates")


@pages.get("/meetings")
@allow("meetings.read")
def index() -> str:
    return _list_page(None)


@pages.get("/organisations/<uuid:organisation_id>/meetings")
@allow("meetings.read")
def of_organisation(organisation_id: UUID) -> str:
    return _list_page(organisation_id)


@pages.get("/organisations/<uuid:organisation_id>/meetings/new")
@allow("meetings.edit")
def new(organisation_id: UUID) -> str:
    choices = _choices([organisation_id])
    liaisons = [each.id for each in list_contacts(session(), identity(), organisation_id) if each.is_liaison]
    given = {
        "organisation_ids": [organisation_id], "contact_ids": liaisons, "organiser_id": identity().person_id,
        "time_zone": identity().time_zone or settings().time_zone, "minutes": 60, "repeats": "once", "every": 1,
    }  # fmt: skip
    return _form_page(BoundForm(MeetingSchema(), given, choices=choices), organisation_id)


@pages.post("/organisations/<uuid:organisation_id>/meetings/new")
@allow("meetings.edit")
def plan(organisation_id: UUID) -> Saved:
    def save(details: Any) -> AnyResponse:
        meeting = planning.plan_meeting(session(), identity(), now(), **details)
        flash(_("The meeting is planned. Nobody is invited yet."), "success")
        return redirect(url_for("meetings.show", meeting_id=meeting.id))

    page = partial(_form_page, organisation_id=organisation_id)
    return save_form(MeetingSchema(), save, page, choices=_choices([organisation_id]))


@pages.get("/meetings/<uuid:meeting_id>")
@allow("meetings.read")
def show(meeting_id: UUID) -> str:
    meeting = queries.get_meeting(session(), identity(), meeting_id)
    due = invitations.list_outstanding(session(), meeting, now()) if identity().is_staff else []
    return render_template(
        "meetings/show.html",
        outstanding=len({each.attendee.id for each in due}),
        mine=queries.find_attendee(session(), meeting, identity()),
        entries=tell_history(list_history(session(), meeting_id)),
        **about(meeting),
    )


@pages.get("/meetings/<uuid:meeting_id>/edit")
@allow("meetings.edit")
def edit(meeting_id: UUID) -> str:
    meeting = queries.get_meeting(session(), identity(), meeting_id)
    given = MeetingSchema().dump(meeting) | {
        "contact_ids": [each.contact_id for each in meeting.invited if each.contact_id],
        "person_ids": [each.person_id for each in meeting.invited if each.person_id],
    }
    coming = [each for each in meeting.dates if each.starts_at > now()]
    if meeting.repeats != Repeats.ONCE and coming and len(coming) < len(meeting.dates):
        # What has passed is not made anew: the rule goes on from the next date.
        given["starts_on"] = coming[0].slot.date().isoformat()
        given["count"] = len(coming) if meeting.count else None
    form = BoundForm(MeetingSchema(), given, choices=_choices(meeting.organisation_ids))
    return _form_page(form, meeting.organisation_ids[0], meeting)


@pages.post("/meetings/<uuid:meeting_id>/edit")
@allow("meetings.edit")
def change(meeting_id: UUID) -> Saved:
    meeting = queries.get_meeting(session(), identity(), meeting_id)

    def save(details: Any) -> AnyResponse:
        planning.change_meeting(session(), identity(), meeting_id, seen_version(), now(), **details)
        flash(_("The meeting is changed. Nobody is told yet."), "success")
        return redirect(url_for("meetings.show", meeting_id=meeting_id))

    page = partial(_form_page, organisation_id=meeting.organisation_ids[0], meeting=meeting)
    return save_form(MeetingSchema(), save, page, choices=_choices(meeting.organisation_ids))


@pages.get("/meetings/<uuid:meeting_id>/send")
@allow("meetings.edit")
def ask_to_send(meeting_id: UUID) -> str:
    return _send_page(meeting_id)


@pages.post("/meetings/<uuid:meeting_id>/send")
@allow("meetings.edit")
def send(meeting_id: UUID) -> AnyResponse | tuple[str, int]:
    seen, base_url = seen_version(), settings().base_url
    try:
        sent = invitations.send_outstanding(session(), identity(), meeting_id, seen, base_url, now())
    except Stale as stale:
        return _send_page(meeting_id, stale), 412
    flash(ngettext("One mail is on its way.", "%(num)s mails are on their way.", len(sent)), "success")
    return redirect(url_for("meetings.show", meeting_id=meeting_id))


@pages.get("/meetings/<uuid:meeting_id>/cancel")
@allow("meetings.edit")
def ask_to_cancel(meeting_id: UUID) -> str:
    return _cancel_page(meeting_id, BoundForm(CancelSchema()))


@pages.post("/meetings/<uuid:meeting_id>/cancel")
@allow("meetings.edit")
def cancel(meeting_id: UUID) -> AnyResponse | tuple[str, int]:
    said, form = parse_form(CancelSchema(), request.form)
    if said is None:
        return _cancel_page(meeting_id, form), 422
    meeting = planning.cancel_meeting(session(), identity(), meeting_id, said["reason"], now())
    if invitations.list_outstanding(session(), meeting, now()):
        return redirect(url_for("meetings.ask_to_send", meeting_id=meeting_id))
    flash(_("The meeting is called off. Nobody had been invited."), "success")
    return redirect(url_for("meetings.show", meeting_id=meeting_id))


@pages.get("/meetings/<uuid:meeting_id>/organisations")
@allow("meetings.edit")
def choose_organisation(meeting_id: UUID) -> str:
    meeting = queries.get_meeting(session(), identity(), meeting_id)
    search = request.args.get("q", "")[:200]
    found = find_organisations(session(), identity(), search=search, cursor=None, limit=20).items if search else []
    offered = [each for each in found if each.id not in meeting.organisation_ids]
    return render_template("meetings/organisations.html", search=search, offered=offered, **about(meeting))


@pages.post("/meetings/<uuid:meeting_id>/organisations/<uuid:organisation_id>")
@allow("meetings.edit")
def add_organisation(meeting_id: UUID, organisation_id: UUID) -> AnyResponse:
    planning.add_organisation(session(), identity(), meeting_id, organisation_id, now())
    flash(_("Now choose who comes from them."), "success")
    return redirect(url_for("meetings.edit", meeting_id=meeting_id))


@pages.get("/meetings/<uuid:meeting_id>/meeting.ics")
@allow("meetings.read")
def download(meeting_id: UUID) -> Response:
    meeting = queries.get_meeting(session(), identity(), meeting_id)
    return send_calendar(write_file([Written(meeting, queries.map_mailboxes(session(), [meeting]), now())]))


def send_calendar(text: str) -> Response:
    """A calendar file, to be opened by whatever the reader's calendar is."""
    answer = Response(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="meetings.ics"'
    return answer


def draw_text(text: str) -> Markup:
    """What people wrote in Markdown, as HTML of a few harmless tags."""
    return Markup(render_html(text))  # noqa: S704


def about(meeting: Any) -> dict[str, Any]:
    """What every page about a meeting shows."""
    locale = str(get_locale() or "en")
    ids = {each.who for each in meeting.attendees} | {meeting.organiser_id}
    return {
        "meeting": meeting,
        "when": lambda day: say_date(day, locale),
        "rule": say_rule(meeting, locale),
        "names": {**name_people(session(), ids), **name_contacts(session(), ids)},
        "organisations": name_organisations(session(), meeting.organisation_ids),
        "answers": ANSWER_NAMES,
        "tones": ANSWER_TONES,
        "now": now(),
    }


def _list_page(organisation_id: UUID | None) -> str:
    wanted = parse_query(MeetingQuery())
    page = queries.find_dates(session(), identity(), now(), organisation_id=organisation_id, **wanted)
    organisation = get_organisation(session(), identity(), organisation_id) if organisation_id else None
    parties = {party for day in page.items for party in day.meeting.organisation_ids}
    locale = str(get_locale() or "en")
    return render_template(
        "meetings/index.html",
        organisation=organisation,
        page=page,
        wanted=wanted,
        next_address=next_address(page),
        any_yet=bool(page.items) or queries.has_meetings(session(), identity(), organisation_id),
        organisations=name_organisations(session(), list(parties)),
        when=lambda day: say_date(day, locale),
        where=say_place,
    )


def _choices(organisation_ids: list[UUID]) -> dict[str, list[tuple[UUID, str]]]:
    names = name_organisations(session(), organisation_ids)
    staff = [(each.id, each.name) for each in list_staff(session())]
    contacts = [
        (each.id, f"{each.name} ({names[each.organisation_id]})" if len(names) > 1 else each.name)
        for organisation_id in organisation_ids
        for each in list_contacts(session(), identity(), organisation_id)
        if each.email
    ]
    return {
        "organiser_id": staff, "person_ids": staff, "contact_ids": contacts,
        "organisation_ids": list(names.items()),
    }  # fmt: skip


def _form_page(form: BoundForm, organisation_id: UUID, meeting: Any = None, stale: Stale | None = None) -> str:
    organisation = get_organisation(session(), identity(), organisation_id)
    return render_template("meetings/form.html", form=form, organisation=organisation, meeting=meeting, stale=stale)


def _send_page(meeting_id: UUID, stale: Stale | None = None) -> str:
    meeting = queries.get_meeting(session(), identity(), meeting_id)
    due = invitations.list_outstanding(session(), meeting, now())
    return render_template("meetings/send.html", due=due, kinds=KIND_NAMES, stale=stale, **about(meeting))


def _cancel_page(meeting_id: UUID, form: BoundForm) -> str:
    meeting = queries.get_meeting(session(), identity(), meeting_id)
    if meeting.cancelled_at:
        raise Conflict("This meeting was called off already.")
    told = sum(each.told_sequence is not None for each in meeting.invited)
    return render_template("meetings/cancel.html", form=form, told=told, **about(meeting))
