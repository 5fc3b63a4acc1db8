"""Secrets at rest: encrypted with Fernet (AES-128-CBC and HMAC-SHA256), under keys that can be rotated."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from shared.settings import SettingsError


class Vault:
    """Seals secrets with the newest of `keys` (comma-separated, newest first) and opens those of any."""

    def __init__(self, keys: str) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
        except ValueError as error:
            raise SettingsError(
                "ENCRYPTION_KEY must be 32 random bytes in url-safe base64, such as `openssl rand -base64 32` prints "
                "after replacing + by - and / by _."
            ) from error

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """The secret; raises `SettingsError` when its key is no longer among ours."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SettingsError("A stored secret can't be opened: ENCRYPTION_KEY no longer holds its key.") from error
