"""A report's document in words, charts and lines of tables: what its page and its PDF show alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask_babel import gettext, ngettext

from services.metrics.alerts.judgement import REACHED
from services.metrics.giving.words import KIND_NAMES
from services.metrics.reports.document import Change, GiftLine, PictureLine, ReportDocument
from services.metrics.reports.kpi_view import KpiView, amount_of, name_month
from services.metrics.reports.models import FINAL, PARTS
from services.metrics.reports.words import FIGURE_NAMES, PART_NAMES
from shared.web.filters import NO_VALUE, format_date


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True)
class ReportView:
    """A whole report as it is read; `colour` (#rrggbb) is the one that charts are drawn in."""

    document: ReportDocument
    colour: str

    @cached_property
    def kpis(self) -> list[KpiView]:
        document = self.document
        return [
            KpiView(part, document.kind, document.starts_on, document.ends_on, self.colour) for part in document.kpis
        ]

    @property
    def standing(self) -> str:
        """How many KPIs reached their targets, in a sentence."""
        if not self.kpis:
            return _("No KPI is set for this campaign.")
        reached = sum(kpi.part.status == REACHED for kpi in self.kpis)
        return str(
            ngettext(
                "%(reached)s of %(num)s KPI has reached its target.",
                "%(reached)s of %(num)s KPIs have reached their targets.",
                len(self.kpis),
                reached=reached,
            )
        )

    @property
    def decisions(self) -> list[tuple[str, str, str]]:
        """Day, what was decided, and why."""
        return [(format_date(mark.day), mark.title, mark.text) for mark in self.document.marks if mark.is_decision]

    @property
    def milestones(self) -> list[tuple[str, str, str]]:
        """Day, milestone, and whether it was reached."""
        return [
            (format_date(mark.day), mark.title, _("Reached") if mark.done else _("Due"))
            for mark in self.document.marks
            if not mark.is_decision
        ]

    @property
    def gifts(self) -> list[tuple[str, str, str, str, str]]:
        """Partner, kind, what was promised, what is verified, what is reported only."""
        return [
            (
                each.partner or _("Name not yet known"),
                str(KIND_NAMES.get(each.kind, each.kind)),
                _tell_promises(each),
                amount_of(each.verified if each.unit else None, each.unit),
                amount_of(each.reported if each.unit else None, each.unit),
            )
            for each in self.document.gifts
        ]

    @property
    def gift_note(self) -> str:
        """What the numbers of contributions are about."""
        if self.document.kind == FINAL:
            return _("What partners gave over the whole campaign. Promised is what agreements in force say.")
        return _("What partners gave in the report's period. Promised is what agreements in force say.")

    @property
    def stories(self) -> list[tuple[str, str, str, Sequence[PictureLine]]]:
        """Title, who told it and of when, text, pictures."""
        return [
            (
                each.title,
                _(
                    "Told by %(partner)s, %(day)s",
                    partner=each.partner or _("Name not yet known"),
                    day=format_date(each.day),
                ),
                each.text,
                each.pictures,
            )
            for each in self.document.stories
        ]

    @property
    def credits(self) -> list[tuple[str, str, str | None]]:
        """Partner, since when it is one, and the name of its logo."""
        return [
            (
                each.name or _("Name not yet known"),
                _("Partner since %(day)s", day=format_date(each.since)) if each.since else "",
                each.logo,
            )
            for each in self.document.credits
        ]

    @property
    def texts(self) -> list[tuple[str, str, str]]:
        """Part, its name, what was written."""
        written = self.document.narrative
        return [(part, str(PART_NAMES[part]), written[part]) for part in PARTS if part in written]

    @property
    def changes(self) -> list[tuple[str, str, str, str]]:
        """KPI, figure, what it was in the edition before, what it is."""
        return [
            (each.kpi, name_changed(each), amount_of(each.before, each.unit), amount_of(each.after, each.unit))
            for each in self.document.changes
        ]

    @property
    def method(self) -> list[str]:
        """How the figures came about."""
        kinds = {kpi.part.verification for kpi in self.kpis}
        notes = [
            _("Partners report figures for periods. A figure counts in the month in which its period ends."),
            _("Provisional figures are reported and not yet verified. They stand beside the verified ones and are never"
              " added to them."),
        ]  # fmt: skip
        if "automatic" in kinds:
            notes.append(_("Under automatic verification a figure counts as verified when it comes in."))
        if "manual" in kinds:
            notes.append(_("Under manual verification a figure counts when one of us has looked at it."))
        if any(not kpi.part.is_sum for kpi in self.kpis):
            notes.append(_("Means, ratios and picked values stand as of the day on which this report was made."))
        return [
            *notes,
            _("Progress is the share of the way from the baseline to the target, rounded down. All totals are exact."),
        ]


def _tell_promises(line: GiftLine) -> str:
    counted = [] if line.promised is None else [amount_of(line.promised, line.unit)]
    return "; ".join([*counted, *line.promises]) or NO_VALUE


def name_changed(change: Change) -> str:
    """The figure that changed: a field's name, or the month."""
    if change.what.startswith("given:"):
        kind = change.what.removeprefix("given:")
        return _("Verified contributions: %(kind)s", kind=KIND_NAMES.get(kind, kind))
    if change.what in FIGURE_NAMES:
        return str(FIGURE_NAMES[change.what])
    return name_month(date.fromisoformat(f"{change.what}-01"))
