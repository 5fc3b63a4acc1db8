"""What people did with milestones, in the reader's words."""

from collections.abc import Iterable
from datetime import date

from flask_babel import lazy_gettext as _l

from services.campaigns.schedule.schemas import MilestoneSchema
from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.filters import format_date

ACTIONS = {
    "set the milestone": _l("set it"),
    "changed the milestone": _l("changed it"),
    "reached the milestone": _l("said that it is reached"),
    "dropped the milestone": _l("dropped it"),
}


def tell_history(entries: Iterable[HistoryEntry]) -> list[history.HistoryLine]:
    def read_day(value: str) -> str:
        return format_date(date.fromisoformat(value))

    labels = {name: field.metadata["label"] for name, field in MilestoneSchema().load_fields.items()}
    values = {"due_on": read_day, "day": read_day}
    return history.tell_history(
        list(entries), ACTIONS, {**labels, "day": _l("Reached on"), "reason": _l("Why")}, values
    )
