"""Use cases: running a submission again, and sending its rejected items corrected."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.events import SubmissionAccepted
from services.partners.submissions.models import ACCEPTED, MEASUREMENTS, PROCESSED, Submission
from services.partners.submissions.queries import get_submission
from services.partners.submissions.service.intake import Report
from services.partners.submissions.service.verdicts import topic_of
from shared.database.history import note
from shared.errors import Conflict
from shared.identity import Identity
from shared.messaging.outbox import record
from shared.messaging.wake import announce


def run_again(session: Session, by: Identity, submission_id: UUID, report: Report, now: datetime) -> Submission:
    """Have what was submitted judged anew, for instance after a KPI was added that it names.

    Harmless: what was recorded keeps its reference and counts once. Raises `Conflict` where nothing is judged, and
    while the last verdict is still awaited.
    """
    submission = get_submission(session, by, submission_id)
    if submission.kind != MEASUREMENTS:
        raise Conflict("This kind of report is kept as it is: there is nothing to run again.")
    if submission.status != PROCESSED:
        raise Conflict("It is being read just now. Look again in a moment.")
    submission.status, submission.processed_at, submission.recorded, submission.rejected = ACCEPTED, None, 0, []
    session.flush()
    event = SubmissionAccepted(
        submission.id, submission.organisation_id, submission.kind, submission.created_at, report.data, submission.trial
    )
    record(session, event, now=now)
    note(session, by, "ran it again", submission.id, at=now)
    announce(session, topic_of(submission.id))
    return submission
