"""Use cases: what is on a date's agenda, who was there, what was said, and telling everyone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.partners.mails import request_mail
from services.partners.meetings.models import AgendaItem, Attendee, MeetingDate, PublishedMinutes
from services.partners.meetings.queries import get_date, list_minutes, map_mailboxes
from services.partners.meetings.service.invitations import find_addressee, make_answer_link
from services.partners.meetings.words import say_date
from services.partners.organisations.queries import name_organisations
from services.partners.promises.queries import list_promises_of
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.markdown import render_text
from shared.web.filters import format_date

#: What promises made in a meeting name as their source, with the date's id.
SOURCE = "meeting"


@dataclass(frozen=True)
class Minutes:
    """What a publication would hold: it is compared with the last one, and shown before it is sent."""

    text: str
    attended: list[str]
    promised: list[dict[str, str]]


def add_agenda_item(
    session: Session,
    by: Identity,
    date_id: UUID,
    now: datetime,
    *,
    title: str,
    minutes: int | None,
    led_by: UUID | None,
) -> AgendaItem:
    """One more item at the agenda's end; raises `Invalid` where its leader is not at the meeting."""
    day = get_date(session, by, date_id)
    present = {each.who for each in day.meeting.invited} | {day.meeting.organiser_id}
    if led_by is not None and led_by not in present:
        raise Invalid({"led_by": "Choose someone who is at the meeting."})
    last = max((each.position for each in day.agenda), default=0)
    item = AgendaItem(position=last + 1, title=title, minutes=minutes, led_by=led_by, created_at=now)
    day.agenda.append(item)
    note(session, by, "put on the agenda", day.meeting_id, at=now, title=title)
    session.flush()
    return item


def remove_agenda_item(session: Session, by: Identity, date_id: UUID, item_id: UUID, now: datetime) -> None:
    """Take an item off the agenda. One that is gone already is no trouble."""
    day = get_date(session, by, date_id)
    item = next((each for each in day.agenda if each.id == item_id), None)
    if item is not None:
        day.agenda.remove(item)
        note(session, by, "took off the agenda", day.meeting_id, at=now, title=item.title)
        session.flush()


def write_minutes(
    session: Session, by: Identity, date_id: UUID, seen_version: int, now: datetime, *, attended: list[UUID], notes: str
) -> MeetingDate:
    """Keep what was said and who was there as a draft; raises `Stale` if it changed since `seen_version`."""
    day = get_date(session, by, date_id)
    require_version(session, day, seen_version)
    known = {each.who for each in day.meeting.attendees} | {day.meeting.organiser_id}
    if not known.issuperset(attended):
        raise Invalid({"attended": "Choose from those who were invited."})
    day.notes, day.attended, day.updated_at = notes, [str(each) for each in attended], now
    note(session, by, "wrote the minutes", day.meeting_id, at=now, date=day.local_start.isoformat())
    session.flush()
    return day


def draft_minutes(session: Session, by: Identity, day: MeetingDate) -> Minutes:
    """What would be published now."""
    promises = list_promises_of(session, by, SOURCE, day.id)
    names = name_organisations(session, day.meeting.organisation_ids)
    told = [
        {
            "text": each.text,
            "who": "" if each.owed_by == "us" else names[each.organisation_id],
            "due_on": each.due_on.isoformat(),
        }
        for each in promises
    ]
    return Minutes(day.notes, day.attended or [], told)


def is_new(published: Sequence[PublishedMinutes], draft: Minutes) -> bool:
    """Whether the draft says anything that the newest publication does not."""
    if not published:
        return bool(draft.text)
    last = published[0]
    return (last.text, last.attended, last.promised) != (draft.text, draft.attended, draft.promised)


def list_recipients(session: Session, day: MeetingDate) -> list[Attendee]:
    """Who gets the minutes: everyone who was invited and has an address."""
    boxes = map_mailboxes(session, [day.meeting])
    return [each for each in day.meeting.invited if each.who in boxes]


def publish_minutes(
    session: Session, by: Identity, date_id: UUID, seen_version: int, base_url: str, now: datetime
) -> PublishedMinutes:
    """Keep the minutes as the next number and mail them to all who were invited.

    Raises `Conflict` if there is nothing to publish or nothing new, `Stale` if it changed since it was shown.
    """
    day = get_date(session, by, date_id)
    require_version(session, day, seen_version)
    draft, before = draft_minutes(session, by, day), list_minutes(session, day.id)
    if not draft.text:
        raise Conflict("There are no minutes yet. Write them first.")
    if not is_new(before, draft):
        raise Conflict("These minutes were published already, word for word.")
    recipients = list_recipients(session, day)
    published = PublishedMinutes(
        date_id=day.id, number=len(before) + 1, text=draft.text, attended=draft.attended, promised=draft.promised,
        published_by=by.person_id, recipients=len(recipients), created_at=now,
    )  # fmt: skip
    session.add(published)
    # The next one who publishes from what they saw before finds that it changed.
    day.updated_at = now
    for each in recipients:
        _mail(session, by, day, each, published, base_url, now)
    note(session, by, "published the minutes", day.meeting_id, at=now, number=str(published.number))
    session.flush()
    return published


def _mail(
    session: Session,
    by: Identity,
    day: MeetingDate,
    attendee: Attendee,
    minutes: PublishedMinutes,
    base_url: str,
    now: datetime,
) -> None:
    to, title = find_addressee(session, attendee), day.meeting.title
    again = minutes.number > 1
    action = make_answer_link(session, day.meeting, attendee, base_url, now)
    lead = _("These minutes replace those you got before.") if again else _("This is what was said and agreed.")
    request_mail(
        session,
        to,
        _("Minutes, version %(number)s: %(title)s", number=minutes.number, title=title)
        if again
        else _("Minutes: %(title)s", title=title),
        [say_date(day, to.locale), lead, *_split(minutes.text), *_say_promises(minutes.promised, to.locale)],
        now,
        about=day.meeting_id,
        because=_("You were invited to this meeting."),
        action=type(action)(_("Open the minutes"), action.address, action.expires_at),
        reply_to=by.email or None,
    )


def _split(text: str) -> Sequence[str]:
    return [each for each in render_text(text).split("\n\n") if each.strip()]


def _say_promises(promised: list[dict[str, str]], locale: str) -> list[str]:
    if not promised:
        return []
    lines = [
        _("%(who)s: %(text)s, by %(day)s", who=each["who"] or _("We"), text=each["text"], day=_say_day(each, locale))
        for each in promised
    ]
    return [_("What was promised:"), *lines]


def _say_day(promised: dict[str, str], locale: str) -> str:
    return format_date(date.fromisoformat(promised["due_on"]), locale)
