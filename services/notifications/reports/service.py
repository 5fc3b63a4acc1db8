"""Use cases: telling a campaign's owner that a report is due, and everyone who should read it that it is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.notifications.announcements.audience import PersonalLink, choose_link, list_addressees
from services.notifications.known import queries as known
from services.notifications.messages.service import queue_message
from shared.fields import plain
from shared.messaging.subscriptions import NotYet


@dataclass(frozen=True)
class Reported:
    """What metrics tells of a report."""

    report_id: UUID
    campaign_id: UUID
    kind: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Line:
    """How a KPI stands in it, by what is verified."""

    name: str
    unit: str
    value: Decimal | None
    target: Decimal
    status: str


@dataclass(frozen=True)
class Published(Reported):
    """What metrics tells of an edition of it that was sent to `partners`."""

    edition: int
    reason: str
    partners: Sequence[UUID]
    kpis: Sequence[Line]
    links: Sequence[PersonalLink] = ()


def tell_drafted(session: Session, report: Reported, now: datetime) -> None:
    """Mail the campaign's owner that its report waits for a text; raises `NotYet` before the campaign was heard of."""
    campaign = _find_campaign(session, report.campaign_id)
    for each in list_addressees(session, campaign.id):
        if each.is_owner:
            queue_message(
                session,
                each.recipient,
                "report_drafted",
                {**_describe(report, campaign.title), "recipient": each.recipient.name},
                now,
                key=f"report_drafted:{report.report_id}",
                campaign_id=campaign.id,
            )


def tell_published(session: Session, report: Published, now: datetime) -> None:
    """Mail the campaign's owner and the liaisons of the partners that this edition was sent to, each once.

    Who has no account reads it by a link. Raises `NotYet` before the campaign was heard of.
    """
    campaign = _find_campaign(session, report.campaign_id)
    kpis = [
        {
            "name": line.name,
            "unit": line.unit,
            "value": None if line.value is None else plain(line.value),
            "target": plain(line.target),
            "status": line.status,
        }
        for line in report.kpis
    ]
    for each in list_addressees(session, campaign.id):
        if not each.is_owner and each.organisation_id not in report.partners:
            continue
        by_link = choose_link(each, report.links)
        data = {
            **_describe(report, campaign.title),
            "edition": report.edition,
            "reason": report.reason,
            "kpis": kpis,
            "recipient": each.recipient.name,
            "is_owner": each.is_owner,
            "may_look": each.recipient.person_id is not None,
            "by_link": by_link is not None,
        }
        key = f"report:{report.report_id}:{report.edition}:{each.id}"
        queue_message(
            session, each.recipient, "report_published", data, now, key=key, campaign_id=campaign.id,
            secret=by_link.link if by_link else None, expires_at=by_link.expires_at if by_link else None,
        )  # fmt: skip


def _find_campaign(session: Session, campaign_id: UUID) -> Any:
    campaign = known.find_campaign(session, campaign_id)
    if campaign is None:
        raise NotYet(f"the campaign {campaign_id} has not been heard of")
    if known.find_person(session, campaign.owner_id) is None:
        raise NotYet(f"the owner {campaign.owner_id} of the campaign has not been heard of")
    return campaign


def _describe(report: Reported, campaign: str) -> dict[str, Any]:
    return {
        "report_id": str(report.report_id),
        "campaign_id": str(report.campaign_id),
        "campaign": campaign,
        "kind": report.kind,
        "starts_on": report.starts_on.isoformat(),
        "ends_on": report.ends_on.isoformat(),
    }
