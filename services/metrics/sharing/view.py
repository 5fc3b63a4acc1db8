"""What the public sees of a KPI: its verified figures, in words and pictures, and nothing that is not decided yet."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext
from markupsafe import Markup, escape

from services.metrics.alerts.judgement import NO_DATA, REACHED, describe
from services.metrics.alerts.levels import ADDED, DERIVED
from services.metrics.dashboard.queries import Board, KpiBoard, Share
from services.metrics.dashboard.series import Point
from services.metrics.dashboard.shares_chart import draw_shares
from services.metrics.dashboard.story import find_shares, find_trend, make_bars, make_trend
from services.metrics.dashboard.trend_chart import draw_trend
from shared.database.types import EXACT
from shared.web.filters import format_amount, format_percent


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


#: Where public pages stand; `/s/` is what logs know to mask.
PLACE = "/metrics/public/s/"


@dataclass(frozen=True)
class PublicStory:
    """A KPI as a public page tells it."""

    kpi: KpiBoard
    #: Where it stands, in its unit; empty where nothing is verified yet.
    level: str
    reason: str
    finding: str
    trend: Markup
    shares_finding: str
    #: Empty where shares aren't told.
    shares: Markup

    @property
    def steps(self) -> Sequence[Point]:
        return self.kpi.series


def tell_public(
    board: Board, keys: Collection[str], colour: str, today: date, *, shows_shares: bool
) -> list[PublicStory]:
    """The board's KPIs of these keys, in the board's order; `colour` (#rrggbb) is the one that charts are drawn in."""
    partners = {each.organisation_id for each in board.partners if each.name}
    return [_tell(_bare(kpi, partners if shows_shares else ()), colour, today) for kpi in board.kpis if kpi.key in keys]


def name_addresses(base_url: str, secret: str) -> tuple[str, str]:
    """The addresses of a page and of its compact version."""
    address = f"{base_url}{PLACE}{secret}"
    return address, f"{address}/embed"


def write_frame(heading: str, embed_address: str) -> str:
    """The HTML by which another site shows a page's compact version."""
    return (
        f'<iframe src="{escape(embed_address)}" title="{escape(heading)}" width="100%" height="480" loading="lazy" '
        'frameborder="0"></iframe>'
    )


def _bare(kpi: KpiBoard, partners: Collection[UUID]) -> KpiBoard:
    """The KPI without anything that is provisional, between partners and us, or foretold."""
    return replace(
        kpi,
        judgement=replace(kpi.judgement, waiting=False),
        provisional=None,
        by_partner=_bare_shares(kpi, partners),
        by_part=(),
        dimensions=(),
        series=_bare_series(kpi),
        forecast=None,
        joint=(),
        overdue=(),
        divisors=(),
        provisional_figures=0,
    )


def _bare_shares(kpi: KpiBoard, partners: Collection[UUID]) -> list[Share]:
    """What is verified of each of these partners; that of others, who are not named, is one share."""
    own = [replace(each, provisional=None) for each in kpi.by_partner if each.organisation_id in partners]
    shares = [each for each in own if each.verified]
    if shares and kpi.goal.aggregation in ADDED:
        rest = kpi.verified or Decimal(0)
        for each in shares:
            rest = EXACT.subtract(rest, each.verified or Decimal(0))
        if rest:
            shares.append(Share(kpi.kpi_id, _("Others"), rest, None))
    return shares


def _bare_series(kpi: KpiBoard) -> list[Point]:
    """The months in which something was verified: that there are other figures is nobody's business yet."""
    points: list[Point] = []
    for each in kpi.series:
        if kpi.goal.aggregation in DERIVED:
            seen = each.level is not None and (not points or points[-1].level != each.level)
        else:
            seen = each.verified is not None and bool(each.verified or kpi.goal.aggregation not in ADDED)
        if seen:
            points.append(replace(each, provisional=None, with_provisional=each.level))
    return points


def _tell(kpi: KpiBoard, colour: str, today: date) -> PublicStory:
    waits = kpi.status == NO_DATA or kpi.value is None
    finding = _find(kpi)
    shares_finding = (
        find_shares(kpi) if kpi.goal.aggregation in ADDED else _("What each partner's figures come to by themselves")
    )
    return PublicStory(
        kpi=kpi,
        level="" if waits else format_amount(kpi.value or Decimal(0), kpi.unit),
        reason=_("Nothing is verified yet") if waits else describe(kpi.judgement, _),
        finding=finding,
        trend=draw_trend(make_trend(kpi, kpi.series, today), finding, colour) if kpi.series else Markup(""),
        shares_finding=shares_finding,
        shares=draw_shares(make_bars(kpi), shares_finding, colour) if kpi.by_partner else Markup(""),
    )


def _find(kpi: KpiBoard) -> str:
    """The sentence over the trend: what is there, not what may come."""
    if kpi.status in (REACHED, NO_DATA) or kpi.judgement.over or kpi.value is None:
        return find_trend(kpi, kpi.series)
    level: Any = format_amount(kpi.value, kpi.unit)
    return _("%(level)s so far, %(part)s of the target", level=level, part=format_percent(kpi.progress))
