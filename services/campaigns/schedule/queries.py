"""Every SELECT on milestones. Whoever may see a campaign may see its milestones."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.campaigns.campaigns.queries import get_campaign
from services.campaigns.schedule.models import Milestone
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


def get_milestone(session: Session, viewer: Identity, milestone_id: UUID) -> Milestone:
    """The milestone; raises `NotFound` if there is none or the viewer may not see its campaign."""
    found = session.get(Milestone, milestone_id)
    if found is None:
        raise NotFound
    get_campaign(session, viewer, found.campaign_id)
    return found


def find_milestones(
    session: Session, viewer: Identity, campaign_id: UUID, *, cursor: str | None, limit: int
) -> Page[Milestone]:
    """The campaign's milestones, the last first, one page."""
    get_campaign(session, viewer, campaign_id)
    found = select(Milestone).where(Milestone.campaign_id == campaign_id)
    return fetch_page(session, found, Milestone.due_on, Milestone.id, cursor=cursor, limit=limit)


def count_milestones(session: Session, campaign_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Milestone.campaign_id == campaign_id)) or 0
