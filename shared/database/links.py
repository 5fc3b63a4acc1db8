"""Scoped links: one purpose, one person, expiring, revocable, logged. Who opens one acts without an account.

A link is a secret in an address; only its digest is kept. Looking at what it leads to changes nothing, because
scanners open links too. What is done through it is noted in the history under the holder's name, and `last_used_at`
says when; a link made for a single act ends with that act.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.clock import new_id
from shared.database.engine import KitBase
from shared.database.types import Instant
from shared.errors import LinkGone
from shared.identity import GUEST, Identity


@dataclass(frozen=True)
class LinkHolder:
    """The one person that a link is for; `person_id` is theirs as a contact or as someone who can sign in."""

    person_id: UUID
    name: str
    email: str
    organisation_id: UUID | None
    locale: str = "en"
    time_zone: str | None = None


class ScopedLink(KitBase):
    """A link that was given out. `subject_id` is what it is about, such as a proposal."""

    __tablename__ = "scoped_links"
    __table_args__ = (Index(None, "purpose", "subject_id"), Index(None, "holder_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID]
    holder_id: Mapped[UUID]
    holder_name: Mapped[str] = mapped_column(String(200))
    holder_email: Mapped[str] = mapped_column(String(320))
    organisation_id: Mapped[UUID | None]
    locale: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    single: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    #: When something was last done through it; for a link made for one act this is its end.
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def holder(self) -> LinkHolder:
        return LinkHolder(
            self.holder_id, self.holder_name, self.holder_email, self.organisation_id, self.locale, self.time_zone
        )

    @property
    def identity(self) -> Identity:
        """The holder as a guest: bound to the organisation, with no permission but what this link opens."""
        return Identity(
            person_id=self.holder_id,
            name=self.holder_name,
            email=self.holder_email,
            role=GUEST,
            organisation_id=self.organisation_id,
            token_id=self.id,
            issued_at=self.created_at,
            expires_at=self.expires_at,
            locale=self.locale,
            time_zone=self.time_zone,
        )

    def is_open(self, now: datetime) -> bool:
        """Whether it still leads anywhere."""
        ended = self.revoked_at is not None or (self.single and self.last_used_at is not None)
        return not ended and self.expires_at > now


def make_link(
    session: Session,
    *,
    purpose: str,
    subject_id: UUID,
    holder: LinkHolder,
    now: datetime,
    lasts: timedelta,
    single: bool = False,
) -> str:
    """The secret of a new link for `holder`, good for `lasts`; with `single`, for one act only."""
    secret = secrets.token_urlsafe(32)
    session.add(
        ScopedLink(
            digest=_digest(secret),
            purpose=purpose,
            subject_id=subject_id,
            holder_id=holder.person_id,
            holder_name=holder.name,
            holder_email=holder.email,
            organisation_id=holder.organisation_id,
            locale=holder.locale,
            time_zone=holder.time_zone,
            single=single,
            created_at=now,
            expires_at=now + lasts,
        )
    )
    session.flush()
    return secret


def open_link(session: Session, purpose: str, secret: str, now: datetime) -> ScopedLink:
    """The link with this secret, without using it; raises `LinkGone`, whatever the reason, with the same words."""
    link = session.scalar(select(ScopedLink).where(ScopedLink.digest == _digest(secret)))
    if link is None or link.purpose != purpose or not link.is_open(now):
        raise LinkGone
    return link


def use_link(session: Session, link: ScopedLink, now: datetime) -> None:
    """Note that something is done through `link`; of two who use a single one at once, one gets `LinkGone`."""
    open_still = [ScopedLink.id == link.id, ScopedLink.revoked_at.is_(None)]
    if link.single:
        open_still.append(ScopedLink.last_used_at.is_(None))
    if session.scalar(update(ScopedLink).where(*open_still).values(last_used_at=now).returning(ScopedLink.id)) is None:
        raise LinkGone


def revoke_links(
    session: Session, now: datetime, *, purpose: str, subject_id: UUID, holder_id: UUID | None = None
) -> int:
    """End the open links of this purpose about `subject_id` (one holder's, or everybody's); returns how many."""
    return _revoke(session, now, purpose=purpose, subject_id=subject_id, holder_id=holder_id)


def revoke_links_of(session: Session, now: datetime, holder_id: UUID) -> int:
    """End every open link of one person, as when someone else takes over from them; returns how many."""
    return _revoke(session, now, holder_id=holder_id)


def list_links(
    session: Session, now: datetime, *, holder_id: UUID | None = None, subject_id: UUID | None = None
) -> Sequence[ScopedLink]:
    """The open links of a person or about a thing, newest first: what can be revoked or handed over."""
    found = select(ScopedLink).where(ScopedLink.revoked_at.is_(None), ScopedLink.expires_at > now)
    if holder_id is not None:
        found = found.where(ScopedLink.holder_id == holder_id)
    if subject_id is not None:
        found = found.where(ScopedLink.subject_id == subject_id)
    return [link for link in session.scalars(found.order_by(ScopedLink.id.desc())) if link.is_open(now)]


def forget_holder(session: Session, holder_id: UUID, now: datetime) -> int:
    """End a person's links and take their name and address out of all of them; returns how many were theirs."""
    theirs = update(ScopedLink).where(ScopedLink.holder_id == holder_id)
    _revoke(session, now, holder_id=holder_id)
    done = session.scalars(theirs.values(holder_name="", holder_email="").returning(ScopedLink.id)).all()
    return len(done)


def _revoke(session: Session, now: datetime, **matching: str | UUID | None) -> int:
    wanted = [getattr(ScopedLink, name) == value for name, value in matching.items() if value is not None]
    ended = update(ScopedLink).where(*wanted, ScopedLink.revoked_at.is_(None), ScopedLink.expires_at > now)
    return len(session.scalars(ended.values(revoked_at=now).returning(ScopedLink.id)).all())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def move_links(session: Session, from_id: UUID, to_id: UUID) -> None:
    """Let the holders of links at one organisation belong to another, which it was merged into."""
    session.execute(update(ScopedLink).where(ScopedLink.organisation_id == from_id).values(organisation_id=to_id))
    session.execute(update(ScopedLink).where(ScopedLink.subject_id == from_id).values(subject_id=to_id))
