"""Every SELECT on webhook keys and submissions. A liaison's queries find their own organisation's and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import Session, undefer

from services.partners.submissions.models import Submission, WebhookKey
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


@dataclass(frozen=True)
class LiveKey:
    """A key that deliveries may be signed with, still sealed."""

    id: UUID
    sealed_secret: str
    last_used_at: datetime | None


@dataclass(frozen=True)
class Earlier:
    """A submission under the id of a delivery that came again."""

    id: UUID
    body_digest: bytes


# Every delivery asks this, and putting the question together costs more than asking it.
_SIGNING = (
    select(WebhookKey.id, WebhookKey.sealed_secret, WebhookKey.last_used_at, Submission.id, Submission.body_digest)
    .outerjoin(
        Submission,
        and_(
            Submission.organisation_id == WebhookKey.organisation_id,
            Submission.message_id == bindparam("message", type_=Submission.message_id.type),
        ),
    )
    .where(
        WebhookKey.organisation_id == bindparam("organisation", type_=WebhookKey.organisation_id.type),
        WebhookKey.revoked_at.is_(None),
    )
    .order_by(WebhookKey.id.desc())
)


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


def find_signing(session: Session, organisation_id: UUID, message_id: str) -> tuple[Sequence[LiveKey], Earlier | None]:
    """What a delivery is judged by, in one statement: the live keys, and the submission that it may repeat."""
    rows = session.execute(_SIGNING, {"organisation": organisation_id, "message": message_id}).all()
    earlier = Earlier(rows[0][3], rows[0][4]) if rows and rows[0][3] is not None else None
    return [LiveKey(*row[:3]) for row in rows], earlier


def find_earlier(session: Session, organisation_id: UUID, message_id: str) -> Earlier | None:
    found = select(Submission.id, Submission.body_digest).where(
        Submission.organisation_id == organisation_id, Submission.message_id == message_id
    )
    row = session.execute(found).one_or_none()
    return Earlier(*row) if row else None


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
