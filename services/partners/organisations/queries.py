"""Every SELECT on organisations. A liaison's queries find their own organisation and no other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict, TypeVar, Unpack
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all
from sqlalchemy.orm import Session, selectinload

from services.partners.organisations.keys import fold, read_domain, read_registration
from services.partners.organisations.likeness import Likeness, judge, list_match_keys
from services.partners.organisations.models import (
    STAGES,
    MatchKey,
    MergedOrganisation,
    Organisation,
    SavedView,
    StageChange,
    Topic,
    TrackFile,
    TrackRecord,
    topic_of_area,
    topic_of_goal,
)
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T")
#: Lists are counted up to here: who reads "more than 1,000" filters, and counting on would cost every page view.
MOST_COUNTED = 1000
_MOST_WORDS = 8
_MOST_OF_A_KEY, _MOST_COMPARED = 300, 150
_BATCH = 500


class Filters(TypedDict, total=False):
    """What a list of organisations is narrowed down to; None or "" leaves it as it is."""

    search: str
    kind: str | None
    country: str | None
    area: str | None
    goal: int | None
    reach: str | None
    stage: str | None


def get_organisation(session: Session, viewer: Identity, organisation_id: UUID) -> Organisation:
    """The organisation; raises `NotFound` if there is none or the viewer may not see it."""
    found = session.get(Organisation, organisation_id) if viewer.may_see(organisation_id) else None
    if found is None:
        raise NotFound
    return found


def lock_organisation(session: Session, organisation_id: UUID) -> None:
    """Make others who want this lock wait until the transaction ends; for rules that span several rows of it."""
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


def lock_stages(session: Session, viewer: Identity, organisation_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The stages of these organisations, which others can't change until the transaction ends."""
    wanted = [each for each in organisation_ids if viewer.may_see(each)]
    found = select(Organisation.id, Organisation.stage).where(Organisation.id.in_(wanted))
    return {row.id: row.stage for row in session.execute(found.order_by(Organisation.id).with_for_update())}


def list_stages(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The stages of these organisations, in one query."""
    found = select(Organisation.id, Organisation.stage).where(Organisation.id.in_(ids))
    return {row.id: row.stage for row in session.execute(found)}


def find_organisations(
    session: Session, viewer: Identity, *, cursor: str | None, limit: int, **filters: Unpack[Filters]
) -> Page[Organisation]:
    """Organisations by name, one page; every word of `search` is found somewhere in what is known, in any case."""
    found = _narrow(viewer, select(Organisation), filters)
    return fetch_page(
        session, found, Organisation.sort_name, Organisation.id, cursor=cursor, limit=limit, descending=False
    )


def count_organisations(session: Session, viewer: Identity, **filters: Unpack[Filters]) -> int:
    """How many there are, or one more than `MOST_COUNTED` where there are more than that."""
    found = _narrow(viewer, select(Organisation.id), filters).limit(MOST_COUNTED + 1)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def match_organisations(viewer: Identity, search: str) -> Select[tuple[UUID]]:
    """The ids of the organisations that `search` finds, for a feature's own query to narrow itself down with."""
    return _narrow(viewer, select(Organisation.id), {"search": search})


def list_board(session: Session, limit: int) -> Mapping[str, Sequence[Organisation]]:
    """Up to `limit` organisations of each stage, those last touched first, in one query. The board is for staff."""
    columns = [
        select(Organisation.id)
        .where(Organisation.stage == stage)
        .order_by(Organisation.updated_at.desc(), Organisation.id.desc())
        .limit(limit)
        .subquery()
        for stage in STAGES
    ]
    wanted = union_all(*(select(column.c.id) for column in columns)).subquery()
    found = select(Organisation).join(wanted, wanted.c.id == Organisation.id)
    board: dict[str, list[Organisation]] = {stage: [] for stage in STAGES}
    for each in session.scalars(found.order_by(Organisation.updated_at.desc(), Organisation.id.desc())):
        board[each.stage].append(each)
    return board


def count_stages(session: Session) -> Mapping[str, int]:
    """How many organisations stand at each stage."""
    counted = select(Organisation.stage, func.count()).group_by(Organisation.stage)
    return dict.fromkeys(STAGES, 0) | {row[0]: row[1] for row in session.execute(counted)}


def select_in_stages(stages: Sequence[str]) -> Select[UUID]:
    """The ids of organisations at these stages, for another query's IN."""
    return select(Organisation.id).where(Organisation.stage.in_(stages))


def name_organisations(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The names of these organisations, in one query."""
    found = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def list_stage_changes(session: Session, organisation_id: UUID, limit: int = 20) -> Sequence[StageChange]:
    """The organisation's moves on the board, newest first. They are for staff."""
    found = select(StageChange).where(StageChange.organisation_id == organisation_id)
    return session.scalars(found.order_by(StageChange.id.desc()).limit(limit)).all()


def list_track_records(session: Session, viewer: Identity, organisation_id: UUID) -> Sequence[TrackRecord]:
    """What the organisation did earlier, latest first."""
    if not viewer.may_see(organisation_id):
        raise NotFound
    found = select(TrackRecord).where(TrackRecord.organisation_id == organisation_id)
    latest = func.coalesce(TrackRecord.last_year, TrackRecord.first_year)
    return session.scalars(found.order_by(latest.desc(), TrackRecord.id.desc())).all()


def get_track_record(session: Session, viewer: Identity, organisation_id: UUID, record_id: UUID) -> TrackRecord:
    """An entry of the organisation's track record; raises `NotFound`."""
    found = session.get(TrackRecord, record_id) if viewer.may_see(organisation_id) else None
    if found is None or found.organisation_id != organisation_id:
        raise NotFound
    return found


def get_track_file(session: Session, viewer: Identity, organisation_id: UUID, file_id: UUID) -> TrackFile:
    """A file of the organisation's track record; raises `NotFound`."""
    found = session.get(TrackFile, file_id)
    if found is None:
        raise NotFound
    get_track_record(session, viewer, organisation_id, found.record_id)
    return found


def list_views(session: Session, viewer: Identity) -> Sequence[SavedView]:
    """The views that the person saved or colleagues shared, by name."""
    found = select(SavedView).where(or_(SavedView.person_id == viewer.person_id, SavedView.shared))
    return session.scalars(found.order_by(SavedView.name, SavedView.id)).all()


def find_own_view(session: Session, viewer: Identity, name: str) -> SavedView | None:
    """The person's own view of this name."""
    return session.scalar(
        select(SavedView).where(SavedView.person_id == viewer.person_id, SavedView.name == name).with_for_update()
    )


def get_own_view(session: Session, viewer: Identity, view_id: UUID) -> SavedView:
    """One of the person's own views; raises `NotFound`."""
    found = session.get(SavedView, view_id)
    if found is None or found.person_id != viewer.person_id:
        raise NotFound
    return found


def find_duplicates(
    session: Session,
    viewer: Identity,
    name: str,
    country: str | None = None,
    website: str | None = None,
    registration_number: str | None = None,
    *,
    without: UUID | None = None,
    most: int = 5,
) -> Sequence[Likeness]:
    """Organisations that may be the one described here, the likeliest first. Only staff may look for them."""
    if not viewer.is_staff:
        return []
    asked = name, country, read_domain(website), read_registration(registration_number)
    found = []
    for row in session.execute(_select_candidates(*asked)):
        if row.id == without:
            continue
        score, reasons = judge(asked, (row.name, row.country, row.domain, row.registration_key))
        if reasons:
            found.append(Likeness(row.id, row.name, row.kind, row.country, row.website, score, reasons))
    return sorted(found, key=lambda each: (-each.score, each.name, each.id))[:most]


def find_survivor(session: Session, merged_id: UUID) -> UUID | None:
    """The organisation that one was merged into; None for one that was not."""
    return session.scalar(select(MergedOrganisation.survivor_id).where(MergedOrganisation.id == merged_id))


def survivor_of(organisation_id: UUID) -> Any:
    """The same as an expression, for a statement of a neighbour's."""
    return select(MergedOrganisation.survivor_id).where(MergedOrganisation.id == organisation_id).scalar_subquery()


def read_name_key(name: str, country: str) -> str:
    """What two writings of one organisation's name within a list most likely have in common."""
    return f"{country}:{list_match_keys(name)[0]}"


def iterate_organisations(session: Session, viewer: Identity, **filters: Unpack[Filters]) -> Iterator[Organisation]:
    """All that the filters leave, by name, without holding more than some of them."""
    found = _narrow(viewer, select(Organisation), filters).order_by(Organisation.sort_name, Organisation.id)
    yield from session.scalars(found.execution_options(yield_per=_BATCH))


def list_unindexed(session: Session, limit: int) -> Sequence[Organisation]:
    """Organisations without match keys: those that an older release registered."""
    found = select(Organisation).where(
        ~select(MatchKey.key).where(MatchKey.organisation_id == Organisation.id).exists()
    )
    return session.scalars(found.options(selectinload(Organisation.match_keys)).limit(limit)).all()


def _select_candidates(name: str, _country: str | None, domain: str | None, number: str | None) -> Any:
    """Those that share a key. What very many share says little, so that only so many of them are looked at."""
    lists = [
        select(MatchKey.organisation_id.label("id")).where(MatchKey.key == key).limit(_MOST_OF_A_KEY)
        for key in list_match_keys(name)
    ]
    for column, value in ((Organisation.domain, domain), (Organisation.registration_key, number)):
        if value is not None:
            lists.append(select(Organisation.id.label("id")).where(column == value).limit(_MOST_OF_A_KEY))
    shared = union_all(*(select(each.subquery().c.id) for each in lists)).subquery()
    counted = (
        select(shared.c.id, func.count().label("times"))
        .group_by(shared.c.id)
        .order_by(func.count().desc())
        .limit(_MOST_COMPARED)
        .subquery()
    )
    return select(
        Organisation.id, Organisation.name, Organisation.kind, Organisation.country, Organisation.website,
        Organisation.domain, Organisation.registration_key,
    ).join(counted, counted.c.id == Organisation.id)  # fmt: skip


def _seen_by(viewer: Identity, found: Select[T]) -> Select[T]:
    return found if viewer.is_staff else found.where(Organisation.id == viewer.organisation_id)


def _holds(word: str) -> ColumnElement[bool]:
    """Whether `word` stands somewhere; a very short one at a word's beginning, where the trigram index still helps."""
    if len(word) > 2:
        return Organisation.search_text.contains(word, autoescape=True)
    anywhere = Organisation.search_text.contains(f" {word}", autoescape=True)
    return or_(anywhere, Organisation.search_text.startswith(word, autoescape=True))


def _narrow(viewer: Identity, found: Select[T], filters: Filters) -> Select[T]:
    found = _seen_by(viewer, found)
    for word in fold(filters.get("search") or "").split()[:_MOST_WORDS]:
        found = found.where(_holds(word))
    for column in (Organisation.kind, Organisation.country, Organisation.reach):
        if wanted := filters.get(column.key):
            found = found.where(column == wanted)
    # A stage that others can filter by is a stage that they can find out.
    if (stage := filters.get("stage")) and viewer.is_staff:
        found = found.where(Organisation.stage == stage)
    area, goal = filters.get("area"), filters.get("goal")
    for topic in (topic_of_area(area) if area else None, topic_of_goal(goal) if goal else None):
        if topic:
            found = found.where(Organisation.id.in_(select(Topic.organisation_id).where(Topic.topic == topic)))
    return found
