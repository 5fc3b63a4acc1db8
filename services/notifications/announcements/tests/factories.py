"""Targets that were reached, and what is drafted about them."""

from decimal import Decimal

from services.notifications.announcements.service import ReachedTarget, celebrate_target
from services.notifications.known.tests.factories import (
    hear_campaign,
    hear_liaison,
    hear_organisation,
    hear_person,
)
from shared.clock import new_id, utc_now


def reach_target(campaign_id, **changes):
    details = {
        "kpi_id": new_id(),
        "campaign_id": campaign_id,
        "name": "Waste removed",
        "unit": "t",
        "target": Decimal(1000),
        "value": Decimal("1003.610"),
        "reached_at": utc_now(),
    }
    return ReachedTarget(**{**details, **changes})


def make_scene(session):
    """A campaign with an owner, a partner and its liaison: (campaign, owner, liaison)."""
    owner, partner = hear_person(session), hear_organisation(session)
    return hear_campaign(session, owner.id, [partner]), owner, hear_liaison(session, partner)


def make_draft(session):
    campaign, _owner, _liaison = make_scene(session)
    return celebrate_target(session, reach_target(campaign.id), utc_now())
