"""Use cases: an attendee answers the invitation, and may propose another time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.meetings.models import Answer, Attendee
from services.partners.meetings.queries import find_attendee, get_meeting
from shared.database.history import note
from shared.errors import Conflict, Invalid, NotFound
from shared.identity import Identity


def answer_invitation(
    session: Session,
    by: Identity,
    meeting_id: UUID,
    now: datetime,
    *,
    answer: str,
    remark: str = "",
    proposed_at: datetime | None = None,
) -> Attendee:
    """What the one who asks says to their invitation; the last answer counts. Raises `NotFound` for who isn't invited.

    `proposed_at` is an instant that suits them better; it moves nothing, the organiser decides.
    """
    meeting = get_meeting(session, by, meeting_id)
    attendee = find_attendee(session, meeting, by)
    if attendee is None:
        raise NotFound
    over = meeting.ends_by()
    if meeting.cancelled_at or over is None or over <= now:
        raise Conflict("This meeting is over, or was called off.")
    if proposed_at is not None and proposed_at <= now:
        raise Invalid({"proposed_at": "Propose a time that is still to come."})
    attendee.answer, attendee.remark, attendee.proposed_at = Answer(answer), remark, proposed_at
    attendee.answered_at = now
    note(session, by, "answered the invitation", meeting.id, at=now, answer=answer, remark=remark)
    session.flush()
    return attendee
