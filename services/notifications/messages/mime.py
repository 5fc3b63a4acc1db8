"""A message as the bytes that go over the wire (RFC 5322, RFC 2046)."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from uuid import UUID

from services.notifications.messages.layout import Drawn, fill_secret

#: What only a quoted local part may hold (RFC 5322, section 3.2.3).
SPECIALS = frozenset('()<>[]:;@\\,"')


class Unaddressable(ValueError):
    """The recipient's address can't stand in a mail's header; the text says which part is wrong."""


@dataclass(frozen=True)
class Mail:
    """One mail, ready for the envelope: addresses without names, and the compiled bytes."""

    sender: str
    recipient: str
    content: bytes

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 (RFC 6531) can take it."""
        return not self.recipient.isascii()


@dataclass(frozen=True)
class Enclosure:
    """A file that goes along."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Invitation:
    """A calendar object (RFC 5545) and its method: calendars take it in as what to do about a meeting."""

    method: str
    calendar: str


def compile_mail(
    message_id: UUID,
    drawn: Drawn,
    *,
    to_name: str,
    to_email: str,
    mail_from: str,
    language: str,
    at: datetime,
    secret: str | None,
    reply_to: str | None = None,
    invitation: Invitation | None = None,
    enclosures: Sequence[Enclosure] = (),
) -> Mail:
    """The mail with both its forms, and with `secret` where the letter has its mark.

    The Message-ID comes from `message_id`, so that a mail sent again is recognised as the same one. Raises
    `Unaddressable`.
    """
    from_name, from_email = parseaddr(mail_from)
    sender = _address(from_name, from_email)
    recipient = _address(to_name, to_email)
    whole = drawn if secret is None else fill_secret(drawn, secret)
    mail = EmailMessage(policy=SMTP if recipient.addr_spec.isascii() else SMTPUTF8)
    mail["From"], mail["To"] = sender, recipient
    if reply_to:
        mail["Reply-To"] = _address("", reply_to)
    mail["Subject"] = _one_line(drawn.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message_id}@{sender.domain}>"
    # Out-of-office replies and the like are not for us (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(whole.text)
    mail.add_alternative(whole.html, subtype="html")
    if invitation is not None:
        _invite(mail, invitation)
    for each in enclosures:
        main, _, sub = each.media_type.partition("/")
        mail.add_attachment(each.content, maintype=main, subtype=sub, filename=each.name)
    # Filling in the content takes every Content- header away, so this one comes last.
    mail["Content-Language"] = language.replace("_", "-")
    return Mail(sender.addr_spec, recipient.addr_spec, mail.as_bytes())


def _invite(mail: EmailMessage, invitation: Invitation) -> None:
    """As a form of the mail for calendars that read it in place (RFC 6047), and as a file for those that open files."""
    method, calendar = invitation.method, invitation.calendar
    mail.add_alternative(calendar, subtype="calendar", params={"method": method})
    name = "cancel.ics" if method == "CANCEL" else "invite.ics"
    mail.add_attachment(calendar.encode(), maintype="application", subtype="ics", filename=name)


def _address(name: str, email: str) -> Address:
    local, at, domain = email.strip().rpartition("@")
    if not at or not local or any(character.isspace() for character in email.strip()):
        raise Unaddressable(f"{email!r} is not an e-mail address")
    try:
        host = domain.encode("idna").decode()
        if local.isascii():
            return Address(_one_line(name), addr_spec=f"{local}@{host}")
        # The standard library parses addresses in ASCII only, and quotes what has no business in an address.
        if not SPECIALS.isdisjoint(local):
            raise ValueError(local)
        return Address(_one_line(name), username=local, domain=host)
    except (ValueError, IndexError) as error:
        raise Unaddressable(f"{email!r} is not an e-mail address") from error


def _one_line(text: str) -> str:
    # A line break in a header would begin a header of someone else's choosing.
    return " ".join("".join(" " if unicodedata.category(each) == "Cc" else each for each in text).split())
