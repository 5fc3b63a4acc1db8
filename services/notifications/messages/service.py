"""Use cases: queueing a message, and bringing it to one of its ends. Delivering is the courier's."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.notifications.messages import queries
from services.notifications.messages.layout import Brand, Drawn, draw_letter
from services.notifications.messages.letters import write_letter
from services.notifications.messages.models import BACKOFF, CUT_OFF, Delivery, Message, State, fold
from services.notifications.messages.reader import Reader
from services.notifications.messages.recipient import Recipient
from shared.database.erasure import NO_ADDRESS
from shared.database.history import ERASED, note
from shared.errors import Conflict
from shared.files import StoredFile
from shared.identity import Identity
from shared.logs import mask_secrets
from shared.messaging.wake import announce

#: Announced whenever a message is queued or changes its state; Home shows those that need a person.
TOPIC = "home"
#: Of a mail that must not stay nothing is kept for longer than this.
EPHEMERAL_LASTS = timedelta(days=1)
#: Stands in place of what a forgotten message said.
ERASED_SUBJECT = "Erased"


def queue_message(
    session: Session,
    to: Recipient,
    template: str,
    data: Mapping[str, Any],
    now: datetime,
    *,
    key: str | None = None,
    campaign_id: UUID | None = None,
    announcement_id: UUID | None = None,
    secret: str | None = None,
    expires_at: datetime | None = None,
    forget_at: datetime | None = None,
) -> Message | None:
    """A message to be sent at once; None if one with this `key` is there already.

    `data` is plain JSON for `template` of `letters`. The words follow `to.locale`.
    """
    if key is not None and queries.is_known_key(session, key):
        return None
    letter = write_letter(template, data, Reader(to.locale, to.time_zone or "UTC"))
    message = Message(
        created_at=now,
        key=key,
        template=template,
        data=dict(data),
        recipient_id=to.person_id,
        recipient_name=to.name,
        recipient_email=to.email,
        locale=to.locale,
        time_zone=to.time_zone,
        subject=letter.subject[:500],
        search_text=fold(letter.subject, to.name, to.email),
        campaign_id=campaign_id,
        announcement_id=announcement_id,
        secret=secret,
        expires_at=expires_at,
        forget_at=forget_at,
        state=State.QUEUED,
        due_at=now,
        attempts=0,
    )
    session.add(message)
    session.flush()
    _log(session, message, "queued", now)
    return message


def list_attachments(message: Message) -> Sequence[StoredFile]:
    """The files that go along with the message, in order."""
    return [StoredFile(**each) for each in message.data.get("attachments") or ()]


def draw_message(message: Message, brand: Brand, default_time_zone: str) -> Drawn:
    """The message as it went out, or as it would go out now; the secret link is a mark in it."""
    if message.text is not None and message.html is not None:
        return Drawn(message.subject, message.text, message.html)
    reader = Reader(message.locale, message.time_zone or default_time_zone)
    return draw_letter(write_letter(message.template, message.data, reader), reader, brand)


def capture_due(session: Session, brand: Brand, default_time_zone: str, now: datetime, limit: int = 50) -> bool:
    """Keep what is due instead of sending it, as there is no mail server; returns whether more may be due."""
    due = queries.lock_due(session, now, limit)
    for message in due:
        if _is_still_true(session, message, now):
            _freeze(message, draw_message(message, brand, default_time_zone))
            _finish(session, message, State.CAPTURED, now)
    return len(due) == limit


def claim_next(session: Session, now: datetime) -> Message | None:
    """The next due message, now `sending`: commit this before the conversation with the mail server begins.

    What has expired meanwhile is marked as failed on the way and not sent.
    """
    for message in queries.lock_due(session, now, 20):
        if _is_still_true(session, message, now):
            message.state, message.claimed_at = State.SENDING, now
            message.attempts += 1
            session.flush()
            return message
    return None


def find_sending(session: Session, message_id: UUID) -> Message | None:
    """The message, locked, if its outcome is still open; None if a person has settled it meanwhile."""
    message = queries.lock_message(session, message_id)
    return message if message.state in (State.SENDING, State.UNCERTAIN) else None


def note_sent(session: Session, message: Message, drawn: Drawn, reply: str, now: datetime) -> None:
    """The mail server has taken the message over, with this `reply`."""
    _freeze(message, drawn)
    message.sent_at = now
    _finish(session, message, State.SENT, now, detail=reply)


def note_refused(session: Session, message: Message, words: str, now: datetime) -> None:
    """The mail server refused the message for good."""
    _finish(session, message, State.FAILED, now, "refused", words)


def note_uncertain(session: Session, message: Message, drawn: Drawn | None, words: str, now: datetime) -> None:
    """Nobody knows whether the message is out. It is never sent again unless a person says so."""
    if drawn is not None:
        _freeze(message, drawn)
    _finish(session, message, State.UNCERTAIN, now, "cut_off", words)


def postpone(session: Session, message: Message, words: str, now: datetime) -> None:
    """Try again later, a little later each time; after the last try the message has failed."""
    if message.attempts > len(BACKOFF):
        _finish(session, message, State.FAILED, now, "refused", words)
        return
    said = _safe_words(message, words)
    message.state, message.claimed_at, message.problem = State.QUEUED, None, said
    message.due_at = now + BACKOFF[max(message.attempts, 1) - 1]
    _log(session, message, "postponed", now, said)


def postpone_due(session: Session, words: str, now: datetime, limit: int = 200) -> bool:
    """Put everything that is due off, because the mail server can't be reached; returns whether more may be due."""
    due = queries.lock_due(session, now, limit)
    for message in due:
        message.attempts += 1
        postpone(session, message, words, now)
    session.flush()
    return len(due) == limit


def give_up_cut_off(session: Session, now: datetime) -> None:
    """Mark as uncertain what a worker was sending when it stopped without a word, and forget expired links."""
    for message in queries.lock_cut_off(session, now - CUT_OFF):
        note_uncertain(session, message, None, "The worker stopped while it was handing this mail over.", now)
    expired = update(Message).where(Message.secret.is_not(None), Message.expires_at <= now)
    session.execute(expired.values(secret=None), execution_options={"synchronize_session": False})


def forget_ephemeral(session: Session, now: datetime) -> None:
    """Take everything out of the messages that were not to stay."""
    for message in queries.lock_forgettable(session, now):
        _forget(session, message)
    session.flush()


def forget_messages_to(session: Session, ids: Collection[UUID], emails: Collection[str]) -> int:
    """Take everything out of the messages to this person, who is erased; returns how many there were.

    What was not sent yet is not sent any more.
    """
    found = queries.list_messages_to(session, ids, emails)
    for message in found:
        _forget(session, message)
    session.flush()
    return len(found)


def _forget(session: Session, message: Message) -> None:
    if message.state in (State.QUEUED, State.FAILED, State.UNCERTAIN):
        message.state, message.due_at = State.DISMISSED, None
    message.recipient_name, message.recipient_email, message.recipient_id = ERASED, NO_ADDRESS, None
    message.subject, message.search_text, message.data = ERASED_SUBJECT, fold(ERASED_SUBJECT), {}
    message.text, message.html = ERASED_SUBJECT, ""
    message.secret = message.problem = message.forget_at = None
    for line in queries.list_deliveries(session, message.id):
        line.detail = ""


def resend_message(session: Session, by: Identity, message_id: UUID, now: datetime) -> Message:
    """Queue a failed or uncertain message again, on a person's word; twice is the same as once."""
    message = queries.get_message(session, by, message_id, lock=True)
    if message.state == State.QUEUED:
        return message
    if not message.may_be_resent(now):
        raise Conflict("This message can't be sent again: it is out already, dismissed, or its link has expired.")
    message.state, message.due_at, message.attempts = State.QUEUED, now, 0
    message.claimed_at = message.problem = None
    _log(session, message, "resent", now, by=by)
    note(session, by, "sent the message again", message.id, at=now, recipient=message.recipient_email)
    return message


def dismiss_message(session: Session, by: Identity, message_id: UUID, now: datetime) -> Message:
    """Leave a failed or uncertain message be, on a person's word; twice is the same as once."""
    message = queries.get_message(session, by, message_id, lock=True)
    if message.state == State.DISMISSED:
        return message
    if message.state not in (State.FAILED, State.UNCERTAIN):
        raise Conflict("Only a message that failed or is uncertain can be dismissed.")
    message.state = State.DISMISSED
    _log(session, message, "dismissed", now, by=by)
    note(session, by, "dismissed the message", message.id, at=now, recipient=message.recipient_email)
    return message


def _is_still_true(session: Session, message: Message, now: datetime) -> bool:
    """Whether the message may go out; one that has expired meanwhile is marked as failed here."""
    if message.expires_at is None or message.expires_at > now:
        return True
    _finish(session, message, State.FAILED, now, "expired", "The link in it expired before it could be sent.")
    return False


def _freeze(message: Message, drawn: Drawn) -> None:
    message.text, message.html = drawn.text, drawn.html


def _finish(
    session: Session, message: Message, state: State, now: datetime, outcome: str = "", detail: str = ""
) -> None:
    said = _safe_words(message, detail)
    message.state, message.due_at, message.claimed_at = state, None, None
    message.problem = None if state in (State.SENT, State.CAPTURED) else said
    if state in (State.SENT, State.FAILED):
        # The link has done what it was kept for, or must be asked for anew.
        message.secret = None
    _log(session, message, outcome or state, now, said)


def _safe_words(message: Message, words: str) -> str:
    """A server's words, fit to be shown: it may quote the mail, and with it the link."""
    return mask_secrets(words.replace(message.secret, "…") if message.secret else words)[:2000]


def _log(
    session: Session, message: Message, outcome: str, now: datetime, detail: str = "", by: Identity | None = None
) -> None:
    name = by.name if by else None
    session.add(Delivery(message_id=message.id, created_at=now, outcome=outcome, detail=detail, person_name=name))
    session.flush()
    announce(session, TOPIC)
