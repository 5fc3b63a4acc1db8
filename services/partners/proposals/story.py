"""What a proposal's page tells in words: who is waited for, what happens next, what people did."""

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.partners.proposals.models import Proposal, State
from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.filters import format_date

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "wrote the template": _l("wrote the template"),
    "changed the template": _l("changed the template"),
    "retired the template": _l("retired the template"),
    "took the template back": _l("took the template back into use"),
    "wrote the proposal": _l("wrote the proposal"),
    "edited the draft": _l("edited the draft"),
    "sent the proposal": _l("sent the proposal"),
    "accepted the proposal": _l("accepted the proposal"),
    "asked for changes": _l("asked for changes"),
    "countered with an own version": _l("sent it back with changes"),
    "declined the proposal": _l("declined the proposal"),
    "accepted the partner's version": _l("accepted the organisation's version"),
    "let the proposal lapse": _l("let the proposal lapse, as nobody answered"),
    "withdrew the proposal": _l("took the proposal back"),
    "drafted an agreement from it": _l("drafted an agreement from it"),
}
FIELDS = {
    "title": _l("Title"),
    "template": _l("Template"),
    "version": _l("Version"),
    "to": _l("To"),
    "answer_by": _l("Answer by"),
    "comment": _l("Comment"),
    "reason": _l("Reason"),
}
VALUES = {
    "version": lambda number: str(_("Version %(number)s", number=number)),
    "to": lambda name: str(_("to %(name)s", name=name)),
    "answer_by": lambda day: str(_("to be answered by %(day)s", day=format_date(date.fromisoformat(day)))),
}
_NEXT = {
    State.DRAFT: _l("This is a draft: only we see it. Once it says what it should, send it."),
    State.CHANGES_ASKED: _l("They ask for changes: write a new version, or take the proposal back."),
    State.COUNTERED: _l("They sent it back with changes of their own. Accept their version, or write a new one."),
    State.ACCEPTED: _l("Both sides want it. Settle the terms in an agreement."),
    State.DECLINED: _l("They said no. If that may change, talk to them and write a new version."),
    State.LAPSED: _l("Nobody answered in time. Talk to them, then write a new version or leave it."),
    State.WITHDRAWN: _l("We took it back. Nobody is waited for."),
}


def tell_history(entries: Iterable[HistoryEntry]) -> list[history.HistoryLine]:
    """The entries in the reader's words."""
    return history.tell_history(entries, ACTIONS, FIELDS, VALUES)


def tell_next_step(proposal: Proposal) -> str:
    """What happens next and who is waited for, as staff read it."""
    if proposal.state == State.SENT:
        return str(_("We wait for their answer, until %(day)s.", day=format_date(proposal.answer_by)))
    if proposal.state == State.ACCEPTED and proposal.agreement_id:
        return str(_("Both sides want it, and the agreement is being drafted."))
    return str(_NEXT[State(proposal.state)])
