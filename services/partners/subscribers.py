"""What partners listens to."""

from typing import Any

from services.partners.contacts.schemas import AccountNewsSchema
from services.partners.contacts.service import follow_account
from services.partners.erasure import ERASURES
from services.partners.erasures.models import SERVICES
from services.partners.erasures.schemas import ErasureDoneSchema
from services.partners.erasures.service import hear_done
from services.partners.known.schemas import CampaignHeardSchema, FiguresOwedSchema, KpiHeardSchema
from services.partners.known.service import keep_campaign, keep_kpi, keep_owed
from services.partners.reciprocity.schemas import TargetReachedSchema
from services.partners.reciprocity.service import keep_reached_target
from services.partners.submissions.schemas import DecisionHeardSchema, VerdictSchema
from services.partners.submissions.service.verdicts import Verdict, record_decision, record_verdicts
from shared.messaging.subscriptions import Received, Subscription


def hear_verdicts(session: Any, events: list[Received]) -> None:
    """Metrics has read submissions."""
    record_verdicts(session, [Verdict(**event.data, at=event.time) for event in events])


def hear_decision(session: Any, event: Received) -> None:
    """Someone at metrics has decided on figures of a submission."""
    record_decision(session, **event.data)


def hear_person(session: Any, event: Received) -> None:
    """Someone's account was changed, here or from the command line."""
    follow_account(session, event.data["person_id"], event.time)


def hear_campaign(session: Any, event: Received) -> None:
    details = dict(event.data)
    keep_campaign(session, details.pop("campaign_id"), event.time, **details)


def hear_kpi(session: Any, event: Received) -> None:
    details = dict(event.data)
    keep_kpi(session, details.pop("kpi_id"), event.time, **details)


def hear_reached_target(session: Any, event: Received) -> None:
    """A target is reached; those whose figures are in it see that they helped."""
    details = dict(event.data)
    keep_reached_target(session, details.pop("organisation_ids"), event.time, **details)


def hear_owed_figures(session: Any, event: Received) -> None:
    """What an organisation owes of a campaign's figures has changed."""
    due = [each["due_on"] for each in event.data["figures"]]
    keep_owed(session, event.data["campaign_id"], event.data["organisation_id"], event.time, due)


def hear_erasure_done(session: Any, event: Received) -> None:
    """A service has erased a person."""
    hear_done(session, event.data["erasure_id"], event.data["service"], event.data["counts"], event.time)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    ERASURES,
    *(Subscription(f"saypro.{name}.erasure_done.v1", hear_erasure_done, ErasureDoneSchema) for name in SERVICES),
    Subscription("saypro.campaigns.campaign_created.v1", hear_campaign, CampaignHeardSchema),
    Subscription("saypro.campaigns.campaign_changed.v1", hear_campaign, CampaignHeardSchema),
    Subscription("saypro.metrics.kpi_changed.v1", hear_kpi, KpiHeardSchema),
    Subscription("saypro.metrics.kpi_target_reached.v1", hear_reached_target, TargetReachedSchema),
    Subscription("saypro.metrics.figures_overdue.v1", hear_owed_figures, FiguresOwedSchema),
    # Our own news: contacts stand on people, so people can't tell them directly.
    Subscription("saypro.partners.person_changed.v1", hear_person, AccountNewsSchema),
    # A verdict is whole and about one submission: none needs to wait for another.
    Subscription("saypro.metrics.submission_processed.v1", hear_verdicts, VerdictSchema, ordered=False, batch=True),
    Subscription("saypro.metrics.figures_decided.v1", hear_decision, DecisionHeardSchema),
)
