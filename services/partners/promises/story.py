"""What people did with a promise, in the reader's words."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from services.partners.promises.models import Side
from services.partners.promises.schemas import PromiseSchema
from shared.database.history import HistoryEntry
from shared.web.filters import format_date
from shared.web.history import HistoryLine, tell_actions

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "wrote down the promise": _l("wrote down the promise"),
    "changed the promise": _l("changed the promise"),
    "kept the promise": _l("said that it is done"),
    "withdrew the promise": _l("said that it is no longer asked for"),
    "opened the promise again": _l("opened the promise again"),
    "sent a reminder": _l("sent a reminder"),
}
SIDES = {Side.US.value: _l("we do"), Side.THEM.value: _l("they do")}


def list_owners(entries: Sequence[HistoryEntry]) -> set[UUID]:
    """Everyone whom the entries name as an owner before or after a change."""
    named = (entry.detail.get(moment, {}).get("owner_id") for entry in entries for moment in ("before", "after"))
    return {UUID(each) for each in named if each}


def tell_history(entries: Sequence[HistoryEntry], names: Mapping[UUID, str]) -> list[HistoryLine]:
    """The entries with actions, fields and values as a person reads them; `names` are those of `list_owners`."""
    return tell_actions(entries, ACTIONS, partial(_tell_detail, names=names))


def _tell_detail(detail: Mapping[str, Any], names: Mapping[UUID, str]) -> dict[str, Any]:
    if "after" not in detail:
        return {"remark": detail["remark"]} if detail.get("remark") else {}
    labels = {name: str(field.metadata["label"]) for name, field in PromiseSchema().load_fields.items()}
    return {
        moment: {labels[name]: _tell_value(name, value, names) for name, value in detail[moment].items()}
        for moment in ("before", "after")
    }


def _tell_value(name: str, value: str | None, names: Mapping[UUID, str]) -> str:
    if value is None:
        return ""
    if name == "due_on":
        return format_date(date.fromisoformat(value))
    if name == "owner_id":
        return names.get(UUID(value), "")
    return str(SIDES.get(value, value)) if name == "owed_by" else value
