"""What partners publishes. A change that would break a consumer gets a new version beside the old one."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from shared.messaging.events import Event


@dataclass(frozen=True)
class OrganisationRegistered(Event):
    """An organisation became known."""

    type: ClassVar[str] = "saypro.partners.organisation_registered.v1"
    subject_field: ClassVar[str] = "organisation_id"

    organisation_id: UUID
    name: str
    kind: str
    country: str
    website: str | None
    #: The stored picture of this name (SHA-256).
    logo: str | None = None


@dataclass(frozen=True)
class OrganisationChanged(Event):
    """An organisation's details are now these."""

    type: ClassVar[str] = "saypro.partners.organisation_changed.v1"
    subject_field: ClassVar[str] = "organisation_id"

    organisation_id: UUID
    name: str
    kind: str
    country: str
    website: str | None
    #: The stored picture of this name (SHA-256).
    logo: str | None = None


@dataclass(frozen=True)
class OrganisationsMerged(Event):
    """Two organisations are one: all that was `merged_id`'s is `survivor_id`'s.

    It is the last event with `merged_id` as its subject, so that all that was told of that one is heard before.
    """

    type: ClassVar[str] = "saypro.partners.organisations_merged.v1"
    subject_field: ClassVar[str] = "merged_id"

    merged_id: UUID
    survivor_id: UUID


@dataclass(frozen=True)
class PersonChanged(Event):
    """A person who can sign in was added, or their details are now these."""

    type: ClassVar[str] = "saypro.partners.person_changed.v1"
    subject_field: ClassVar[str] = "person_id"

    person_id: UUID
    name: str
    email: str
    role: str
    organisation_id: UUID | None
    locale: str
    time_zone: str | None
    active: bool


@dataclass(frozen=True)
class ContactChanged(Event):
    """A contact of an organisation was added, or this is now so; a liaison is told of its campaigns if `may_mail`."""

    type: ClassVar[str] = "saypro.partners.contact_changed.v1"
    subject_field: ClassVar[str] = "contact_id"

    contact_id: UUID
    organisation_id: UUID
    name: str
    email: str | None
    is_liaison: bool
    locale: str
    time_zone: str | None
    may_mail: bool
    active: bool


@dataclass(frozen=True)
class SignInLinkRequested(Event):
    """A person asked for a mail with a one-time link. The link is a secret: see `secret_fields`."""

    type: ClassVar[str] = "saypro.partners.sign_in_link_requested.v1"
    subject_field: ClassVar[str] = "person_id"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"link"})

    person_id: UUID
    email: str
    name: str
    link: str
    expires_at: datetime


@dataclass(frozen=True)
class Attachment:
    """A stored file that goes along with a mail; `size` is in bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Invitation:
    """A calendar object (RFC 5545) that goes along with a mail, and its iTIP method (RFC 5546): REQUEST or CANCEL."""

    method: str
    calendar: str


@dataclass(frozen=True)
class MailRequested(Event):
    """Someone is to get this mail. `link`, where there is one, is a secret: see `secret_fields`.

    `body` is Markdown, "" for none; it follows the paragraphs. The button leads either to `path`, an address of this
    product, or to `link`.
    """

    type: ClassVar[str] = "saypro.partners.mail_requested.v1"
    subject_field: ClassVar[str] = "about_id"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"link"})

    mail_id: UUID
    about_id: UUID
    person_id: UUID | None
    organisation_id: UUID | None
    name: str
    email: str
    locale: str
    time_zone: str | None
    title: str
    paragraphs: list[str]
    because: str
    button: str | None
    path: str | None
    link: str | None
    expires_at: datetime | None
    reply_to: str | None
    attachments: list[Attachment]
    invitation: Invitation | None
    body: str
    #: Nothing of it is kept once it is out, as where it is the last thing that someone is told who was erased.
    ephemeral: bool = False


@dataclass(frozen=True)
class PromisedContribution:
    """What one side (`us`, `partner` or `both`) promised to give; `unit` is a currency for money."""

    party: str
    kind: str
    what: str
    quantity: Decimal | None
    unit: str
    due_on: date | None


@dataclass(frozen=True)
class AgreementInForce(Event):
    """Both sides have accepted version `number` of an agreement, and it holds from now on."""

    type: ClassVar[str] = "saypro.partners.agreement_in_force.v1"
    subject_field: ClassVar[str] = "agreement_id"

    agreement_id: UUID
    organisation_id: UUID
    title: str
    number: int
    digest: str
    starts_on: date | None
    ends_on: date | None
    shares_provisional: bool
    contributions: list[PromisedContribution] = field(default_factory=list)


@dataclass(frozen=True)
class AgreementEnded(Event):
    """An agreement holds no longer; `ended_on` was its last day."""

    type: ClassVar[str] = "saypro.partners.agreement_ended.v1"
    subject_field: ClassVar[str] = "agreement_id"

    agreement_id: UUID
    organisation_id: UUID
    title: str
    ended_on: date
    reason: str


@dataclass(frozen=True)
class KeySetPublished(Event):
    """The public keys (JWKs) that sign-in tokens are checked with are now these."""

    type: ClassVar[str] = "saypro.partners.key_set_published.v1"
    subject_field: ClassVar[str] = "set_id"

    set_id: UUID
    keys: list[dict[str, Any]]


@dataclass(frozen=True)
class AccessRevoked(Event):
    """Tokens of this person, or this one token, issued up to `until` no longer count."""

    type: ClassVar[str] = "saypro.partners.access_revoked.v1"
    subject_field: ClassVar[str] = "revoked_id"

    revoked_id: UUID
    until: datetime


@dataclass(frozen=True)
class PersonErasureRequested(Event):
    """Everything that is kept of a person is to be erased; every service answers with its `erasure_done`.

    `person_ids` are theirs as someone who signs in and as contacts. How they are called is here because some know
    them by name or address only, and is masked wherever the event is listed: see `secret_fields`.
    """

    type: ClassVar[str] = "saypro.partners.person_erasure_requested.v1"
    subject_field: ClassVar[str] = "erasure_id"
    secret_fields: ClassVar[frozenset[str]] = frozenset({"names", "emails"})

    erasure_id: UUID
    person_ids: list[UUID]
    names: list[str]
    emails: list[str]


@dataclass(frozen=True)
class ErasureDone(Event):
    """This service has erased a person; `counts` says of which table how many rows were changed."""

    type: ClassVar[str] = "saypro.partners.erasure_done.v1"
    subject_field: ClassVar[str] = "erasure_id"

    erasure_id: UUID
    service: str
    counts: dict[str, int]


@dataclass(frozen=True)
class Picture:
    """A stored picture, and what it shows for those who can't see it."""

    name: str
    media_type: str
    sha256: str
    size: int
    description: str


@dataclass(frozen=True)
class SubmissionAccepted(Event):
    """What a partner reported was verified and kept; `data` is what it says, as it came.

    `kind` says what it is about, such as `measurements.reported`; who has no use for a kind passes it over. A `trial`
    is to be checked and answered like any other, and nothing of it kept.
    """

    type: ClassVar[str] = "saypro.partners.submission_accepted.v1"
    subject_field: ClassVar[str] = "organisation_id"

    submission_id: UUID
    organisation_id: UUID
    kind: str
    received_at: datetime
    data: dict[str, Any]
    trial: bool = False
    #: What went along with a story from the form.
    pictures: list[Picture] = field(default_factory=list)
