"""What people did with public pages, in the reader's words."""

from collections.abc import Iterable

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from services.metrics.sharing.schemas import EMBEDDING_NAMES
from shared.database.history import HistoryEntry
from shared.web import history

ACTIONS = {
    "made the public page": _l("made the page public"),
    "changed the public page": _l("changed what the page shows"),
    "gave the public page another address": _l("gave it another address; the former one ended"),
    "revoked the public page": _l("took it down"),
}
FIELDS = {
    "heading": _l("Heading"),
    "intro": _l("Introduction"),
    "kpis": _l("KPIs"),
    "shows_shares": _l("How much each partner contributed"),
    "embedding": _l("Sites that may show it"),
    "origins": _l("These sites"),
}


def tell_history(entries: Iterable[HistoryEntry]) -> list[history.HistoryLine]:
    values = {
        "shows_shares": lambda told: str(gettext("told") if told else gettext("not told")),
        "embedding": lambda chosen: str(EMBEDDING_NAMES[chosen]),
        "origins": ", ".join,
    }
    return history.tell_history(entries, ACTIONS, FIELDS, values)
