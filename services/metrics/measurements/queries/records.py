"""Every SELECT on what is kept beside the ledger: locks, restatements, flags, verdicts, joint work, chains."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, or_, select, text
from sqlalchemy.orm import Session, aliased

from services.metrics.indicators.queries import list_kpis
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.models import (
    ADJUSTMENT,
    JOINT,
    PROVISIONAL,
    REJECTED,
    VERIFIED,
    FigureFlag,
    FigureVerdict,
    JointClaim,
    Measurement,
    MonthLock,
    Restatement,
)
from services.metrics.measurements.queries import list_open, see_figures
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

# Every dashboard asks this, and putting the question together costs more than asking it. The condition of the partial
# index is written out: as a parameter the index could not be planned with.
_ENTERED = (
    select(Measurement)
    .where(text("source IN ('joint', 'adjustment')"), Measurement.kpi_id.in_(bindparam("ids", expanding=True)))
    .where(Measurement.status.in_([VERIFIED, PROVISIONAL]))
    .order_by(Measurement.id)
)
#: No figure was corrected more often; it ends what would go round in a circle.
LONGEST_CHAIN = 200


@dataclass(frozen=True, slots=True)
class JointNote:
    """Joint work or an adjustment of a KPI, for a footnote.

    A joint claim has `shares` (organisation, its part); an adjustment has the one partner whose figures it moves.
    """

    kind: str
    kpi_id: UUID
    value: Decimal
    period_start: date
    period_end: date
    status: str
    note: str
    shares: Sequence[tuple[UUID, Decimal]]
    entered_at: datetime
    #: The claim's id, or the adjustment's entry.
    id: UUID


def get_figure(
    session: Session, viewer: Identity, campaign_id: UUID, figure_id: UUID, *, today: date | None = None
) -> Measurement:
    """The figure of this campaign, superseded ones too; raises `NotFound` for what one may not see."""
    get_campaign(session, viewer, campaign_id)
    kpi_ids = [kpi.id for kpi in list_kpis(session, campaign_id)]
    wanted = select(Measurement).where(Measurement.id == figure_id, Measurement.kpi_id.in_(kpi_ids))
    found: Measurement | None = session.scalar(see_figures(session, viewer, wanted, today))
    if found is None:
        raise NotFound
    return found


def list_chain(
    session: Session, viewer: Identity, figure: Measurement, *, today: date | None = None
) -> list[Measurement]:
    """The figures that this one took the place of and those that took its place, the newest first, itself included."""
    before = select(Measurement.id).where(Measurement.superseded_by == figure.id).cte("before", recursive=True)
    older = aliased(Measurement)
    before = before.union_all(select(older.id).join(before, older.superseded_by == before.c.id))
    ids = [figure.id, *session.scalars(select(before.c.id).limit(LONGEST_CHAIN))]
    following = figure.superseded_by
    while following is not None and len(ids) < LONGEST_CHAIN:
        ids.append(following)
        following = session.scalar(select(Measurement.superseded_by).where(Measurement.id == following))
    found = see_figures(session, viewer, select(Measurement).where(Measurement.id.in_(ids)), today)
    found = found.order_by(Measurement.id.desc()).execution_options(populate_existing=True)
    return list(session.scalars(found))


def list_verdicts(session: Session, figure_ids: Collection[UUID]) -> Sequence[FigureVerdict]:
    """What was decided on these figures, the newest first."""
    found = select(FigureVerdict).where(FigureVerdict.figure_id.in_(figure_ids))
    return session.scalars(found.order_by(FigureVerdict.id.desc())).all()


def map_flags(session: Session, figure_ids: Collection[UUID]) -> Mapping[UUID, list[FigureFlag]]:
    """The flags of these figures, explained ones too."""
    flags: defaultdict[UUID, list[FigureFlag]] = defaultdict(list)
    for flag in session.scalars(select(FigureFlag).where(FigureFlag.figure_id.in_(figure_ids)).order_by(FigureFlag.id)):
        if flag.figure_id is not None:
            flags[flag.figure_id].append(flag)
    return flags


def find_flags(
    session: Session,
    viewer: Identity,
    kpi_ids: Collection[UUID],
    *,
    kind: str | None = None,
    open_only: bool = True,
    organisation_id: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Page[FigureFlag]:
    """Flags on figures and periods of these KPIs, the newest first. A liaison sees those of their own organisation."""
    found = select(FigureFlag).where(FigureFlag.kpi_id.in_(kpi_ids))
    if not viewer.is_staff:
        found = found.where(FigureFlag.organisation_id == viewer.organisation_id)
    if open_only:
        found = found.where(FigureFlag.closed_at.is_(None))
    if kind:
        found = found.where(FigureFlag.kind == kind)
    if organisation_id:
        found = found.where(FigureFlag.organisation_id == organisation_id)
    return fetch_page(session, found, FigureFlag.id, cursor=cursor, limit=limit)


def list_locks(session: Session, campaign_id: UUID) -> Sequence[MonthLock]:
    """The campaign's locked months in order."""
    found = select(MonthLock).where(MonthLock.campaign_id == campaign_id)
    return session.scalars(found.order_by(MonthLock.month)).all()


def find_restatements(
    session: Session,
    viewer: Identity,
    campaign_id: UUID,
    *,
    today: date | None = None,
    since: datetime | None = None,
    organisation_id: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Restatement]:
    """What changed in the campaign's locked months, the newest first, one page; see `list_restatements`."""
    found = _see_restatements(session, viewer, campaign_id, since, today)
    if organisation_id:
        found = found.where(Restatement.organisation_id == organisation_id)
    return fetch_page(session, found, Restatement.id, cursor=cursor, limit=limit)


def list_restatements(
    session: Session,
    viewer: Identity,
    campaign_id: UUID,
    *,
    since: datetime | None = None,
    first: date | None = None,
    last: date | None = None,
    today: date | None = None,
) -> Sequence[Restatement]:
    """What changed in the campaign's locked months since an instant, in the order in which it did.

    `first` and `last` narrow it to months, named by any of their days. A liaison sees what concerns provisional
    figures only of those whose provisional figures they may see `today`.
    """
    found = _see_restatements(session, viewer, campaign_id, since, today)
    if first:
        found = found.where(Restatement.month >= first.replace(day=1))
    if last:
        found = found.where(Restatement.month <= last)
    return session.scalars(found.order_by(Restatement.id)).all()


def find_claim(session: Session, kpi_id: UUID, claimant_id: UUID, reference: str) -> JointClaim | None:
    """The claimant's joint claim of this reference that counts, or may yet."""
    standing = select(Measurement.id).where(
        Measurement.claim_id == JointClaim.id, Measurement.is_current(), Measurement.status != REJECTED
    )
    return session.scalar(
        select(JointClaim).where(
            JointClaim.kpi_id == kpi_id,
            JointClaim.claimant_id == claimant_id,
            JointClaim.reference == reference,
            standing.exists(),
        )
    )


def map_claims(session: Session, ids: Collection[UUID]) -> Mapping[UUID, JointClaim]:
    """These joint claims by id."""
    if not ids:
        return {}
    return {each.id: each for each in session.scalars(select(JointClaim).where(JointClaim.id.in_(ids)))}


def list_joint_work(
    session: Session, viewer: Identity, kpi_ids: Collection[UUID], *, today: date | None = None
) -> list[JointNote]:
    """Joint claims and adjustments that are in the sums of these KPIs, as far as the viewer may see them, in order."""
    found = see_figures(session, viewer, _ENTERED, today)
    figures = session.scalars(found, {"ids": list(kpi_ids)}).all()
    claims = map_claims(session, {each.claim_id for each in figures if each.claim_id})
    notes = {}
    for figure in figures:
        if figure.source == ADJUSTMENT:
            shares = [(figure.organisation_id, figure.value)]
            notes[figure.id] = _write_note(ADJUSTMENT, figure, figure.value, figure.note or "", shares, figure.id)
        elif figure.claim_id in claims:
            claim = claims[figure.claim_id]
            shares = [(UUID(each["organisation_id"]), Decimal(each["value"])) for each in claim.shares]
            notes[claim.id] = _write_note(JOINT, figure, claim.value, claim.note, shares, claim.id)
    return list(notes.values())


def _write_note(
    kind: str, figure: Measurement, value: Decimal, note: str, shares: Sequence[tuple[UUID, Decimal]], id: UUID
) -> JointNote:
    days = (figure.period_start, figure.period_end)
    return JointNote(kind, figure.kpi_id, value, *days, figure.status, note, shares, figure.created_at, id)


def _see_restatements(
    session: Session, viewer: Identity, campaign_id: UUID, since: datetime | None, today: date | None
) -> Select[Any]:
    get_campaign(session, viewer, campaign_id)
    found = select(Restatement).where(Restatement.campaign_id == campaign_id)
    if since:
        found = found.where(Restatement.created_at > since)
    if viewer.is_staff:
        return found
    plain = and_(
        *(
            or_(status.is_(None), status != PROVISIONAL)
            for status in (Restatement.before_status, Restatement.after_status)
        )
    )
    return found.where(plain | Restatement.organisation_id.in_(list_open(session, viewer, today)))
