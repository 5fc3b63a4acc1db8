"""Figures in parts: what each category of a dimension came to, and one of them by itself."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.metrics.measurements.queries import PartSums
from services.metrics.measurements.queries.totals import Total
from shared.database.types import EXACT

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """What was reported for one category of a KPI's dimension, all partners together."""

    dimension: str
    category: str
    verified: Decimal
    provisional: Decimal


def add_up_parts(parted: Iterable[PartSums]) -> defaultdict[UUID, list[Part]]:
    """The parts of each KPI, all partners and months together."""
    sums: dict[tuple[UUID, str, str], tuple[Decimal, Decimal]] = {}
    for each in parted:
        key = (each.kpi_id, each.dimension, each.category)
        verified, provisional = sums.get(key, (NOTHING, NOTHING))
        sums[key] = (EXACT.add(verified, each.verified), EXACT.add(provisional, each.provisional))
    parts: defaultdict[UUID, list[Part]] = defaultdict(list)
    for (kpi_id, dimension, category), (verified, provisional) in sums.items():
        parts[kpi_id].append(Part(dimension, category, verified, provisional))
    return parts


def list_totals(parted: Iterable[PartSums], part: tuple[str, str]) -> list[Total]:
    """The months of this part alone, by partner. Only what is added up is parted: any amount counts as one figure."""
    return [
        Total(
            each.kpi_id,
            each.organisation_id,
            each.month,
            each.verified,
            int(bool(each.verified)),
            NOTHING,
            each.provisional,
            int(bool(each.provisional)),
            NOTHING,
        )
        for each in parted
        if (each.dimension, each.category) == part and (each.verified or each.provisional)
    ]


def is_split_by(kpi: Any, part: tuple[str, str] | None) -> bool:
    """Whether the KPI's figures are parted in such a way that this part of them can be told."""
    return part is None or any(
        dimension["key"] == part[0] and part[1] in [each["key"] for each in dimension["categories"]]
        for dimension in kpi.dimensions
    )
