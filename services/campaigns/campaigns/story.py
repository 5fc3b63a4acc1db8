"""What a campaign's page tells in words: where it stands, what happens next, what people did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from services.campaigns.campaigns.models import ENDED, PLANNED, Campaign
from services.campaigns.campaigns.schemas import CAUSE_NAMES
from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.filters import format_date, format_number
from shared.web.history import HistoryLine

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "created the campaign": _l("created the campaign"),
    "changed the details": _l("changed the details"),
    "added partners": _l("added partners"),
    "removed a partner": _l("removed a partner"),
    "recorded a decision": _l("recorded a decision"),
    "withdrew a decision": _l("withdrew a decision"),
    "set a milestone": _l("set a milestone"),
    "merged two partners that are one organisation": _l("merged two partners that are one organisation"),
}
FIELDS = {
    "title": _l("Title"),
    "reason": _l("Why"),
    "cause": _l("Cause"),
    "summary": _l("Summary"),
    "starts_on": _l("First day"),
    "ends_on": _l("Last day"),
    "owner_name": _l("Owner"),
    "partners": _l("Partners"),
}


@dataclass(frozen=True)
class Progress:
    """How far through its dates a campaign is: a share from 0 to 1, and the same in words."""

    share: float
    text: str


def tell_progress(campaign: Campaign, today: date) -> Progress:
    """Where `today` lies between the first and the last day, both included."""
    status = campaign.status_on(today)
    if status == PLANNED:
        days = (campaign.starts_on - today).days
        return Progress(0, ngettext("Starts tomorrow", "Starts in %(num)s days", days))
    if status == ENDED:
        days = (today - campaign.ends_on).days
        return Progress(1, ngettext("Ended yesterday", "Ended %(num)s days ago", days))
    length, day = (campaign.ends_on - campaign.starts_on).days + 1, (today - campaign.starts_on).days + 1
    return Progress(day / length, _("Day %(day)s of %(length)s", day=format_number(day), length=format_number(length)))


def tell_partners(campaign: Campaign, names: Mapping[UUID, str]) -> str:
    """Who takes part, in one line: up to three names, or two and how many more."""
    count = len(campaign.partners)
    if not count:
        return str(_("No partner"))
    known = [names[each] for each in campaign.partners if each in names]
    if not known:
        return str(ngettext("%(num)s partner", "%(num)s partners", count))
    if len(known) == count <= 3:
        return ", ".join(known)
    shown = known[:2]
    return str(_("%(names)s and %(count)s more", names=", ".join(shown), count=count - len(shown)))


def list_next_steps(
    campaign: Campaign, today: date, names: Mapping[UUID, str], *, owner_can_sign_in: bool
) -> list[str]:
    """What happens next and who is waited for, most pressing first."""
    steps = []
    if not owner_can_sign_in:
        steps.append(_("%(name)s can't sign in any more: the campaign needs another owner.", name=campaign.owner_name))
    if not campaign.partners:
        steps.append(_("No organisation takes part yet. Once one does, it sees the campaign and can report figures."))
    unnamed = len(set(campaign.partners) - names.keys())
    if unnamed:
        steps.append(
            ngettext(
                "The name of one partner has not arrived yet. It appears here by itself.",
                "The names of %(num)s partners have not arrived yet. They appear here by themselves.",
                unnamed,
            )
        )
    status = campaign.status_on(today)
    if status == PLANNED:
        steps.append(_("It starts on %(day)s.", day=format_date(campaign.starts_on)))
    elif status == ENDED:
        steps.append(
            _("It ended on %(day)s. What it achieved stands under Figures.", day=format_date(campaign.ends_on))
        )
    else:
        steps.append(
            _(
                "It runs until %(day)s. Figures that partners report appear under Figures.",
                day=format_date(campaign.ends_on),
            )
        )
    return steps


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    """The entries with their actions, fields and values as a person reads them."""
    return history.tell_history(entries, ACTIONS, FIELDS, VALUES)


def _tell_day(value: str) -> str:
    return format_date(date.fromisoformat(value))


def _tell_partners(value: Any) -> str:
    """The names of those added or removed, or how many take part."""
    if isinstance(value, dict):
        return ", ".join(name or _("name not yet known then") for name in value.values())
    return str(ngettext("%(num)s partner", "%(num)s partners", len(value)))


VALUES = {
    "starts_on": _tell_day,
    "ends_on": _tell_day,
    "cause": lambda value: str(CAUSE_NAMES.get(value, value)),
    "partners": _tell_partners,
}
