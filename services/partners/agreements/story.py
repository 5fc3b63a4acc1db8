"""What an agreement's page tells in words: who is waited for, what happens next, what people did."""

from collections.abc import Collection, Iterable
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.partners.agreements.models import Agreement, Side, State, Version, VersionState
from services.partners.agreements.terms import PARTS
from shared.database.history import HistoryEntry
from shared.web import history
from shared.web.filters import format_date

#: The audit log keeps English; people read their own language.
ACTIONS = {
    "drafted the agreement": _l("drafted the agreement"),
    "changed the title": _l("changed the title"),
    "changed the terms": _l("changed the terms"),
    "began an amendment": _l("began an amendment"),
    "began a renewal": _l("began a renewal"),
    "gave the version up": _l("gave the version up"),
    "offered the agreement": _l("offered the agreement"),
    "accepted the agreement for us": _l("accepted the agreement for us"),
    "accepted the agreement for the partner": _l("accepted the agreement for the partner"),
    "asked for changes": _l("asked for changes"),
    "declined the agreement": _l("declined the agreement"),
    "let the offer lapse": _l("let the offer lapse, as nobody answered"),
    "took effect": _l("put the agreement in force on its first day"),
    "reached its last day": _l("ended the agreement after its last day"),
    "ended the agreement": _l("set the agreement's end"),
}
FIELDS = {
    "title": _l("Title"),
    "version": _l("Version"),
    "part": _l("Part"),
    "reason": _l("Reason"),
    "to": _l("To"),
    "answer_by": _l("Answer by"),
    "capacity": _l("Role"),
    "comment": _l("Comment"),
    "on": _l("Last day"),
}
VALUES = {
    "version": lambda number: str(_("Version %(number)s", number=number)),
    "part": lambda name: str(PARTS[name].label),
    "to": lambda name: str(_("to %(name)s", name=name)),
    "answer_by": lambda day: str(_("to be answered by %(day)s", day=format_date(date.fromisoformat(day)))),
    "on": lambda day: format_date(date.fromisoformat(day)),
}


def tell_history(entries: Iterable[HistoryEntry]) -> list[history.HistoryLine]:
    """The entries in the reader's words."""
    return history.tell_history(entries, ACTIONS, FIELDS, VALUES)


def list_next_steps(agreement: Agreement, newest: Version, accepted: Collection[str], today: date) -> list[str]:
    """What happens next and who is waited for; `accepted` are the sides that accepted the newest version."""
    steps = [_tell_version(newest, accepted)]
    match agreement.state:
        case State.AGREED if agreement.starts_on:
            steps.append(_("Both sides have agreed. It holds from %(day)s on.", day=format_date(agreement.starts_on)))
        case State.IN_FORCE:
            steps.append(_tell_end(agreement, today))
        case State.ENDED if agreement.ended_on:
            steps.append(
                _("It ended on %(day)s: %(why)s", day=format_date(agreement.ended_on), why=agreement.end_reason)
            )
        case State.DROPPED:
            steps.append(_("It was given up. Edit the terms to take it up again."))
        case _:
            pass
    return [step for step in steps if step]


#: What happens next, by the newest version's state, where nobody's acceptance is waited for.
_NEXT = {
    VersionState.DRAFT: _l("This is a draft: only we see it. Once it says what it should, offer it to the partner."),
    VersionState.CHANGES_ASKED: _l(
        "The partner asks for changes. Edit the terms: that makes a new version, to be offered again."
    ),
    VersionState.DECLINED: _l("The partner has declined. Edit the terms to try again, or give it up."),
    VersionState.LAPSED: _l("Nobody answered in time. Talk to the partner, then edit the terms and offer them again."),
    VersionState.WITHDRAWN: _l("The offer was taken back."),
}


def _tell_version(newest: Version, accepted: Collection[str]) -> str:
    if newest.state != VersionState.OFFERED:
        return str(_NEXT.get(VersionState(newest.state), ""))
    waiting = _("We wait for both sides to accept it.")
    if Side.PARTNER in accepted:
        waiting = _("The partner has accepted. We wait for us.")
    elif Side.US in accepted:
        waiting = _("We have accepted. We wait for the partner.")
    return f"{waiting} {_('It can be answered until %(day)s.', day=format_date(newest.answer_by))}"


def _tell_end(agreement: Agreement, today: date) -> str:
    if agreement.ends_on is None:
        return str(_("It holds until one side ends it."))
    if agreement.end_reason:
        return str(_("It ends on %(day)s: %(why)s", day=format_date(agreement.ends_on), why=agreement.end_reason))
    if agreement.tell_end_on is None or agreement.tell_end_on <= today:
        return str(_("It ends on %(day)s. Renew it, or say why it ends.", day=format_date(agreement.ends_on)))
    return str(_("It holds until %(day)s.", day=format_date(agreement.ends_on)))
