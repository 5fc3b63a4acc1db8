"""Every SELECT on vettings. They are staff's: a liaison finds none, not even of their own organisation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, case, func, select
from sqlalchemy.orm import Session, lazyload

from services.partners.organisations.queries import get_organisation, match_organisations
from services.partners.vetting.models import (
    APPROVED,
    CONDITIONAL,
    RECEIVED,
    REFUSED,
    Answer,
    Checklist,
    Due,
    Evidence,
    PaperRequest,
    Vetting,
)
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

#: An approval that ends within this long is worth a look.
SOON = timedelta(days=60)
RUNNING, EXPIRING, EXPIRED, VALID = "running", "expiring", "expired", "valid"
#: The parts of the list; each decided organisation is in one of the last three or was refused.
PARTS = (RUNNING, EXPIRING, EXPIRED, VALID, REFUSED)
NONE, FAST_TRACK = "none", "fast_track"


@dataclass(frozen=True)
class VettingState:
    """Whether an organisation is vetted on some day.

    `state` is none, running, fast_track, approved, conditional, refused or expired; `valid_until` is the last day of
    an approval (also one that is over) or of a fast track.
    """

    state: str
    valid_until: date | None = None

    @property
    def is_good(self) -> bool:
        """Whether we may work with the organisation."""
        return self.state in {APPROVED, CONDITIONAL, FAST_TRACK}


def vetting_state(session: Session, organisation_id: UUID, on: date) -> VettingState:
    """Where the organisation's vetting stands on the day `on`."""
    return vetting_states(session, [organisation_id], on)[organisation_id]


def vetting_states(session: Session, organisation_ids: Collection[UUID], on: date) -> Mapping[UUID, VettingState]:
    """The same of several organisations, in one query: what is decided counts before what is running."""
    found = select(
        Vetting.organisation_id, Vetting.outcome, Vetting.valid_until, Vetting.fast_granted, Vetting.fast_until
    ).where(Vetting.organisation_id.in_(organisation_ids), Vetting.in_force | Vetting.outcome.is_(None))
    states = dict.fromkeys(organisation_ids, VettingState(NONE))
    # The running one comes last, and only fills what no approval fills.
    for row in sorted(session.execute(found), key=lambda each: each.outcome is None):
        known = states[row.organisation_id]
        if row.outcome is None:
            if not known.is_good and row.fast_granted and row.fast_until >= on:
                states[row.organisation_id] = VettingState(FAST_TRACK, row.fast_until)
            elif known.state == NONE:
                states[row.organisation_id] = VettingState(RUNNING)
        else:
            over = row.valid_until is not None and row.valid_until < on
            states[row.organisation_id] = VettingState(EXPIRED if over else row.outcome, row.valid_until)
    return states


def get_vetting(session: Session, viewer: Identity, vetting_id: UUID) -> Vetting:
    """The vetting with its answers; raises `NotFound` for anyone but staff."""
    found = session.get(Vetting, vetting_id) if viewer.is_staff else None
    if found is None:
        raise NotFound
    return found


def read_vetting(session: Session, vetting_id: UUID) -> Vetting:
    """The vetting, for the clock and for what a scoped link is about, which act for nobody who has a role."""
    return session.get_one(Vetting, vetting_id)


def lock_vetting(session: Session, viewer: Identity, vetting_id: UUID) -> Vetting:
    """The same, while others who would change it wait until the transaction ends."""
    if viewer.is_staff:
        session.execute(select(Vetting.id).where(Vetting.id == vetting_id).with_for_update())
    return get_vetting(session, viewer, vetting_id)


def get_answer(session: Session, viewer: Identity, answer_id: UUID) -> Answer:
    """One item of a vetting; raises `NotFound` like `get_vetting`."""
    found = session.get(Answer, answer_id) if viewer.is_staff else None
    if found is None:
        raise NotFound
    return found


def get_evidence(session: Session, viewer: Identity, evidence_id: UUID) -> Evidence:
    """One paper; raises `NotFound` like `get_vetting`."""
    found = session.get(Evidence, evidence_id) if viewer.is_staff else None
    if found is None:
        raise NotFound
    return found


def list_vettings(session: Session, viewer: Identity, organisation_id: UUID) -> Sequence[Vetting]:
    """An organisation's vettings, newest first."""
    get_organisation(session, viewer, organisation_id)
    found = select(Vetting).where(Vetting.organisation_id == organisation_id).order_by(Vetting.id.desc())
    return session.scalars(found).all() if viewer.is_staff else []


def find_running(session: Session, organisation_id: UUID) -> Vetting | None:
    return session.scalar(select(Vetting).where(Vetting.organisation_id == organisation_id, Vetting.outcome.is_(None)))


def find_in_force(session: Session, organisation_id: UUID) -> Vetting | None:
    return session.scalar(select(Vetting).where(Vetting.organisation_id == organisation_id, Vetting.in_force))


def find_vettings(
    session: Session, viewer: Identity, part: str, on: date, *, search: str = "", cursor: str | None, limit: int
) -> Page[Vetting]:
    """One part of the list, one page: what runs by age, approvals by when they end; `search` is for organisations."""
    found: Select[Vetting] = select(Vetting).where(_parts(on)[part])
    if search:
        found = found.where(Vetting.organisation_id.in_(match_organisations(viewer, search)))
    if part in (RUNNING, REFUSED):
        return fetch_page(session, found, Vetting.id, cursor=cursor, limit=limit, descending=part == REFUSED)
    return fetch_page(session, found, Vetting.valid_until, Vetting.id, cursor=cursor, limit=limit, descending=False)


def count_parts(session: Session, on: date) -> Mapping[str, int]:
    """How many vettings each part of the list holds, in one query."""
    counted = [func.count().filter(condition).label(part) for part, condition in _parts(on).items()]
    return dict(session.execute(select(*counted).select_from(Vetting)).one()._mapping)


def current_checklist(session: Session) -> Checklist | None:
    """The newest version, or None while nobody has changed the one that we begin with."""
    return session.scalar(select(Checklist).order_by(Checklist.number.desc()).limit(1))


def list_checklists(session: Session) -> Sequence[Checklist]:
    """The versions that people made, newest first."""
    return session.scalars(select(Checklist).order_by(Checklist.number.desc()).limit(50)).all()


def find_request(session: Session, request_id: UUID) -> PaperRequest:
    """What a scoped link is about; raises `NotFound`."""
    found = session.get(PaperRequest, request_id)
    if found is None:
        raise NotFound
    return found


def list_requests(session: Session, vetting_id: UUID) -> Sequence[PaperRequest]:
    found = select(PaperRequest).where(PaperRequest.vetting_id == vetting_id).order_by(PaperRequest.id.desc())
    return session.scalars(found).all()


def list_wanted(session: Session, request: PaperRequest) -> Sequence[Answer]:
    """The items that papers were asked for, in the order of the checklist."""
    wanted = [UUID(each) for each in request.answers]
    return session.scalars(select(Answer).where(Answer.id.in_(wanted)).order_by(Answer.position)).all()


def claim_dues(session: Session, now: datetime, limit: int) -> Sequence[Due]:
    """What is due, locked; other workers skip it."""
    found = select(Due).where(Due.done_at.is_(None), Due.due_at <= now).order_by(Due.due_at, Due.id).limit(limit)
    return session.scalars(found.with_for_update(skip_locked=True)).all()


def list_dues(session: Session, vetting_id: UUID) -> Sequence[Due]:
    """What the clock will still do about a vetting, soonest first."""
    found = select(Due).where(Due.vetting_id == vetting_id, Due.done_at.is_(None))
    return session.scalars(found.order_by(Due.due_at)).all()


def select_ending_vettings(today: date) -> Select[UUID, date]:
    """(organisation's id, since when) of every approval that ends soon or has; it waits from its last day on."""
    since = case((Vetting.valid_until < today, Vetting.valid_until), else_=today)
    return select(Vetting.organisation_id, since).where(_is_good(), Vetting.valid_until <= today + SOON)


def list_ending_vettings(session: Session, organisation_ids: Collection[UUID], today: date) -> Sequence[Vetting]:
    """The same at these organisations, the soonest first."""
    found = select(Vetting).where(Vetting.organisation_id.in_(organisation_ids), _is_good())
    found = found.where(Vetting.valid_until <= today + SOON)
    # Only what the vetting itself says is needed, not what hangs on it.
    found = found.options(lazyload(Vetting.answers), lazyload(Vetting.declarations))
    return session.scalars(found.order_by(Vetting.valid_until)).all()


def select_unseen_papers() -> Select[UUID, date]:
    """(organisation's id, the day when it came) of every paper that nobody of us has looked at."""
    return _unseen_papers().with_only_columns(Vetting.organisation_id, func.date(Evidence.created_at, type_=Date))


def find_unseen_papers(session: Session, organisation_ids: Collection[UUID]) -> Mapping[UUID, tuple[UUID, int, date]]:
    """Organisation's id -> the vetting that its unseen papers are for, how many, and when the first came."""
    first = func.date(func.min(Evidence.created_at), type_=Date)
    found = _unseen_papers().with_only_columns(Vetting.organisation_id, Vetting.id, func.count(), first)
    found = found.where(Vetting.organisation_id.in_(organisation_ids)).group_by(Vetting.organisation_id, Vetting.id)
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(found)}


def list_partner_papers(session: Session, organisation_id: UUID) -> Sequence[Evidence]:
    """The papers that the organisation itself sent, oldest first; what was made of them is ours."""
    found = select(Evidence).join(Answer, Answer.id == Evidence.answer_id).join(Vetting)
    found = found.where(Vetting.organisation_id == organisation_id, Evidence.from_partner)
    return session.scalars(found.order_by(Evidence.id)).all()


def _is_good() -> ColumnElement[bool]:
    return and_(Vetting.in_force, Vetting.outcome.in_((APPROVED, CONDITIONAL)))


def _unseen_papers() -> Select[Any]:
    found = select(Evidence.id).join(Answer, Answer.id == Evidence.answer_id).join(Vetting)
    return found.where(Evidence.state == RECEIVED, Vetting.outcome.is_(None))


def _parts(on: date) -> Mapping[str, ColumnElement[bool]]:
    good = _is_good()
    return {
        RUNNING: Vetting.outcome.is_(None),
        EXPIRING: and_(good, Vetting.valid_until >= on, Vetting.valid_until <= on + SOON),
        EXPIRED: and_(good, Vetting.valid_until < on),
        VALID: and_(good, Vetting.valid_until > on + SOON),
        REFUSED: and_(Vetting.in_force, Vetting.outcome == REFUSED),
    }
