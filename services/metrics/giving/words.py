"""What contributions and stories are called, and what people did with them, in the reader's words."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from services.metrics.giving.models import ACCEPTED, CONTRIBUTIONS, REPORTED, SET_ASIDE, STORIES
from services.metrics.measurements.words import GIVEN_NAMES
from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.history import HistoryLine

NAMES = {CONTRIBUTIONS: _l("Contributions"), STORIES: _l("Stories")}
KIND_NAMES = GIVEN_NAMES
STATUS_NAMES = {
    CONTRIBUTIONS: {REPORTED: _l("Not looked at yet"), ACCEPTED: _l("Verified"), SET_ASIDE: _l("Set aside")},
    STORIES: {REPORTED: _l("Not looked at yet"), ACCEPTED: _l("Published"), SET_ASIDE: _l("Set aside")},
}
STATUS_TONES = {REPORTED: "warning", ACCEPTED: "good", SET_ASIDE: "neutral"}
ACTIONS = {
    "verified the contribution": _l("verified it"),
    "published the story": _l("published it to the campaign's partners"),
    "set the contribution aside": _l("set it aside"),
    "set the story aside": _l("set it aside"),
    "took back what was said of the contribution": _l("took back what was said of it"),
    "took the story back": _l("took it back"),
}


def tell_history(entries: Iterable[HistoryEntry]) -> list[HistoryLine]:
    return history.tell_history(entries, ACTIONS, {"reason": _l("Reason")}, {})
