"""What people did with a submission, in the reader's words."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.history import HistoryLine

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "reported": _l("reported it"),
    "ran it again": _l("had it judged again"),
    "read it": _l("read it"),
    "replied": _l("replied to it"),
    "replied by mail": _l("replied to it, also by mail"),
}


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    """The entries with actions as a person reads them."""
    return history.tell_history(entries, ACTIONS, fields={}, values={})
