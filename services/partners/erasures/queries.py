"""Every SELECT on erasures. They are for administrators; the routes see to that."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.partners.erasures.models import RUNNING, Erasure, ErasureAnswer
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound


def get_erasure(session: Session, erasure_id: UUID, *, lock: bool = False) -> Erasure:
    """The erasure; raises `NotFound`."""
    found = session.get(Erasure, erasure_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound
    return found


def find_erasures(session: Session, *, cursor: str | None, limit: int) -> Page[Erasure]:
    """Erasures, newest first, one page."""
    return fetch_page(session, select(Erasure), Erasure.id, cursor=cursor, limit=limit)


def list_answers(session: Session, erasure_id: UUID) -> Sequence[ErasureAnswer]:
    """What the services answered so far."""
    found = select(ErasureAnswer).where(ErasureAnswer.erasure_id == erasure_id)
    return session.scalars(found.order_by(ErasureAnswer.answered_at)).all()


def list_late(session: Session, before: datetime) -> Sequence[Erasure]:
    """Erasures that began before then and are not done."""
    found = select(Erasure).where(Erasure.state == RUNNING, Erasure.started_at < before)
    return session.scalars(found.order_by(Erasure.started_at)).all()
