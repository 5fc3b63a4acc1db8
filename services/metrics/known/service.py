"""Keeping the copies of campaigns and organisations as the latest event told them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.metrics.events import PersonalLink
from services.metrics.known.models import Agreement, Campaign, CampaignPartner, Liaison, Mark, Organisation
from services.metrics.known.queries import list_liaisons
from shared.database.links import LinkHolder, make_link, move_links, revoke_links, revoke_links_of
from shared.messaging.wake import announce

#: So long a liaison has to sign a target or read a report by a link.
LINKS_LAST = timedelta(days=60)


def keep_campaign(
    session: Session,
    campaign_id: UUID,
    as_of: datetime,
    *,
    title: str,
    cause: str,
    starts_on: date,
    ends_on: date,
    partners: Collection[UUID],
) -> None:
    """The campaign is so since `as_of`; an older account than the one that is kept changes nothing."""
    campaign = session.get(Campaign, campaign_id, with_for_update=True)
    if campaign is None:
        campaign = Campaign(id=campaign_id, created_at=as_of)
        session.add(campaign)
    elif campaign.as_of > as_of:
        return
    campaign.title, campaign.sort_title, campaign.cause, campaign.as_of = title, title.casefold(), cause, as_of
    campaign.starts_on, campaign.ends_on = starts_on, ends_on
    session.flush()
    of_campaign = CampaignPartner.campaign_id == campaign_id
    before = set(session.scalars(select(CampaignPartner.organisation_id).where(of_campaign)))
    session.execute(
        delete(CampaignPartner).where(of_campaign, CampaignPartner.organisation_id.in_(before - set(partners)))
    )
    session.add_all(CampaignPartner(campaign_id=campaign_id, organisation_id=each) for each in set(partners) - before)
    announce(session, f"campaign:{campaign_id}")


def keep_mark(
    session: Session,
    mark_id: UUID,
    as_of: datetime,
    *,
    campaign_id: UUID,
    sort: str,
    title: str,
    text: str,
    day: date,
    done: bool,
    active: bool,
) -> None:
    """The decision or milestone is so since `as_of`; an older account changes nothing."""
    mark = session.get(Mark, mark_id, with_for_update=True)
    if mark is None:
        mark = Mark(id=mark_id, created_at=as_of, campaign_id=campaign_id, sort=sort)
        session.add(mark)
    elif mark.as_of > as_of:
        return
    mark.title, mark.text, mark.day, mark.done, mark.active, mark.as_of = title, text, day, done, active, as_of
    announce(session, f"campaign:{campaign_id}")


def merge_organisation(session: Session, merged_id: UUID, survivor_id: UUID) -> None:
    """Let the survivor have the merged organisation's part in campaigns; the name of the merged one is forgotten."""
    theirs = select(CampaignPartner.campaign_id).where(CampaignPartner.organisation_id == survivor_id)
    both = CampaignPartner.organisation_id == merged_id, CampaignPartner.campaign_id.in_(theirs)
    session.execute(delete(CampaignPartner).where(*both))
    session.execute(
        update(CampaignPartner).where(CampaignPartner.organisation_id == merged_id).values(organisation_id=survivor_id)
    )
    session.execute(update(Agreement).where(Agreement.organisation_id == merged_id).values(organisation_id=survivor_id))
    session.execute(update(Liaison).where(Liaison.organisation_id == merged_id).values(organisation_id=survivor_id))
    move_links(session, merged_id, survivor_id)
    session.execute(delete(Organisation).where(Organisation.id == merged_id))
    for campaign_id in session.scalars(theirs):
        announce(session, f"campaign:{campaign_id}")


def keep_organisation(
    session: Session, organisation_id: UUID, as_of: datetime, *, name: str, logo: str | None = None
) -> None:
    """The organisation is called so, and has this logo, since `as_of`; an older account changes nothing."""
    organisation = session.get(Organisation, organisation_id, with_for_update=True)
    if organisation is None:
        organisation = Organisation(id=organisation_id, created_at=as_of)
        session.add(organisation)
    elif organisation.as_of > as_of:
        return
    organisation.name, organisation.logo, organisation.as_of = name, logo, as_of
    _announce_campaigns(session, organisation_id)


def keep_agreement(
    session: Session,
    agreement_id: UUID,
    as_of: datetime,
    *,
    organisation_id: UUID,
    starts_on: date | None,
    ends_on: date | None,
    shares_provisional: bool,
    contributions: Sequence[Mapping[str, Any]] = (),
) -> None:
    """The agreement is in force with these terms since `as_of`; an older account changes nothing."""
    agreement = session.get(Agreement, agreement_id, with_for_update=True)
    if agreement is None:
        agreement = Agreement(id=agreement_id, created_at=as_of)
        session.add(agreement)
    elif agreement.as_of > as_of:
        return
    agreement.as_of, agreement.organisation_id, agreement.shares_provisional = (
        as_of,
        organisation_id,
        shares_provisional,
    )
    agreement.starts_on, agreement.ends_on, agreement.ended_on = starts_on, ends_on, None
    agreement.contributions = [dict(each) for each in contributions]
    session.flush()
    _announce_campaigns(session, organisation_id)


def end_agreement(
    session: Session, agreement_id: UUID, as_of: datetime, *, organisation_id: UUID, ended_on: date
) -> None:
    """The agreement holds no longer after `ended_on`; also where its beginning was never heard of."""
    agreement = session.get(Agreement, agreement_id, with_for_update=True)
    if agreement is None:
        agreement = Agreement(
            id=agreement_id, created_at=as_of, organisation_id=organisation_id, shares_provisional=False, as_of=as_of
        )
        session.add(agreement)
    elif agreement.as_of > as_of:
        return
    agreement.as_of, agreement.ended_on = as_of, ended_on
    session.flush()
    _announce_campaigns(session, organisation_id)


def keep_contact(
    session: Session,
    contact_id: UUID,
    as_of: datetime,
    *,
    organisation_id: UUID,
    name: str,
    email: str | None,
    is_liaison: bool,
    locale: str,
    time_zone: str | None,
    may_mail: bool,
    active: bool,
) -> None:
    """The contact is so since `as_of`. Only liaisons are kept; who is none any more loses what links opened."""
    speaks = is_liaison and active
    liaison = session.get(Liaison, contact_id, with_for_update=True)
    if liaison is None:
        if not speaks:
            return
        liaison = Liaison(id=contact_id, created_at=as_of, organisation_id=organisation_id)
        session.add(liaison)
    elif liaison.as_of > as_of:
        return
    if not speaks or liaison.organisation_id != organisation_id:
        revoke_links_of(session, as_of, contact_id)
    liaison.as_of, liaison.organisation_id = as_of, organisation_id
    liaison.name = name if speaks else ""
    liaison.email = email if speaks and may_mail else None
    liaison.locale, liaison.time_zone = (locale, time_zone) if speaks else ("en", None)
    session.flush()


def make_personal_links(
    session: Session, organisation_ids: Collection[UUID], now: datetime, *, purpose: str, subject_id: UUID, place: str
) -> list[PersonalLink]:
    """A new link for each liaison of these organisations, in place of those before; `place` is the address before its
    secret. Whoever mails knows who has an account and needs none."""
    made = []
    for liaison in list_liaisons(session, organisation_ids):
        revoke_links(session, now, purpose=purpose, subject_id=subject_id, holder_id=liaison.id)
        holder = LinkHolder(
            liaison.id, liaison.name, liaison.email or "", liaison.organisation_id, liaison.locale, liaison.time_zone
        )
        about = {"purpose": purpose, "subject_id": subject_id, "holder": holder}
        secret = make_link(session, **about, now=now, lasts=LINKS_LAST)  # type: ignore[arg-type]
        made.append(PersonalLink(liaison.id, place + secret, now + LINKS_LAST))
    return made


def _announce_campaigns(session: Session, organisation_id: UUID) -> None:
    """Wake the dashboards of the campaigns that the organisation is in."""
    mine = select(CampaignPartner.campaign_id).where(CampaignPartner.organisation_id == organisation_id)
    for campaign_id in session.scalars(mine):
        announce(session, f"campaign:{campaign_id}")
