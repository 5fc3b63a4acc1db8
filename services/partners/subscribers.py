"""What partners listens to."""

from typing import Any

from services.partners.submissions.schemas import VerdictSchema
from services.partners.submissions.service import record_verdict
from shared.messaging.subscriptions import Received, Subscription


def hear_verdict(session: Any, event: Received) -> None:
    """Metrics has read a submission."""
    verdict = event.data
    record_verdict(session, verdict["submission_id"], verdict["recorded"], verdict["rejected"], event.time)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    # A verdict is whole and about one submission: none needs to wait for another.
    Subscription("saypro.metrics.submission_processed.v1", hear_verdict, VerdictSchema, ordered=False),
)
