"""Use cases of signing in: one-time links, sessions, personal tokens and the keys they are signed with."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from joserfc.jwk import OKPKey
from sqlalchemy.orm import Session

from services.partners.events import AccessRevoked, KeySetPublished, SignInLinkRequested
from services.partners.people.models import Person, PersonalToken, SigningSecret, SignInLink
from services.partners.people.queries import (
    find_link,
    find_person_by_email,
    get_person,
    get_token,
    list_signing_secrets,
)
from services.partners.vault import Vault
from shared.clock import new_id
from shared.database.access import list_public_keys, replace_keys, revoke
from shared.database.history import note
from shared.errors import NotFound
from shared.identity import Identity, sign_token
from shared.messaging.outbox import record

LINK_LASTS = timedelta(minutes=30)
#: All key sets have one subject, so that an earlier one can never replace a later one.
KEY_SET = UUID("0190c0de-0000-7000-8000-000000000001")
#: While an installation is being set up, services join within seconds of each other; later, hardly ever.
SETTLING = timedelta(minutes=10)
#: A retired key still verifies for as long as anything it signed may live.
RETIRED_KEYS_LAST = timedelta(days=366)


@dataclass(frozen=True)
class SignedIn:
    """A fresh token and when it ends."""

    token: str
    identity: Identity


def make_link(session: Session, person: Person, now: datetime) -> str:
    """The secret of a new one-time link for `person`, good for 30 minutes."""
    secret = secrets.token_urlsafe(32)
    session.add(SignInLink(person_id=person.id, digest=_digest(secret), created_at=now, expires_at=now + LINK_LASTS))
    return secret


def request_link(session: Session, email: str, address: str, now: datetime) -> None:
    """Have a link mailed to whoever has this address; says nothing about whether anybody does.

    `address` is where links lead, ending in a slash.
    """
    person = find_person_by_email(session, email)
    if person is None or not person.active:
        return
    link = address + make_link(session, person, now)
    record(session, SignInLinkRequested(person.id, person.email, person.name, link, now + LINK_LASTS), now=now)


def look_at_link(session: Session, secret: str, now: datetime) -> Person:
    """Whom the link is for, without using it up; raises `NotFound` if it is used, expired or unknown."""
    return _open_link(session, secret, now)[1]


def use_link(session: Session, secret: str, vault: Vault, now: datetime, lasts: timedelta) -> SignedIn:
    """Sign in with a link, which ends it; raises `NotFound` like `look_at_link`."""
    link, person = _open_link(session, secret, now)
    link.used_at = now
    return _issue(session, person, vault, new_id(), now, now + lasts)


def make_personal_token(
    session: Session, person: Person, name: str, vault: Vault, now: datetime, lasts: timedelta
) -> SignedIn:
    """A token for scripts, which act as `person`. It is shown once and cannot be read again."""
    token = PersonalToken(person_id=person.id, name=name, created_at=now, expires_at=now + lasts)
    session.add(token)
    session.flush()
    issued = _issue(session, person, vault, token.id, now, token.expires_at)
    note(session, issued.identity, "made a personal token", person.id, at=now, name=name)
    return issued


def revoke_personal_token(session: Session, by: Identity, token_id: UUID, now: datetime) -> None:
    """End one of the caller's own tokens, everywhere."""
    token = get_token(session, by.person_id, token_id)
    if token.revoked_at is None:
        token.revoked_at = now
        _end(session, token.id, now)
        note(session, by, "revoked a personal token", by.person_id, at=now, name=token.name)


def sign_out(session: Session, by: Identity, now: datetime) -> None:
    """End the session that `by` is signed in with, also for anyone who copied it."""
    _end(session, by.token_id, now)


def ensure_signing_key(session: Session, vault: Vault, now: datetime) -> None:
    """Make the first key if there is none, and tell the other services."""
    if not list_signing_secrets(session):
        rotate_signing_key(session, vault, now)


def rotate_signing_key(session: Session, vault: Vault, now: datetime) -> None:
    """Sign with a new key from now on; what the former ones signed stays good until it expires."""
    for former in list_signing_secrets(session):
        former.retired_at = former.retired_at or now
        if former.retired_at < now - RETIRED_KEYS_LAST:
            session.delete(former)
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    session.add(SigningSecret(sealed_jwk=vault.seal(json.dumps(key.as_dict(private=True))), created_at=now))
    session.flush()
    replace_keys(session, [_open_key(each, vault).as_dict(private=False) for each in list_signing_secrets(session)])
    publish_keys(session, now)


def publish_keys(session: Session, now: datetime) -> None:
    """Tell the key set again: a service whose queue did not exist yet has missed it, and can let nobody in."""
    if keys := list(list_public_keys(session)):
        record(session, KeySetPublished(KEY_SET, keys), now=now)


def publish_young_keys(session: Session, now: datetime) -> None:
    """`publish_keys` if the newest key is so young that the installation may still be starting for the first time."""
    secrets_ = list_signing_secrets(session)
    if secrets_ and secrets_[0].created_at > now - SETTLING:
        publish_keys(session, now)


def _open_link(session: Session, secret: str, now: datetime) -> tuple[SignInLink, Person]:
    link = find_link(session, _digest(secret))
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise NotFound("This link has been used or has expired. Ask for a new one; it takes a minute.")
    person = get_person(session, link.person_id)
    if not person.active:
        raise NotFound("This link has been withdrawn.")
    return link, person


def _issue(session: Session, person: Person, vault: Vault, token_id: UUID, now: datetime, until: datetime) -> SignedIn:
    identity = Identity(
        person_id=person.id,
        name=person.name,
        email=person.email,
        role=person.role,
        organisation_id=person.organisation_id,
        token_id=token_id,
        issued_at=now,
        expires_at=until,
        locale=person.locale,
        time_zone=person.time_zone,
    )
    return SignedIn(sign_token(identity, _open_key(list_signing_secrets(session)[0], vault)), identity)


def _end(session: Session, token_id: UUID, now: datetime) -> None:
    revoke(session, token_id, now)
    record(session, AccessRevoked(token_id, now), now=now)


def _open_key(secret: SigningSecret, vault: Vault) -> OKPKey:
    return OKPKey.import_key(json.loads(vault.open(secret.sealed_jwk)))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
