"""Reminding those who see to a promise: by hand, and by itself once it is overdue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from services.partners.contacts.queries import find_liaison, find_owner, map_contacts
from services.partners.mails import Action, Addressee, request_mail
from services.partners.organisations.queries import name_organisations
from services.partners.people.queries import map_people
from services.partners.promises.models import Promise, Side
from services.partners.promises.queries import list_due_reminders
from services.partners.promises.service import PURPOSE, note_reminder
from shared.database.links import LinkHolder, make_link, revoke_links
from shared.errors import Conflict
from shared.identity import Identity
from shared.web.filters import format_date

#: How long the link of a reminder leads anywhere.
LINK_LASTS = timedelta(days=30)
#: Mails that nobody asked for by hand go out from this hour on, in the installation's time zone.
FIRST_HOUR = 8
BATCH = 50


@dataclass(frozen=True)
class Reminded:
    """Who gets a reminder. A contact is the holder of a link of their own, a member of staff signs in."""

    id: UUID
    addressee: Addressee
    holder: LinkHolder | None = None


def find_reminded(session: Any, promise: Promise) -> Reminded | None:
    """Who is reminded: whoever sees to it, else whoever answers for that side. None if nobody is there."""
    if promise.owed_by == Side.US:
        people = map_people(session, {each for each in (promise.person_id, promise.noted_by) if each})
        asked = people.get(promise.person_id) if promise.person_id else None
        if asked is None or not asked.active:
            asked = find_owner(session, promise.organisation_id) or people.get(promise.noted_by)
        if asked is None or not asked.active:
            return None
        return Reminded(asked.id, asked.addressee)
    contact = map_contacts(session, {promise.contact_id}).get(promise.contact_id) if promise.contact_id else None
    if contact is None or not contact.active or not contact.email:
        contact = find_liaison(session, promise.organisation_id)
    if contact is None or not contact.email:
        return None
    return Reminded(contact.id, contact.addressee, contact.holder)


def remind(
    session: Any, by: Identity | None, promise: Promise, base_url: str, now: datetime, *, today: date
) -> Reminded:
    """Mail whoever sees to the open promise; raises `Conflict` if nobody can be mailed. `by` is None for the clock."""
    to = find_reminded(session, promise)
    if to is None or not promise.is_open:
        raise Conflict("Nobody can be reminded of this: it is closed, or nobody who sees to it has an address.")
    day = format_date(promise.due_on, to.addressee.locale)
    late, what = promise.is_overdue(today), shorten(promise.text)
    request_mail(
        session,
        to.addressee,
        _("Overdue: %(text)s", text=what) if late else _("Reminder: %(text)s", text=what),
        _write(session, promise, to, day, late),
        now,
        about=promise.id,
        because=_("You are the one who sees to this promise."),
        reply_to=_find_answerer(session, promise) if to.holder else None,
        action=_make_action(session, promise, to, base_url, now),
    )
    note_reminder(session, by, promise, now, today=today)
    return to


def remind_overdue(base_url: str, zone: str) -> Callable[[Any, datetime], bool]:
    """The due job: mails those whose promises are overdue, by day, a batch each run; True while there are more."""

    def run(session: Any, now: datetime) -> bool:
        local = now.astimezone(ZoneInfo(zone))
        if local.hour < FIRST_HOUR:
            return False
        due = list_due_reminders(session, local.date(), BATCH)
        for promise in due:
            if find_reminded(session, promise) is None:
                note_reminder(session, None, promise, now, today=local.date(), mailed=False)
            else:
                remind(session, None, promise, base_url, now, today=local.date())
        return len(due) == BATCH

    return run


def shorten(text: str) -> str:
    """`text` as it fits into a subject."""
    return text if len(text) <= 70 else text[:69].rstrip() + "…"


def _write(session: Any, promise: Promise, to: Reminded, day: str, late: bool) -> list[str]:
    if to.holder:
        said = _("You said that you would do this by %(day)s:", day=day)
    else:
        name = name_organisations(session, [promise.organisation_id])[promise.organisation_id]
        said = _("We said that we would do this for %(name)s by %(day)s:", name=name, day=day)
    ask = _("The day has passed. ") if late else ""
    if to.holder:
        ask += _("Is it done? Tick it off with the button below. If it takes longer, reply to this mail and say when.")
    else:
        ask += _("Once it is done, tick it off. If it takes longer, give it another day and tell the partner.")
    return [said, promise.text, ask]


def _find_answerer(session: Any, promise: Promise) -> str | None:
    """The address of the one of us whom a contact's reply reaches."""
    asked = find_owner(session, promise.organisation_id) or map_people(session, {promise.noted_by}).get(
        promise.noted_by
    )
    return asked.email if asked is not None and asked.active else None


def _make_action(session: Any, promise: Promise, to: Reminded, base_url: str, now: datetime) -> Action:
    if to.holder is None:
        return Action(_("Open the promise"), f"/partners/promises/{promise.id}")
    # The newest mail is the one that counts: its link replaces those before.
    revoke_links(session, now, purpose=PURPOSE, subject_id=promise.id)
    secret = make_link(
        session, purpose=PURPOSE, subject_id=promise.id, holder=to.holder, now=now, lasts=LINK_LASTS, single=True
    )
    return Action(_("It is done"), f"{base_url}/partners/promises/s/{secret}", now + LINK_LASTS)
