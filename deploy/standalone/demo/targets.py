"""What the story's people agree to reach: definitions for many campaigns, a ratio, signatures and follow-ups."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.metrics.indicators.queries import find_indicator_by_code, get_kpi
from services.metrics.indicators.service.follow_ups import add_follow_ups
from services.metrics.indicators.service.kpis import create_kpi
from services.metrics.indicators.service.library import add_indicator
from services.metrics.indicators.service.signing import propose_target, read_signing, sign_target
from services.metrics.indicators.service.targets import Interim, change_target
from shared.identity import Identity

#: (code, name, unit, what it means, what shows that it is true, codes in public catalogues).
DEFINITIONS = (
    ("waste_removed", "Waste removed", "t", "Litter taken off beaches, banks and water, weighed wet.",
     "Weighbridge slips", {"sdg": ["12.5", "14.1"], "gri": ["306-4"]}),
    ("volunteer_hours", "Volunteer hours", "h", "Hours that people gave unpaid, travel not counted.",
     "Signed attendance lists", {"sdg": ["17.17"], "iris": ["OI8429"]}),
    ("meals_served", "Meals served", "meals", "Cooked meals handed to people in need.",
     "Kitchen tallies", {"sdg": ["2.1"], "iris": ["PI9327"]}),
    ("books_delivered", "Books delivered", "books", "Books that stand in a classroom for children to read.",
     "Delivery notes signed by the school", {"sdg": ["4.1"], "iris": ["PI1290"]}),
)  # fmt: skip


def tell_library(session: Any, by: Identity, at: datetime) -> None:
    """The library, as it was begun with."""
    for code, name, unit, description, means, codes in DEFINITIONS:
        add_indicator(
            session, by, at, code=code, name=name, unit=unit, description=description, means=means, codes=codes,
            direction="increase", aggregation="sum", dimensions=[],
        )  # fmt: skip


def find_definition(session: Any, code: str) -> dict[str, Any]:
    """What a KPI of this key takes from the library."""
    found = find_indicator_by_code(session, code)
    return {"indicator_id": found.id, "means": found.means} if found else {}


def tell_targets(
    session: Any, staff: Sequence[Identity], liaisons: Mapping[str, Identity], campaigns: Mapping[str, UUID],
    now: datetime, day: Callable[[int], date], base_url: str,
) -> None:  # fmt: skip
    """Targets on the way and signatures for one campaign, a ratio and follow-ups for the one that is over."""
    by, coast, meals = staff[1], campaigns["Clean Coast"], campaigns["Warm Winter Meals"]
    kpi = get_kpi(session, by, coast, "waste_removed")
    change_target(
        session, by, coast, "waste_removed", kpi.version, now, target=Decimal(48),
        reason="A third catch net was sponsored in spring.",
        interims=[Interim(day(-15), Decimal(20)), Interim(day(0), Decimal(38))],
    )  # fmt: skip
    seen = read_signing(session, kpi).digest
    propose_target(session, by, coast, "waste_removed", seen, now, base_url)
    sign_target(session, liaisons["bay"], coast, "waste_removed", seen, now)
    create_kpi(
        session, by, meals, now, key="meals_per_kg", name="Meals from rescued food", unit="meals/kg",
        aggregation="ratio", formula="meals_served / food_rescued", direction="increase", baseline=Decimal(0),
        target=Decimal(5), verification="automatic",
    )  # fmt: skip
    add_follow_ups(session, by, meals, "food_rescued", now, months=[3, 6, 12], target=Decimal(300))
