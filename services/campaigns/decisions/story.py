"""What people did with decisions, in the reader's words."""

from collections.abc import Iterable
from datetime import date

from flask_babel import lazy_gettext as _l

from services.campaigns.decisions.schemas import DecisionSchema
from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.filters import format_date

ACTIONS = {
    "recorded the decision": _l("put it on record"),
    "changed the decision": _l("put it in other words"),
    "withdrew the decision": _l("withdrew it"),
}


def tell_history(entries: Iterable[HistoryEntry]) -> list[history.HistoryLine]:
    labels = {name: field.metadata["label"] for name, field in DecisionSchema().load_fields.items()}
    values = {"decided_on": lambda value: format_date(date.fromisoformat(value))}
    return history.tell_history(list(entries), ACTIONS, {**labels, "reason": _l("Why")}, values)
