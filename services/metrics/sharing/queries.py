"""Every SELECT on public pages."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.known.queries import get_campaign
from services.metrics.sharing.models import PublicPage, digest_secret
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


class PageGone(NotFound):
    """No page is open at the address; whether there ever was one is not told."""

    title = "This page is not here"
    leads_home = False

    def __init__(self) -> None:
        super().__init__(
            "Its address is not complete, or it was taken down. Ask whoever gave it to you whether there is another."
        )


def open_public_page(session: Session, secret: str) -> PublicPage:
    """The page at the address with this secret; raises `PageGone`, with the same words whatever the reason."""
    # Looked up by its digest: how long that takes says nothing of how much of a guess was right.
    found = session.scalar(select(PublicPage).where(PublicPage.digest == digest_secret(secret)))
    if found is None or not found.is_open:
        raise PageGone
    return found


def get_public_page(session: Session, viewer: Identity, campaign_id: UUID, public_page_id: UUID) -> PublicPage:
    """The page; raises `NotFound` for one of another campaign."""
    get_campaign(session, viewer, campaign_id)
    found = session.get(PublicPage, public_page_id)
    if found is None or found.campaign_id != campaign_id:
        raise NotFound("This campaign has no such public page.")
    return found


def find_public_pages(
    session: Session, viewer: Identity, campaign_id: UUID, *, cursor: str | None, limit: int
) -> Page[PublicPage]:
    """The campaign's public pages, also those that were revoked, the newest first, one page of them."""
    get_campaign(session, viewer, campaign_id)
    found = select(PublicPage).where(PublicPage.campaign_id == campaign_id)
    return fetch_page(session, found, PublicPage.id, cursor=cursor, limit=limit)
