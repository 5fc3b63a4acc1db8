"""How meetings are told of: when they are, how often, what a mail about them says."""

from collections.abc import Mapping
from datetime import datetime

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from services.partners.meetings.models import Answer, Kind, Meeting, MeetingDate
from services.partners.meetings.recurrence import Repeats

ANSWER_NAMES = {
    Answer.NONE.value: _l("No answer yet"),
    Answer.YES.value: _l("Yes"),
    Answer.MAYBE.value: _l("Maybe"),
    Answer.NO.value: _l("No"),
}
ANSWER_TONES = {Answer.NONE: "warning", Answer.YES: "good", Answer.MAYBE: "info", Answer.NO: "bad"}
KIND_NAMES = {
    Kind.INVITATION: _l("gets the invitation"),
    Kind.UPDATE: _l("gets the new details; their calendar replaces the old ones"),
    Kind.CANCELLATION: _l("is told that they are not expected; it leaves their calendar"),
    Kind.DATE_MOVED: _l("is told that one date moved"),
    Kind.DATE_CANCELLED: _l("is told that one date is called off"),
}
_NTH = {1: _l("first"), 2: _l("second"), 3: _l("third"), 4: _l("fourth"), -1: _l("last")}


def say_date(day: MeetingDate, locale: str = "en") -> str:
    """When one date is, by the clock where it takes place: "Tuesday, 9 March 2027, 10:00 to 11:00 (Europe/Berlin)"."""
    meeting = day.meeting
    return say_time(day.local_start, day, meeting, locale)


def say_time(local: datetime, day: MeetingDate, meeting: Meeting, locale: str) -> str:
    ends = day.ends_at.astimezone(meeting.zone)
    # A time that the clock skips is told as the clock will show it.
    starts = day.starts_at.astimezone(meeting.zone) if local == day.local_start else local
    return str(
        _(
            "%(day)s, %(start)s to %(end)s (%(zone)s)",
            day=format_date(starts, "EEEE, d MMMM y", locale=locale),
            start=starts.strftime("%H:%M"),
            end=ends.strftime("%H:%M"),
            zone=meeting.time_zone.replace("_", " "),
        )
    )


def say_rule(meeting: Meeting, locale: str = "en") -> str:
    """How often it is: "Every 2 weeks on Tuesday, until 30 June 2027"; empty for a single date."""
    day, first, every = format_date(meeting.starts_on, "EEEE", locale=locale), meeting.rule, meeting.every
    if meeting.repeats == Repeats.ONCE:
        return ""
    if meeting.repeats == Repeats.WEEKLY:
        rule = ngettext("Every week on %(day)s", "Every %(num)s weeks on %(day)s", every, day=day)
    elif meeting.repeats == Repeats.MONTH_DAY:
        number = meeting.starts_on.day
        rule = ngettext("Every month on day %(number)s", "Every %(num)s months on day %(number)s", every, number=number)
    else:
        rule = ngettext(
            "Every month on the %(nth)s %(day)s", "Every %(num)s months on the %(nth)s %(day)s", every,
            nth=str(_NTH[first.week_of_month]), day=day,
        )  # fmt: skip
    if meeting.until:
        day = format_date(meeting.until, "d MMMM y", locale=locale)
        return str(_("%(rule)s, until %(day)s", rule=rule, day=day))
    return str(ngettext("%(rule)s, once", "%(rule)s, %(num)s times", meeting.count or 1, rule=rule))


def say_place(meeting: Meeting) -> str:
    """Where it is, in one line."""
    return meeting.place or meeting.online or ""


def say_subject(kind: Kind, meeting: Meeting, day: MeetingDate | None) -> str:
    names: Mapping[Kind, str] = {
        Kind.INVITATION: _("Invitation: %(title)s", title=meeting.title),
        Kind.UPDATE: _("Changed: %(title)s", title=meeting.title),
        Kind.CANCELLATION: _("Called off: %(title)s", title=meeting.title),
        Kind.DATE_MOVED: _("Moved: %(title)s", title=meeting.title),
        Kind.DATE_CANCELLED: _("One date is called off: %(title)s", title=meeting.title),
    }
    return names[kind]


def say_lines(kind: Kind, meeting: Meeting, day: MeetingDate | None, locale: str) -> list[str]:
    """The paragraphs of a mail about a meeting."""
    if kind == Kind.CANCELLATION:
        if meeting.cancelled_at:
            return [_("The meeting does not take place."), meeting.reason, *_when(meeting, locale)]
        return [_("You are no longer expected at this meeting. It leaves your calendar."), *_when(meeting, locale)]
    if day is not None:
        was = say_time(day.slot, day, meeting, locale).rsplit(", ", 1)[0]
        if kind == Kind.DATE_CANCELLED:
            return [_("The date on %(day)s is called off. The other dates stay.", day=was)]
        return [
            _("The date on %(day)s moves to another time. The other dates stay.", day=was),
            _("New time: %(time)s", time=say_date(day, locale)),
            *_where(meeting),
        ]
    begin = _("You are invited.") if kind == Kind.INVITATION else _("The meeting changed. This is how it is now.")
    end = _("Answer with the button below, or in your calendar. You can propose another time there too.")
    return [begin, meeting.purpose, *_when(meeting, locale), *_where(meeting), end]


def say_reason(kind: Kind, removed: bool) -> str:
    """Why someone gets the mail."""
    return str(_("You were invited to this meeting.") if removed else _("You are invited to this meeting."))


def _when(meeting: Meeting, locale: str) -> list[str]:
    coming = [each for each in meeting.dates if not each.cancelled]
    first = next((each for each in coming if each.slot >= meeting.rule.first), None)
    lines = [say_date(first, locale)] if first else []
    rule = say_rule(meeting, locale)
    return lines + ([rule + "."] if rule else [])


def _where(meeting: Meeting) -> list[str]:
    lines = [_("Where: %(place)s", place=meeting.place)] if meeting.place else []
    lines += [meeting.directions] if meeting.directions else []
    return lines + ([_("Online: %(link)s", link=meeting.online)] if meeting.online else [])
