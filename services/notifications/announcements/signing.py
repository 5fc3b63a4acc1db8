"""Asking liaisons to sign the target of a KPI that we have signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.notifications.announcements.audience import PersonalLink, choose_link, list_addressees
from services.notifications.known import queries as known
from services.notifications.messages.service import queue_message
from shared.fields import plain
from shared.messaging.subscriptions import NotYet


@dataclass(frozen=True)
class ProposedTarget:
    """What metrics tells of a target to sign: `target` is in `unit`, `waits_for` are partners that have not signed."""

    kpi_id: UUID
    campaign_id: UUID
    key: str
    name: str
    unit: str
    target: Decimal
    due_on: date
    waits_for: list[UUID]
    links: Sequence[PersonalLink] = ()


def ask_to_sign(session: Any, proposed: ProposedTarget, news_key: str, now: datetime) -> None:
    """Mail the liaisons of the partners that are waited for, once per piece of news.

    Raises `NotYet` while the campaign has not been heard of.
    """
    wanted = set(proposed.waits_for)
    campaign = known.find_campaign(session, proposed.campaign_id)
    if campaign is None:
        raise NotYet(f"the campaign {proposed.campaign_id} has not been heard of")
    organisations = known.name_organisations(session, wanted)
    for each in list_addressees(session, proposed.campaign_id):
        if each.organisation_id not in wanted:
            continue
        by_link = choose_link(each, proposed.links)
        data = {
            "recipient": each.recipient.name,
            "campaign": campaign.title,
            "campaign_id": str(proposed.campaign_id),
            "key": proposed.key,
            "name": proposed.name,
            "unit": proposed.unit,
            "target": plain(proposed.target),
            "due_on": proposed.due_on.isoformat(),
            "organisation": organisations.get(each.organisation_id),
            "may_look": each.recipient.person_id is not None,
            "by_link": by_link is not None,
        }
        message_key = f"{news_key}:{each.id}"
        queue_message(
            session, each.recipient, "target_proposed", data, now, key=message_key, campaign_id=proposed.campaign_id,
            secret=by_link.link if by_link else None, expires_at=by_link.expires_at if by_link else None,
        )  # fmt: skip
