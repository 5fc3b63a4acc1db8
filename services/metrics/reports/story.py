"""What people did with reports, in the reader's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.metrics.reports.words import PART_NAMES
from shared.database.history import HistoryEntry
from shared.web.history import HistoryLine, tell_actions

ACTIONS = {
    "started the report": _l("started the draft"),
    "wrote at the report": _l("wrote at it"),
    "froze the report": _l("froze it as an edition"),
    "took the report up again": _l("took it up again"),
    "sent the report": _l("sent it to the campaign's partners"),
    "has read the report": _l("has read it"),
}


def tell_history(entries: Iterable[HistoryEntry]) -> list[HistoryLine]:
    return tell_actions(entries, ACTIONS, _tell_detail)


def _tell_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    told = {}
    if "edition" in detail:
        told["edition"] = _("Edition %(number)s", number=detail["edition"])
    if "parts" in detail:
        told["parts"] = ", ".join(str(PART_NAMES.get(part, part)) for part in detail["parts"])
    return told | {name: detail[name] for name in ("reason",) if name in detail}
