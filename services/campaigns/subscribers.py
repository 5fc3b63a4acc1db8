"""What campaigns listens to."""

from typing import Any

from services.campaigns.campaigns.service import merge_partner, refresh_partner, rename_owner
from services.campaigns.erasure import ERASURES
from services.campaigns.known.schemas import MergeNewsSchema, OrganisationNewsSchema, PersonNewsSchema
from services.campaigns.known.service import forget_organisation, keep_organisation, keep_person
from shared.database.access import ACCESS_SUBSCRIPTIONS
from shared.messaging.subscriptions import Received, Subscription


def _hear_organisation(session: Any, event: Received) -> None:
    news = dict(event.data)
    organisation_id = news.pop("organisation_id")
    if keep_organisation(session, organisation_id, **news):
        refresh_partner(session, organisation_id)


def _hear_merge(session: Any, event: Received) -> None:
    merged_id = event.data["merged_id"]
    merge_partner(session, merged_id, event.data["survivor_id"], event.time)
    forget_organisation(session, merged_id)


def _hear_person(session: Any, event: Received) -> None:
    news = dict(event.data)
    person_id = news.pop("person_id")
    keep_person(session, person_id, **news)
    rename_owner(session, person_id, news["name"], event.time)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *ACCESS_SUBSCRIPTIONS,
    ERASURES,
    Subscription("saypro.partners.organisation_registered.v1", _hear_organisation, OrganisationNewsSchema),
    Subscription("saypro.partners.organisation_changed.v1", _hear_organisation, OrganisationNewsSchema),
    Subscription("saypro.partners.organisations_merged.v1", _hear_merge, MergeNewsSchema),
    Subscription("saypro.partners.person_changed.v1", _hear_person, PersonNewsSchema),
)
