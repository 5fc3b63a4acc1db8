"""Reminding liaisons of figures that their organisation owes by the agreed frequency."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.notifications.announcements.audience import list_addressees
from services.notifications.feed.service import tell
from services.notifications.known import queries as known
from services.notifications.messages.service import queue_message
from shared.messaging.subscriptions import NotYet


@dataclass(frozen=True)
class Owed:
    """A period of a KPI whose figures were due by `due_on`; `noticed` if that is news."""

    name: str
    starts_on: date
    ends_on: date
    due_on: date
    noticed: bool


def remind_of_figures(
    session: Any, campaign_id: UUID, organisation_id: UUID, owed: Sequence[Owed], news_key: str, at: datetime
) -> None:
    """Mail the partner's liaisons what is owed in all, and tell staff in the feed, if something of it is news.

    Once per piece of news. Raises `NotYet` while the campaign has not been heard of.
    """
    if not any(each.noticed for each in owed):
        return
    campaign = known.find_campaign(session, campaign_id)
    if campaign is None:
        raise NotYet(f"the campaign {campaign_id} has not been heard of")
    tell(
        session,
        "figures_overdue",
        news_key,
        at,
        campaign_id=campaign_id,
        organisation_id=organisation_id,
        # What a partner owes is none of the other partners' business.
        staff_only=True,
        names=sorted({each.name for each in owed if each.noticed}),
    )
    data = {
        "campaign": campaign.title,
        "organisation_id": str(organisation_id),
        "organisation": known.name_organisations(session, {organisation_id}).get(organisation_id),
        "figures": [
            {
                "name": each.name,
                "starts_on": each.starts_on.isoformat(),
                "ends_on": each.ends_on.isoformat(),
                "due_on": each.due_on.isoformat(),
            }
            for each in owed
        ],
    }
    for each in list_addressees(session, campaign_id):
        if each.organisation_id == organisation_id:
            queue_message(
                session,
                each.recipient,
                "figures_overdue",
                {**data, "recipient": each.recipient.name, "may_look": each.recipient.person_id is not None},
                at,
                key=f"{news_key}:{each.id}",
                campaign_id=campaign_id,
            )
