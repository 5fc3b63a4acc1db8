"""A KPI of a report in words, charts and lines of tables."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from flask_babel import gettext
from markupsafe import Markup

from services.metrics.alerts.judgement import NO_DATA, REACHED, Judgement, describe
from services.metrics.dashboard.shares_chart import Bar, draw_shares
from services.metrics.dashboard.story import BARS, STATUS_TONES, STATUS_WORDS
from services.metrics.dashboard.trend_chart import Trend, TrendPoint, draw_trend
from services.metrics.reports.document import (
    KpiPart,
    MonthLine,
    PartnerLine,
    Remark,
)
from services.metrics.reports.models import FINAL
from shared.charts import WIDTH
from shared.database.types import EXACT
from shared.web.filters import (
    NO_VALUE,
    format_amount,
    format_date,
    format_number,
    format_part,
    format_percent,
    format_period,
)

#: Over more months than this the body of a report tells years, and an annex the months.
MOST_MONTHS = 24


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True)
class TimeLine:
    """What was reported in a month or a year, and the level by its end."""

    name: str
    verified: Decimal
    provisional: Decimal
    level: Decimal


@dataclass(frozen=True)
class KpiView:
    """One KPI as it is read."""

    part: KpiPart
    kind: str
    starts_on: date
    ends_on: date
    colour: str

    @property
    def word(self) -> str:
        return str(STATUS_WORDS[self.part.status])

    @property
    def tone(self) -> str:
        return STATUS_TONES[self.part.status]

    @property
    def reason(self) -> str:
        part = self.part
        told = {each.name: getattr(part, each.name) for each in fields(Judgement)}
        return describe(Judgement(**told), _)

    @property
    def is_final(self) -> bool:
        return self.kind == FINAL

    @property
    def verified(self) -> str:
        """What is verified, with its unit; of a KPI that isn't a sum the level it comes to."""
        return self._amount(self.part.verified if self.part.is_sum else self.part.value)

    @property
    def provisional(self) -> str:
        return self._amount(self._waiting)

    @property
    def verified_number(self) -> str:
        """Like `verified`, where the unit stands elsewhere."""
        return str(format_number(self.part.verified if self.part.is_sum else self.part.value))

    @property
    def provisional_number(self) -> str:
        return str(format_number(self._waiting))

    @property
    def _waiting(self) -> Decimal | None:
        """What is provisional; a zero would say that somebody waits for something."""
        return (self.part.provisional or None) if self.part.is_sum else None

    @property
    def target(self) -> str:
        return self._amount(self.part.target)

    @property
    def progress(self) -> str:
        return NO_VALUE if self.part.status == NO_DATA else format_percent(self.part.progress)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What stands beside the KPI's name."""
        part = self.part
        facts = [(_("Target"), self.target), (_("Verified"), self.verified)]
        if part.is_sum:
            if self._waiting:
                facts.append((_("Provisional"), self.provisional))
            if not self.is_final:
                facts.append((_("Verified in this period"), self._amount(part.period_verified)))
        if part.baseline:
            stands = self._amount(part.value) if part.value is not None else _("No value yet")
            facts += [(_("Baseline"), self._amount(part.baseline)), (_("Stands at"), stands)]
        return [*facts, (_("Progress"), f"{self.word}: {self.reason}")]

    @property
    def sentence(self) -> str:
        """The KPI in one sentence of the summary."""
        said = {"kpi": self.part.name, "verified": self.verified, "target": self.target, "progress": self.progress}
        if self.part.status == NO_DATA:
            return _("%(kpi)s: nothing is verified yet; the target is %(target)s.", **said)
        if self.part.status == REACHED:
            return _("%(kpi)s reached its target: %(verified)s verified, and %(target)s was the target.", **said)
        return _("%(kpi)s: %(verified)s verified, %(progress)s of the way to %(target)s.", **said)

    @property
    def notes(self) -> list[str]:
        """Changed targets, restatements, joint work and adjustments."""
        return [*self._target_notes, *(self._tell_remark(each) for each in self.part.remarks)]

    @property
    def _target_notes(self) -> list[str]:
        return [
            _(
                "The target was %(former)s until %(day)s, then %(target)s: %(reason)s",
                former=self._amount(note.former),
                day=format_date(note.changed_on),
                target=self._amount(note.target),
                reason=note.reason,
            )
            for note in self.part.notes
        ]

    def _tell_remark(self, remark: Remark) -> str:
        said = {
            "month": name_month(remark.starts_on),
            "period": format_period(remark.starts_on, remark.ends_on),
            "partners": ", ".join(name or _("Name not yet known") for name in remark.partners),
            "before": self._amount(remark.before),
            "after": self._amount(remark.after),
        }
        if remark.kind == "restated":
            told = _("A figure of %(partners)s for %(month)s was restated from %(before)s to %(after)s", **said)
        elif remark.kind == "joint":
            told = _("%(after)s of %(period)s is joint work of %(partners)s, counted once", **said)
        else:
            told = _("%(after)s of %(period)s is an adjustment at %(partners)s", **said)
        return f"{told}: {remark.reason}" if remark.reason else told

    @cached_property
    def period_months(self) -> Sequence[MonthLine]:
        first = self.starts_on.replace(day=1)
        return [each for each in self.part.months if self.is_final or each.month >= first]

    @property
    def is_long(self) -> bool:
        return len(self.period_months) > MOST_MONTHS

    @property
    def months(self) -> list[TimeLine]:
        return [
            TimeLine(name_month(each.month), each.verified, each.provisional, each.level) for each in self.period_months
        ]

    @property
    def times(self) -> list[TimeLine]:
        """The months, or the years where these are many."""
        if not self.is_long:
            return self.months
        lines = []
        for year, found in groupby(self.period_months, key=lambda line: line.month.year):
            months = list(found)
            verified, provisional = Decimal(0), Decimal(0)
            for each in months:
                verified, provisional = EXACT.add(verified, each.verified), EXACT.add(provisional, each.provisional)
            lines.append(TimeLine(str(year), verified, provisional, months[-1].level))
        return lines

    @property
    def trend_finding(self) -> str:
        part = self.part
        if part.status == REACHED and part.is_sum:
            rises = part.target >= part.baseline
            month = next(
                (m.month for m in part.months if (m.level >= part.target) == rises or m.level == part.target), None
            )
            if month:
                return _("The target was reached in %(month)s", month=name_month(month))
        return f"{self.word}: {self.reason}"

    @cached_property
    def trend(self) -> Markup:
        """The way so far; nothing where there is nothing to draw."""
        part, pending, points = self.part, Decimal(0), []
        if not part.months:
            return Markup("")
        for line in part.months:
            pending = EXACT.add(pending, line.provisional)
            label = _("%(month)s: %(level)s in all", month=name_month(line.month), level=self._amount(line.level))
            day = max(min(_end_of(line.month), self.ends_on if not self.is_final else date.max), line.month)
            points.append(TrendPoint(day, float(line.level), float(EXACT.add(line.level, pending)), label))
        trend = Trend(
            part.starts_on,
            part.ends_on,
            float(part.baseline),
            float(part.target),
            points,
            _("Target %(target)s", target=self.target),
            self._amount(part.value if part.value is not None else part.baseline),
            _("even pace"),
        )
        return draw_trend(trend, self.trend_finding, self.colour)

    @property
    def shares_finding(self) -> str:
        giving = [line for line in self.part.partners if line.verified]
        if not giving:
            return _("No partner's figures are verified yet")
        name, total = _name(giving[0]), self.part.period_verified
        if len(giving) == 1:
            return _("All of it was reported by %(partner)s", partner=name)
        if not 0 < giving[0].verified <= total:
            return _("%(partner)s reported the most", partner=name)
        part = format_part(giving[0].verified / total)
        return _("%(partner)s reported the most: %(part)s", partner=name, part=part)

    @cached_property
    def shares(self) -> Markup:
        return self.draw_shares()

    def draw_shares(self, width: int = WIDTH) -> Markup:
        """A bar for each of the largest partners; nothing where none has reported."""
        lines = list(self.part.partners)
        if not any(line.verified or line.provisional for line in lines):
            return Markup("")
        if len(lines) > BARS + 1:
            rest = lines[BARS:]
            verified, provisional = Decimal(0), Decimal(0)
            for each in rest:
                verified, provisional = EXACT.add(verified, each.verified), EXACT.add(provisional, each.provisional)
            lines = [*lines[:BARS], PartnerLine(_("%(count)s others", count=len(rest)), verified, provisional)]
        bars = [
            Bar(
                _name(line),
                float(line.verified),
                float(line.provisional),
                self._amount(line.verified),
                f"{_name(line)}: {self._amount(line.verified)}",
            )
            for line in lines
        ]
        return draw_shares(bars, self.shares_finding, self.colour, width)

    @property
    def partners(self) -> list[tuple[str, Decimal, Decimal, str]]:
        """Name, verified, provisional, share of what is verified."""
        total = self.part.period_verified
        return [
            (
                _name(line),
                line.verified,
                line.provisional,
                format_part(line.verified / total) if total and 0 <= line.verified <= total else NO_VALUE,
            )
            for line in self.part.partners
        ]

    def _amount(self, value: Decimal | None) -> str:
        return NO_VALUE if value is None else format_amount(value, self.part.unit)


def name_month(month: date) -> str:
    """The month without the day: "May 2026"."""
    return format_date(month).partition(" ")[2]


def write_number(value: Decimal) -> str:
    return str(format_number(value))


def amount_of(value: Decimal | None, unit: str) -> str:
    return NO_VALUE if value is None else format_amount(value, unit)


def _name(line: PartnerLine) -> str:
    return line.name or _("Name not yet known")


def _end_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
