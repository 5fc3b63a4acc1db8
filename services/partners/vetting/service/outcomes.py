"""Use cases: deciding a vetting, and the fast track for what can't wait."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import Session

from services.partners.vetting.models import (
    ACCEPTED,
    APPROVED,
    CONDITIONAL,
    MET,
    REFUSED,
    REMIND,
    REOPEN,
    Answer,
    Due,
    Vetting,
)
from services.partners.vetting.queries import find_in_force, lock_vetting
from services.partners.vetting.service.answers import require_declared, require_running
from shared.clock import day_of
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import Identity

#: No approval holds longer than this, and no fast track longer than that.
LONGEST = relativedelta(months=24)
FAST_LONGEST = timedelta(days=90)
#: How long before its end an approved organisation is vetted again, and reminded of.
REOPEN_BEFORE, REMIND_BEFORE = timedelta(days=60), timedelta(days=14)


def last_day(vetting: Vetting, today: date) -> date:
    """How long an approval given `today` would hold: until the first answer or paper that it rests on runs out."""
    ends = [today + LONGEST]
    ends += [day for answer in vetting.answers if (day := last_day_of(answer)) is not None]
    return min(ends)


def last_day_of(answer: Answer) -> date | None:
    """Until when an item counts as met: for its months, and no longer than its newest paper that was accepted."""
    if answer.verdict != MET or answer.answered_at is None:
        return None
    ends = [answer.answered_at.date() + relativedelta(months=answer.months)] if answer.months else []
    # What expires last stands for the item: an old paper beside a new one does no harm.
    papers = [each.expires_on for each in answer.evidence if each.state == ACCEPTED]
    if papers and None not in papers:
        ends.append(max(day for day in papers if day))
    return min(ends, default=None)


def decide_vetting(
    session: Session, by: Identity, vetting_id: UUID, seen_version: int, now: datetime, *, outcome: str, reason: str,
    time_zone: str,
) -> Vetting:  # fmt: skip
    """Approve, approve with conditions (`reason` holds them) or refuse (`reason` says why).

    Raises `Conflict` for whoever has declared a conflict or nothing at all, and while something is missing.
    """
    vetting = lock_vetting(session, by, vetting_id)
    require_running(vetting)
    require_version(session, vetting, seen_version)
    require_unconflicted(vetting, by)
    if outcome != APPROVED and not reason:
        asked = "Write down the conditions." if outcome == CONDITIONAL else "Say why it is refused."
        raise Invalid({"reason": asked})
    today = day_of(now, time_zone)
    if outcome != REFUSED:
        _require_complete(vetting, outcome)
        vetting.valid_until = last_day(vetting, today)
        if vetting.valid_until <= today:
            raise Conflict("An answer or a paper that this would rest on has run out. Look at it again first.")
    former = find_in_force(session, vetting.organisation_id)
    if former is not None:
        former.in_force = False
        # The index allows one in force at a time.
        session.flush()
    vetting.outcome, vetting.reason, vetting.in_force = outcome, reason, True
    vetting.decided_by, vetting.decided_at, vetting.updated_at = by.person_id, now, now
    _plan_next(session, vetting, now, time_zone)
    session.flush()
    until = str(vetting.valid_until) if vetting.valid_until else ""
    note(session, by, "decided the vetting", vetting.id, at=now, outcome=outcome, reason=reason, until=until)
    note(session, by, "decided a vetting", vetting.organisation_id, at=now, outcome=outcome)
    return vetting


def ask_fast_track(
    session: Session, by: Identity, vetting_id: UUID, now: datetime, *, reason: str, until: date
) -> Vetting:
    """Ask that work may begin before the checklist is complete; another person decides. One request at a time."""
    vetting = lock_vetting(session, by, vetting_id)
    require_running(vetting)
    require_declared(vetting, by)
    if vetting.fast_waiting or vetting.fast_granted:
        raise Conflict("A fast track was asked for already.")
    if not now.date() < until <= now.date() + FAST_LONGEST:
        raise Invalid({"until": f"Choose a day within the next {FAST_LONGEST.days} days."})
    vetting.fast_reason, vetting.fast_until = reason, until
    vetting.fast_asked_by, vetting.fast_asked_at = by.person_id, now
    vetting.fast_granted = vetting.fast_decided_by = vetting.fast_decided_at = None
    vetting.updated_at = now
    session.flush()
    note(session, by, "asked for a fast track", vetting.id, at=now, reason=reason, until=str(until))
    return vetting


def decide_fast_track(
    session: Session, by: Identity, vetting_id: UUID, now: datetime, *, granted: bool, reason: str, time_zone: str
) -> Vetting:
    """Grant the fast track or not. Never by who asked for it, nor with a conflict of interest."""
    vetting = lock_vetting(session, by, vetting_id)
    require_running(vetting)
    if not vetting.fast_waiting or vetting.fast_until is None:
        raise Conflict("Nobody waits for a decision on a fast track here.")
    if vetting.fast_asked_by == by.person_id:
        raise Conflict("You asked for this fast track, so somebody else decides on it.")
    require_unconflicted(vetting, by)
    if not granted and not reason:
        raise Invalid({"reason": "Say why not."})
    if granted and vetting.fast_until < now.date():
        raise Conflict("The day that it was asked until is over. Decline it and ask anew.")
    vetting.fast_granted, vetting.fast_decided_by, vetting.fast_decided_at = granted, by.person_id, now
    vetting.updated_at = now
    if granted:
        _plan(session, vetting, REMIND, vetting.fast_until - REMIND_BEFORE, now, time_zone)
    session.flush()
    note(session, by, "granted the fast track" if granted else "declined the fast track", vetting.id, at=now,
         reason=reason, until=str(vetting.fast_until))  # fmt: skip
    return vetting


def require_unconflicted(vetting: Vetting, by: Identity) -> None:
    require_declared(vetting, by)
    if vetting.has_conflict(by.person_id):
        raise Conflict("You declared a conflict of interest, so somebody else has to decide.")


def _require_complete(vetting: Vetting, outcome: str) -> None:
    if vetting.open_items:
        named = ", ".join(each.label for each in vetting.open_items)
        raise Conflict(f"These required items are not answered yet: {named}.")
    if outcome == APPROVED and vetting.unmet_items:
        named = ", ".join(each.label for each in vetting.unmet_items)
        raise Conflict(f"These required items are not met: {named}. Approve with conditions, or refuse.")
    if vetting.awaits_look:
        raise Conflict("Papers came in that nobody has looked at. Look at them first.")


def _plan_next(session: Session, vetting: Vetting, now: datetime, time_zone: str) -> None:
    if vetting.valid_until is not None:
        _plan(session, vetting, REOPEN, vetting.valid_until - REOPEN_BEFORE, now, time_zone)
        _plan(session, vetting, REMIND, vetting.valid_until - REMIND_BEFORE, now, time_zone)


def _plan(session: Session, vetting: Vetting, kind: str, day: date, now: datetime, time_zone: str) -> None:
    """Due at eight in the morning of `day` where the installation is, or at once if that is over."""
    due = datetime.combine(day, time(8), ZoneInfo(time_zone)).astimezone(UTC)
    session.add(Due(vetting_id=vetting.id, kind=kind, due_at=max(due, now), created_at=now))
