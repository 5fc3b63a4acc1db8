"""What both sides sign: the terms of a target as plain data, the same for whoever works them out."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.metrics.alerts.judgement import Goal
from services.metrics.indicators.models import InterimTarget, Kpi
from shared.fields import plain

#: The terms as plain JSON values.
Terms = dict[str, Any]


def list_terms(kpi: Kpi, goal: Goal, interims: Sequence[InterimTarget], reporters: Collection[UUID]) -> Terms:
    """The terms of the KPI's target; `reporters` are the partners that report it, named or all of the campaign's."""
    return {
        "kpi": str(kpi.id),
        "unit": kpi.unit,
        "aggregation": kpi.aggregation,
        "formula": kpi.formula,
        "direction": kpi.direction,
        "baseline": plain(kpi.baseline),
        "target": plain(kpi.target),
        "interims": [[each.due_on.isoformat(), plain(each.value)] for each in interims],
        "due_on": goal.ends_on.isoformat(),
        "reporters": sorted(str(each) for each in reporters),
    }


def digest_terms(terms: Terms) -> str:
    """The SHA-256 of the terms in hex: what a signature is bound to."""
    return hashlib.sha256(json.dumps(terms, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def compare_terms(before: Terms, after: Terms) -> Mapping[str, list[Any]]:
    """What differs, by name of the term: [before, after]."""
    return {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}
