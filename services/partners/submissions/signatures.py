"""Checking that a delivery was signed with one of an organisation's keys, as Standard Webhooks says.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
The library's own `verify` gives up at the first malformed signature in the header and reads its own clock; so
its `sign` computes what we expect, and the comparison is made here.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar

from standardwebhooks.webhooks import Webhook

from services.partners.vault import Vault
from shared.errors import Problem

TOLERANCE = timedelta(minutes=5)
SECRET_BYTES = 32


class Headers(Protocol):
    """A request's headers, looked up in any case; "" stands for one that is missing."""

    def get(self, name: str, default: str, /) -> str: ...


class SealedKey(Protocol):
    @property
    def sealed_secret(self) -> str: ...


Key = TypeVar("Key", bound=SealedKey)


class NotVerified(Problem):
    """The delivery does not prove where it comes from."""

    status = 401
    title = "This delivery could not be verified"


@dataclass(frozen=True)
class SignedHeaders:
    """What the three headers of a delivery say; each of `signatures` is as sent, such as `v1,K5oZf...`."""

    message_id: str
    at: datetime
    signatures: tuple[str, ...]


def make_secret() -> str:
    """A new secret in the form that Standard Webhooks gives them: whsec_ and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def read_headers(headers: Headers, now: datetime) -> SignedHeaders:
    """The headers of a delivery; raises `NotVerified` if one is missing or malformed, or its time is too far off."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    signatures = tuple(headers.get("webhook-signature", "").split())
    if not (message_id and timestamp and signatures):
        raise NotVerified("Send the headers webhook-id, webhook-timestamp and webhook-signature.")
    if len(message_id) > 255 or not message_id.isascii() or not message_id.isprintable():
        raise NotVerified("webhook-id is your own id of this delivery: 1 to 255 printable ASCII characters.")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise NotVerified("webhook-timestamp is the time of sending in whole seconds since 1970 (Unix time).")
    at = datetime.fromtimestamp(int(timestamp), UTC)
    if abs(at - now) > TOLERANCE:
        clock = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        raise NotVerified(f"webhook-timestamp is over five minutes from our clock, which says {clock}. Sign again.")
    return SignedHeaders(message_id, at, signatures)


def is_signed(headers: SignedHeaders, body: str, signer: Webhook) -> bool:
    """Whether any of the signatures is `signer`'s, compared in constant time; only those of version v1 can be."""
    expected = signer.sign(headers.message_id, headers.at, body).encode()
    # Every signature is compared, so that the time taken does not tell which one was nearest.
    return any([hmac.compare_digest(expected, each.encode()) for each in headers.signatures])  # noqa: C419


@lru_cache(maxsize=10_000)
def open_signer(encryption_key: str, sealed_secret: str) -> Webhook:
    """The signer of a sealed secret. It is kept opened in this process: unsealing costs more than verifying."""
    return Webhook(Vault(encryption_key).open(sealed_secret))


def find_signer(encryption_key: str, signed: SignedHeaders, body: str, keys: Sequence[Key]) -> Key | None:
    """The one of `keys` that signed it. Without keys a decoy is tried, so that their absence takes as long to find."""
    signers = [open_signer(encryption_key, key.sealed_secret) for key in keys] or [_DECOY]
    verdicts = [is_signed(signed, body, signer) for signer in signers]
    return next((key for key, is_right in zip(keys, verdicts, strict=False) if is_right), None)


_DECOY = Webhook(make_secret())
