"""Every SELECT on what partners gave and told.

Staff see all of it. A partner sees its own, and of the others what was accepted; contributions that nobody has looked
at yet are like provisional figures: seen by the others too while an agreement in force shares these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from services.metrics.giving.models import ACCEPTED, CONTRIBUTIONS, REPORTED, SET_ASIDE, STORIES, Contribution, Story
from services.metrics.known.queries import (
    get_campaign,
    is_in_force,
    list_agreements,
    list_partners,
    list_sharing,
    map_logos,
)
from shared.database.paging import Page, fetch_page
from shared.database.types import EXACT, exact_sum
from shared.errors import NotFound
from shared.identity import Identity

MODELS: Mapping[str, Any] = {CONTRIBUTIONS: Contribution, STORIES: Story}
#: In agreements, who promised something that the partner owes.
THEIRS = ("partner", "both")
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Promise:
    """What a partner promised in an agreement in force; `quantity` is None where nothing is counted."""

    what: str
    quantity: Decimal | None
    unit: str
    due_on: date | None


@dataclass(frozen=True)
class Gift:
    """What one partner promised and gave of one kind, in one unit or currency.

    `promises` is empty for those who may not know what the partner agreed with us.
    """

    organisation_id: UUID
    name: str | None
    kind: str
    unit: str
    promises: Sequence[Promise]
    verified: Decimal
    reported: Decimal

    @property
    def promised(self) -> Decimal | None:
        """The sum of what was promised; None where nothing was, or nothing that can be counted."""
        counted = [each.quantity for each in self.promises if each.quantity is not None]
        return _add_up(counted) if counted else None


@dataclass(frozen=True)
class Credit:
    """A partner of a campaign: since when it is one, by its agreements, and the name of its logo."""

    organisation_id: UUID
    name: str | None
    since: date | None
    logo: str | None


@dataclass(frozen=True)
class Giving:
    """What is told on a campaign's dashboard and in its reports beside figures."""

    gifts: Sequence[Gift]
    stories: Sequence[Story]
    credits: Sequence[Credit]
    #: Partner -> name, of all who gave or told something.
    names: Mapping[UUID, str | None]
    #: What waits for someone of us to look at it, by what it is; empty for partners.
    waiting: Mapping[str, int]


def read_giving(
    session: Session,
    viewer: Identity,
    campaign_id: UUID,
    today: date,
    *,
    since: date | None = None,
    until: date | None = None,
    organisation_id: UUID | None = None,
    most_stories: int = 3,
    published_only: bool = False,
) -> Giving:
    """What was given and told for the campaign, on days from `since` to `until`, as the viewer may see it.

    With `organisation_id` it is narrowed to what this partner gave and told. A fixed number of queries; raises
    `NotFound` like `get_campaign`.
    """
    get_campaign(session, viewer, campaign_id)
    partners = {each.organisation_id: each.name for each in list_partners(session, campaign_id)}
    agreements = list_agreements(session, list(partners))
    narrowed = {organisation_id} & partners.keys() if organisation_id else partners.keys()
    sums = _list_sums(session, viewer, campaign_id, today, (since, until))
    promises = _list_promises(viewer, agreements, today)
    keys = sorted(promises.keys() | sums.keys(), key=lambda key: ((partners.get(key[0]) or "").casefold(), *key))
    return Giving(
        gifts=[
            Gift(key[0], partners[key[0]], key[1], key[2], promises.get(key, ()), *sums.get(key, (NOTHING, NOTHING)))
            for key in keys
            if key[0] in narrowed
        ],
        stories=_list_stories(
            session, viewer, campaign_id, today, Story.organisation_id.in_(narrowed),
            Story.status == ACCEPTED if published_only else Story.status != SET_ASIDE,
            *_between(Story.day, (since, until)), most=most_stories,
        ),
        credits=_list_credits(session, partners, agreements, today),
        names=partners,
        waiting=_count_waiting(session, campaign_id) if viewer.is_staff else {},
    )  # fmt: skip


def find_given(
    session: Session,
    viewer: Identity,
    campaign_id: UUID,
    what: str,
    *,
    today: date,
    status: str | None = None,
    organisation_id: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Any]:
    """The campaign's contributions or stories, the newest day first, one page; `NotFound` like `get_campaign`."""
    get_campaign(session, viewer, campaign_id)
    model = MODELS[what]
    found = _seen_by(session, viewer, what, today).where(model.campaign_id == campaign_id)
    if status:
        found = found.where(model.status == status)
    if organisation_id:
        found = found.where(model.organisation_id == organisation_id)
    return fetch_page(session, found, _day_of(what), model.id, cursor=cursor, limit=limit)


def get_given(session: Session, viewer: Identity, campaign_id: UUID, what: str, given_id: UUID, *, today: date) -> Any:
    """One contribution or story; raises `NotFound` where there is none that the viewer may see."""
    get_campaign(session, viewer, campaign_id)
    model = MODELS[what]
    found = _seen_by(session, viewer, what, today).where(model.campaign_id == campaign_id, model.id == given_id)
    given = session.scalar(found)
    if given is None:
        raise NotFound
    return given


def map_references(
    session: Session, model: Any, campaign_id: UUID, organisation_id: UUID, references: Sequence[str]
) -> dict[str, Any]:
    """What the partner told under these names before."""
    found = select(model).where(
        model.campaign_id == campaign_id,
        model.organisation_id == organisation_id,
        model.reference.in_(references),
    )
    return {each.reference: each for each in session.scalars(found.with_for_update())}


def _list_stories(
    session: Session, viewer: Identity, campaign_id: UUID, today: date, *conditions: Any, most: int
) -> Sequence[Story]:
    found = _seen_by(session, viewer, STORIES, today).where(Story.campaign_id == campaign_id, *conditions)
    return session.scalars(found.order_by(Story.day.desc(), Story.id.desc()).limit(most)).all()


def _list_promises(
    viewer: Identity, agreements: Sequence[Any], today: date
) -> dict[tuple[UUID, str, str], list[Promise]]:
    """(Partner, kind, unit) -> what the partner owes by agreements in force; only to who may know of these."""
    promises: dict[tuple[UUID, str, str], list[Promise]] = {}
    for agreement in agreements:
        if is_in_force(agreement, today) and viewer.may_see(agreement.organisation_id):
            for each in agreement.contributions:
                if each["party"] in THEIRS:
                    key = (agreement.organisation_id, each["kind"], each["unit"])
                    promises.setdefault(key, []).append(_read_promise(each))
    return promises


def _list_credits(
    session: Session, partners: Mapping[UUID, str | None], agreements: Sequence[Any], today: date
) -> list[Credit]:
    logos, since = map_logos(session, list(partners)), dict[UUID, date]()
    for each in agreements:
        if each.starts_on is not None and each.starts_on <= today:
            since[each.organisation_id] = min(each.starts_on, since.get(each.organisation_id, date.max))
    return [Credit(each, name, since.get(each), logos.get(each)) for each, name in partners.items()]


def _list_sums(
    session: Session, viewer: Identity, campaign_id: UUID, today: date, days: tuple[date | None, date | None]
) -> dict[tuple[UUID, str, str], tuple[Decimal, Decimal]]:
    """(Partner, kind, unit or currency) -> what is verified, and what is only reported."""
    sums: dict[tuple[UUID, str, str], tuple[Decimal, Decimal]] = {}
    for measure, unit in ((Contribution.amount, Contribution.currency), (Contribution.quantity, Contribution.unit)):
        by = (Contribution.organisation_id, Contribution.kind, unit)
        found = select(*by, Contribution.status, exact_sum(measure)).where(
            Contribution.campaign_id == campaign_id,
            Contribution.status.in_((REPORTED, ACCEPTED)),
            measure.is_not(None),
            *_between(Contribution.given_on, days),
            *_rights(session, viewer, CONTRIBUTIONS, today),
        )
        for organisation_id, kind, counted, status, total in session.execute(found.group_by(*by, Contribution.status)):
            key = (organisation_id, kind, counted)
            verified, reported = sums.get(key, (NOTHING, NOTHING))
            if status == ACCEPTED:
                sums[key] = (EXACT.add(verified, total), reported)
            else:
                sums[key] = (verified, EXACT.add(reported, total))
    return sums


def _count_waiting(session: Session, campaign_id: UUID) -> dict[str, int]:
    counts = {}
    for what, model in MODELS.items():
        waiting = select(func.count()).select_from(model)
        waiting = waiting.where(model.campaign_id == campaign_id, model.status == REPORTED)
        counts[what] = session.scalar(waiting) or 0
    return counts


def _seen_by(session: Session, viewer: Identity, what: str, today: date) -> Select[Any]:
    return select(MODELS[what]).where(*_rights(session, viewer, what, today))


def _rights(session: Session, viewer: Identity, what: str, today: date) -> list[Any]:
    if viewer.is_staff:
        return []
    model = MODELS[what]
    seen = [model.status == ACCEPTED, model.organisation_id == viewer.organisation_id]
    if what == CONTRIBUTIONS:
        shared = model.organisation_id.in_(list_sharing(session, today))
        seen.append(and_(model.status == REPORTED, shared))
    return [or_(*seen)]


def _between(day: Any, days: tuple[date | None, date | None]) -> list[Any]:
    since, until = days
    return [*([day >= since] if since else []), *([day <= until] if until else [])]


def _day_of(what: str) -> Any:
    return Contribution.given_on if what == CONTRIBUTIONS else Story.day


def _read_promise(told: Mapping[str, Any]) -> Promise:
    quantity = None if told["quantity"] is None else Decimal(told["quantity"])
    return Promise(told["what"], quantity, told["unit"], date.fromisoformat(told["due_on"]) if told["due_on"] else None)


def _add_up(figures: Sequence[Decimal]) -> Decimal:
    total = NOTHING
    for each in figures:
        total = EXACT.add(total, each)
    return total
