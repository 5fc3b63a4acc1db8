"""Every SELECT on decisions. Whoever may see a campaign may see what was decided in it."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.campaigns.campaigns.queries import get_campaign
from services.campaigns.decisions.models import Decision
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


def get_decision(session: Session, viewer: Identity, decision_id: UUID) -> Decision:
    """The decision; raises `NotFound` if there is none or the viewer may not see its campaign."""
    found = session.get(Decision, decision_id)
    if found is None:
        raise NotFound
    get_campaign(session, viewer, found.campaign_id)
    return found


def find_decisions(
    session: Session, viewer: Identity, campaign_id: UUID, *, search: str = "", cursor: str | None, limit: int
) -> Page[Decision]:
    """The campaign's decisions, the latest first, one page; `search` is a part of the title."""
    get_campaign(session, viewer, campaign_id)
    found = select(Decision).where(Decision.campaign_id == campaign_id)
    if search:
        found = found.where(Decision.title.icontains(search, autoescape=True))
    return fetch_page(session, found, Decision.decided_on, Decision.id, cursor=cursor, limit=limit)


def count_decisions(session: Session, campaign_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Decision.campaign_id == campaign_id)) or 0
