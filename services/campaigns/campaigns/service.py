"""Use cases: setting up campaigns, keeping their details right, and who takes part in them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.campaigns.campaigns.models import MOST_PARTNERS, Campaign
from services.campaigns.campaigns.queries import get_campaign, list_campaigns_of, list_owned_by
from services.campaigns.events import CampaignChanged, CampaignCreated
from services.campaigns.known.queries import find_person, name_organisations
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid, NotFound
from shared.identity import STAFF, Identity
from shared.messaging.events import encode_value
from shared.messaging.outbox import record
from shared.messaging.wake import announce


class Details(TypedDict):
    """What people decide about a campaign, as `CampaignSchema` loads it.

    `owner_id` and `partners` may be None: a new campaign then belongs to whoever creates it and has no partners
    yet, a changed one keeps those that it has.
    """

    title: str
    cause: str
    summary: str | None
    starts_on: date
    ends_on: date
    owner_id: UUID | None
    partners: list[UUID] | None


def channel_of(campaign_id: UUID) -> str:
    """The topic that open pages of this campaign follow."""
    return f"campaign:{campaign_id}"


def create_campaign(session: Session, by: Identity, now: datetime, **details: Unpack[Details]) -> Campaign:
    """A new campaign, announced to the other services.

    Its partners may be organisations that have not been heard of yet: their names fill in when they are.
    """
    campaign = Campaign(created_at=now, updated_at=now)
    _fill(campaign, details)
    _give_to(session, campaign, details["owner_id"] or by.person_id, by)
    session.add(campaign)
    campaign.set_partners(details["partners"] or [], now)
    session.flush()
    record(session, CampaignCreated(**_tell(campaign)), now=now)
    note(session, by, "created the campaign", campaign.id, at=now, title=campaign.title)
    return campaign


def change_campaign(
    session: Session, by: Identity, campaign_id: UUID, seen_version: int, now: datetime, **details: Unpack[Details]
) -> Campaign:
    """The campaign with these details; raises `Stale` if it changed since `seen_version`."""
    campaign = get_campaign(session, by, campaign_id, lock=True)
    require_version(session, campaign, seen_version)
    before = _tell(campaign) | {"summary": campaign.summary}
    _fill(campaign, details)
    if details["owner_id"] not in (None, campaign.owner_id):
        _give_to(session, campaign, details["owner_id"], by)
    if details["partners"] is not None:
        campaign.set_partners(details["partners"], now)
    after = _tell(campaign) | {"summary": campaign.summary}
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        told = {"before": _pick(before, changed), "after": _pick(after, changed)}
        _publish_change(session, by, campaign, "changed the details", now, **told)
    return campaign


def add_partners(
    session: Session, by: Identity, campaign_id: UUID, organisation_ids: Sequence[UUID], now: datetime
) -> Sequence[UUID]:
    """Let organisations take part, after those that do already; returns those that did not before."""
    campaign = get_campaign(session, by, campaign_id, lock=True)
    there = campaign.partners
    added = [each for each in dict.fromkeys(organisation_ids) if each not in there]
    if len(there) + len(added) > MOST_PARTNERS:
        raise Conflict(
            f"A campaign has at most {MOST_PARTNERS} partners. Remove one first, or set up another campaign."
        )
    if added:
        campaign.set_partners([*there, *added], now)
        names = _name_for_history(session, added)
        _publish_change(session, by, campaign, "added partners", now, partners=names)
    return added


def remove_partner(session: Session, by: Identity, campaign_id: UUID, organisation_id: UUID, now: datetime) -> None:
    """End an organisation's part in a campaign; raises `NotFound` if it has none."""
    campaign = get_campaign(session, by, campaign_id, lock=True)
    if organisation_id not in campaign.partners:
        raise NotFound("This organisation does not take part in the campaign.")
    campaign.set_partners([each for each in campaign.partners if each != organisation_id], now)
    names = _name_for_history(session, [organisation_id])
    _publish_change(session, by, campaign, "removed a partner", now, partners=names)


def refresh_partner(session: Session, organisation_id: UUID) -> None:
    """Show an organisation's new name on the open pages of its campaigns."""
    for campaign_id in list_campaigns_of(session, organisation_id):
        announce(session, channel_of(campaign_id))


def merge_partner(session: Session, merged_id: UUID, survivor_id: UUID, now: datetime) -> None:
    """Let the survivor take the merged organisation's part in its campaigns, and tell who keeps a copy."""
    for campaign_id in list_campaigns_of(session, merged_id):
        campaign = session.get_one(Campaign, campaign_id, with_for_update=True)
        campaign.set_partners(
            list(dict.fromkeys(survivor_id if each == merged_id else each for each in campaign.partners)), now
        )
        campaign.mark_edited(now)
        session.flush()
        _publish(session, campaign, now)
        names = _name_for_history(session, [merged_id, survivor_id])
        note(session, None, "merged two partners that are one organisation", campaign_id, at=now, partners=names)


def rename_owner(session: Session, person_id: UUID, name: str, now: datetime) -> None:
    """Carry a person's new name to the campaigns that they own, and on to who keeps a copy of those."""
    renamed = [each for each in list_owned_by(session, person_id) if each.owner_name != name]
    # Nobody edited these campaigns: they keep their version, so that an edit under way is not refused.
    session.execute(
        update(Campaign)
        .where(Campaign.id.in_([each.id for each in renamed]))
        .values(owner_name=name, updated_at=Campaign.updated_at)
    )
    for campaign in renamed:
        _publish(session, campaign, now)


def _fill(campaign: Campaign, details: Details) -> None:
    campaign.set_title(details["title"])
    campaign.cause, campaign.summary = details["cause"], details["summary"]
    campaign.starts_on, campaign.ends_on = details["starts_on"], details["ends_on"]


def _give_to(session: Session, campaign: Campaign, person_id: UUID | None, by: Identity) -> None:
    """Make a member of staff the owner. Oneself always works, also before partners' news of oneself has arrived."""
    person = find_person(session, person_id) if person_id else None
    if person_id == by.person_id:
        campaign.owner_id, campaign.owner_name = by.person_id, by.name
    elif person is not None and person.active and person.role in STAFF:
        campaign.owner_id, campaign.owner_name = person.id, person.name
    else:
        raise Invalid({"owner_id": "Choose a member of staff who can sign in."})


def _name_for_history(session: Session, organisation_ids: Sequence[UUID]) -> dict[str, str | None]:
    """Each organisation's name as it is known now: history keeps it, whatever it is called later."""
    names = name_organisations(session, organisation_ids)
    return {str(each): names.get(each) for each in organisation_ids}


def _publish_change(
    session: Session, by: Identity, campaign: Campaign, action: str, now: datetime, **detail: Any
) -> None:
    campaign.mark_edited(now)
    session.flush()
    _publish(session, campaign, now)
    note(session, by, action, campaign.id, at=now, **detail)


def _publish(session: Session, campaign: Campaign, now: datetime) -> None:
    record(session, CampaignChanged(**_tell(campaign)), now=now)
    announce(session, channel_of(campaign.id))


def _tell(campaign: Campaign) -> dict[str, Any]:
    """The fields of both events."""
    return {
        "campaign_id": campaign.id,
        "title": campaign.title,
        "cause": campaign.cause,
        "starts_on": campaign.starts_on,
        "ends_on": campaign.ends_on,
        "owner_id": campaign.owner_id,
        "owner_name": campaign.owner_name,
        "partners": campaign.partners,
    }


def _pick(fields: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Some of the fields, as an event and the audit log carry them."""
    return {name: encode_value(fields[name]) for name in names}
