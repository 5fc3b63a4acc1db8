"""A real SMTP server on this machine that keeps what it takes and can be told to refuse."""

import asyncio
import email
import socket
import threading
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """`taken` holds (recipient, mail); `at_recipient` and `at_data` give the next replies instead of 250.

    A reply of None at the data drops the line; `hang_at` ("recipient" or "data") answers there only when told to
    `go_on`, and says by `hanging` that it has come so far.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.raw: list[bytes] = []
        self.at_recipient: list[str] = []
        self.at_data: list[str | None] = []
        self.connections = 0
        self.hang_at = ""
        self.hanging = threading.Event()
        self.go_on = threading.Event()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self._controller.start()
        # The controller itself connects once, to see whether it is up.
        self.connections = 0

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._hang("recipient")
        if self.at_recipient:
            return self.at_recipient.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        reply = self.at_data.pop(0) if self.at_data else "250 taken"
        if reply is None:
            # The line goes dead just when the server has the whole mail.
            self._keep(envelope)
            server.transport.abort()
            return ""
        if reply.startswith("2"):
            self._keep(envelope)
        await self._hang("data")
        return reply

    async def _hang(self, place: str) -> None:
        if self.hang_at == place:
            self.hanging.set()
            while not self.go_on.is_set():
                await asyncio.sleep(0.01)

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.original_content or b""
        self.raw.append(content)
        parsed = email.message_from_bytes(content, policy=default)
        self.taken += [(recipient, parsed) for recipient in envelope.rcpt_tos]
