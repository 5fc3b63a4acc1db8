"""The words that pages use for what vetting knows by short names, and its history as people read it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.partners.vetting import models, queries
from shared.database.history import HistoryEntry
from shared.web.filters import format_date
from shared.web.history import HistoryLine, tell_actions

VERDICT_NAMES = {
    models.MET: _l("Met"),
    models.NOT_MET: _l("Not met"),
    models.NOT_APPLICABLE: _l("Does not apply"),
}
VERDICT_TONES = {models.MET: "good", models.NOT_MET: "bad", models.NOT_APPLICABLE: "neutral"}
OUTCOME_NAMES = {
    models.APPROVED: _l("Approved"),
    models.CONDITIONAL: _l("Approved with conditions"),
    models.REFUSED: _l("Refused"),
}
STATE_NAMES = {
    **OUTCOME_NAMES,
    queries.NONE: _l("Not vetted"),
    queries.RUNNING: _l("Being vetted"),
    queries.FAST_TRACK: _l("Fast track"),
    queries.EXPIRED: _l("Expired"),
}
STATE_TONES = {
    models.APPROVED: "good",
    models.CONDITIONAL: "warning",
    models.REFUSED: "bad",
    queries.RUNNING: "info",
    queries.FAST_TRACK: "warning",
    queries.EXPIRED: "bad",
}
PART_NAMES = {
    queries.RUNNING: _l("Running"),
    queries.EXPIRING: _l("Ending within 60 days"),
    queries.EXPIRED: _l("Expired"),
    queries.VALID: _l("In force"),
    models.REFUSED: _l("Refused"),
}
PAPER_NAMES = {
    models.RECEIVED: _l("Received, to be looked at"),
    models.ACCEPTED: _l("Accepted"),
    models.SET_ASIDE: _l("Set aside"),
}
PAPER_TONES = {models.RECEIVED: "warning", models.ACCEPTED: "good", models.SET_ASIDE: "neutral"}
DUE_NAMES = {
    models.REOPEN: _l("A new vetting opens, and who is responsible gets a mail"),
    models.REMIND: _l("Who is responsible gets a reminder by mail, unless it is decided by then"),
}
#: The audit log keeps English; people read their own language.
ACTIONS = {
    "started the vetting": _l("started the vetting"),
    "declared a conflict of interest": _l("declared a conflict of interest"),
    "declared no conflict of interest": _l("declared no conflict of interest"),
    "answered an item": _l("answered an item"),
    "answered it": _l("answered it"),
    "added evidence": _l("added evidence"),
    "accepted evidence": _l("accepted evidence"),
    "set evidence aside": _l("set evidence aside"),
    "decided the vetting": _l("decided the vetting"),
    "asked for a fast track": _l("asked for a fast track"),
    "granted the fast track": _l("granted the fast track"),
    "declined the fast track": _l("declined the fast track"),
    "asked for papers": _l("asked for papers"),
    "sent a paper": _l("sent a paper"),
    "changed the vetting checklist": _l("changed the checklist"),
}


def tell_history(entries: Sequence[HistoryEntry]) -> list[HistoryLine]:
    """The entries with actions, items, verdicts, outcomes and days as a person reads them."""
    return tell_actions(entries, ACTIONS, _tell_detail)


def _tell_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(detail)
    if "item" in told:
        told["item"] = _(told["item"])
    if "items" in told:
        told["items"] = ", ".join(_(each) for each in told["items"])
    if "verdict" in told:
        told["verdict"] = str(VERDICT_NAMES.get(told["verdict"], told["verdict"]))
    if "outcome" in told:
        told["outcome"] = str(OUTCOME_NAMES.get(told["outcome"], told["outcome"]))
    if told.get("until"):
        told["until"] = _("until %(day)s", day=format_date(date.fromisoformat(told["until"])))
    return told
