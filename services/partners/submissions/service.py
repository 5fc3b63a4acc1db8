"""Use cases: webhook keys, taking in what is delivered with them, and the verdict that comes back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, cast
from uuid import UUID

import structlog
from sqlalchemy import Table, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from services.partners.events import SubmissionAccepted
from services.partners.organisations.queries import get_organisation, lock_organisation
from services.partners.submissions.models import ACCEPTED, MOST_LIVE_KEYS, PROCESSED, Submission, WebhookKey
from services.partners.submissions.queries import Earlier, LiveKey, find_earlier, find_signing, get_key, list_keys
from services.partners.submissions.signatures import (
    Headers,
    NotVerified,
    is_signed,
    make_secret,
    open_signers,
    read_headers,
)
from services.partners.vault import Vault
from shared.clock import new_id
from shared.database.history import note
from shared.errors import Conflict, Problem
from shared.identity import Identity
from shared.messaging.outbox import record
from shared.messaging.wake import announce

log = structlog.get_logger()
#: How far `WebhookKey.last_used_at` may lag behind.
USE_NOTED_EVERY = timedelta(minutes=1)


_SUBMISSIONS = cast(Table, Submission.__table__)
_UNIQUE = ("organisation_id", "message_id")
_INSERT_UNLESS_THERE: dict[str, ReturningInsert[Any]] = {
    each.dialect.name: each.insert(_SUBMISSIONS)
    .on_conflict_do_nothing(index_elements=_UNIQUE)
    .returning(_SUBMISSIONS.c.id)
    for each in (postgresql, sqlite)
}


class Rejection(TypedDict):
    """Why an item, counted from 0, was not recorded."""

    index: int
    reason: str


@dataclass(frozen=True)
class NewKey:
    """A key with its secret, which is shown this once."""

    key: WebhookKey
    secret: str


@dataclass(frozen=True)
class Delivery:
    """A delivery whose signature is right, not yet understood; `earlier` is the submission that it repeats."""

    organisation_id: UUID
    message_id: str
    key: LiveKey
    body: bytes
    digest: bytes
    earlier: Earlier | None


@dataclass(frozen=True)
class Report:
    """What a delivery says: `data` as it is published."""

    kind: str
    campaign_id: UUID
    items: int
    data: dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """Where a delivery is kept; `duplicate` if it was kept before."""

    submission_id: UUID
    duplicate: bool


def make_key(
    session: Session, by: Identity, organisation_id: UUID, vault: Vault, now: datetime, *, name: str | None = None
) -> NewKey:
    """A new key; raises `Conflict` when two are live already. Without `name` it is called by its number."""
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


def verify_delivery(
    session: Session, encryption_key: str, organisation_id: UUID, headers: Headers, body: bytes, now: datetime
) -> Delivery:
    """The delivery, proven to be the organisation's.

    Raises `NotVerified`, in the same words whether the organisation is unknown or the signature is wrong;
    `Problem` if the body is no text; `Conflict` if its id was used for another body.
    """
    signed = read_headers(headers, now)
    text = _decode(body)
    keys, earlier = find_signing(session, organisation_id, signed.message_id)
    signers = open_signers(encryption_key, (key.sealed_secret for key in keys))
    verdicts = [is_signed(signed, text, signer) for signer in signers]
    if not keys or not any(verdicts):
        raise NotVerified(
            "No live key of this organisation made this signature. Sign webhook-id, webhook-timestamp and the body "
            "exactly as sent, joined by dots."
        )
    delivery = Delivery(
        organisation_id, signed.message_id, keys[verdicts.index(True)], body, hashlib.sha256(body).digest(), earlier
    )
    _check_repeat(delivery.digest, earlier)
    return delivery


def accept_delivery(session: Session, delivery: Delivery, report: Report, now: datetime) -> Receipt:
    """Keep what was delivered and publish it, once however often and however simultaneously it comes."""
    submission_id = new_id()
    values = {
        "id": submission_id,
        "created_at": now,
        "organisation_id": delivery.organisation_id,
        "key_id": delivery.key.id,
        "message_id": delivery.message_id,
        "body_digest": delivery.digest,
        "body": delivery.body,
        "kind": report.kind,
        "campaign_id": report.campaign_id,
        "items": report.items,
        "status": ACCEPTED,
        "recorded": 0,
        "rejected": [],
    }
    if not _insert_unless_there(session, values):
        # The same delivery arrived twice at once, and the other one was first.
        earlier = find_earlier(session, delivery.organisation_id, delivery.message_id)
        assert earlier is not None, "what an insert ran into is committed"
        _check_repeat(delivery.digest, earlier)
        return Receipt(earlier.id, duplicate=True)
    _note_use(session, delivery.key, now)
    event = SubmissionAccepted(submission_id, delivery.organisation_id, report.kind, now, report.data)
    record(session, event, now=now)
    return Receipt(submission_id, duplicate=False)


def record_verdict(
    session: Session, submission_id: UUID, recorded: int, rejected: Sequence[Rejection], at: datetime
) -> None:
    """Keep what metrics made of a submission. Harmless when repeated."""
    changed = session.scalar(
        update(Submission)
        .where(Submission.id == submission_id)
        .values(status=PROCESSED, recorded=recorded, rejected=list(rejected), processed_at=at)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        log.warning("verdict_on_unknown_submission", submission_id=str(submission_id))
        return
    announce(session, topic_of(submission_id))


def topic_of(submission_id: UUID) -> str:
    """The topic announced when the submission's verdict arrives."""
    return f"submission:{submission_id}"


def _insert_unless_there(session: Session, values: dict[str, Any]) -> bool:
    """Whether there was no submission under this id yet; waits for another transaction that is inserting it."""
    return session.scalar(_INSERT_UNLESS_THERE[session.get_bind().dialect.name], values) is not None


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Problem(f"The body is not UTF-8 text: look at byte {error.start}.") from error


def _check_repeat(digest: bytes, earlier: Earlier | None) -> None:
    if earlier is not None and earlier.body_digest != digest:
        raise Conflict("This webhook-id was used for another body. Give every delivery an id of its own.")


def _note_use(session: Session, key: LiveKey, now: datetime) -> None:
    if key.last_used_at is not None and now - key.last_used_at < USE_NOTED_EVERY:
        return
    # Of the many deliveries that see the same old value, one writes.
    still_old = or_(WebhookKey.last_used_at.is_(None), WebhookKey.last_used_at <= now - USE_NOTED_EVERY)
    session.execute(
        update(WebhookKey)
        .where(WebhookKey.id == key.id, still_old)
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )
