"""What partners listens to."""

from typing import Any

from services.partners.contacts.schemas import AccountNewsSchema
from services.partners.contacts.service import follow_account
from services.partners.submissions.schemas import VerdictSchema
from services.partners.submissions.service.verdicts import record_verdict
from shared.messaging.subscriptions import Received, Subscription


def hear_verdict(session: Any, event: Received) -> None:
    """Metrics has read a submission."""
    verdict = event.data
    record_verdict(session, verdict["submission_id"], verdict["recorded"], verdict["rejected"], event.time)


def hear_person(session: Any, event: Received) -> None:
    """Someone's account was changed, here or from the command line."""
    follow_account(session, event.data["person_id"], event.time)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    # Our own news: contacts stand on people, so people can't tell them directly.
    Subscription("saypro.partners.person_changed.v1", hear_person, AccountNewsSchema),
    # A verdict is whole and about one submission: none needs to wait for another.
    Subscription("saypro.metrics.submission_processed.v1", hear_verdict, VerdictSchema, ordered=False),
)
