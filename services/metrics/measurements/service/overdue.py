"""Use cases: noticing whose figures are overdue by the agreed frequency, telling it once, and settling it.

A period is owed until its figures come. It is also settled when nobody asks for it any more: the KPI is no longer
reported, the partner has left, or the campaign is so long over that its last report must have been written.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.events import FiguresOverdue, OwedFigures
from services.metrics.indicators.periods import list_due
from services.metrics.indicators.queries import Reporting, list_kpis, list_reporting, select_asked_for
from services.metrics.measurements.missing import Period, find_missing, is_reported
from services.metrics.measurements.models import OverdueFigures
from services.metrics.measurements.queries.overdue import list_open, map_known, map_reported_months
from shared.clock import new_id
from shared.messaging.outbox import record
from shared.messaging.wake import announce

#: The last period falls due after the last day, and the final report waits for it. Nobody waits for longer than this.
LAST_CALL = timedelta(days=60)
#: A campaign and a partner of it.
_Place = tuple[UUID, UUID]


def notice_overdue(session: Session, now: datetime, today: date) -> None:
    """Note what has become overdue, settle what is not owed any more, and tell of both.

    A fixed number of queries, however many KPIs there are.
    """
    reporting = list_reporting(session)
    months, known = map_reported_months(session, select_asked_for()), map_known(session)
    changed: set[_Place] = set()
    noticed: set[UUID] = set()
    still_owed: set[UUID] = set()
    for each in reporting:
        due = list(list_due(each.frequency, each.starts_on, each.ends_on, each.grace_days, today))
        if today > each.ends_on + timedelta(days=each.grace_days) + LAST_CALL:
            continue
        for organisation_id in each.reporters:
            place = (each.kpi_id, organisation_id)
            rows = known.get(place, {})
            for period in _find_owed(each, due, months.get(place, set()), rows):
                row = rows.get(period[1])
                if row is None:
                    row = _note(session, each, organisation_id, period, now)
                    noticed.add(row.id)
                if row.id in noticed or row.settled_at is not None:
                    row.settled_at = None
                    changed.add((each.campaign_id, organisation_id))
                still_owed.add(row.id)
    for row in (row for rows in known.values() for row in rows.values()):
        if row.settled_at is None and row.id not in still_owed:
            row.settled_at = now
            changed.add((row.campaign_id, row.organisation_id))
    session.flush()
    names = {each.kpi_id: (each.key, each.name) for each in reporting}
    _tell(session, changed, list_open(session) if changed else [], names, noticed, now)


def settle_arrived(session: Session, kpi_id: UUID, now: datetime) -> None:
    """Settle what was owed of the KPI and has come."""
    owed = list_open(session, kpi_id=kpi_id)
    if not owed:
        return
    months = map_reported_months(session, [kpi_id])
    changed: set[_Place] = set()
    for row in owed:
        if is_reported((row.period_start, row.period_end), months.get((kpi_id, row.organisation_id), ())):
            row.settled_at = now
            changed.add((row.campaign_id, row.organisation_id))
    session.flush()
    for campaign_id in {place[0] for place in changed}:
        names = {kpi.id: (kpi.key, kpi.name) for kpi in list_kpis(session, campaign_id)}
        _tell(session, changed, list_open(session, campaign_id=campaign_id), names, (), now)


def _find_owed(
    each: Reporting, due: Sequence[Period], months: set[date], rows: Mapping[date, OverdueFigures]
) -> list[Period]:
    """The periods that one partner owes of a KPI; what was due before there was the KPI nobody asked for."""
    grace, made_on = timedelta(days=each.grace_days), each.made_at.date()
    missing = {period for period in find_missing(due, months) if period[1] + grace >= made_on}
    # Who never reported would be late with the last period alone; what they were told of stays.
    told = {period for period in due if (row := rows.get(period[1])) is not None and row.settled_at is None}
    return sorted(missing | {period for period in told if not is_reported(period, months)})


def _note(session: Session, each: Reporting, organisation_id: UUID, period: Period, now: datetime) -> OverdueFigures:
    row = OverdueFigures(
        id=new_id(),
        created_at=now,
        campaign_id=each.campaign_id,
        kpi_id=each.kpi_id,
        organisation_id=organisation_id,
        period_start=period[0],
        period_end=period[1],
        due_on=period[1] + timedelta(days=each.grace_days),
    )
    session.add(row)
    return row


def _tell(
    session: Session,
    changed: Collection[_Place],
    owed: Iterable[OverdueFigures],
    names: Mapping[UUID, tuple[str, str]],
    noticed: Collection[UUID],
    now: datetime,
) -> None:
    """Tell what each partner now owes in each campaign where that changed: one piece of news, not one a period."""
    by_place: defaultdict[_Place, list[OwedFigures]] = defaultdict(list)
    for row in owed:
        key, name = names.get(row.kpi_id, ("", ""))
        told = OwedFigures(row.kpi_id, key, name, row.period_start, row.period_end, row.due_on, row.id in noticed)
        by_place[(row.campaign_id, row.organisation_id)].append(told)
    for campaign_id, organisation_id in sorted(changed):
        figures = by_place[(campaign_id, organisation_id)]
        record(session, FiguresOverdue(organisation_id, campaign_id, figures), now=now)
        announce(session, f"campaign:{campaign_id}")
