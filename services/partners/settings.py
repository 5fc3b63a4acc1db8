"""What partners reads from its environment."""

from dataclasses import dataclass

from shared.settings import KitSettings, setting


@dataclass(frozen=True, kw_only=True)
class PartnersSettings(KitSettings):
    encryption_key: str = setting(
        help="encrypts webhook secrets and signing keys at rest; several, comma-separated, newest first, to rotate",
        secret=True,
    )
    session_hours: int = setting(12, help="how long a person stays signed in")
