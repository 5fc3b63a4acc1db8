"""People who can sign in, the links and tokens they do it with, and the keys those are signed with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.partners.database import Base
from services.partners.mails import Addressee
from shared.database.engine import Edited, Identified
from shared.database.types import Instant

#: The addresses of those who were erased; a reserved domain (RFC 2606).
ERASED_DOMAIN = "@erased.invalid"


class Person(Edited, Base):
    """Someone who can sign in, in one role; a liaison belongs to one organisation."""

    __tablename__ = "people"

    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    locale: Mapped[str] = mapped_column(String(10), default="en")
    time_zone: Mapped[str | None] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True)

    __mapper_args__ = {"version_id_col": Edited.version}

    @property
    def addressee(self) -> Addressee:
        """The person as the one who gets a mail."""
        return Addressee(self.name, self.email, self.id, self.organisation_id, self.locale, self.time_zone)

    @property
    def is_erased(self) -> bool:
        return self.email.endswith(ERASED_DOMAIN)


class SignInLink(Identified, Base):
    """A one-time link. Only a digest of its secret is kept."""

    __tablename__ = "sign_in_links"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SigningSecret(Identified, Base):
    """A private key, sealed. The newest one that isn't retired signs; the others only verify."""

    __tablename__ = "signing_secrets"

    sealed_jwk: Mapped[str]
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class PersonalToken(Identified, Base):
    """A token for a person's scripts. Its id is the token's `jti`; the token itself is shown once and not kept."""

    __tablename__ = "personal_tokens"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
