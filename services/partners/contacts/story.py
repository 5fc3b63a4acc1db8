"""What people did with an organisation's contacts, in the reader's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from services.partners.contacts.schemas import PURPOSE_NAMES, ContactSchema
from shared.database.history import HistoryEntry
from shared.web.history import HistoryLine, tell_actions

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "added the contact": _l("added the contact"),
    "changed the contact": _l("changed the details"),
    "made them the liaison": _l("made them the liaison"),
    "took over as the liaison": _l("handed over to someone else"),
    "noted that they left": _l("noted that they left the organisation"),
    "noted that they are back": _l("noted that they are back"),
    "noted a consent": _l("noted what they agreed to"),
    "noted that a consent was withdrawn": _l("noted what they do not agree to"),
    "let them sign in": _l("let them sign in"),
}


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    """The entries with actions, fields and purposes as a person reads them."""
    return tell_actions(entries, ACTIONS, _tell_detail)


def _tell_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    if "purpose" in detail:
        return {"purpose": str(PURPOSE_NAMES.get(detail["purpose"], ""))}
    if "fields" in detail:
        declared = ContactSchema().fields
        labels = [str(declared[name].metadata["label"]) for name in detail["fields"] if name in declared]
        return {"fields": ", ".join(labels)}
    return {}
