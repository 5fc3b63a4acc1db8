"""What notifications reads from its environment."""

from dataclasses import dataclass

from shared.settings import KitSettings, setting


@dataclass(frozen=True, kw_only=True)
class NotificationsSettings(KitSettings):
    smtp_url: str = setting(
        "",
        help="where mail goes: smtp://, smtp+starttls:// or smtps://user:password@host:port;"
        " empty means that mails are kept and shown in the app instead",
        secret=True,
    )
    mail_from: str = setting("SayPro <campaigns@example.org>", help="the sender of every mail, as Name <address>")
