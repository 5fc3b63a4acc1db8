"""Use case: keeping what metrics made of submissions."""

import json
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


class Named(TypedDict):
    """A figure by the KPI's key and the partner's reference."""

    kpi: str
    reference: str


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


def record_decision(session: Session, submission_id: UUID, verdict: str, reason: str, figures: Sequence[Named]) -> None:
    """Let stand with a submission what was decided later on its figures: rejected, returned or verified again."""
    submission = session.get(Submission, submission_id, with_for_update=True)
    if submission is None:
        log.warning("decision_on_unknown_submission", submission_id=str(submission_id))
        return
    told = json.loads(submission.body)["data"]["measurements"]
    # Of a reference that stands there twice the last one is in force.
    places = {(each.get("kpi"), each.get("reference")): index for index, each in enumerate(told)}
    meant = {places[key] for each in figures if (key := (each["kpi"], each["reference"])) in places}
    rejected = [each for each in submission.rejected if each["index"] not in meant]
    if verdict in _LATER:
        rejected += [{"index": index, "reason": f"{_LATER[verdict]}: {reason}"} for index in meant]
    submission.rejected = sorted(rejected, key=lambda each: each["index"])
    submission.recorded = submission.items - len(rejected)
    announce(session, topic_of(submission_id))


_LATER = {"rejected": "Rejected by us", "returned": "Returned to you"}


def topic_of(submission_id: UUID) -> str:
    """The topic announced when the submission's verdict arrives."""
    return f"submission:{submission_id}"
