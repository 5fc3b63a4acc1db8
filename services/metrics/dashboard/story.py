"""What a dashboard says in words: findings, states, the labels of charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from services.metrics.alerts.judgement import AT_RISK, NO_DATA, OFF_TRACK, ON_TRACK, REACHED
from services.metrics.alerts.levels import ADDED
from services.metrics.dashboard.forecast import LEAST
from services.metrics.dashboard.parts import Part
from services.metrics.dashboard.queries import KpiBoard, Overdue, Share
from services.metrics.dashboard.series import Point
from services.metrics.dashboard.shares_chart import Bar, draw_shares
from services.metrics.dashboard.trend_chart import Outlook, Trend, TrendMark, TrendPoint, draw_trend
from services.metrics.indicators.periods import MONTHS
from shared.database.types import EXACT
from shared.web.filters import format_amount, format_date, format_part, format_percent, format_period


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


STATUS_WORDS = {
    REACHED: _l("Reached"),
    ON_TRACK: _l("On track"),
    AT_RISK: _l("At risk"),
    OFF_TRACK: _l("Off track"),
    NO_DATA: _l("No figures"),
}
STATUS_TONES = {REACHED: "good", ON_TRACK: "good", AT_RISK: "warning", OFF_TRACK: "bad", NO_DATA: "neutral"}
#: By how many months a period has.
_TOO_LITTLE = {
    1: _l("No forecast yet: it takes at least %(least)s whole months of verified figures"),
    3: _l("No forecast yet: it takes at least %(least)s whole quarters of verified figures"),
    6: _l("No forecast yet: it takes at least %(least)s whole half-years of verified figures"),
    12: _l("No forecast yet: it takes at least %(least)s whole years of verified figures"),
}
#: What is foretold is told in so many digits.
_ROUGHLY = Context(prec=3)
#: So many partners get a bar of their own.
BARS = 7


@dataclass(frozen=True)
class KpiStory:
    """A KPI with its sentences and drawings, as its part of the page shows them."""

    kpi: KpiBoard
    reason: str
    trend_finding: str
    trend: Markup
    #: The months with figures.
    steps: Sequence[Point]
    shares_finding: str
    shares: Markup
    #: The range in which it will probably end, or why nobody can say; empty where nothing is to come.
    outlook: str
    parts: Sequence["PartStory"]
    #: Whose figures are overdue, and for how long.
    overdue: Sequence[str]
    #: What does not count for the outlook.
    left_out: str

    @property
    def has_figures(self) -> bool:
        return bool(self.steps)


@dataclass(frozen=True)
class PartStory:
    """What was reported for the categories of one dimension: `rows` has each one's name and its part."""

    key: str
    name: str
    finding: str
    drawing: Markup
    rows: Sequence[tuple[str, Part]]


def tell_kpi(
    kpi: KpiBoard,
    colour: str,
    today: date,
    marks: Sequence[Any] = (),
    *,
    narrowed: bool = False,
    with_parts: bool = True,
) -> KpiStory:
    """The KPI in words and pictures; `colour` (#rrggbb) is the one that charts are drawn in.

    `narrowed` where its figures are a selection: these lead nowhere, and reach nothing. Of one part nobody knows the
    other parts: it goes without them, by `with_parts`.
    """
    steps = kpi.series
    trend, shares = find_selected(kpi) if narrowed else find_trend(kpi, steps), find_shares(kpi)
    return KpiStory(
        kpi,
        kpi.explain(_),
        trend,
        draw_trend(make_trend(kpi, steps, today, marks, narrowed=narrowed), trend, colour) if steps else Markup(""),
        steps,
        shares,
        draw_shares(make_bars(kpi), shares, colour) if steps else Markup(""),
        "" if narrowed else _tell_outlook(kpi) or _tell_no_outlook(kpi),
        [_tell_parts(kpi, each, colour) for each in kpi.dimensions if steps and with_parts],
        [tell_overdue(each, today) for each in kpi.overdue],
        _tell_left_out(kpi),
    )


def tell_overdue(each: Overdue, today: date) -> str:
    """Whose figures of which period are overdue for how long: "Figures of Dune Keepers for October 2026 ..."."""
    days = max((today - each.due_on).days, 1)
    said = {"partner": name_partner(each), "period": name_period(each.period_start, each.period_end)}
    return str(
        ngettext(
            "Figures of %(partner)s for %(period)s are one day overdue",
            "Figures of %(partner)s for %(period)s are %(num)s days overdue",
            days,
            **said,
        )
    )


def name_period(first: date, last: date) -> str:
    """A month by its name where the period is a whole one, any other by its days."""
    whole = first.day == 1 and last == _end_of(first)
    return _name_month(first) if whole else format_period(first, last)


def list_part_names(kpis: Sequence[KpiBoard]) -> list[tuple[str, str]]:
    """The parts by which any of these KPIs is told, as the address has them ("sex:f") and by name."""
    named = {
        f"{dimension['key']}:{each['key']}": f"{dimension['name']}: {each['name']}"
        for kpi in kpis
        for dimension in kpi.dimensions
        for each in dimension["categories"]
    }
    return list(named.items())


def find_trend(kpi: KpiBoard, steps: Sequence[Point]) -> str:
    """The sentence over the trend: when the target was reached, or where the pace so far leads."""
    judgement = kpi.judgement
    if judgement.status == REACHED:
        month = next((step.month for step in steps if _is_there(kpi, step)), None)
        return (
            _("The target was reached in %(month)s", month=_name_month(month)) if month else _("The target is reached")
        )
    if judgement.status == NO_DATA:
        return _("No figure is verified yet")
    if judgement.over:
        return _("The campaign ended at %(part)s of the target", part=format_percent(judgement.progress))
    if not judgement.time:
        return _("Figures came in before the campaign begins")
    if kpi.forecast is not None:
        ending = kpi.forecast.level
    elif kpi.goal.aggregation in ADDED and kpi.verified is not None:
        # Not exact and not meant to be: where the straight line through today would end.
        ending = kpi.baseline + _ROUGHLY.divide(kpi.verified, judgement.time)
    else:
        return _("Stands at %(level)s", level=format_amount(kpi.value or Decimal(0), kpi.unit))
    level, day = _say_roughly(ending, kpi.unit), format_date(kpi.goal.ends_on)
    return _("At the pace so far, about %(level)s by %(day)s", level=level, day=day)


def find_selected(kpi: KpiBoard) -> str:
    """The sentence over the trend of a selection."""
    if kpi.verified is None:
        return _("No value in this selection")
    return _("%(level)s in this selection", level=format_amount(kpi.verified, kpi.unit))


def find_shares(kpi: KpiBoard) -> str:
    """The sentence over the partners' shares."""
    giving = [share for share in kpi.by_partner if share.verified]
    if not giving:
        return _("No partner's figures are verified yet")
    if len(giving) == 1:
        return _("All of it was reported by %(partner)s", partner=name_partner(giving[0]))
    part = (giving[0].verified or 0) / kpi.verified if kpi.verified and kpi.goal.aggregation in ADDED else Decimal(0)
    if not 0 < part <= 1:
        return _("%(partner)s reported the most", partner=name_partner(giving[0]))
    return _("%(partner)s reported the most: %(part)s", partner=name_partner(giving[0]), part=format_part(part))


def name_partner(share: Any) -> str:
    return share.name or _("a partner whose name is not yet known")


def make_trend(
    kpi: KpiBoard, steps: Sequence[Point], today: date, marks: Sequence[Any] = (), *, narrowed: bool = False
) -> Trend:
    """What the drawing of the trend shows."""
    points, level = [], kpi.baseline
    for step in steps:
        level = level if step.level is None else step.level
        both = level if step.with_provisional is None else step.with_provisional
        # A month that is still running is drawn up to today.
        day = max(min(_end_of(step.month), today), step.month)
        label = _(
            "%(month)s: %(added)s, %(level)s in all",
            month=_name_month(step.month),
            added=format_amount(step.verified or Decimal(0), kpi.unit),
            level=format_amount(level, kpi.unit),
        )
        points.append(TrendPoint(day, float(level), float(both), label))
    return Trend(
        kpi.goal.starts_on,
        kpi.goal.ends_on,
        float(kpi.baseline),
        float(kpi.target),
        points,
        _("Target %(target)s", target=format_amount(kpi.target, kpi.unit)),
        format_amount(level if narrowed or kpi.value is None else kpi.value, kpi.unit),
        _("even pace"),
        interim=[
            TrendMark(each.due_on, float(each.value), _tell_interim(each.value, each.due_on, kpi.unit))
            for each in kpi.interim
        ],
        marks=[TrendMark(each.day, None, f"{format_date(each.day)}: {each.title}") for each in marks],
        outlook=_make_outlook(kpi),
    )


def _is_there(kpi: KpiBoard, step: Point) -> bool:
    return step.level is not None and kpi.goal.is_reached(EXACT.subtract(step.level, kpi.baseline))


def _tell_interim(value: Decimal, due_on: date, unit: str) -> str:
    return _("Interim target for %(day)s: %(level)s", day=format_date(due_on), level=format_amount(value, unit))


def _make_outlook(kpi: KpiBoard) -> Outlook | None:
    if kpi.forecast is None:
        return None
    return Outlook(float(kpi.forecast.low), float(kpi.forecast.high), _tell_outlook(kpi))


def _tell_outlook(kpi: KpiBoard) -> str:
    """The range in which it ends in four cases of five."""
    if kpi.forecast is None:
        return ""
    return _(
        "%(low)s to %(high)s by %(day)s, in four cases of five",
        low=_say_roughly(kpi.forecast.low, kpi.unit),
        high=_say_roughly(kpi.forecast.high, kpi.unit),
        day=format_date(kpi.goal.ends_on),
    )


def _tell_no_outlook(kpi: KpiBoard) -> str:
    """Why nothing is foretold, where something could be."""
    if kpi.judgement.over or kpi.status == REACHED:
        return ""
    return str(_TOO_LITTLE[MONTHS.get(kpi.frequency, 1)]) % {"least": LEAST}


def _tell_left_out(kpi: KpiBoard) -> str:
    """What does not count for the outlook."""
    if kpi.forecast is None or not kpi.forecast.left_out:
        return ""
    return str(
        ngettext(
            "One period far out of line is left out of this.",
            "%(num)s periods far out of line are left out of this.",
            kpi.forecast.left_out,
        )
    )


def _say_roughly(level: Decimal, unit: str) -> str:
    """In three digits: what is foretold is not known better."""
    rough = _ROUGHLY.plus(level)
    return format_amount(rough.quantize(Decimal(1)) if abs(rough) >= 100 else rough, unit)


def _tell_parts(kpi: KpiBoard, dimension: Mapping[str, Any], colour: str) -> PartStory:
    own = {part.category: part for part in kpi.by_part if part.dimension == dimension["key"]}
    nothing = Decimal(0)
    rows = [
        (each["name"], own.get(each["key"]) or Part(dimension["key"], each["key"], nothing, nothing))
        for each in dimension["categories"]
    ]
    whole = sum((part.verified for _name, part in rows), nothing)
    finding = _("No part is verified yet")
    if whole > 0:
        most, largest = max(rows, key=lambda row: row[1].verified)
        share, by = format_part(largest.verified / whole), dimension["name"]
        finding = _("By %(dimension)s: most is %(name)s, %(part)s", dimension=by, name=most, part=share)
    bars = [
        Bar(
            name,
            float(part.verified),
            float(part.provisional),
            format_amount(part.verified, kpi.unit),
            _tell_share(Share(kpi.kpi_id, name, part.verified, part.provisional), kpi.unit),
        )
        for name, part in rows
    ]
    return PartStory(dimension["key"], dimension["name"], finding, draw_shares(bars, finding, colour), rows)


def make_bars(kpi: KpiBoard) -> list[Bar]:
    """What the drawing of the partners' shares shows."""
    shares = list(kpi.by_partner)
    if len(shares) > BARS + 1:
        rest = shares[BARS:]
        verified, provisional = Decimal(0), Decimal(0)
        for share in rest:
            verified = EXACT.add(verified, share.verified or Decimal(0))
            provisional = EXACT.add(provisional, share.provisional or Decimal(0))
        others = _("%(count)s others", count=len(rest))
        shares = [*shares[:BARS], Share(rest[0].organisation_id, others, verified, provisional)]
    return [
        Bar(
            share.name or _("Name not yet known"),
            float(share.verified or 0),
            float(share.provisional or 0),
            format_amount(share.verified, kpi.unit) if share.verified is not None else _("nothing"),
            _tell_share(share, kpi.unit),
        )
        for share in shares
    ]


def _tell_share(share: Share, unit: str) -> str:
    told = _(
        "%(partner)s: %(verified)s verified",
        partner=share.name or _("Name not yet known"),
        verified=format_amount(share.verified, unit) if share.verified is not None else _("nothing"),
    )
    return told + (
        _(", %(figures)s provisional", figures=format_amount(share.provisional, unit)) if share.provisional else ""
    )


def _name_month(month: date) -> str:
    """The month without the day: "May 2026"."""
    return format_date(month).partition(" ")[2]


def _end_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
