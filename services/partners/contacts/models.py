"""People at organisations, what they agreed to, and who of us looks after an organisation."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.partners.database import Base
from services.partners.mails import Addressee
from shared.database.engine import Edited, Identified
from shared.database.links import LinkHolder
from shared.database.types import Document


class Channel(StrEnum):
    """How a contact prefers to be reached."""

    MAIL = "mail"
    PHONE = "phone"
    CHAT = "chat"


class Purpose(StrEnum):
    """What a contact may agree to."""

    CAMPAIGN_MAIL = "campaign_mail"
    NEWSLETTER = "newsletter"
    PICTURE = "picture"


class Consent(Identified, Base):
    """A contact agreed to one thing, until it was withdrawn. Agreeing again is another row."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_in_force",
            "contact_id",
            "purpose",
            unique=True,
            sqlite_where=text("withdrawn_on IS NULL"),
            postgresql_where=text("withdrawn_on IS NULL"),
        ),
    )

    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    #: None where they refused what they were asked for.
    given_on: Mapped[date | None]
    given_how: Mapped[str | None] = mapped_column(String(200))
    withdrawn_on: Mapped[date | None]
    withdrawn_how: Mapped[str | None] = mapped_column(String(200))


class Contact(Edited, Base):
    """A person at an organisation; one of them at a time is the liaison, the one point of contact."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("organisation_id", "email"),
        Index(None, "organisation_id", "sort_name", "id"),
        Index(
            "uq_contacts_liaison",
            "organisation_id",
            unique=True,
            sqlite_where=text("is_liaison"),
            postgresql_where=text("is_liaison"),
        ),
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(String(200))
    #: The name folded for search and order; folding may triple a name's length.
    sort_name: Mapped[str] = mapped_column(String(600))
    #: Without case; the same address is one contact of an organisation.
    email: Mapped[str | None] = mapped_column(String(320))
    phone: Mapped[str | None] = mapped_column(String(40))
    #: What they do there, in their organisation's words: "Programme manager".
    roles: Mapped[list[str]] = mapped_column(Document)
    is_liaison: Mapped[bool] = mapped_column(default=False)
    channel: Mapped[str] = mapped_column(String(10), default=Channel.MAIL)
    locale: Mapped[str] = mapped_column(String(10), default="en")
    time_zone: Mapped[str | None] = mapped_column(String(64))
    #: For staff alone.
    notes: Mapped[str] = mapped_column(Text, default="")
    #: The account that they sign in with, if they have one.
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"), unique=True)
    #: False once they have left the organisation; what they took part in stays theirs.
    active: Mapped[bool] = mapped_column(default=True)

    consents: Mapped[list[Consent]] = relationship(order_by=Consent.id, lazy="selectin")

    __mapper_args__ = {"version_id_col": Edited.version}

    def rename(self, name: str) -> None:
        self.name, self.sort_name = name, name.casefold()

    @property
    def holder(self) -> LinkHolder:
        """The contact as the one whom a scoped link is for; callers have seen to it that there is an address."""
        return LinkHolder(self.id, self.name, self.email or "", self.organisation_id, self.locale, self.time_zone)

    @property
    def addressee(self) -> Addressee:
        """The contact as the one who gets a mail; callers have seen to it that there is an address."""
        return Addressee(self.name, self.email or "", self.person_id, self.organisation_id, self.locale, self.time_zone)

    def consent_in_force(self, purpose: str) -> Consent | None:
        return next((each for each in self.consents if each.purpose == purpose and not each.withdrawn_on), None)

    @property
    def may_mail(self) -> bool:
        """Whether campaigns' news may be mailed: to a liaison until they say no, to others once they said yes."""
        if not self.active or self.email is None:
            return False
        if self.consent_in_force(Purpose.CAMPAIGN_MAIL):
            return True
        refused = any(each.purpose == Purpose.CAMPAIGN_MAIL for each in self.consents)
        return self.is_liaison and not refused


class Owner(Edited, Base):
    """The one of us who is responsible for an organisation: the liaison on our side."""

    __tablename__ = "owners"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)

    __mapper_args__ = {"version_id_col": Edited.version}
