"""What reports are called, in the reader's words."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from services.metrics.reports.models import (
    DRAFT,
    FINAL,
    FROZEN,
    HALF_YEARLY,
    MONTHLY,
    NONE,
    PROGRESS,
    QUARTERLY,
)
from shared.web.filters import format_period

KIND_NAMES = {PROGRESS: _l("Progress report"), FINAL: _l("Final report")}
STATE_NAMES = {DRAFT: _l("Draft"), FROZEN: _l("Frozen")}
STATE_TONES = {DRAFT: "warning", FROZEN: "neutral"}
RHYTHM_NAMES = {
    NONE: _l("Not by the clock"),
    MONTHLY: _l("Every month"),
    QUARTERLY: _l("Every quarter"),
    HALF_YEARLY: _l("Every half-year"),
}
PART_NAMES = {
    "summary": _l("Summary"),
    "stories": _l("Stories"),
    "contributions": _l("Contributions"),
    "lessons": _l("What we learned"),
    "next_steps": _l("What comes next"),
    "thanks": _l("Thanks"),
}
FIGURE_NAMES = {
    "target": _l("Target"),
    "baseline": _l("Baseline"),
    "value": _l("Stands at"),
    "verified": _l("Verified"),
    "provisional": _l("Provisional"),
    "period_verified": _l("Verified in the period"),
    "period_provisional": _l("Provisional in the period"),
}
FORM_NAMES = {"pdf": _l("PDF"), "xlsx": _l("Excel")}


def name_report(report: object) -> str:
    """What a report, or its document, is called: "Final report, 1 May 2014 to 31 December 2024"."""
    kind, starts_on, ends_on = (getattr(report, name) for name in ("kind", "starts_on", "ends_on"))
    return str(gettext("%(kind)s, %(period)s", kind=KIND_NAMES[kind], period=format_period(starts_on, ends_on)))
