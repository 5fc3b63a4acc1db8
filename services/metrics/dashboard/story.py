"""What a dashboard says in words: findings, states, the labels of charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from services.metrics.alerts.judgement import AT_RISK, NO_DATA, OFF_TRACK, ON_TRACK, REACHED, describe
from services.metrics.dashboard.queries import KpiBoard, Share
from services.metrics.dashboard.shares_chart import Bar, draw_shares
from services.metrics.dashboard.trend_chart import Trend, TrendPoint, draw_trend
from shared.database.types import EXACT
from shared.web.filters import format_amount, format_date, format_percent


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
#: So many partners get a bar of their own.
BARS = 7


@dataclass(frozen=True)
class Step:
    """Where things stood at the end of a month: added in it, and in all."""

    month: date
    verified: Decimal
    provisional: Decimal
    level: Decimal


@dataclass(frozen=True)
class KpiStory:
    """A KPI with its sentences and drawings, as its part of the page shows them."""

    kpi: KpiBoard
    reason: str
    trend_finding: str
    trend: Markup
    steps: Sequence[Step]
    shares_finding: str
    shares: Markup

    @property
    def has_figures(self) -> bool:
        return bool(self.steps)


def tell_kpi(kpi: KpiBoard, colour: str, today: date) -> KpiStory:
    """The KPI in words and pictures; `colour` (#rrggbb) is the one that charts are drawn in."""
    steps = list_steps(kpi)
    trend, shares = find_trend(kpi, steps), find_shares(kpi)
    return KpiStory(
        kpi,
        describe(kpi.judgement, _),
        trend,
        draw_trend(_make_trend(kpi, steps, today), trend, colour) if steps else Markup(""),
        steps,
        shares,
        draw_shares(_make_bars(kpi), shares, colour) if steps else Markup(""),
    )


def list_steps(kpi: KpiBoard) -> list[Step]:
    """The months with figures, with the level that the verified ones had reached by their end."""
    level, steps = kpi.baseline, []
    for point in kpi.series:
        level = EXACT.add(level, point.verified)
        steps.append(Step(point.month, point.verified, point.provisional, level))
    return steps


def find_trend(kpi: KpiBoard, steps: Sequence[Step]) -> str:
    """The sentence over the trend: when the target was reached, or where the pace so far leads."""
    judgement = kpi.judgement
    if judgement.status == REACHED:
        arrived = (EXACT.subtract(step.level, kpi.baseline) for step in steps)
        month = next((step.month for step, sum_ in zip(steps, arrived, strict=True) if kpi.goal.is_reached(sum_)), None)
        return (
            _("The target was reached in %(month)s", month=_name_month(month)) if month else _("The target is reached")
        )
    if judgement.status == NO_DATA:
        return _("No figure is verified yet")
    if judgement.over:
        return _("The campaign ended at %(part)s of the target", part=format_percent(judgement.progress))
    if not judgement.time:
        return _("Figures came in before the campaign begins")
    # Not exact and not meant to be: where the straight line through today would end, in three digits.
    ending = kpi.baseline + Context(prec=3).divide(kpi.verified, judgement.time)
    level = format_amount(Context(prec=3).plus(ending).quantize(Decimal(1)) if abs(ending) >= 100 else ending, kpi.unit)
    return _("At the pace so far, about %(level)s by %(day)s", level=level, day=format_date(kpi.goal.ends_on))


def find_shares(kpi: KpiBoard) -> str:
    """The sentence over the partners' shares."""
    giving = [share for share in kpi.by_partner if share.verified]
    if not giving:
        return _("No partner's figures are verified yet")
    if len(giving) == 1:
        return _("All of it was reported by %(partner)s", partner=name_partner(giving[0]))
    part = giving[0].verified / kpi.verified if kpi.verified else Decimal(0)
    if not 0 < part <= 1:
        return _("%(partner)s reported the most", partner=name_partner(giving[0]))
    return _("%(partner)s reported the most: %(part)s", partner=name_partner(giving[0]), part=format_percent(part))


def name_partner(share: Any) -> str:
    return share.name or _("a partner whose name is not yet known")


def _make_trend(kpi: KpiBoard, steps: Sequence[Step], today: date) -> Trend:
    points, pending = [], Decimal(0)
    for step in steps:
        pending = EXACT.add(pending, step.provisional)
        # A month that is still running is drawn up to today.
        day = max(min(_end_of(step.month), today), step.month)
        label = _(
            "%(month)s: %(added)s, %(level)s in all",
            month=_name_month(step.month),
            added=format_amount(step.verified, kpi.unit),
            level=format_amount(step.level, kpi.unit),
        )
        points.append(TrendPoint(day, float(step.level), float(EXACT.add(step.level, pending)), label))
    return Trend(
        kpi.goal.starts_on,
        kpi.goal.ends_on,
        float(kpi.baseline),
        float(kpi.target),
        points,
        _("Target %(target)s", target=format_amount(kpi.target, kpi.unit)),
        format_amount(kpi.value, kpi.unit),
        _("even pace"),
    )


def _make_bars(kpi: KpiBoard) -> list[Bar]:
    shares = list(kpi.by_partner)
    if len(shares) > BARS + 1:
        rest = shares[BARS:]
        verified, provisional = Decimal(0), Decimal(0)
        for share in rest:
            verified, provisional = EXACT.add(verified, share.verified), EXACT.add(provisional, share.provisional)
        others = _("%(count)s others", count=len(rest))
        shares = [*shares[:BARS], Share(rest[0].organisation_id, others, verified, provisional)]
    return [
        Bar(
            share.name or _("Name not yet known"),
            float(share.verified),
            float(share.provisional),
            format_amount(share.verified, kpi.unit),
            _tell_share(share, kpi.unit),
        )
        for share in shares
    ]


def _tell_share(share: Share, unit: str) -> str:
    told = _(
        "%(partner)s: %(verified)s verified",
        partner=share.name or _("Name not yet known"),
        verified=format_amount(share.verified, unit),
    )
    return told + (
        _(", %(figures)s provisional", figures=format_amount(share.provisional, unit)) if share.provisional else ""
    )


def _name_month(month: date) -> str:
    """The month without the day: "May 2026"."""
    return format_date(month).partition(" ")[2]


def _end_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
