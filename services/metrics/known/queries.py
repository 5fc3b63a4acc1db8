"""Every SELECT on what metrics knows of campaigns and organisations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from services.metrics.known.models import Agreement, Campaign, CampaignPartner, Liaison, Mark, Organisation
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound, NotYetKnown
from shared.identity import Identity

#: In which order campaigns are listed.
SORTS = WORST, NEWEST, ENDING, TITLE = ("worst", "newest", "ending", "title")

# Every delivery asks this, and putting the question together costs more than asking it.
_PARTNERSHIPS = select(CampaignPartner.campaign_id, CampaignPartner.organisation_id).where(
    CampaignPartner.campaign_id.in_(bindparam("campaigns", expanding=True)),
    CampaignPartner.organisation_id.in_(bindparam("organisations", expanding=True)),
)

# And every dashboard these.
_CAMPAIGN = select(Campaign).where(Campaign.id == bindparam("campaign"))
_PARTNERS = (
    select(CampaignPartner.organisation_id, Organisation.name)
    .outerjoin(Organisation, Organisation.id == CampaignPartner.organisation_id)
    .where(CampaignPartner.campaign_id == bindparam("campaign"))
    .order_by(Organisation.name.is_(None), Organisation.name, CampaignPartner.organisation_id)
)
_MARKS = select(Mark).where(Mark.campaign_id == bindparam("campaign"), Mark.active).order_by(Mark.day, Mark.id)
_PERIODS = select(Campaign.id, Campaign.starts_on, Campaign.ends_on).where(
    Campaign.id.in_(bindparam("campaigns", expanding=True))
)


#: For so long after it came, what is sent for a campaign that we don't know its sender in waits for news of it: the
#: campaign's service may have stopped just then, and its news come only when it is started again.
PATIENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation in a campaign; `name` is None until partners has told it."""

    organisation_id: UUID
    name: str | None


@dataclass(frozen=True, slots=True)
class Running:
    """From when to when a campaign runs, both days included."""

    starts_on: date
    ends_on: date


def get_campaign(session: Session, viewer: Identity, campaign_id: UUID) -> Campaign:
    """The campaign. Raises `NotYetKnown` to staff before its event arrived, `NotFound` to those not in it."""
    found: Campaign | None = session.scalar(_seen_by(viewer, _CAMPAIGN), {"campaign": campaign_id})
    if found is not None:
        return found
    if viewer.is_staff:
        raise NotYetKnown("No such campaign is known here. If it was made just now, try again in a second.")
    raise NotFound


@dataclass(frozen=True)
class Wanted:
    """Which campaigns are looked for; what is empty asks for nothing."""

    #: A part of the title.
    search: str = ""
    cause: str = ""
    #: The rank of the worst of a campaign's KPIs, as `Ranking` has it.
    rank: int | None = None
    #: A statement that selects the ids of those that can be among them.
    among: Any = None


@dataclass(frozen=True)
class Ranking:
    """How campaigns stand: a subquery of (campaign_id, rank), the worst lowest; `unknown` for one that isn't in it."""

    subquery: Any
    unknown: int
    #: From this rank on nothing is known of the campaign's KPIs.
    nothing_from: int


def find_campaigns(
    session: Session,
    viewer: Identity,
    ranking: Ranking,
    wanted: Wanted,
    today: date,
    *,
    sort: str = WORST,
    cursor: str | None,
    limit: int,
) -> Page[Campaign]:
    """The campaigns that the viewer may see and that are wanted, one page.

    `sort` is one of `SORTS`: the worst first, of those that are running before those that are to come and those that
    are over; the latest start first; those that end next first, and last those that have; or by title.
    """
    rank = _rank(ranking)
    found = _choose(_seen_by(viewer, select(Campaign)), ranking, wanted)
    over, ahead = case((Campaign.ends_on < today, 1), else_=0), case((Campaign.starts_on > today, 1), else_=0)
    keys: tuple[Any, ...] = {
        WORST: (over * 20 + ahead * 10 + rank, Campaign.ends_on, Campaign.id),
        NEWEST: (Campaign.starts_on, Campaign.id),
        ENDING: (over, Campaign.ends_on, Campaign.id),
        TITLE: (Campaign.sort_title, Campaign.id),
    }[sort]
    return fetch_page(session, found, *keys, cursor=cursor, limit=limit, descending=sort == NEWEST)


def count_campaigns(
    session: Session, viewer: Identity, ranking: Ranking | None = None, wanted: Wanted | None = None
) -> int:
    """How many campaigns the viewer may see, or of these are wanted."""
    found = _seen_by(viewer, select(func.count()).select_from(Campaign))
    if ranking is not None and wanted is not None:
        found = _choose(found, ranking, wanted)
    return session.scalar(found) or 0


def list_causes(session: Session, viewer: Identity) -> Sequence[str]:
    """The causes of the campaigns that the viewer may see."""
    return session.scalars(_seen_by(viewer, select(Campaign.cause)).distinct().order_by(Campaign.cause)).all()


def _rank(ranking: Ranking) -> Any:
    own = func.coalesce(ranking.subquery.c.rank, ranking.nothing_from)
    return case((own >= ranking.nothing_from, ranking.unknown), else_=own)


def _choose(found: Select[Any], ranking: Ranking, wanted: Wanted) -> Select[Any]:
    found = found.outerjoin(ranking.subquery, ranking.subquery.c.campaign_id == Campaign.id)
    if wanted.search:
        found = found.where(Campaign.sort_title.contains(wanted.search.casefold(), autoescape=True))
    if wanted.cause:
        found = found.where(Campaign.cause == wanted.cause)
    if wanted.rank is not None:
        found = found.where(_rank(ranking) == wanted.rank)
    return found if wanted.among is None else found.where(Campaign.id.in_(wanted.among))


def list_partners(session: Session, campaign_id: UUID) -> Sequence[Partner]:
    """The campaign's partners by name, those without one last."""
    return [Partner(row.organisation_id, row.name) for row in session.execute(_PARTNERS, {"campaign": campaign_id})]


def list_marks(session: Session, campaign_id: UUID) -> Sequence[Mark]:
    """The campaign's decisions and milestones, the earliest first."""
    return session.scalars(_MARKS, {"campaign": campaign_id}).all()


def map_partners(session: Session, campaign_ids: Collection[UUID]) -> Mapping[UUID, list[UUID]]:
    """The partners of these campaigns, in one query."""
    found: dict[UUID, list[UUID]] = {}
    members = select(CampaignPartner).where(CampaignPartner.campaign_id.in_(campaign_ids))
    for each in session.scalars(members.order_by(CampaignPartner.organisation_id)):
        found.setdefault(each.campaign_id, []).append(each.organisation_id)
    return found


def name_organisations(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of these organisations as far as they are known, in one query."""
    found = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def name_campaigns(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The titles of these campaigns, in one query."""
    found = select(Campaign.id, Campaign.title).where(Campaign.id.in_(ids))
    return {row.id: row.title for row in session.execute(found)}


def map_periods(session: Session, campaign_ids: Collection[UUID]) -> Mapping[UUID, Running]:
    """From when to when these campaigns run; one that is not known is left out."""
    found = session.execute(_PERIODS, {"campaigns": list(campaign_ids)})
    return {row.id: Running(row.starts_on, row.ends_on) for row in found}


def add_periods(found: Any, campaign_id: Any, begins_on: Any, due_on: Any) -> Any:
    """The select `found` with two more columns: the first and the last day of the campaign in column `campaign_id`.

    Where the columns `begins_on` and `due_on` say otherwise, these days are meant.
    """
    starts, ends = func.coalesce(begins_on, Campaign.starts_on), func.coalesce(due_on, Campaign.ends_on)
    return found.join(Campaign, Campaign.id == campaign_id).add_columns(starts, ends)


def list_partnerships(
    session: Session, campaign_ids: Collection[UUID], organisation_ids: Collection[UUID]
) -> set[tuple[UUID, UUID]]:
    """Which of the organisations take part in which of the campaigns, as (campaign, organisation)."""
    named = {"campaigns": list(campaign_ids), "organisations": list(organisation_ids)}
    return {(campaign, organisation) for campaign, organisation in session.execute(_PARTNERSHIPS, named)}


def list_sharing(session: Session, today: date) -> set[UUID]:
    """The organisations whose agreement in force on `today` lets other partners see their provisional figures."""
    found = select(Agreement.organisation_id).where(Agreement.shares_provisional, *_in_force(today))
    return set(session.scalars(found))


def list_agreements(session: Session, organisation_ids: Collection[UUID]) -> Sequence[Agreement]:
    """What is known of these organisations' agreements, also of those that ended."""
    found = select(Agreement).where(Agreement.organisation_id.in_(organisation_ids))
    return session.scalars(found.order_by(Agreement.created_at, Agreement.id)).all()


def map_logos(session: Session, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of these organisations' logos, of those that have one."""
    found = select(Organisation.id, Organisation.logo).where(Organisation.id.in_(ids), Organisation.logo.is_not(None))
    return {row.id: row.logo for row in session.execute(found)}


def list_liaisons(session: Session, organisation_ids: Collection[UUID]) -> Sequence[Liaison]:
    """The liaisons of these organisations who may be written to."""
    found = select(Liaison).where(Liaison.organisation_id.in_(organisation_ids), Liaison.email.is_not(None))
    return session.scalars(found.order_by(Liaison.id)).all()


def is_in_force(agreement: Agreement, today: date) -> bool:
    """Whether it holds on `today`, both its first and its last day included."""
    begun = agreement.starts_on is None or agreement.starts_on <= today
    return begun and all(end is None or end >= today for end in (agreement.ends_on, agreement.ended_on))


def _in_force(today: date) -> list[Any]:
    return [
        or_(Agreement.starts_on.is_(None), Agreement.starts_on <= today),
        or_(Agreement.ends_on.is_(None), Agreement.ends_on >= today),
        or_(Agreement.ended_on.is_(None), Agreement.ended_on >= today),
    ]


def _seen_by(viewer: Identity, found: Select[Any]) -> Select[Any]:
    if viewer.is_staff:
        return found
    mine = select(CampaignPartner.campaign_id).where(CampaignPartner.organisation_id == viewer.organisation_id)
    return found.where(Campaign.id.in_(mine))
