"""Use cases: taking in what partners' systems deliver."""

import hashlib
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from services.partners.events import Picture, SubmissionAccepted
from services.partners.submissions.models import ACCEPTED, MEASUREMENTS, PROCESSED, WEBHOOK, Submission, WebhookKey
from services.partners.submissions.queries import (
    Earlier,
    KeyUse,
    LiveKey,
    find_earlier,
    list_signing_keys,
    list_uses,
)
from services.partners.submissions.service.group_commit import GroupCommit
from services.partners.submissions.signatures import Headers, NotVerified, SignedHeaders, find_signer, read_headers
from shared.clock import new_id
from shared.database.bulk import array_rows, is_sqlite, list_columns
from shared.database.engine import Database
from shared.database.history import note
from shared.errors import Conflict, Problem
from shared.identity import Identity
from shared.messaging.outbox import record

#: The app extension that holds a process's `Door`.
_DOOR = "partners_door"
#: How far `WebhookKey.last_used_at` may lag behind.
USE_NOTED_EVERY = timedelta(minutes=1)
#: Deliveries that share a transaction: together they are at most as many MiB.
MOST_AT_ONCE = 64
#: Organisations whose keys a process remembers.
MOST_REMEMBERED = 10_000


_SUBMISSIONS = cast(Table, Submission.__table__)
#: What every submission begins as.
_NEW = {"recorded": 0, "rejected": []}


class OutOfScope(Problem):
    """The key is right and may not be used for this."""

    status = 403
    title = "This key is not for that"


@dataclass(frozen=True)
class Delivery:
    """What came from someone who may send for the organisation, not yet understood.

    A webhook's has the key that signed it, a person's their name; see `models.Submission`.
    """

    organisation_id: UUID
    message_id: str
    key_id: UUID | None
    body: bytes
    digest: bytes
    channel: str = WEBHOOK
    trial: bool = False
    sent_by: str | None = None
    corrects_id: UUID | None = None


@dataclass(frozen=True)
class Report:
    """What a delivery says: `data` as it is published."""

    kind: str
    campaign_id: UUID
    items: int
    data: dict[str, Any]
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Receipt:
    """Where a delivery is kept; `duplicate` if it was kept before."""

    submission_id: UUID
    duplicate: bool


@dataclass(frozen=True)
class _Understood:
    delivery: Delivery
    report: Report
    at: datetime


class Door:
    """Where one process takes deliveries in: it remembers keys, and commits the deliveries of a moment together."""

    def __init__(self, database: Database, encryption_key: str) -> None:
        self._database = database
        self._encryption_key = encryption_key
        self._keys: dict[UUID, Sequence[LiveKey]] = {}
        self._commits = GroupCommit(database, _accept_if_allowed, most=MOST_AT_ONCE)

    def verify(self, organisation_id: UUID, headers: Headers, body: bytes, now: datetime) -> Delivery:
        """As `verify_delivery`; the key may since have been revoked, which `accept` finds out."""
        signed, text = read_headers(headers, now), _decode(body)
        known = self._keys.get(organisation_id)
        key = find_signer(self._encryption_key, signed, text, known) if known else None
        return _make_delivery(organisation_id, signed, body, key or self._ask(organisation_id, signed, text))

    def accept(self, delivery: Delivery, report: Report, now: datetime) -> Receipt:
        """As `accept_delivery`, committed on return. Raises `NotVerified` if the key was revoked meanwhile, and
        `OutOfScope` if it may not be used for this report."""
        receipt = self._commits.run(_Understood(delivery, report, now))
        if isinstance(receipt, NotVerified):
            self._keys.pop(delivery.organisation_id, None)
        if isinstance(receipt, Problem):
            raise receipt
        return receipt

    def refuse_if_used(self, delivery: Delivery) -> None:
        """Raise `Conflict` if the delivery's id was used for another body."""
        with self._database.transaction(write=False) as session:
            earlier = find_earlier(session, [(delivery.organisation_id, delivery.message_id)])
        if earlier and earlier[0].body_digest != delivery.digest:
            raise _used_for_another()

    def _ask(self, organisation_id: UUID, signed: SignedHeaders, text: str) -> LiveKey:
        with self._database.transaction(write=False) as session:
            keys = list_signing_keys(session, organisation_id)
        key = find_signer(self._encryption_key, signed, text, keys)
        # Only who has shown to be known is remembered, so that strangers can't fill the memory.
        if key is None:
            raise _not_verified()
        if len(self._keys) >= MOST_REMEMBERED:
            self._keys.clear()
        self._keys[organisation_id] = keys
        return key


def verify_delivery(
    session: Session, encryption_key: str, organisation_id: UUID, headers: Headers, body: bytes, now: datetime
) -> Delivery:
    """The delivery, proven to be the organisation's.

    Raises `NotVerified`, in the same words whether the organisation is unknown or the signature is wrong;
    `Problem` if the body is no text.
    """
    signed, text = read_headers(headers, now), _decode(body)
    key = find_signer(encryption_key, signed, text, list_signing_keys(session, organisation_id))
    if key is None:
        raise _not_verified()
    return _make_delivery(organisation_id, signed, body, key)


def accept_delivery(session: Session, delivery: Delivery, report: Report, now: datetime) -> Receipt:
    """Keep what was delivered and publish it, once however often and however simultaneously it comes.

    Raises `Conflict` if its id was used for another body.
    """
    [receipt] = _accept(session, [_Understood(delivery, report, now)])
    if isinstance(receipt, Problem):
        raise receipt
    return receipt


def accept_report(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    body: bytes,
    report: Report,
    now: datetime,
    *,
    channel: str,
    corrects_id: UUID | None = None,
) -> UUID:
    """Keep and publish what a person reported, as if their system had sent `body`; returns the submission's id."""
    delivery = Delivery(
        organisation_id, f"{channel}_{new_id().hex}", None, body, hashlib.sha256(body).digest(), channel,
        sent_by=by.name, corrects_id=corrects_id,
    )  # fmt: skip
    submission_id = accept_delivery(session, delivery, report, now).submission_id
    note(session, by, "reported", submission_id, at=now, kind=report.kind, items=report.items)
    return submission_id


def _accept_if_allowed(session: Session, understood: Sequence[_Understood]) -> Sequence[Receipt | Problem]:
    """A receipt or a refusal for each, by what its key may be used for now."""
    now = understood[0].at
    uses = list_uses(session, {each.delivery.key_id for each in understood if each.delivery.key_id})
    refusals = {id(each): _find_objection(each, uses) for each in understood}
    # A delivery to the address of a merged organisation belongs to whom its key belongs to now.
    allowed = {
        id(each): replace(each, delivery=replace(each.delivery, organisation_id=uses[key_id].organisation_id))
        for each in understood
        if refusals[id(each)] is None and (key_id := each.delivery.key_id)
    }
    receipts = dict(zip(allowed, _accept(session, list(allowed.values())), strict=True))
    _note_uses(session, [key_id for key_id, use in uses.items() if _is_old(use.last_used_at, now)], now)
    return [refusals[id(each)] or receipts[id(each)] for each in understood]


def _find_objection(understood: _Understood, uses: Mapping[UUID, KeyUse]) -> Problem | None:
    key_id, report = understood.delivery.key_id, understood.report
    use = uses.get(key_id) if key_id else None
    if use is None:
        return NotVerified("The key that made this signature was revoked. Sign with another one.")
    if use.may_send(report.kind, report.campaign_id):
        return None
    return OutOfScope(
        f"This key may not send {report.kind} for the campaign {report.campaign_id}. Its page says what it is for."
    )


def _accept(session: Session, understood: Sequence[_Understood]) -> Sequence[Receipt | Problem]:
    rows = [_make_row(each) for each in understood]
    # In one order everywhere, so that two transactions with the same deliveries can't wait for each other.
    in_order = sorted(rows, key=lambda row: (row["organisation_id"], row["message_id"]))
    new = _insert_unless_there(session, in_order)
    for row, each in zip(rows, understood, strict=True):
        if row["id"] in new:
            _publish(session, row["id"], each)
    there = {} if len(new) == len(rows) else _find_there(session, [row for row in rows if row["id"] not in new])
    return [
        Receipt(row["id"], duplicate=False) if row["id"] in new else _answer_repeat(each.delivery, there)
        for row, each in zip(rows, understood, strict=True)
    ]


def _make_row(understood: _Understood) -> dict[str, Any]:
    delivery, report = understood.delivery, understood.report
    return {
        "id": new_id(),
        "created_at": understood.at,
        "organisation_id": delivery.organisation_id,
        "key_id": delivery.key_id,
        "message_id": delivery.message_id,
        "body_digest": delivery.digest,
        "body": delivery.body,
        "kind": report.kind,
        "campaign_id": report.campaign_id,
        "items": report.items,
        "channel": delivery.channel,
        "trial": delivery.trial,
        "sent_by": delivery.sent_by,
        "corrects_id": delivery.corrects_id,
        # Of what is only kept there is nothing to judge.
        "status": ACCEPTED if report.kind == MEASUREMENTS else PROCESSED,
        "processed_at": None if report.kind == MEASUREMENTS else understood.at,
    }


def _publish(session: Session, submission_id: UUID, understood: _Understood) -> None:
    delivery, report = understood.delivery, understood.report
    event = SubmissionAccepted(
        submission_id, delivery.organisation_id, report.kind, understood.at, report.data, delivery.trial,
        list(report.pictures),
    )  # fmt: skip
    record(session, event, now=understood.at)


def _insert_unless_there(session: Session, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """The ids of those that nobody has inserted yet; waits for another transaction that is inserting the same."""
    if not rows:
        return set()
    if is_sqlite(session):
        insert = _finish(sqlite.insert(_SUBMISSIONS))
        return set(session.scalars(insert, [{**row, **_NEW} for row in rows]))
    names = tuple(rows[0])
    return set(session.scalars(_insert_arrays(names), {**list_columns(names, rows), **_NEW}))


@cache
def _insert_arrays(names: tuple[str, ...]) -> ReturningInsert[Any]:
    # Kept, because putting it together costs more than carrying it out.
    same = [bindparam(name, type_=_SUBMISSIONS.c[name].type) for name in _NEW]
    source = select(*array_rows(Submission, names).c, *same)
    return _finish(postgresql.insert(_SUBMISSIONS).from_select([*names, *_NEW], source))


def _finish(insert: postgresql.Insert | sqlite.Insert) -> ReturningInsert[Any]:
    unique = (_SUBMISSIONS.c.organisation_id, _SUBMISSIONS.c.message_id)
    return insert.on_conflict_do_nothing(index_elements=unique).returning(_SUBMISSIONS.c.id)


def _find_there(session: Session, rows: Sequence[dict[str, Any]]) -> dict[tuple[UUID, str], Earlier]:
    """What inserts ran into: it is committed, or stands in this very transaction."""
    found = find_earlier(session, [(row["organisation_id"], row["message_id"]) for row in rows])
    return {(each.organisation_id, each.message_id): each for each in found}


def _answer_repeat(delivery: Delivery, there: dict[tuple[UUID, str], Earlier]) -> Receipt | Problem:
    earlier = there[delivery.organisation_id, delivery.message_id]
    return Receipt(earlier.id, duplicate=True) if earlier.body_digest == delivery.digest else _used_for_another()


def _make_delivery(organisation_id: UUID, signed: SignedHeaders, body: bytes, key: LiveKey) -> Delivery:
    return Delivery(organisation_id, signed.message_id, key.id, body, hashlib.sha256(body).digest())


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Problem(f"The body is not UTF-8 text: look at byte {error.start}.") from error


def _not_verified() -> NotVerified:
    return NotVerified(
        "No live key of this organisation made this signature. Sign webhook-id, webhook-timestamp and the body "
        "exactly as sent, joined by dots."
    )


def _used_for_another() -> Conflict:
    return Conflict("This webhook-id was used for another body. Give every delivery an id of its own.")


def _is_old(last_used_at: datetime | None, now: datetime) -> bool:
    return last_used_at is None or now - last_used_at >= USE_NOTED_EVERY


def _note_uses(session: Session, key_ids: Collection[UUID], now: datetime) -> None:
    if not key_ids:
        return
    # Of the many transactions that see the same old value, one writes.
    still_old = or_(WebhookKey.last_used_at.is_(None), WebhookKey.last_used_at <= now - USE_NOTED_EVERY)
    for key_id in sorted(key_ids):
        session.execute(
            update(WebhookKey)
            .where(WebhookKey.id == key_id, still_old)
            .values(last_used_at=now)
            .execution_options(synchronize_session=False)
        )


def door_of(extensions: MutableMapping[str, Any]) -> Door:
    """The one door of the app that has these extensions, opened when it is first asked for."""
    door = extensions.get(_DOOR)
    if door is None:
        running = extensions["saypro"]
        # Of two requests that come first at once, one's door is kept and the other's was never used.
        door = extensions.setdefault(_DOOR, Door(running.database, running.settings.encryption_key))
    return cast(Door, door)
