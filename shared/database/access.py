"""What a service knows of who may sign in: the public keys and what has been revoked, fed by partners' events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields
from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.database.engine import KitBase
from shared.database.types import Document, Instant
from shared.identity import Identity
from shared.messaging.subscriptions import Received, Subscription


class SigningKey(KitBase):
    """A public key that tokens may be signed with."""

    __tablename__ = "signing_keys"

    key_id: Mapped[str] = mapped_column(primary_key=True)
    jwk: Mapped[dict[str, Any]] = mapped_column(Document)


class Revocation(KitBase):
    """A person or a single token whose sign-ins issued up to `until` no longer count."""

    __tablename__ = "revocations"

    subject: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(Instant)


# Every request asks these, and putting a question together costs more than asking it.
_KEYS = select(SigningKey.jwk)
_REVOKED = (
    select(Revocation.subject)
    .where(
        or_(Revocation.subject == bindparam("token"), Revocation.subject == bindparam("person")),
        Revocation.until >= bindparam("issued_at"),
    )
    .limit(1)
)


def list_public_keys(session: Session) -> Sequence[dict[str, Any]]:
    return session.scalars(_KEYS).all()


def is_revoked(session: Session, identity: Identity) -> bool:
    """Whether this token, or everything issued to its person by then, has been revoked."""
    given = {"token": identity.token_id, "person": identity.person_id, "issued_at": identity.issued_at}
    return session.scalar(_REVOKED, given) is not None


def replace_keys(session: Session, keys: Sequence[dict[str, Any]]) -> None:
    """Make `keys` (public JWKs) the whole key set."""
    session.execute(delete(SigningKey))
    session.add_all(SigningKey(key_id=key["kid"], jwk=key) for key in keys)


def revoke(session: Session, subject: UUID, until: datetime) -> None:
    """Stop every sign-in of `subject` (a person's or a token's id) issued up to `until`."""
    session.merge(Revocation(subject=subject, until=until))


class KeySetSchema(Schema):
    keys = fields.List(fields.Dict(), required=True)


class RevocationSchema(Schema):
    revoked_id = fields.UUID(required=True)
    until = fields.AwareDateTime(required=True)


def _hear_key_set(session: Session, event: Received) -> None:
    replace_keys(session, event.data["keys"])


def _hear_revocation(session: Session, event: Received) -> None:
    revoke(session, event.data["revoked_id"], event.data["until"])


#: Every service's table of subscriptions includes these.
ACCESS_SUBSCRIPTIONS = (
    Subscription("saypro.partners.key_set_published.v1", _hear_key_set, KeySetSchema),
    Subscription("saypro.partners.access_revoked.v1", _hear_revocation, RevocationSchema),
)
