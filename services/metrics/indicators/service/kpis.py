"""Use cases: giving a campaign its KPIs."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.service import open_standing
from services.metrics.events import KpiChanged
from services.metrics.indicators.models import Kpi
from services.metrics.indicators.queries import find_kpi, list_goals
from services.metrics.indicators.service.targets import check_target
from services.metrics.known.queries import get_campaign
from shared.database.history import note
from shared.errors import Conflict
from shared.fields import plain
from shared.identity import Identity
from shared.messaging.outbox import record
from shared.messaging.wake import announce


class KpiDetails(TypedDict):
    """What is decided when a KPI is made, as `KpiSchema` loads it."""

    key: str
    name: str
    unit: str
    aggregation: str
    direction: str
    baseline: Decimal
    target: Decimal
    verification: str


def create_kpi(session: Session, by: Identity, campaign_id: UUID, now: datetime, **details: Unpack[KpiDetails]) -> Kpi:
    """A new KPI of the campaign. Raises `NotYetKnown`, `Conflict` for a key in use, `Invalid` for an odd target."""
    campaign = get_campaign(session, by, campaign_id)
    check_target(details["direction"], details["baseline"], details["target"])
    if find_kpi(session, campaign.id, details["key"]) is not None:
        raise Conflict(f"This campaign already has a KPI with the key {details['key']}. Choose another key.")
    kpi = Kpi(campaign_id=campaign.id, created_at=now, updated_at=now, target_number=1, **details)
    session.add(kpi)
    session.flush()
    open_standing(session, list_goals(session, [kpi])[0], now)
    record(session, KpiChanged(kpi.id, campaign.id, kpi.key, kpi.name, kpi.unit, active=True), now=now)
    note(session, by, "added the KPI", campaign.id, at=now, name=kpi.name, target=f"{plain(kpi.target)} {kpi.unit}")
    announce(session, f"campaign:{campaign.id}")
    return kpi
