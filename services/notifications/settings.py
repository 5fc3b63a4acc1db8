"""What notifications reads from its environment."""

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Self
from urllib.parse import unquote, urlsplit

from shared.settings import KitSettings, SettingsError, setting

#: How a mail server is spoken to, and the port unless another is named.
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True)
class MailServer:
    """Where mail goes, and how."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an address such as smtp+starttls://user:password@mail.example.org:587.

        Raises `ValueError`, whose text never holds the password.
        """
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("begin it with smtp://, smtp+starttls:// or smtps:// and name a host")
        user, password = parts.username, parts.password
        return cls(
            parts.scheme,
            parts.hostname,
            _read_port(parts.netloc) or PORTS[parts.scheme],
            unquote(user) if user else None,
            unquote(password) if password else None,
        )


@dataclass(frozen=True, kw_only=True)
class NotificationsSettings(KitSettings):
    smtp_url: str = setting(
        "",
        help="where mail goes: smtp://, smtp+starttls:// or smtps://user:password@host:port;"
        " empty means that mails are kept and shown in the app instead",
        secret=True,
    )
    mail_from: str = setting("SayPro <campaigns@example.org>", help="the sender of every mail, as Name <address>")

    def __post_init__(self) -> None:
        """Raise `SettingsError` for what could never send a mail."""
        if "@" not in parseaddr(self.mail_from)[1]:
            raise SettingsError(f"MAIL_FROM is {self.mail_from!r}: write it as SayPro <campaigns@example.org>")
        try:
            self.find_mail_server()
        except ValueError as error:
            raise SettingsError(f"SMTP_URL (where mail goes): {error}") from error

    def find_mail_server(self) -> MailServer | None:
        """The mail server, or None where mails are kept instead of sent."""
        return MailServer.parse(self.smtp_url) if self.smtp_url else None


def _read_port(netloc: str) -> int | None:
    port = netloc.rpartition("@")[2].rpartition("]")[2].partition(":")[2]
    if not port:
        return None
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("its port is a number from 1 to 65535")
    return int(port)
