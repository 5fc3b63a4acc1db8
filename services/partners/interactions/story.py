"""What people did with interactions, in the reader's words."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.history import HistoryLine

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "wrote it down": _l("wrote it down"),
    "corrected it": _l("corrected it"),
}


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    """The entries with actions as a person reads them."""
    return history.tell_history(entries, ACTIONS, fields={}, values={})
