"""What evaluations tell in words: the finding above a comparison, the history."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from services.partners.evaluations.chart import MOST_ROWS, Dot, Row, draw_comparison
from services.partners.evaluations.models import Criterion, Evaluation
from services.partners.evaluations.results import Standing
from shared.database.history import HistoryEntry
from shared.web.filters import NO_VALUE, format_date, format_number
from shared.web.history import HistoryLine, tell_actions

#: The audit log keeps English; people read their own language.
ACTIONS: Final = {
    "made the criteria": _l("made the criteria"),
    "made a new version of the criteria": _l("made a new version of the criteria"),
    "opened the round": _l("opened the round"),
    "changed the round": _l("changed the round"),
    "added organisations": _l("added organisations"),
    "removed an organisation": _l("removed an organisation"),
    "reminded evaluators": _l("reminded evaluators"),
    "closed the round": _l("closed the round"),
    "shortlisted organisations": _l("shortlisted organisations"),
    "declared a conflict of interest": _l("declared a conflict of interest"),
    "declared to have no conflict of interest": _l("declared to have no conflict of interest"),
    "submitted an evaluation": _l("submitted an evaluation"),
    "reopened an evaluation": _l("reopened an evaluation"),
}
FIELDS: Final = {"title": _l("Title"), "due_on": _l("Due on"), "evaluators": _l("Evaluators")}


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    """The entries with their actions, fields and values as a person reads them."""
    return tell_actions(entries, ACTIONS, _tell_detail)


def tell_finding(standings: Sequence[Standing]) -> str:
    """The sentence above the comparison: who leads, and by how much."""
    scored = [each for each in standings if each.result.score is not None]
    if not scored:
        return str(_("Nobody has submitted a score yet"))
    leaders = [each for each in scored if each.result.rank == 1]
    first, score = leaders[0].result, format_number(leaders[0].result.score)
    if len(leaders) > 1:
        names = [each.result.name for each in leaders]
        if len(names) > 2:
            return str(_("%(count)s organisations share the lead at %(score)s", count=len(names), score=score))
        return str(_("%(one)s and %(other)s share the lead at %(score)s", one=names[0], other=names[1], score=score))
    if len(scored) == 1:
        return str(_("%(name)s scores %(score)s of 5", name=first.name, score=score))
    second = scored[1].result
    assert first.score is not None and second.score is not None
    ahead = first.score - second.score
    if not ahead:
        return str(_("%(name)s leads with %(score)s, a hair ahead of %(other)s",
                     name=first.name, score=score, other=second.name))  # fmt: skip
    return str(
        _("%(name)s leads with %(score)s of 5, %(ahead)s ahead of %(other)s",
          name=first.name, score=score, ahead=format_number(ahead), other=second.name)
    )  # fmt: skip


def draw_standings(standings: Sequence[Standing], evaluators: Mapping[UUID, str], colour: str) -> Markup | None:
    """The comparison of those that have a score; None if none has."""
    rows = [_tell_row(each, evaluators) for each in standings if each.result.score is not None]
    return draw_comparison(rows, tell_finding(standings), colour) if rows else None


def tell_cut(standings: Sequence[Standing]) -> str:
    """What the drawing leaves out; empty if nothing."""
    scored = sum(each.result.score is not None for each in standings)
    if scored <= MOST_ROWS:
        return ""
    return str(_("The drawing shows the first %(shown)s; the table has all %(total)s.", shown=MOST_ROWS, total=scored))


def tell_rank(standing: Standing) -> str:
    """The rank, with "=" where others share it; a dash without a score."""
    result = standing.result
    return NO_VALUE if result.rank is None else f"{result.rank}=" if result.is_tied else f"{result.rank}"


def tell_scored_by(standing: Standing) -> str:
    """How many scored it, of those who could."""
    text = _("%(count)s of %(total)s", count=standing.scored_by, total=standing.expected)
    if not standing.conflicts:
        return str(text)
    apart = ngettext("one conflict of interest", "%(num)s conflicts of interest", standing.conflicts)
    return f"{text} ({apart})"


def tell_disputes(
    standing: Standing, criteria: Sequence[Criterion], evaluators: Mapping[UUID, str]
) -> list[tuple[str, str]]:
    """The criteria that evaluators differ on by 2 or more, with who should talk to whom."""
    disputes = []
    for criterion in criteria:
        found = standing.result.by_criterion.get(criterion.key)
        if found is not None and found.is_disputed:
            low = ", ".join(evaluators[each] for each in found.lowest_by)
            high = ", ".join(evaluators[each] for each in found.highest_by)
            text = _(
                "%(low)s gave %(lowest)s, %(high)s gave %(highest)s",
                low=low, lowest=found.lowest, high=high, highest=found.highest,
            )  # fmt: skip
            disputes.append((criterion.name, str(text)))
    return disputes


def tell_state(own: Evaluation) -> tuple[str, str]:
    """How far an evaluation is, as a word and the tone of its badge."""
    if own.conflict:
        return str(_("Conflict of interest")), "warning"
    if own.is_submitted:
        return str(_("Submitted")), "good"
    if own.reopened_at is not None:
        return str(_("Reopened")), "warning"
    return str(_("To be declared") if own.conflict is None else _("To be scored")), "neutral"


def _tell_row(standing: Standing, evaluators: Mapping[UUID, str]) -> Row:
    result = standing.result
    score = format_number(result.score)
    dots = [
        Dot(float(each), f"{evaluators[person_id]}: {format_number(each)}")
        for person_id, each in result.by_evaluator.items()
    ]
    return Row(
        f"{tell_rank(standing)}  {result.name}", float(result.score or 0), score, f"{result.name}: {score}",
        dots if len(dots) > 1 else [],
    )  # fmt: skip


def _tell_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    if "after" in detail:
        return {
            moment: {str(FIELDS[name]): _tell_value(name, each) for name, each in detail[moment].items()}
            for moment in ("before", "after")
        }
    told = dict(detail)
    if "number" in told:
        told["number"] = str(_("version %(number)s", number=told["number"]))
    if missing := told.get("missing"):
        told["missing"] = str(ngettext("one evaluation was missing", "%(num)s evaluations were missing", missing))
    elif "missing" in told:
        told["missing"] = ""
    return told


def _tell_value(name: str, value: str) -> str:
    return format_date(date.fromisoformat(value)) if name == "due_on" and value else value
