"""A campaign that metrics has heard of, its partners and its KPIs, for tests."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.indicators.models import Indicator, Kpi
from services.metrics.indicators.service.kpis import create_kpi
from services.metrics.indicators.service.library import add_indicator
from services.metrics.known.service import keep_campaign, keep_organisation
from shared.clock import new_id, utc_now
from shared.testing.people import make_identity


def make_campaign(session: Session, *partners: UUID, **changes: Any) -> UUID:
    """A campaign from May 2014 to the end of 2027 with these partners, as its event would have told."""
    campaign_id = new_id()
    details: dict[str, Any] = {
        "title": "A swimmable harbour",
        "cause": "environment",
        "starts_on": date(2014, 5, 1),
        "ends_on": date(2027, 12, 31),
        "partners": partners,
    }
    keep_campaign(session, campaign_id, utc_now(), **{**details, **changes})
    session.flush()
    return campaign_id


def make_partner(session: Session, name: str = "Mister Trash Wheel") -> UUID:
    organisation_id = new_id()
    keep_organisation(session, organisation_id, utc_now(), name=name)
    return organisation_id


def make_kpi(session: Session, campaign_id: UUID, **changes: Any) -> Kpi:
    details: dict[str, Any] = {
        "key": "waste",
        "name": "Waste removed",
        "unit": "t",
        "aggregation": "sum",
        "direction": "increase",
        "baseline": Decimal(0),
        "target": Decimal(1000),
        "verification": "automatic",
    }
    return create_kpi(session, make_identity(), campaign_id, utc_now(), **{**details, **changes})


#: By whom, and how old they are.
DIMENSIONS = [
    {"key": "age", "name": "Age", "categories": [{"key": "u18", "name": "Under 18"}, {"key": "o18", "name": "Older"}]},
    {"key": "sex", "name": "Sex", "categories": [{"key": "f", "name": "Women"}, {"key": "m", "name": "Men"}]},
]


def part_kpi(session: Session, kpi: Kpi) -> Kpi:
    """The KPI, whose figures may now be parted by age and by sex."""
    kpi.dimensions = DIMENSIONS
    session.flush()
    return kpi


def add_definition(session: Session, **changes: Any) -> Indicator:
    """A definition in the library."""
    details: dict[str, Any] = {
        "code": "waste",
        "name": "Waste removed",
        "description": "",
        "unit": "t",
        "direction": "increase",
        "aggregation": "sum",
        "dimensions": [],
        "means": "",
        "codes": {},
    }
    return add_indicator(session, make_identity(), utc_now(), **{**details, **changes})
