"""Use case: keeping what metrics made of submissions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from services.partners.submissions.models import PROCESSED, Submission
from shared.database.bulk import update_rows
from shared.messaging.wake import announce

log = structlog.get_logger()


class Rejection(TypedDict):
    """Why an item, counted from 0, was not recorded."""

    index: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """How many items of a submission were recorded, and why the others were not."""

    submission_id: UUID
    recorded: int
    rejected: Sequence[Rejection]
    at: datetime


def record_verdicts(session: Session, verdicts: Iterable[Verdict]) -> None:
    """Keep what metrics made of submissions, the last where there are several. Harmless when repeated."""
    rows = {
        each.submission_id: {
            "id": each.submission_id,
            "status": PROCESSED,
            "recorded": each.recorded,
            "rejected": list(each.rejected),
            "processed_at": each.at,
        }
        for each in verdicts
    }
    found = update_rows(session, Submission, list(rows.values()))
    for submission_id in rows:
        if submission_id in found:
            announce(session, topic_of(submission_id))
        else:
            log.warning("verdict_on_unknown_submission", submission_id=str(submission_id))


def topic_of(submission_id: UUID) -> str:
    """The topic announced when the submission's verdict arrives."""
    return f"submission:{submission_id}"
