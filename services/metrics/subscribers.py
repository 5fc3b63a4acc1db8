"""What metrics listens to."""

from collections.abc import Mapping
from typing import Any

from services.metrics.erasure import ERASURES
from services.metrics.giving.service import GIVEN, Sent, merge_given, take_given
from services.metrics.indicators.service.judging import assess_campaign
from services.metrics.known.models import DECISION, MILESTONE
from services.metrics.known.schemas import (
    AgreementEndHeardSchema,
    AgreementHeardSchema,
    CampaignHeardSchema,
    ContactHeardSchema,
    DecisionHeardSchema,
    MergeHeardSchema,
    MilestoneHeardSchema,
    OrganisationHeardSchema,
)
from services.metrics.known.service import (
    end_agreement,
    keep_agreement,
    keep_campaign,
    keep_contact,
    keep_mark,
    keep_organisation,
    merge_organisation,
)
from services.metrics.measurements.schemas import SubmissionHeardSchema
from services.metrics.measurements.service.intake import Submission, take_submissions
from services.metrics.measurements.service.merge import merge_figures
from services.metrics.measurements.service.sources import REPORTED, take_reports
from services.metrics.reports.service.editions import merge_copies
from shared.clock import utc_now
from shared.database.access import ACCESS_SUBSCRIPTIONS
from shared.messaging.subscriptions import Received, Subscription


def hear_organisation(session: Any, event: Received) -> None:
    details = dict(event.data)
    keep_organisation(session, details.pop("organisation_id"), event.time, **details)


def hear_contact(session: Any, event: Received) -> None:
    details = dict(event.data)
    keep_contact(session, details.pop("contact_id"), event.time, **details)


def hear_merge(session: Any, event: Received) -> None:
    merged_id, survivor_id = event.data["merged_id"], event.data["survivor_id"]
    merge_figures(session, merged_id, survivor_id, event.time)
    merge_copies(session, merged_id, survivor_id)
    merge_given(session, merged_id, survivor_id)
    merge_organisation(session, merged_id, survivor_id)


def hear_agreement(session: Any, event: Received) -> None:
    keep_agreement(session, as_of=event.time, **event.data)


def hear_agreement_end(session: Any, event: Received) -> None:
    end_agreement(session, as_of=event.time, **event.data)


def hear_campaign(session: Any, event: Received) -> None:
    details = dict(event.data)
    campaign_id = details.pop("campaign_id")
    keep_campaign(session, campaign_id, event.time, **details)
    assess_campaign(session, campaign_id, event.time)


def hear_decision(session: Any, event: Received) -> None:
    told = event.data
    keep_mark(
        session,
        told["decision_id"],
        event.time,
        campaign_id=told["campaign_id"],
        sort=DECISION,
        title=told["title"],
        text=told["text"],
        day=told["decided_on"],
        done=True,
        active=told["holds"],
    )


def hear_milestone(session: Any, event: Received) -> None:
    told = event.data
    keep_mark(
        session,
        told["milestone_id"],
        event.time,
        campaign_id=told["campaign_id"],
        sort=MILESTONE,
        title=told["title"],
        text="",
        day=told["reached_on"] or told["due_on"],
        done=told["reached_on"] is not None,
        active=told["active"],
    )


def hear_submissions(session: Any, events: list[Received]) -> None:
    # The time of the news, not of the handling: a replay or a backlog leaves the same record.
    now, clock = max(event.time for event in events), utc_now()
    told = [(event.data["kind"], _make_submission(event.data)) for event in events]
    take_submissions(session, [each for kind, each in told if kind == "measurements.reported"], now, clock)
    if given := [_make_sent(event) for event in events if event.data["kind"] in GIVEN and not event.data["trial"]]:
        take_given(session, given, clock)
    if others := [(kind, each) for kind, each in told if kind in REPORTED]:
        take_reports(session, others, now, clock)


def _make_submission(told: Mapping[str, Any]) -> Submission:
    who = (told["submission_id"], told["organisation_id"])
    return Submission(*who, told["received_at"], told["data"], trial=told["trial"])


def _make_sent(event: Received) -> Sent:
    told = event.data
    who = (told["submission_id"], told["organisation_id"])
    return Sent(*who, told["kind"], told["received_at"], event.time, told["data"], told["pictures"])


SUBSCRIPTIONS = (
    *ACCESS_SUBSCRIPTIONS,
    ERASURES,
    Subscription("saypro.partners.organisation_registered.v1", hear_organisation, OrganisationHeardSchema),
    Subscription("saypro.partners.organisation_changed.v1", hear_organisation, OrganisationHeardSchema),
    Subscription("saypro.partners.contact_changed.v1", hear_contact, ContactHeardSchema),
    Subscription("saypro.partners.organisations_merged.v1", hear_merge, MergeHeardSchema),
    Subscription("saypro.partners.agreement_in_force.v1", hear_agreement, AgreementHeardSchema),
    Subscription("saypro.partners.agreement_ended.v1", hear_agreement_end, AgreementEndHeardSchema),
    Subscription("saypro.campaigns.campaign_created.v1", hear_campaign, CampaignHeardSchema),
    Subscription("saypro.campaigns.campaign_changed.v1", hear_campaign, CampaignHeardSchema),
    Subscription("saypro.campaigns.decision_recorded.v1", hear_decision, DecisionHeardSchema),
    Subscription("saypro.campaigns.milestone_changed.v1", hear_milestone, MilestoneHeardSchema),
    Subscription("saypro.partners.submission_accepted.v1", hear_submissions, SubmissionHeardSchema, batch=True),
)
