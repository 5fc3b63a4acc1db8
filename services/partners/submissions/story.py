"""What people did with a submission, in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from shared.database.history import HistoryEntry

#: The audit log keeps English; people read their own language.
ACTIONS = {"reported": _l("reported it"), "ran it again": _l("had it judged again")}


@dataclass(frozen=True)
class HistoryLine:
    """An entry of the audit log in the reader's words, for the `history` macro."""

    at: datetime
    person_name: str
    action: str
    detail: Mapping[str, Any]


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    return [
        HistoryLine(entry.at, entry.person_name, str(ACTIONS.get(entry.action, entry.action)), {}) for entry in entries
    ]
