"""Who is asking: the signed token that partners issues and every service checks by itself.

Tokens are JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037); the public key set reaches each
service as an event, so checking one never needs another service to be up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from shared.errors import Unauthenticated

ADMIN, COORDINATOR, VIEWER, LIAISON = "admin", "coordinator", "viewer", "liaison"
STAFF = frozenset({ADMIN, COORDINATOR, VIEWER})
EDITORS = frozenset({ADMIN, COORDINATOR})
EVERYONE = STAFF | {LIAISON}
#: Who came by a scoped link. No token is ever issued for it, and no permission names it.
GUEST = "guest"
ALGORITHM = "Ed25519"


@dataclass(frozen=True)
class Identity:
    """A signed-in person and the one role they act in; a liaison is bound to one organisation."""

    person_id: UUID
    name: str
    email: str
    role: str
    organisation_id: UUID | None
    token_id: UUID
    issued_at: datetime
    expires_at: datetime
    locale: str = "en"
    time_zone: str | None = None

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    def may_see(self, organisation_id: UUID) -> bool:
        """Staff see every organisation, a liaison only their own."""
        return self.is_staff or self.organisation_id == organisation_id


#: Acts by the clock, on what people agreed before; nobody can sign in as it.
SYSTEM = Identity(
    person_id=UUID("0190c0de-0000-7000-8000-000000000000"),
    name="SayPro",
    email="",
    role=ADMIN,
    organisation_id=None,
    token_id=UUID("0190c0de-0000-7000-8000-000000000000"),
    issued_at=datetime(2024, 1, 1, tzinfo=UTC),
    expires_at=datetime(2024, 1, 1, tzinfo=UTC),
)


def sign_token(identity: Identity, key: OKPKey) -> str:
    """The compact token for `identity`; `key` is private and has a key id."""
    claims = {
        "sub": str(identity.person_id),
        "name": identity.name,
        "email": identity.email,
        "role": identity.role,
        "org": str(identity.organisation_id) if identity.organisation_id else None,
        "jti": str(identity.token_id),
        "locale": identity.locale,
        "zoneinfo": identity.time_zone,
        "iat": int(identity.issued_at.timestamp()),
        "exp": int(identity.expires_at.timestamp()),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def read_token(token: str, keys: Sequence[Mapping[str, Any]], now: datetime) -> Identity:
    """The identity in `token`, checked against public `keys` (JWKs); raises `Unauthenticated`."""
    try:
        key_set = KeySet([OKPKey.import_key(dict(key)) for key in keys])
        claims = jwt.decode(token, key_set, algorithms=[ALGORITHM]).claims
        identity = Identity(
            person_id=UUID(str(claims["sub"])),
            name=claims["name"],
            email=claims["email"],
            role=claims["role"],
            organisation_id=UUID(str(claims["org"])) if claims["org"] else None,
            token_id=UUID(str(claims["jti"])),
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            locale=claims["locale"],
            time_zone=claims["zoneinfo"],
        )
    except (JoseError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise Unauthenticated("This sign-in is not valid here. Sign in again.") from error
    if identity.expires_at <= now or identity.role not in EVERYONE:
        raise Unauthenticated("This sign-in has expired. Sign in again.")
    return identity
