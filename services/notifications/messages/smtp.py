"""The conversation with the mail server, told apart by what may have happened to the mail (RFC 5321)."""

import re
import smtplib
import socket
import ssl
from types import TracebackType
from typing import Self

from services.notifications.messages.mime import Mail
from services.notifications.settings import MailServer

#: For one step of the conversation, in seconds.
TIMEOUT = 20.0


class Postponed(Exception):
    """The mail is not out and may be tried later; the text is the server's, or the network's."""


class Refused(Exception):
    """The server will not take this mail, now or later."""


class Uncertain(Exception):
    """The conversation broke after the whole mail was sent and before the server's word on it."""


class Conversation:
    """One connection, over which several mails may go one after the other. Use it as a context manager."""

    def __init__(self, server: MailServer) -> None:
        """Connect and sign in. Raises `Postponed`: that the server won't have *us* is no fault of a mail."""
        self.broken = False
        try:
            self._smtp = _connect(server)
        except (OSError, smtplib.SMTPException) as error:
            raise Postponed(f"{server.host}:{server.port}: {_words(error)}") from error

    def send(self, mail: Mail) -> str:
        """Hand the mail over; returns the server's words. Raises `Postponed`, `Refused` or `Uncertain`.

        After an exception the connection may be `broken`, and no further mail goes over it.
        """
        handed_over = False
        try:
            self._introduce(mail)
            # A line that begins with a dot gets another (RFC 5321, section 4.5.2); a lone dot ends the mail.
            self._smtp.send(re.sub(rb"(?m)^\.", b"..", mail.content))
            handed_over = True
            self._smtp.send(b".\r\n" if mail.content.endswith(b"\r\n") else b"\r\n.\r\n")
            return self._expect(*self._smtp.getreply(), {250})
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self.broken = True
            raise (Uncertain if handed_over else Postponed)(_words(error)) from error
        except (Postponed, Refused):
            self._reset()
            raise

    def _introduce(self, mail: Mail) -> None:
        options = ["SMTPUTF8"] if mail.needs_utf8 else []
        if mail.needs_utf8 and not self._smtp.has_extn("smtputf8"):
            raise Refused("the mail server takes no addresses beyond ASCII")
        try:
            self._expect(*self._smtp.mail(mail.sender, options), {250})
        except Refused as refused:
            # Whether we may send at all is a matter of settings, and no fault of this mail.
            raise Postponed(str(refused)) from refused
        self._expect(*self._smtp.rcpt(mail.recipient), {250, 251})
        self._expect(*self._smtp.docmd("DATA"), {354})

    def _expect(self, code: int, reply: bytes, wanted: set[int]) -> str:
        words = f"{code} {reply.decode('utf-8', 'replace')}".strip()
        if code in wanted:
            return words
        if code == 421:
            self.broken = True
        if 500 <= code < 600:
            raise Refused(words)
        raise Postponed(words)

    def _reset(self) -> None:
        if self.broken:
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.broken = True

    def close(self) -> None:
        """Take leave; a server that has gone already is no matter."""
        try:
            self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def _connect(server: MailServer) -> smtplib.SMTP:
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.scheme == "smtp+starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password or "")
    except BaseException:
        smtp.close()
        raise
    return smtp


def _words(error: BaseException) -> str:
    """What went wrong, in the server's or the system's words."""
    match error:
        case smtplib.SMTPResponseException():
            said = error.smtp_error
            return f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
        case TimeoutError():
            return "no answer in time"
        case socket.gaierror():
            return f"the name could not be found ({error.strerror})"
        case OSError() if error.strerror:
            return error.strerror.lower()
    return str(error) or type(error).__name__
