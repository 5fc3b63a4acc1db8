"""What a file of results would do to a campaign: what people are shown before they say yes, and what is then done."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.metrics.exchange.iati_reading import Flaw, ReadActivity, ReadIndicator
from services.metrics.exchange.xml_tree import Node
from services.metrics.indicators.queries import Name
from services.metrics.indicators.service.targets import Interim
from services.metrics.measurements.service.intake import Entry

#: What becomes of a step: it is new, it changes what is there, it is there, it can't go in, it is not kept here.
ADDED, CORRECTED, SAME, WRONG, LEFT = "added", "corrected", "same", "wrong", "left"
#: What a step is about.
BASELINE, TARGET, INTERIM, ACTUAL, OTHER = "baseline", "target", "interim", "actual", "other"
#: Whose the figures of an activity are, where that is no partner: nobody's since it is passed over, all partners'
#: together, not said yet.
SKIP, ALL, UNSAID = "skip", "all", ""


@dataclass(slots=True)
class Step:
    """One value of the file and what becomes of it; `before` and `after` are numbers in plain notation."""

    what: str
    line: int
    path: str
    becomes: str
    after: str = ""
    before: str = ""
    reason: str = ""
    period: tuple[date, date] | None = None
    parts: str = ""

    @classmethod
    def at(cls, node: Node, what: str, becomes: str, **given: Any) -> "Step":
        return cls(what, node.line, node.path, becomes, **given)

    @classmethod
    def of_flaw(cls, flaw: Flaw) -> "Step":
        return cls(OTHER, flaw.line, flaw.path, WRONG, reason=flaw.reason)

    def turn(self, becomes: str, reason: str) -> None:
        self.becomes, self.reason = becomes, reason


@dataclass(slots=True, eq=False)
class KpiPlan:
    """An indicator of the file and the KPI that it goes to, if any; `how` says by what it was found.

    `baseline`, `target` and `interims` are what the KPI is to get, None for what stays.
    """

    indicator: ReadIndicator
    kpi: Any = None
    how: str = ""
    steps: list[Step] = field(default_factory=list)
    baseline: Decimal | None = None
    target: Decimal | None = None
    interims: Sequence[Interim] | None = None
    #: The interim targets that the KPI has.
    present: Sequence[Interim] = ()
    entries: list[tuple[Step, Entry]] = field(default_factory=list)

    @property
    def place(self) -> str:
        return self.indicator.place

    @property
    def changes_target(self) -> bool:
        return any(each is not None for each in (self.baseline, self.target, self.interims))


@dataclass(slots=True)
class ActivityPlan:
    """An activity of the file; `source` is whose its figures are: a partner's id, or one of the words above."""

    activity: ReadActivity
    source: UUID | str
    takes_targets: bool
    kpis: list[KpiPlan] = field(default_factory=list)

    @property
    def place(self) -> str:
        return self.activity.place


@dataclass(slots=True)
class Plan:
    activities: list[ActivityPlan]
    names: Mapping[UUID, Name]

    def list_kpis(self) -> Iterator[KpiPlan]:
        for each in self.activities:
            yield from each.kpis

    def list_steps(self) -> Iterator[Step]:
        for each in self.list_kpis():
            yield from each.steps

    def count(self, becomes: str, of: Collection[str] = (BASELINE, TARGET, INTERIM, ACTUAL, OTHER)) -> int:
        return sum(each.becomes == becomes and each.what in of for each in self.list_steps())

    def count_targets(self) -> int:
        """How many KPIs get another baseline, target or interim targets."""
        return sum(each.changes_target for each in self.list_kpis())

    def list_entries(self) -> list[Entry]:
        return [
            entry
            for each in self.list_kpis()
            for step, entry in each.entries
            if step.becomes in (ADDED, CORRECTED)
        ]  # fmt: skip

    @property
    def digest(self) -> str:
        """The same for two plans that do the same, so that nobody says yes to what they did not see."""
        told = [
            [str(activity.source), each.place, str(each.kpi.id), step.path, step.becomes, step.before, step.after]
            for activity in self.activities
            for each in activity.kpis
            if each.kpi
            for step in each.steps
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()
