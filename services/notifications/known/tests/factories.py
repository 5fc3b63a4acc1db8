"""People, organisations and campaigns as notifications has heard of them."""

from datetime import date
from uuid import UUID

from services.notifications.known.queries import find_campaign, find_person
from services.notifications.known.service import keep_campaign, keep_contact, keep_organisation, keep_person
from shared.clock import new_id, utc_now
from shared.identity import COORDINATOR, LIAISON


def hear_person(session, name="Thandi Nkosi", role=COORDINATOR, organisation_id=None, **changes):
    """Someone who can sign in; returns what is known of them."""
    person_id = changes.pop("id", None) or new_id()
    details = {
        "name": name,
        "email": f"{name.split()[0].lower()}@example.org",
        "role": role,
        "organisation_id": organisation_id,
        "locale": "en",
        "time_zone": None,
        "active": True,
    }
    keep_person(session, person_id, utc_now(), **{**details, **changes})
    return find_person(session, person_id)


def hear_organisation(session, name="Harbour Trust") -> UUID:
    organisation_id = new_id()
    keep_organisation(session, organisation_id, utc_now(), name=name)
    return organisation_id


def hear_liaison(session, organisation_id, name="Lindiwe Dube", **changes):
    return hear_person(session, name, LIAISON, organisation_id, **changes)


def hear_contact(session, organisation_id, name="Sipho Ndlovu", **changes) -> UUID:
    """A liaison without an account, unless `changes` say otherwise; returns the contact's id."""
    contact_id = changes.pop("id", None) or new_id()
    details = {
        "name": name,
        "email": f"{name.split()[0].lower()}@example.org",
        "organisation_id": organisation_id,
        "is_liaison": True,
        "locale": "en",
        "time_zone": None,
        "may_mail": True,
        "active": True,
    }
    keep_contact(session, contact_id, changes.pop("at", utc_now()), **{**details, **changes})
    return contact_id


def hear_campaign(session, owner_id, partners=(), title="A swimmable harbour", **changes):
    details = {
        "title": title,
        "cause": "environment",
        "starts_on": date(2027, 1, 1),
        "ends_on": date(2027, 12, 31),
        "owner_id": owner_id,
        "owner_name": "Thandi Nkosi",
        "partners": list(partners),
    }
    campaign_id = new_id()
    keep_campaign(session, campaign_id, utc_now(), **{**details, **changes})
    return find_campaign(session, campaign_id)
