"""Making public pages, changing what they show, giving them another address, and taking them down."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.indicators.queries import list_kpis
from services.metrics.known.queries import get_campaign
from services.metrics.sharing.models import LISTED, PublicPage, digest_secret
from services.metrics.sharing.queries import get_public_page
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import Identity


class PageDetails(TypedDict, total=False):
    """What is decided of a page; `kpis` are keys. What is left out stays as it is."""

    heading: str
    intro: str
    kpis: Sequence[str]
    shows_shares: bool
    embedding: str
    origins: Sequence[str]


@dataclass(frozen=True)
class NewAddress:
    """A page and the secret of the address that it was just given: nobody can be told it again."""

    page: PublicPage
    secret: str


def make_page(
    session: Session, by: Identity, campaign_id: UUID, now: datetime, **details: Unpack[PageDetails]
) -> NewAddress:
    """A public page of the campaign; raises `Invalid` for a KPI that is not the campaign's."""
    get_campaign(session, by, campaign_id)
    secret = secrets.token_urlsafe(32)
    page = PublicPage(
        campaign_id=campaign_id,
        digest=digest_secret(secret),
        person_id=by.person_id,
        person_name=by.name,
        addressed_at=now,
        created_at=now,
        updated_at=now,
    )
    _put(session, page, details)
    session.add(page)
    session.flush()
    names = _name_kpis(session, page, page.kpis)
    note(session, by, "made the public page", page.id, at=now, heading=page.heading, kpis=names)
    note(session, by, "made a public page", campaign_id, at=now, heading=page.heading)
    return NewAddress(page, secret)


def change_page(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    public_page_id: UUID,
    seen_version: int,
    now: datetime,
    **changes: Unpack[PageDetails],
) -> PublicPage:
    """Change what the page shows, at the same address. Raises `Stale`, `Conflict` once it is revoked, `Invalid`."""
    page = get_public_page(session, by, campaign_id, public_page_id)
    require_version(session, page, seen_version)
    _require_open(page)
    before = {name: getattr(page, name) for name in PageDetails.__annotations__}
    _put(session, page, changes)
    former = {name: value for name, value in before.items() if value != getattr(page, name)}
    if not former:
        return page
    page.updated_at = now
    session.flush()
    told = {"before": former, "after": {name: getattr(page, name) for name in former}}
    for moment in told.values():
        if "kpis" in moment:
            moment["kpis"] = _name_kpis(session, page, moment["kpis"])
    note(session, by, "changed the public page", page.id, at=now, **told)
    return page


def renew_address(session: Session, by: Identity, campaign_id: UUID, public_page_id: UUID, now: datetime) -> NewAddress:
    """Give the page another address; the former leads nowhere from now on. Raises `Conflict` once it is revoked."""
    page = get_public_page(session, by, campaign_id, public_page_id)
    _require_open(page)
    secret = secrets.token_urlsafe(32)
    page.digest, page.addressed_at, page.updated_at = digest_secret(secret), now, now
    session.flush()
    note(session, by, "gave the public page another address", page.id, at=now)
    return NewAddress(page, secret)


def revoke_page(session: Session, by: Identity, campaign_id: UUID, public_page_id: UUID, now: datetime) -> PublicPage:
    """Take the page down for good; doing so again changes nothing."""
    page = get_public_page(session, by, campaign_id, public_page_id)
    if page.is_open:
        page.revoked_at = page.updated_at = now
        session.flush()
        note(session, by, "revoked the public page", page.id, at=now)
        note(session, by, "revoked a public page", campaign_id, at=now, heading=page.heading)
    return page


def _put(session: Session, page: PublicPage, details: PageDetails) -> None:
    given: dict[str, Any] = dict(details)
    if "kpis" in given:
        wanted = set(given["kpis"])
        given["kpis"] = [kpi.key for kpi in list_kpis(session, page.campaign_id) if kpi.key in wanted]
        if unknown := sorted(wanted - set(given["kpis"])):
            raise Invalid({"kpis": f"This campaign has no KPI with the key {unknown[0]}."})
        if not wanted:
            raise Invalid({"kpis": "Choose at least one KPI."})
    embedding = given.get("embedding", page.embedding)
    origins = list(dict.fromkeys(given.get("origins", page.origins or ())))
    if embedding == LISTED and not origins:
        raise Invalid({"origins": "Say which sites may show it, or choose another answer above."})
    for name, value in {**given, "origins": origins}.items():
        setattr(page, name, value)


def _require_open(page: PublicPage) -> None:
    if not page.is_open:
        raise Conflict("This page was revoked, and stays so. Make another one.")


def _name_kpis(session: Session, page: PublicPage, keys: Sequence[str]) -> str:
    names = {kpi.key: kpi.name for kpi in list_kpis(session, page.campaign_id)}
    return ", ".join(names.get(key, key) for key in keys)
