"""The audit log in the reader's words: what is kept are English phrases, names of columns and plain values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.database.history import HistoryEntry

Text = Any  # a str or a lazily translated string
#: A long text is shown up to this many characters.
EXCERPT = 80


@dataclass(frozen=True)
class HistoryLine:
    """An entry as the `history` macro draws it."""

    at: datetime
    person_name: str
    action: str
    detail: Mapping[str, Any]


def tell_history(
    entries: Iterable[HistoryEntry],
    actions: Mapping[str, Text],
    fields: Mapping[str, Text],
    values: Mapping[str, Callable[[Any], str]],
) -> list[HistoryLine]:
    """The entries with their actions, fields and values as a person reads them.

    `actions` translate what `note` was given, `fields` name the details worth showing (others are left out),
    `values` say how a field's value reads where that is not the value itself.
    """

    def tell(detail: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {
            moment: {str(fields[name]): read(name, value) for name, value in detail[moment].items() if name in fields}
            for moment in ("before", "after")
            if moment in detail
        }
        return told | {name: read(name, value) for name, value in detail.items() if name in fields}

    def read(name: str, value: Any) -> str:
        if value is None or value in ("", [], {}):
            return ""
        text = values[name](value) if name in values else str(value)
        return text if len(text) <= EXCERPT else text[:EXCERPT].rstrip() + "…"

    return tell_actions(entries, actions, tell)


def tell_actions(
    entries: Iterable[HistoryEntry],
    actions: Mapping[str, Text],
    tell_detail: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> list[HistoryLine]:
    """Like `tell_history`, for those whose details need more than a name and a value: `tell_detail` says them all."""
    return [
        HistoryLine(each.at, each.person_name, str(actions.get(each.action, each.action)), tell_detail(each.detail))
        for each in entries
    ]
