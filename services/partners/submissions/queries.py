"""Every SELECT on webhook keys and submissions. A liaison's queries find their own organisation's and no other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session, undefer

from services.partners.organisations.queries import survivor_of
from services.partners.submissions.models import Submission, WebhookKey
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


@dataclass(frozen=True)
class LiveKey:
    """A key that deliveries may be signed with, still sealed."""

    id: UUID
    sealed_secret: str


@dataclass(frozen=True)
class Earlier:
    """A submission under the id of a delivery that came again."""

    id: UUID
    organisation_id: UUID
    message_id: str
    body_digest: bytes


def find_keys(session: Session, organisation_id: UUID, *, cursor: str | None, limit: int) -> Page[WebhookKey]:
    """The organisation's keys, newest first, also revoked ones. The caller has made sure who may see them."""
    found = select(WebhookKey).where(WebhookKey.organisation_id == organisation_id)
    return fetch_page(session, found, WebhookKey.id, cursor=cursor, limit=limit)


def list_keys(session: Session, organisation_id: UUID) -> Sequence[WebhookKey]:
    """All keys, the live ones first, each part newest first."""
    found = select(WebhookKey).where(WebhookKey.organisation_id == organisation_id)
    return session.scalars(found.order_by(WebhookKey.revoked_at.is_not(None), WebhookKey.id.desc())).all()


def get_key(session: Session, organisation_id: UUID, key_id: UUID) -> WebhookKey:
    found = session.get(WebhookKey, key_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound
    return found


def list_signing_keys(session: Session, organisation_id: UUID) -> Sequence[LiveKey]:
    """The live keys of the organisation, or of the one that it was merged into, newest first."""
    found = select(WebhookKey.id, WebhookKey.sealed_secret).where(
        or_(WebhookKey.organisation_id == organisation_id, WebhookKey.organisation_id == survivor_of(organisation_id)),
        WebhookKey.revoked_at.is_(None),
    )
    return [LiveKey(*row) for row in session.execute(found.order_by(WebhookKey.id.desc()))]


def list_uses(session: Session, key_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, datetime | None]]:
    """Those of the keys that are live: whose each is, and when it was last used, as far as that is noted."""
    found = select(WebhookKey.id, WebhookKey.organisation_id, WebhookKey.last_used_at).where(
        WebhookKey.id.in_(key_ids), WebhookKey.revoked_at.is_(None)
    )
    return {row.id: (row.organisation_id, row.last_used_at) for row in session.execute(found)}


def find_earlier(session: Session, deliveries: Sequence[tuple[UUID, str]]) -> Sequence[Earlier]:
    """Those of the deliveries, named by organisation and message id, that are kept already."""
    found = select(Submission.id, Submission.organisation_id, Submission.message_id, Submission.body_digest).where(
        tuple_(Submission.organisation_id, Submission.message_id).in_(deliveries)
    )
    return [Earlier(*row) for row in session.execute(found)]


def get_submission(session: Session, viewer: Identity, submission_id: UUID, *, with_body: bool = False) -> Submission:
    """The submission; raises `NotFound` if there is none or the viewer may not see it."""
    options = [undefer(Submission.body)] if with_body else []
    found = session.get(Submission, submission_id, options=options)
    if found is None or not viewer.may_see(found.organisation_id):
        raise NotFound
    return found


def find_submissions(
    session: Session,
    organisation_id: UUID,
    *,
    search: str = "",
    status: str | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Submission]:
    """The organisation's submissions, newest first; `search` is a part of their message id.

    The caller has made sure that the viewer may see the organisation.
    """
    found = select(Submission).where(*_wanted(organisation_id, search, status))
    return fetch_page(session, found, Submission.id, cursor=cursor, limit=limit)


def count_submissions(session: Session, organisation_id: UUID, *, search: str = "", status: str | None = None) -> int:
    found = select(func.count()).select_from(Submission).where(*_wanted(organisation_id, search, status))
    return session.scalar(found) or 0


def _wanted(organisation_id: UUID, search: str, status: str | None) -> list[ColumnElement[bool]]:
    conditions = [Submission.organisation_id == organisation_id]
    if search:
        conditions.append(Submission.message_id.contains(search, autoescape=True))
    if status:
        conditions.append(Submission.status == status)
    return conditions
