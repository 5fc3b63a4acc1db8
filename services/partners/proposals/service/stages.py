"""Where an organisation stands follows from what it is sent and says; one that is a partner already stays one."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.partners.organisations.queries import lock_stages
from services.partners.organisations.service import change_stage
from services.partners.proposals.models import Proposal, Reply
from shared.identity import SYSTEM, Identity

#: From here the first proposal leads to "approached".
_UNAPPROACHED = ("prospect", "shortlisted", "declined", "dormant", "ended")
_TALKING = ("approached", "in_discussion")


def follow_sending(session: Session, by: Identity, proposal: Proposal, now: datetime) -> None:
    reason = f"The proposal “{proposal.title}” was sent."
    _move(session, by, proposal, _UNAPPROACHED, "approached", reason, now)


def follow_answer(
    session: Session, by: Identity, proposal: Proposal, reply: Reply, comment: str, now: datetime
) -> None:
    """After what the partner said."""
    if reply == Reply.DECLINE:
        reason = f"Declined the proposal “{proposal.title}”: {comment}"
        _move(session, by, proposal, (*_TALKING, "prospect", "shortlisted"), "declined", reason, now)
        return
    said = {Reply.ACCEPT: "accepted", Reply.ASK_FOR_CHANGES: "asked for changes to", Reply.COUNTER: "countered"}
    reason = f"They {said[reply]} the proposal “{proposal.title}”."
    _move(session, by, proposal, (*_UNAPPROACHED, "approached"), "in_discussion", reason, now)


def _move(
    session: Session, by: Identity, proposal: Proposal, froms: tuple[str, ...], stage: str, reason: str, now: datetime
) -> None:
    if lock_stages(session, SYSTEM, [proposal.organisation_id])[proposal.organisation_id] in froms:
        change_stage(session, by, proposal.organisation_id, stage, reason, now)
