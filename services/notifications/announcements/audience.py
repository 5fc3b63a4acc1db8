"""Who is told of a campaign's news: its owner, and the liaisons of its partners, with an account or without."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.known import queries as known
from services.notifications.messages.recipient import Recipient


@dataclass(frozen=True)
class Addressee:
    """Someone who is told, and as what."""

    #: The person's or the contact's.
    id: UUID
    recipient: Recipient
    is_owner: bool
    organisation_id: UUID | None


@dataclass(frozen=True)
class PersonalLink:
    """A secret link for one person or contact, good until `expires_at`."""

    holder_id: UUID
    link: str
    expires_at: datetime


def choose_link(addressee: Addressee, links: Sequence[PersonalLink]) -> PersonalLink | None:
    """The link for someone who has no account; those who have one sign in."""
    if addressee.recipient.person_id is not None:
        return None
    return next((each for each in links if each.holder_id == addressee.id), None)


def list_addressees(session: Any, campaign_id: UUID) -> Sequence[Addressee]:
    """Everyone to tell, the owner first; nobody is told twice.

    A liaison is told whether or not they have an account, unless they left or asked for no such mail.
    """
    campaign = known.find_campaign(session, campaign_id)
    owner = known.find_person(session, campaign.owner_id) if campaign else None
    contacts = known.list_contacts(session, campaign_id)
    unwilling = {(each.organisation_id, _fold(each.email)) for each in contacts if not each.may_mail}
    liaisons = [each for each in contacts if each.is_liaison]
    found: dict[str, Addressee] = {}
    for each in [owner, *known.list_liaisons(session, campaign_id), *liaisons]:
        if each is None or not each.active or (each.organisation_id, _fold(each.email)) in unwilling:
            continue
        has_account = each not in liaisons
        recipient = Recipient(
            each.id if has_account else None, each.name, each.email or "", each.locale, each.time_zone
        )
        # Two accounts may share one mailbox, and a liaison's account and contact do.
        found.setdefault(_fold(each.email), Addressee(each.id, recipient, each is owner, each.organisation_id))
    return list(found.values())


def digest_addressees(addressees: Sequence[Addressee]) -> str:
    """A short text that differs when the recipients do: what was shown is what is sent."""
    lines = sorted(f"{each.id} {each.recipient.email}" for each in addressees)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _fold(email: str | None) -> str:
    return (email or "").casefold()
