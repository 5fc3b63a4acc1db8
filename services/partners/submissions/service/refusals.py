"""Use cases: remembering what the door refused, for as long and as much of it as helps to find out why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.partners.organisations.queries import name_organisations
from services.partners.submissions.models import Refusal
from services.partners.submissions.queries import count_refusals_of_day
from shared.clock import new_id

KEPT_FOR = timedelta(days=30)
#: A day's refusals of one organisation that are kept: without a valid signature, which anybody can send, and with one.
MOST_UNSIGNED, MOST_SIGNED = 50, 500
#: Bytes of a refused body that are kept.
MOST_OF_BODY = 64 * 1024


@dataclass(frozen=True)
class Refused:
    """A delivery that got no 202. `body` is that of a verified one only; `errors` is path -> reason."""

    organisation_id: UUID
    status: int
    reason: str
    errors: Mapping[str, str]
    message_id: str
    key_id: UUID | None = None
    body: bytes | None = None


def remember_refusal(session: Session, refused: Refused, now: datetime) -> bool:
    """Keep it, if it is for an organisation that we know and the day is not full; says whether it is kept."""
    is_signed = refused.key_id is not None
    most = MOST_SIGNED if is_signed else MOST_UNSIGNED
    if not name_organisations(session, [refused.organisation_id]):
        return False
    if count_refusals_of_day(session, refused.organisation_id, now.date(), signed=is_signed) >= most:
        return False
    body = refused.body if is_signed else None
    session.add(
        Refusal(
            id=new_id(),
            created_at=now,
            organisation_id=refused.organisation_id,
            on_day=now.date(),
            status=refused.status,
            reason=refused.reason[:1000],
            errors=dict(refused.errors),
            message_id="".join(letter for letter in refused.message_id[:255] if letter.isprintable()),
            key_id=refused.key_id,
            size=len(body) if body is not None else None,
            body=body[:MOST_OF_BODY] if body is not None else None,
        )
    )
    session.flush()
    return True


def forget_refusals(session: Session, now: datetime) -> bool:
    """Delete what has been kept long enough; a due job."""
    session.execute(delete(Refusal).where(Refusal.created_at < now - KEPT_FOR))
    return False
