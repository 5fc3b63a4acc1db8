"""Every SELECT on mutual scorecards. Who may see whose answers is decided by the round itself."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.partners.organisations.queries import get_organisation
from services.partners.scorecards.models import ScorecardRound
from shared.errors import NotFound
from shared.identity import Identity


def get_round(session: Session, viewer: Identity, scorecard_id: UUID, *, lock: bool = False) -> ScorecardRound:
    """The round; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(ScorecardRound, scorecard_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def list_rounds(session: Session, viewer: Identity, organisation_id: UUID, limit: int = 50) -> Sequence[ScorecardRound]:
    """The organisation's rounds, newest first; raises `NotFound` like `get_round`."""
    get_organisation(session, viewer, organisation_id)
    found = select(ScorecardRound).where(ScorecardRound.organisation_id == organisation_id)
    return session.scalars(found.order_by(ScorecardRound.id.desc()).limit(limit)).all()


def get_shown_round(session: Session, viewer: Identity, scorecard_id: UUID, today: date) -> ScorecardRound:
    """The round, for whoever signs in: a liaison finds it once both sides may see each other's answers."""
    found = get_round(session, viewer, scorecard_id)
    if not viewer.is_staff and not found.is_revealed(today):
        raise NotFound
    return found


def list_shown_rounds(
    session: Session, viewer: Identity, organisation_id: UUID, today: date
) -> Sequence[ScorecardRound]:
    """The organisation's rounds, newest first, as far as `get_shown_round` shows them."""
    rounds = list_rounds(session, viewer, organisation_id)
    return [each for each in rounds if viewer.is_staff or each.is_revealed(today)]


def list_due_reminders(session: Session, now: datetime, limit: int) -> Sequence[ScorecardRound]:
    """Open rounds whose reminder is due, locked; those that another worker holds are left out."""
    due = select(ScorecardRound).where(ScorecardRound.remind_at <= now, ScorecardRound.open)
    return session.scalars(due.order_by(ScorecardRound.id).limit(limit).with_for_update(skip_locked=True)).all()


def select_overdue_scorecards(today: date) -> Select[UUID, date]:
    """(organisation's id, the day it was due) of every round that still waits after its day."""
    return select(ScorecardRound.organisation_id, ScorecardRound.due_on).where(
        ScorecardRound.open, ScorecardRound.due_on < today
    )


def list_overdue_scorecards(
    session: Session, organisation_ids: Collection[UUID], today: date
) -> Sequence[ScorecardRound]:
    """The rounds of these organisations that still wait after their day, the longest first."""
    found = select(ScorecardRound).where(
        ScorecardRound.organisation_id.in_(organisation_ids), ScorecardRound.open, ScorecardRound.due_on < today
    )
    return session.scalars(found.order_by(ScorecardRound.due_on, ScorecardRound.id)).all()
