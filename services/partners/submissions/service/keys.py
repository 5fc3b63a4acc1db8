"""Use cases: the keys that an organisation's systems sign with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.organisations.queries import get_organisation, lock_organisation
from services.partners.submissions.models import MOST_LIVE_KEYS, WebhookKey
from services.partners.submissions.queries import get_key, list_keys
from services.partners.submissions.signatures import make_secret
from services.partners.vault import Vault
from shared.database.history import note
from shared.errors import Conflict
from shared.identity import Identity


@dataclass(frozen=True)
class NewKey:
    """A key with its secret, which is shown this once."""

    key: WebhookKey
    secret: str


def make_key(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    vault: Vault,
    now: datetime,
    *,
    name: str | None = None,
    kinds: Sequence[str] = (),
    campaigns: Sequence[UUID] = (),
) -> NewKey:
    """A new key; raises `Conflict` when two are live already. Without `name` it is called by its number.

    `kinds` of reports and ids of `campaigns` are what may be sent with it; an empty list is all.
    """
    get_organisation(session, by, organisation_id)
    lock_organisation(session, organisation_id)
    keys = list_keys(session, organisation_id)
    if sum(key.is_live for key in keys) >= MOST_LIVE_KEYS:
        raise Conflict("Two keys are live already, which is enough to change from one to the other. Revoke one first.")
    secret = make_secret()
    key = WebhookKey(
        organisation_id=organisation_id,
        name=name or f"Key {len(keys) + 1}",
        sealed_secret=vault.seal(secret),
        ending=secret[-4:],
        kinds=list(kinds),
        campaigns=[str(each) for each in campaigns],
        created_by=by.name,
        created_at=now,
    )
    session.add(key)
    session.flush()
    note(session, by, "made a webhook key", organisation_id, at=now, name=key.name)
    return NewKey(key, secret)


def revoke_key(session: Session, by: Identity, organisation_id: UUID, key_id: UUID, now: datetime) -> WebhookKey:
    """Refuse deliveries signed with this key from now on."""
    get_organisation(session, by, organisation_id)
    key = get_key(session, organisation_id, key_id)
    if key.is_live:
        key.revoked_at = now
        note(session, by, "revoked a webhook key", organisation_id, at=now, name=key.name)
    return key
