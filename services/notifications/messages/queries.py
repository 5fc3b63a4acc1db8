"""Every SELECT on messages. Staff see all of them, a liaison those that are addressed to them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.notifications.messages.models import TROUBLED, Delivery, Message, State, fold
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T")


def get_message(session: Session, viewer: Identity, message_id: UUID, *, lock: bool = False) -> Message:
    """The message; raises `NotFound` if there is none or the viewer may not see it."""
    found = _seen_by(viewer, select(Message).where(Message.id == message_id))
    message = session.scalar(found.with_for_update() if lock else found)
    if message is None:
        raise NotFound
    return message


def find_messages(
    session: Session,
    viewer: Identity,
    *,
    search: str = "",
    state: str | None = None,
    campaign: UUID | None = None,
    announcement: UUID | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[Message]:
    """Messages, newest first, one page; `search` is a part of the subject or of the recipient in any case."""
    found = _seen_by(viewer, select(Message))
    if search:
        found = found.where(Message.search_text.contains(fold(search), autoescape=True))
    if state:
        found = found.where(Message.state == state)
    if campaign:
        found = found.where(Message.campaign_id == campaign)
    if announcement:
        found = found.where(Message.announcement_id == announcement)
    return fetch_page(session, found, Message.id, cursor=cursor, limit=limit)


def count_messages(session: Session, viewer: Identity, campaign: UUID | None = None) -> int:
    found = _seen_by(viewer, select(func.count()).select_from(Message))
    return session.scalar(found.where(Message.campaign_id == campaign) if campaign else found) or 0


def list_troubled(session: Session, limit: int = 5) -> Sequence[Message]:
    """What failed or is uncertain, newest first: it waits for a person."""
    found = select(Message).where(Message.state.in_(TROUBLED)).order_by(Message.id.desc())
    return session.scalars(found.limit(limit)).all()


def count_troubled(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Message).where(Message.state.in_(TROUBLED))) or 0


def list_deliveries(session: Session, message_id: UUID) -> Sequence[Delivery]:
    """The message's delivery log, newest first."""
    found = select(Delivery).where(Delivery.message_id == message_id)
    return session.scalars(found.order_by(Delivery.id.desc())).all()


def count_by_state(session: Session, announcement_id: UUID) -> dict[str, int]:
    """How many of an announcement's messages are in which state."""
    found = select(Message.state, func.count()).where(Message.announcement_id == announcement_id)
    return {row[0]: row[1] for row in session.execute(found.group_by(Message.state))}


def lock_due(session: Session, now: datetime, limit: int) -> Sequence[Message]:
    """Queued messages whose time has come, oldest first, passing over those that another worker holds."""
    found = (
        select(Message)
        .where(Message.state == State.QUEUED, Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(found).all()


def lock_message(session: Session, message_id: UUID) -> Message:
    return session.get_one(Message, message_id, with_for_update=True)


def has_due(session: Session, now: datetime) -> bool:
    found = select(Message.id).where(Message.state == State.QUEUED, Message.due_at <= now).limit(1)
    return session.scalar(found) is not None


def lock_cut_off(session: Session, before: datetime) -> Sequence[Message]:
    """Messages whose sending began before `before` and was never brought to an end."""
    found = select(Message).where(Message.state == State.SENDING, Message.claimed_at < before)
    return session.scalars(found.limit(500).with_for_update(skip_locked=True)).all()


def lock_forgettable(session: Session, now: datetime) -> Sequence[Message]:
    """Messages that were not to stay for longer than until now, but for those on their way out."""
    found = select(Message).where(Message.forget_at <= now, Message.state != State.SENDING)
    return session.scalars(found.limit(500).with_for_update(skip_locked=True)).all()


def list_messages_to(session: Session, ids: Collection[UUID], emails: Collection[str]) -> Sequence[Message]:
    """What went or is to go to any of these people or addresses (in lower case)."""
    theirs = Message.recipient_id.in_(ids) | func.lower(Message.recipient_email).in_(emails)
    return session.scalars(select(Message).where(theirs).with_for_update()).all()


def is_known_key(session: Session, key: str) -> bool:
    return session.scalar(select(Message.id).where(Message.key == key)) is not None


def _seen_by(viewer: Identity, found: Select[T]) -> Select[T]:
    return found if viewer.is_staff else found.where(Message.recipient_id == viewer.person_id)
