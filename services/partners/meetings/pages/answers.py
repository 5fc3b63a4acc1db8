"""What an invited person meets: the meeting by link or signed in, their answer, and their calendar's feed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from services.partners.meetings import queries
from services.partners.meetings.calendars import Written, write_file
from services.partners.meetings.pages.planning import about, draw_text, send_calendar
from services.partners.meetings.schemas import AnswerSchema
from services.partners.meetings.service.answers import answer_invitation
from shared.database.links import LinkHolder, list_links, make_link, revoke_links
from shared.errors import Conflict, Invalid, NotFound
from shared.web.context import identity, link, now, session, whole_address
from shared.web.forms import BoundForm, parse_form
from shared.web.policy import allow, scoped

pages = Blueprint("meeting_answers", __name__, url_prefix="/partners/meetings", template_folder="../templates")

FEED = "meetings.calendar"
#: A subscription that nobody renewed is forgotten with the calendar that holds it.
FEED_LASTS = timedelta(days=730)


@pages.get("/<uuid:meeting_id>/answer")
@allow("meetings.answer")
def ask(meeting_id: UUID) -> str:
    return _answer_page(meeting_id)


@pages.post("/<uuid:meeting_id>/answer")
@allow("meetings.answer")
def answer(meeting_id: UUID) -> AnyResponse | tuple[str, int]:
    refused = _take_answer(meeting_id)
    if refused is not None:
        return _answer_page(meeting_id, refused), 422
    flash(_("Your answer is noted."), "success")
    return redirect(url_for("meetings.show", meeting_id=meeting_id))


@pages.get("/s/<secret>")
@scoped("meeting.answer")
def look_by_link(secret: str) -> str:
    return _answer_page(link().subject_id, by_link=True)


@pages.post("/s/<secret>")
@scoped("meeting.answer")
def answer_by_link(secret: str) -> str | tuple[str, int]:
    refused = _take_answer(link().subject_id)
    if refused is not None:
        return _answer_page(link().subject_id, refused, by_link=True), 422
    return _answer_page(link().subject_id, by_link=True, thanks=True)


@pages.get("/calendar")
@allow("meetings.answer")
def calendar() -> str:
    return _calendar_page()


@pages.post("/calendar")
@allow("meetings.answer")
def make_feed() -> str:
    who = identity()
    revoke_links(session(), now(), purpose=FEED, subject_id=who.person_id)
    holder = LinkHolder(who.person_id, who.name, who.email, who.organisation_id, who.locale, who.time_zone)
    secret = make_link(session(), purpose=FEED, subject_id=who.person_id, holder=holder, now=now(), lasts=FEED_LASTS)
    return _calendar_page(whole_address(url_for("meeting_answers.feed", secret=secret)))


@pages.post("/calendar/end")
@allow("meetings.answer")
def end_feed() -> AnyResponse:
    revoke_links(session(), now(), purpose=FEED, subject_id=identity().person_id)
    flash(_("The address is ended. Calendars that used it get nothing any more."), "success")
    return redirect(url_for("meeting_answers.calendar"))


@pages.get("/calendar/s/<secret>")
@scoped("meetings.calendar")
def feed(secret: str) -> Response:
    if link().subject_id != identity().person_id:
        raise NotFound
    meetings = queries.list_meetings_of(session(), identity().person_id)
    boxes = queries.map_mailboxes(session(), meetings)
    return send_calendar(write_file([Written(each, boxes, now()) for each in meetings]))


def _take_answer(meeting_id: UUID) -> BoundForm | None:
    """Note what was sent; the form with its errors where it can't be taken."""
    said, form = parse_form(AnswerSchema(), request.form)
    if said is None:
        return form
    try:
        answer_invitation(session(), identity(), meeting_id, now(), **said)
    except Invalid as invalid:
        return form.with_errors(invalid.fields)
    except Conflict as over:
        return form.with_errors({"answer": over.detail})
    return None


def _answer_page(meeting_id: UUID, form: BoundForm | None = None, **context: Any) -> str:
    meeting = queries.get_meeting(session(), identity(), meeting_id)
    mine = queries.find_attendee(session(), meeting, identity())
    if mine is None:
        raise NotFound
    given = {"answer": mine.answer, "remark": mine.remark, "proposed_at": mine.proposed_at}
    over = meeting.ends_by()
    return render_template(
        "meetings/answer.html",
        mine=mine,
        form=form or BoundForm(AnswerSchema(), given),
        over=bool(meeting.cancelled_at) or over is None or over <= now(),
        minutes=queries.map_newest_minutes(session(), meeting.id),
        html=draw_text,
        **{"by_link": False, "thanks": False, **about(meeting), **context},
    )


def _calendar_page(address: str | None = None) -> str:
    links = [each for each in list_links(session(), now(), subject_id=identity().person_id) if each.purpose == FEED]
    return render_template("meetings/calendar.html", address=address, links=links)
