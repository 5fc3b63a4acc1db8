"""What people did with interactions, in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from shared.database.history import HistoryEntry

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "wrote it down": _l("wrote it down"),
    "corrected it": _l("corrected it"),
}


@dataclass(frozen=True)
class HistoryLine:
    """An entry of the audit log in the reader's words, for the `history` macro."""

    at: datetime
    person_name: str
    action: str
    detail: Mapping[str, Any]


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    """The entries with actions as a person reads them."""
    return [
        HistoryLine(entry.at, entry.person_name, str(ACTIONS.get(entry.action, entry.action)), {}) for entry in entries
    ]
