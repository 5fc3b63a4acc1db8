"""Asking for mails: partners says what goes to whom; notifications lays it out, sends it and keeps what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.partners.events import Attachment, Invitation, MailRequested
from shared.clock import new_id
from shared.messaging.outbox import record


@dataclass(frozen=True)
class Addressee:
    """Who gets a mail. `person_id` is set for those who have an account, and then shows them the mail there too."""

    name: str
    email: str
    person_id: UUID | None = None
    organisation_id: UUID | None = None
    locale: str = "en"
    time_zone: str | None = None


@dataclass(frozen=True)
class Action:
    """The one thing to do: a button. `address` is a path of this product, or the whole address of a secret link."""

    label: str
    address: str
    #: When a secret link ends; the mail is not sent later than that.
    expires_at: datetime | None = None


def request_mail(
    session: Any,
    to: Addressee,
    subject: str,
    paragraphs: Sequence[str],
    now: datetime,
    *,
    about: UUID,
    because: str,
    action: Action | None = None,
    reply_to: str | None = None,
    attachments: Sequence[Attachment] = (),
    invitation: Invitation | None = None,
    body: str = "",
    ephemeral: bool = False,
) -> UUID:
    """Have a mail sent when this transaction commits; returns the id that names it in events.

    `paragraphs` are plain text, after a greeting that is added; `body` is Markdown that follows them. `about` is the id
    of what the mail is about, and orders the mails about it. `because` says why the addressee gets it. `reply_to` is an
    address that answers go to. Of an `ephemeral` one nothing is kept for longer than a day.
    """
    secret = action is not None and not action.address.startswith("/")
    mail = MailRequested(
        mail_id=new_id(),
        about_id=about,
        person_id=to.person_id,
        organisation_id=to.organisation_id,
        name=to.name,
        email=to.email,
        locale=to.locale,
        time_zone=to.time_zone,
        title=subject,
        paragraphs=list(paragraphs),
        because=because,
        button=action.label if action else None,
        path=action.address if action and not secret else None,
        link=action.address if action and secret else None,
        expires_at=action.expires_at if action else None,
        reply_to=reply_to,
        attachments=list(attachments),
        invitation=invitation,
        body=body,
        ephemeral=ephemeral,
    )
    record(session, mail, now=now)
    return mail.mail_id
