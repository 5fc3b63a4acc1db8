"""Who is told of a campaign's news: its owner, and the liaisons of its partners."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notifications.known import queries as known
from services.notifications.messages.recipient import Recipient


@dataclass(frozen=True)
class Addressee:
    """Someone who is told, and as what."""

    recipient: Recipient
    is_owner: bool
    organisation_id: UUID | None


def list_addressees(session: Any, campaign_id: UUID) -> Sequence[Addressee]:
    """Everyone to tell, the owner first; who may not sign in any more is left out, and nobody is told twice."""
    campaign = known.find_campaign(session, campaign_id)
    owner = known.find_person(session, campaign.owner_id) if campaign else None
    people = [owner] if owner is not None and owner.active else []
    found: dict[str, Addressee] = {}
    for person in [*people, *known.list_liaisons(session, campaign_id)]:
        recipient = Recipient(person.id, person.name, person.email, person.locale, person.time_zone)
        addressee = Addressee(recipient, person is owner, person.organisation_id)
        # Two accounts may share one mailbox.
        found.setdefault(person.email.casefold(), addressee)
    return list(found.values())


def digest_addressees(addressees: Sequence[Addressee]) -> str:
    """A short text that differs when the recipients do: what was shown is what is sent."""
    lines = sorted(f"{each.recipient.person_id} {each.recipient.email}" for each in addressees)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
