"""What campaigns listens to."""

from typing import Any

from services.campaigns.campaigns.service import refresh_partner, rename_owner
from services.campaigns.known.schemas import OrganisationNewsSchema, PersonNewsSchema
from services.campaigns.known.service import keep_organisation, keep_person
from shared.database.access import ACCESS_SUBSCRIPTIONS
from shared.messaging.subscriptions import Received, Subscription


def _hear_organisation(session: Any, event: Received) -> None:
    news = dict(event.data)
    organisation_id = news.pop("organisation_id")
    if keep_organisation(session, organisation_id, **news):
        refresh_partner(session, organisation_id)


def _hear_person(session: Any, event: Received) -> None:
    news = dict(event.data)
    person_id = news.pop("person_id")
    keep_person(session, person_id, **news)
    rename_owner(session, person_id, news["name"], event.time)


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    *ACCESS_SUBSCRIPTIONS,
    Subscription("saypro.partners.organisation_registered.v1", _hear_organisation, OrganisationNewsSchema),
    Subscription("saypro.partners.organisation_changed.v1", _hear_organisation, OrganisationNewsSchema),
    Subscription("saypro.partners.person_changed.v1", _hear_person, PersonNewsSchema),
)
