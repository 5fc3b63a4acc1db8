"""What people did with a meeting, in the reader's words."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.partners.meetings.schemas import REPEAT_NAMES, MeetingSchema
from services.partners.meetings.words import ANSWER_NAMES
from shared.database.history import HistoryEntry
from shared.web.filters import format_date
from shared.web.history import HistoryLine, tell_actions

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "planned the meeting": _l("planned the meeting"),
    "changed the meeting": _l("changed the meeting"),
    "called the meeting off": _l("called the meeting off"),
    "added an organisation": _l("added an organisation"),
    "moved a date": _l("moved a date"),
    "called a date off": _l("called a date off"),
    "sent the invitations": _l("told those who had to know"),
    "answered the invitation": _l("answered the invitation"),
    "put on the agenda": _l("put on the agenda"),
    "took off the agenda": _l("took off the agenda"),
    "wrote the minutes": _l("wrote the minutes"),
    "published the minutes": _l("published the minutes"),
}


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    """The entries with actions, fields and values as a person reads them."""
    return tell_actions(entries, ACTIONS, _tell_detail)


def _tell_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    if "after" not in detail:
        return {name: _tell_one(name, value) for name, value in detail.items()}
    labels = {name: str(each.metadata.get("label", name)) for name, each in MeetingSchema().fields.items()}
    return {
        # Ids say nothing to a reader: who organises it stands on the page.
        moment: {labels.get(name, _("Date")): _tell_value(name, value) for name, value in detail[moment].items()
                 if name != "organiser_id"}
        for moment in ("before", "after")
    }  # fmt: skip


def _tell_one(name: str, value: Any) -> str:
    if name == "names":
        return ", ".join(value)
    if name == "answer":
        return str(ANSWER_NAMES.get(value, value))
    if name == "number":
        return str(_("version %(number)s", number=value))
    return _tell_value(name, value)


def _tell_value(name: str, value: Any) -> str:
    if not value:
        return ""
    if name in {"starts_on", "until"}:
        return format_date(date.fromisoformat(value))
    if name == "date":
        moment = datetime.fromisoformat(value)
        return f"{format_date(moment.date())}, {moment:%H:%M}"
    if name == "starts_at":
        return str(value)[:5]
    if name == "repeats":
        return str(REPEAT_NAMES.get(value, value))
    text = str(value)
    return text if len(text) <= 120 else text[:119].rstrip() + "…"
