"""Use case: keeping what metrics made of a submission."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from services.partners.submissions.models import PROCESSED, Submission
from shared.messaging.wake import announce

log = structlog.get_logger()


class Rejection(TypedDict):
    """Why an item, counted from 0, was not recorded."""

    index: int
    reason: str


def record_verdict(
    session: Session, submission_id: UUID, recorded: int, rejected: Sequence[Rejection], at: datetime
) -> None:
    """Keep what metrics made of a submission. Harmless when repeated."""
    changed = session.scalar(
        update(Submission)
        .where(Submission.id == submission_id)
        .values(status=PROCESSED, recorded=recorded, rejected=list(rejected), processed_at=at)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        log.warning("verdict_on_unknown_submission", submission_id=str(submission_id))
        return
    announce(session, topic_of(submission_id))


def topic_of(submission_id: UUID) -> str:
    """The topic announced when the submission's verdict arrives."""
    return f"submission:{submission_id}"
