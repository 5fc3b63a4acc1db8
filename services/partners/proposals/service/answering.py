"""Answering: the partner accepts, declines, asks for changes or counters; we accept what they countered with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.proposals.models import Answer, Proposal, Reply, Side, State, Version
from services.partners.proposals.placeholders import require_known
from services.partners.proposals.queries import get_proposal, get_version
from services.partners.proposals.service import telling
from services.partners.proposals.service.stages import follow_answer
from services.partners.proposals.service.writing import add_version
from shared.database.history import note
from shared.errors import Conflict, Invalid
from shared.identity import Identity


@dataclass(frozen=True)
class Said:
    """A partner's answer; `digest` is that of the version they saw. Who counters also gives their text and values."""

    reply: Reply
    digest: str
    comment: str = ""
    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    link_id: UUID | None = None


_STATES = {
    Reply.ACCEPT: State.ACCEPTED,
    Reply.ASK_FOR_CHANGES: State.CHANGES_ASKED,
    Reply.COUNTER: State.COUNTERED,
    Reply.DECLINE: State.DECLINED,
}
_DONE = {
    Reply.ACCEPT: "accepted the proposal",
    Reply.ASK_FOR_CHANGES: "asked for changes",
    Reply.COUNTER: "countered with an own version",
    Reply.DECLINE: "declined the proposal",
}


def answer_proposal(
    session: Session, by: Identity, proposal_id: UUID, said: Said, now: datetime, *, today: date
) -> Proposal:
    """The partner's answer to the newest version.

    Raises `Conflict` when it can't be answered (any more) or is not what they saw, and `Invalid` when they ask for
    changes or decline without a word, or counter with the same.
    """
    proposal = get_proposal(session, by, proposal_id, lock=True)
    version = _require_waiting(session, proposal, State.SENT, said.digest)
    if proposal.answer_by is not None and proposal.answer_by < today:
        raise Conflict("The time to answer is over. Ask for a new proposal.")
    if said.reply in (Reply.ASK_FOR_CHANGES, Reply.DECLINE) and not said.comment:
        raise Invalid({"comment": "Say what should change, or why not: it goes to the person who wrote to you."})
    _keep(session, by, version, Side.PARTNER, said, now)
    number = version.number
    if said.reply == Reply.COUNTER:
        require_known(said.text, [each["name"] for each in proposal.fields])
        if (said.text, dict(said.values)) == (version.text, version.values):
            raise Invalid({"text": "This is what you were sent. Change the text or a field, or accept it as it is."})
        number = add_version(
            session, by, proposal, Side.PARTNER, said.text, said.values, now, words=said.comment
        ).number
    proposal.state = _STATES[said.reply]
    proposal.waiting_since = proposal.updated_at = now
    note(session, by, _DONE[said.reply], proposal.id, at=now, version=number, comment=said.comment)
    follow_answer(session, by, proposal, said.reply, said.comment, now)
    telling.tell_answer(session, by, proposal, said.reply, said.comment, now)
    session.flush()
    return proposal


def accept_counter(session: Session, by: Identity, proposal_id: UUID, digest: str, now: datetime) -> Proposal:
    """We accept what the partner countered with; raises `Conflict` if that is not what `digest` stands for."""
    proposal = get_proposal(session, by, proposal_id, lock=True)
    version = _require_waiting(session, proposal, State.COUNTERED, digest)
    _keep(session, by, version, Side.US, Said(Reply.ACCEPT, digest), now)
    proposal.state, proposal.draft_text, proposal.draft_values = State.ACCEPTED, None, None
    proposal.waiting_since = proposal.updated_at = now
    note(session, by, "accepted the partner's version", proposal.id, at=now, version=version.number)
    telling.tell_acceptance(session, by, proposal, version, now)
    session.flush()
    return proposal


def _require_waiting(session: Session, proposal: Proposal, state: State, digest: str) -> Version:
    if proposal.state != state:
        raise Conflict("This can't be answered any more. Open the proposal to see where it stands.")
    version = get_version(session, proposal, proposal.latest)
    if version.digest != digest:
        raise Conflict("This is not the version that you looked at. Read it again, then answer.")
    return version


def _keep(session: Session, by: Identity, version: Version, side: Side, said: Said, now: datetime) -> None:
    answer = Answer(
        created_at=now, version_id=version.id, side=side, reply=said.reply, comment=said.comment, digest=said.digest,
        person_id=by.person_id, person_name=by.name, link_id=said.link_id,
    )  # fmt: skip
    session.add(answer)
