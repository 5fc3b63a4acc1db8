"""Use cases: noticing what is odd about figures, after they came in, and explaining it.

Nothing is hidden or refused for it: a flag stands beside the figure until someone has said what it is about.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, bindparam, select, update
from sqlalchemy.orm import Session

from services.metrics.alerts.queries import find_unchecked, lock_standings, map_standings
from services.metrics.indicators.periods import list_due
from services.metrics.indicators.queries import Reporting, list_kpis, list_reporting
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.missing import find_missing
from services.metrics.measurements.models import (
    ADJUSTMENT,
    GAP,
    JOINT,
    LATE,
    OUTLIER,
    PROVISIONAL,
    REPEATED,
    SUPERSEDED,
    VERIFIED,
    FigureFlag,
    Measurement,
    MonthTotal,
)
from services.metrics.measurements.oddities import MOST_PAST, find_outlier, is_repeated
from services.metrics.measurements.service.overdue import settle_arrived
from shared.clock import floor_id, new_id, read_time
from shared.database.bulk import insert_rows
from shared.database.history import note
from shared.errors import Conflict, NotFound
from shared.fields import plain
from shared.identity import Identity

#: How many new figures one transaction looks at, and how many KPIs.
FIGURES_AT_ONCE, KPIS_AT_ONCE = 1_000, 100
#: Servers' clocks differ, and ids begin with the time: those of so long before are looked at once more, up to so many.
OVERLAP, AGAIN_AT_ONCE = timedelta(minutes=1), 200
#: A KPI was seen to in this round if it was looked at up to a figure of so long ago. Less than rounds are apart.
ROUND = timedelta(seconds=5)

# Made once: putting them together anew took longer than asking them.
_KPI = Measurement.kpi_id == bindparam("kpi_id")
_IN_SHORT = select(Measurement.id, Measurement.organisation_id, Measurement.period_end).where(_KPI)
_NEW = _IN_SHORT.where(Measurement.id > bindparam("after")).order_by(Measurement.id).limit(FIGURES_AT_ONCE)
_AGAIN = (
    _IN_SHORT.where(Measurement.id <= bindparam("after"), Measurement.id > bindparam("earliest"))
    .order_by(Measurement.id.desc())
    .limit(AGAIN_AT_ONCE)
)
_PAST = (
    select(Measurement.id, Measurement.period_start, Measurement.period_end, Measurement.value)
    .where(
        _KPI,
        Measurement.organisation_id == bindparam("organisation_id"),
        Measurement.status.in_([VERIFIED, PROVISIONAL]),
        Measurement.source.not_in([JOINT, ADJUSTMENT]),
        Measurement.period_end <= bindparam("latest"),
    )
    .order_by(Measurement.period_end.desc(), Measurement.id.desc())
    .limit(bindparam("most", type_=Integer))
)


def check_figures(session: Session, now: datetime) -> bool:
    """Look at the figures of one KPI that nobody looked at; returns whether there may be more to do.

    Only at the end is the KPI locked, for a moment: figures go on coming in meanwhile. Those wait for the next round,
    or a round would last as long as they come.
    """
    kpi_id = find_unchecked(session, floor_id(now - ROUND))
    if kpi_id is None:
        return False
    standing = map_standings(session, [kpi_id])[kpi_id]
    new = _list_new(session, kpi_id, standing.checked_id)
    by_partner: defaultdict[UUID, list[Any]] = defaultdict(list)
    for figure in new:
        by_partner[figure.organisation_id].append(figure)
    found = [row for figures in by_partner.values() for row in _look_at(session, kpi_id, figures, now)]
    _close_corrected(session, kpi_id, now)
    settle_arrived(session, kpi_id, now)
    insert_rows(session, FigureFlag, _leave_out_known(session, found))
    locked = lock_standings(session, [kpi_id])[kpi_id]
    ids = select(Measurement.id).where(Measurement.kpi_id == kpi_id)
    newest = session.scalar(ids.order_by(Measurement.id.desc()).limit(1))
    locked.checked_id = max((each for each in (new[-1].id if new else None, locked.checked_id) if each), default=None)
    locked.unchecked = newest is not None and locked.checked_id is not None and newest > locked.checked_id
    session.flush()
    return True


def check_periods(session: Session, now: datetime, today: date) -> None:
    """Flag the periods that partners left out or are late with, by the agreed frequency, and close what has come."""
    reporting = list_reporting(session)
    for start in range(0, len(reporting), KPIS_AT_ONCE):
        _check_periods(session, reporting[start : start + KPIS_AT_ONCE], now, today)


def explain_flag(
    session: Session, by: Identity, campaign_id: UUID, flag_id: UUID, explanation: str, now: datetime
) -> FigureFlag:
    """Close a flag with a note that says what it was about. Raises `NotFound`, and `Conflict` if it is closed."""
    get_campaign(session, by, campaign_id)
    kpis = {kpi.id: kpi.name for kpi in list_kpis(session, campaign_id)}
    flag = session.get(FigureFlag, flag_id, with_for_update=True)
    if flag is None or flag.kpi_id not in kpis:
        raise NotFound
    if flag.closed_at is not None:
        raise Conflict("This was explained already. Load the page again to see how.")
    flag.closed_at, flag.closed_by, flag.note = now, by.name, explanation
    session.flush()
    for subject in {campaign_id, flag.figure_id or campaign_id}:
        note(session, by, "explained a flag", subject, at=now, kpi=kpis[flag.kpi_id], kind=flag.kind, note=explanation)
    return flag


def _list_new(session: Session, kpi_id: UUID, after: UUID | None) -> Sequence[Any]:
    """The figures after the last that was looked at, and those shortly before it, in the order of their ids."""
    after = after or UUID(int=0)
    given = {"kpi_id": kpi_id, "earliest": floor_id(read_time(after) - OVERLAP), "after": after}
    return [*session.execute(_AGAIN, given).all()[::-1], *session.execute(_NEW, given)]


def _look_at(session: Session, kpi_id: UUID, figures: Sequence[Any], now: datetime) -> Iterator[dict[str, Any]]:
    """The flags of one partner's new figures, each seen against those of the periods before."""
    new = {figure.id for figure in figures}
    given = {
        "kpi_id": kpi_id,
        "organisation_id": figures[0].organisation_id,
        "latest": max(figure.period_end for figure in figures),
        "most": len(figures) + 4 * MOST_PAST,
    }
    rows = session.execute(_PAST, given).all()[::-1]
    values = [row.value for row in rows]
    for position, row in enumerate(rows):
        if row.id not in new:
            continue
        past = values[max(0, position - MOST_PAST) : position]
        flag = {
            "kpi_id": kpi_id,
            "organisation_id": figures[0].organisation_id,
            "subject": str(row.id),
            "figure_id": row.id,
            "period_start": row.period_start,
            "period_end": row.period_end,
            "created_at": now,
        }
        if outlier := find_outlier(row.value, past):
            detail = {"median": plain(outlier.median), "score": f"{outlier.score:.1f}", "past": outlier.past}
            yield {"id": new_id(), **flag, "kind": OUTLIER, "detail": detail}
        if is_repeated(row.value, past):
            yield {"id": new_id(), **flag, "kind": REPEATED, "detail": {"value": plain(row.value)}}


def _leave_out_known(session: Session, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    subjects = select(FigureFlag.figure_id, FigureFlag.kind).where(
        FigureFlag.figure_id.in_([row["figure_id"] for row in rows])
    )
    known = {tuple(row) for row in session.execute(subjects)} if rows else set()
    return [row for row in rows if (row["figure_id"], row["kind"]) not in known]


def _close_corrected(session: Session, kpi_id: UUID, now: datetime) -> None:
    gone = select(Measurement.id).where(Measurement.id == FigureFlag.figure_id, Measurement.status == SUPERSEDED)
    session.execute(
        update(FigureFlag)
        .where(FigureFlag.kpi_id == kpi_id, FigureFlag.closed_at.is_(None), gone.exists())
        .values(closed_at=now, note="The figure was corrected.")
        .execution_options(synchronize_session=False)
    )


def _check_periods(session: Session, chunk: Sequence[Reporting], now: datetime, today: date) -> None:
    ids = [each.kpi_id for each in chunk]
    months: defaultdict[tuple[UUID, UUID], set[date]] = defaultdict(set)
    reported = select(MonthTotal.kpi_id, MonthTotal.organisation_id, MonthTotal.month)
    for row in session.execute(reported.where(MonthTotal.kpi_id.in_(ids), MonthTotal.figures > 0)):
        months[(row.kpi_id, row.organisation_id)].add(row.month)
    kept = session.scalars(select(FigureFlag).where(FigureFlag.kpi_id.in_(ids), FigureFlag.kind.in_([GAP, LATE])))
    flags: defaultdict[tuple[UUID, UUID], dict[str, FigureFlag]] = defaultdict(dict)
    for flag in kept:
        flags[(flag.kpi_id, flag.organisation_id)][flag.subject] = flag
    for each in chunk:
        due = list(list_due(each.frequency, each.starts_on, each.ends_on, each.grace_days, today))
        for organisation_id in each.reporters:
            place = (each.kpi_id, organisation_id)
            _keep_missing(session, place, find_missing(due, months[place]), flags[place], now)
    session.flush()


def _keep_missing(
    session: Session,
    place: tuple[UUID, UUID],
    missing: Mapping[tuple[date, date], str],
    flags: Mapping[str, FigureFlag],
    now: datetime,
) -> None:
    subjects = {last.isoformat(): ((first, last), kind) for (first, last), kind in missing.items()}
    for subject, flag in flags.items():
        if flag.closed_at is None:
            if subject not in subjects:
                flag.closed_at, flag.note = now, "The figures came."
            else:
                flag.kind = subjects[subject][1]
    for subject, ((first, last), kind) in subjects.items():
        if subject not in flags:
            session.add(
                FigureFlag(
                    kpi_id=place[0], organisation_id=place[1], kind=kind, subject=subject, figure_id=None,
                    period_start=first, period_end=last, detail={}, created_at=now,
                )
            )  # fmt: skip
