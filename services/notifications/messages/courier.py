"""Takes due messages to the mail server, in a thread of its own: a slow server holds up nothing else.

Each message is claimed in a transaction, handed over outside of any, and its outcome noted in another; one
connection serves all that is due. With no mail server set, messages are captured in the job itself.
"""

import atexit
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.notifications.messages import queries, service
from services.notifications.messages.layout import Brand, Drawn
from services.notifications.messages.mime import Enclosure, Invitation, Unaddressable, compile_mail
from services.notifications.messages.models import Message
from services.notifications.messages.smtp import Conversation, Postponed, Refused, Uncertain
from services.notifications.settings import MailServer, NotificationsSettings
from shared.clock import utc_now
from shared.database.engine import Database
from shared.errors import Unavailable
from shared.files import FileStore, StoredFile
from shared.messaging.jobs import DueJob
from shared.service import Runtime

log = structlog.get_logger()
#: How soon a queued message is noticed.
PACE = timedelta(seconds=1)
#: Servers limit how many mails one connection may bring.
MAILS_PER_CONNECTION = 100


def message_jobs(runtime: Runtime) -> Sequence[DueJob]:
    """What the worker does about messages."""
    settings: NotificationsSettings = runtime.settings
    server = settings.find_mail_server()
    tidy = DueJob("messages.tidy", timedelta(seconds=30), service.give_up_cut_off)
    forget = DueJob("messages.forget", timedelta(minutes=5), service.forget_ephemeral)
    if server is None:

        def capture(session: Any, now: datetime) -> bool:
            return service.capture_due(session, Brand.of(settings), settings.time_zone, now)

        return (DueJob("messages.capture", PACE, capture), tidy, forget)

    courier = Courier(runtime.database, runtime.files, settings, server)

    def call_courier(session: Any, now: datetime) -> None:
        if queries.has_due(session, now):
            courier.call()

    return (DueJob("messages.send", PACE, call_courier), tidy, forget)


class Courier:
    """Delivers what is due whenever it is called, until nothing is due any more."""

    def __init__(
        self, database: Database, files: FileStore, settings: NotificationsSettings, server: MailServer
    ) -> None:
        self._database, self._files, self._settings, self._server = database, files, settings, server
        self._called, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def call(self) -> None:
        """Have what is due delivered soon; returns at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="courier", daemon=True)
            self._thread.start()
            # The worker's end must not cut a conversation off: its outcome would be unknown for ever.
            atexit.register(self.stop)
        self._called.set()

    def stop(self) -> None:
        """Finish the message under way, then stop; waits for that."""
        self._stopping.set()
        self._called.set()
        if self._thread is not None:
            self._thread.join(timeout=60)

    def deliver_due(self) -> None:
        """Deliver everything that is due, or put it off if the mail server can't be reached."""
        while not self._stopping.is_set() and self._has_due():
            try:
                with Conversation(self._server) as conversation:
                    self._deliver_over(conversation)
            except Postponed as unreachable:
                log.warning("mail_server_unreachable", reason=str(unreachable))
                self._postpone_due(str(unreachable))

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._called.wait()
            self._called.clear()
            try:
                self.deliver_due()
            except Exception as error:
                # A database that is down, say. What was being sent stays so, and becomes uncertain in time.
                log.error("courier_failed", exc_info=error)

    def _has_due(self) -> bool:
        with self._database.transaction(write=False) as session:
            return queries.has_due(session, utc_now())

    def _postpone_due(self, words: str) -> None:
        more = True
        while more:
            with self._database.transaction() as session:
                more = service.postpone_due(session, words, utc_now())

    def _deliver_over(self, conversation: Conversation) -> None:
        for _ in range(MAILS_PER_CONNECTION):
            if conversation.broken or self._stopping.is_set():
                return
            with self._database.transaction() as session:
                message = service.claim_next(session, utc_now())
            if message is None:
                return
            self._deliver(message, conversation)

    def _deliver(self, message: Message, conversation: Conversation) -> None:
        drawn = service.draw_message(message, Brand.of(self._settings), self._settings.time_zone)
        try:
            words = conversation.send(self._compile(message, drawn))
        except (Refused, Unaddressable) as refused:
            self._note(message, service.note_refused, str(refused))
        except (Postponed, Unavailable) as postponed:
            self._note(message, service.postpone, str(postponed))
        except Uncertain as uncertain:
            self._note(message, service.note_uncertain, drawn, str(uncertain))
        else:
            self._note(message, service.note_sent, drawn, words)

    def _compile(self, message: Message, drawn: Drawn) -> Any:
        invitation = message.data.get("invitation")
        return compile_mail(
            message.id,
            drawn,
            to_name=message.recipient_name,
            to_email=message.recipient_email,
            mail_from=self._settings.mail_from,
            language=message.locale,
            at=utc_now(),
            secret=message.secret,
            reply_to=message.data.get("reply_to"),
            invitation=Invitation(**invitation) if invitation else None,
            enclosures=[self._enclose(each) for each in service.list_attachments(message)],
        )

    def _enclose(self, attachment: StoredFile) -> Enclosure:
        with self._files.open(attachment.sha256) as content:
            return Enclosure(attachment.name, attachment.media_type, content.read())

    def _note(self, message: Message, outcome: Any, *what: Any) -> None:
        """Call `outcome(session, message, *what, now)` in a transaction of its own."""
        with self._database.transaction() as session:
            found = service.find_sending(session, message.id)
            if found is not None:
                outcome(session, found, *what, utc_now())
