"""Use cases: writing down what one side owes the other, and following it until it is kept."""

from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.partners.contacts.queries import get_contact
from services.partners.organisations.queries import get_organisation
from services.partners.people.queries import list_staff
from services.partners.promises.models import Promise, Side, State
from services.partners.promises.queries import get_promise, list_open_promises_of
from shared.database.history import note
from shared.database.links import revoke_links
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid, NotFound
from shared.identity import Identity

#: What the scoped link of a reminder is for.
PURPOSE = "promise.done"
REMIND_EVERY = timedelta(days=7)
#: After so many nobody is asked again; the promise stays on the lists as overdue.
MOST_REMINDERS = 4


class PromiseDetails(TypedDict):
    """What `PromiseSchema` loads. `owner_id` is a member of staff where we owe it, a contact where they do."""

    text: str
    owed_by: str
    owner_id: UUID | None
    due_on: date


def make_promise(
    session: Session,
    by: Identity,
    organisation_id: UUID,
    now: datetime,
    *,
    source: str | None = None,
    source_id: UUID | None = None,
    **details: Unpack[PromiseDetails],
) -> Promise:
    """A new promise between us and the organisation; raises `Invalid` for an owner who is not on the owing side.

    `source` ("meeting", "interaction", "proposal", "agreement") and `source_id` say what it was promised in. Nobody is
    mailed now; overdue, its owner is reminded.
    """
    get_organisation(session, by, organisation_id)
    promise = Promise(
        organisation_id=organisation_id, source=source, source_id=source_id, noted_by=by.person_id,
        state=State.OPEN, created_at=now, updated_at=now,
    )  # fmt: skip
    _fill(session, by, promise, details)
    session.add(promise)
    session.flush()
    note(session, by, "wrote down the promise", promise.id, at=now)
    note(session, by, "wrote down a promise", organisation_id, at=now, text=promise.text)
    return promise


def change_promise(
    session: Session,
    by: Identity,
    promise_id: UUID,
    seen_version: int,
    now: datetime,
    **details: Unpack[PromiseDetails],
) -> Promise:
    """The open promise with these details; raises `Stale` if it changed since `seen_version`."""
    promise = get_promise(session, by, promise_id)
    _require_open(promise)
    require_version(session, promise, seen_version)
    before = {name: getattr(promise, name) for name in details}
    changed = {name for name, value in details.items() if before[name] != value}
    if not changed:
        return promise
    _fill(session, by, promise, details)
    promise.updated_at = now
    if "owner_id" in changed:
        revoke_links(session, now, purpose=PURPOSE, subject_id=promise.id)
    told = sorted(changed)
    note(
        session, by, "changed the promise", promise.id, at=now,
        before={name: _plain(before[name]) for name in told},
        after={name: _plain(getattr(promise, name)) for name in told},
    )  # fmt: skip
    session.flush()
    return promise


def finish_promise(session: Session, by: Identity, promise_id: UUID, now: datetime, remark: str = "") -> Promise:
    """It is done. Staff say so of any promise, the partner of its own; twice is like once."""
    promise = get_promise(session, by, promise_id)
    if not by.is_staff and promise.owed_by != Side.THEM:
        raise NotFound
    if promise.state == State.DONE:
        return promise
    return _close(session, by, promise, State.DONE, remark, now)


def withdraw_promise(session: Session, by: Identity, promise_id: UUID, now: datetime, remark: str) -> Promise:
    """It is no longer asked for; `remark` says why."""
    promise = get_promise(session, by, promise_id)
    if not remark:
        raise Invalid({"remark": "Say why it is no longer asked for."})
    return _close(session, by, promise, State.WITHDRAWN, remark, now)


def reopen_promise(session: Session, by: Identity, promise_id: UUID, now: datetime, remark: str = "") -> Promise:
    """It turned out to be open still."""
    promise = get_promise(session, by, promise_id)
    if promise.is_open:
        return promise
    promise.state, promise.closed_by, promise.closed_at, promise.remark = State.OPEN, None, None, ""
    promise.updated_at = now
    _plan_reminder(promise)
    note(session, by, "opened the promise again", promise.id, at=now, remark=remark)
    session.flush()
    return promise


def hand_promises_over(session: Session, by: Identity, contact_id: UUID, successor: UUID, now: datetime) -> int:
    """Let another contact see to what this one promised and has not done; returns how many promises that are."""
    promises = list_open_promises_of(session, contact_id)
    for promise in promises:
        promise.contact_id, promise.updated_at = successor, now
        revoke_links(session, now, purpose=PURPOSE, subject_id=promise.id)
        note(session, by, "handed the promise over", promise.id, at=now)
    session.flush()
    return len(promises)


def note_reminder(
    session: Session, by: Identity | None, promise: Promise, now: datetime, *, today: date, mailed: bool = True
) -> None:
    """A reminder went out, or found nobody to go to. The next comes in a week, until `MOST_REMINDERS` went.

    The version stays: who has the promise open in a form finds it as it was.
    """
    count = promise.reminders + 1
    following = None if count >= MOST_REMINDERS else max(today, promise.due_on) + REMIND_EVERY
    moved = {"remind_on": following, "reminders": count, "updated_at": promise.updated_at}
    session.execute(update(Promise).where(Promise.id == promise.id).values(moved))
    if mailed:
        note(session, by, "sent a reminder", promise.id, at=now)


def _close(session: Session, by: Identity, promise: Promise, state: State, remark: str, now: datetime) -> Promise:
    _require_open(promise)
    promise.state, promise.closed_by, promise.closed_at, promise.remark = state, by.person_id, now, remark
    promise.remind_on, promise.updated_at = None, now
    revoke_links(session, now, purpose=PURPOSE, subject_id=promise.id)
    done = state == State.DONE
    note(session, by, "kept the promise" if done else "withdrew the promise", promise.id, at=now, remark=remark)
    session.flush()
    return promise


def _require_open(promise: Promise) -> None:
    if not promise.is_open:
        raise Conflict("This promise is closed. Open it again first.")


def _fill(session: Session, by: Identity, promise: Promise, details: PromiseDetails) -> None:
    owner_id, ours = details["owner_id"], details["owed_by"] == Side.US
    if owner_id is not None and (owner_id, details["owed_by"]) != (promise.owner_id, promise.owed_by):
        _check_owner(session, by, owner_id, promise.organisation_id, ours)
    promise.say(details["text"])
    promise.owed_by, promise.due_on = details["owed_by"], details["due_on"]
    promise.person_id, promise.contact_id = (owner_id, None) if ours else (None, owner_id)
    _plan_reminder(promise)


def _check_owner(session: Session, by: Identity, owner_id: UUID, organisation_id: UUID, ours: bool) -> None:
    if ours:
        if not any(each.id == owner_id for each in list_staff(session)):
            raise Invalid({"owner_id": "We owe it, so choose someone of ours."})
        return
    try:
        at_home = get_contact(session, by, owner_id).organisation_id == organisation_id
    except NotFound:
        at_home = False
    if not at_home:
        raise Invalid({"owner_id": "They owe it, so choose someone of theirs."})


def _plan_reminder(promise: Promise) -> None:
    """The first reminder comes on the morning after it was due."""
    promise.remind_on, promise.reminders = promise.due_on + timedelta(days=1), 0


def _plain(value: object) -> str | None:
    return None if value is None else str(value)
