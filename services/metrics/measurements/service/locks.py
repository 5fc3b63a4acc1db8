"""Use case: locking the months that were reported on, so that what changes in them afterwards is told."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings
from services.metrics.indicators.queries import list_kpis
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.models import MonthLock
from services.metrics.measurements.queries.records import list_locks
from shared.database.bulk import insert_rows
from shared.database.history import note
from shared.errors import Invalid
from shared.identity import Identity

#: Ten years.
MOST_MONTHS = 120


def lock_months(
    session: Session, by: Identity, campaign_id: UUID, first: date, last: date, now: datetime, why: str
) -> int:
    """Lock the campaign's months from that of `first` to that of `last`; returns how many were not locked yet.

    Figures still come and change in them; each of these is a restatement. A KPI that is made later was not reported
    on, and has nothing to restate. Raises `Invalid` for a month that has not begun.
    """
    get_campaign(session, by, campaign_id)
    if last.replace(day=1) > now.date():
        raise Invalid({"last": "This month is still to come."})
    months = list_months(first, last)
    if not months:
        raise Invalid({"last": "The last month is before the first."})
    if len(months) > MOST_MONTHS:
        raise Invalid({"last": f"Lock at most {MOST_MONTHS} months at a time."})
    # Whoever moves figures has locked the standings: from here on each of them sees the months locked.
    standings = lock_standings(session, [kpi.id for kpi in list_kpis(session, campaign_id)])
    names = {month.isoformat()[:7] for month in months}
    for standing in standings.values():
        standing.locked_months = sorted({*standing.locked_months, *names})
    session.flush()
    known = {each.month for each in list_locks(session, campaign_id)}
    told = {"campaign_id": campaign_id, "locked_at": now, "person_name": by.name, "reason": why}
    new = [month for month in months if month not in known]
    insert_rows(session, MonthLock, [{**told, "month": month} for month in new])
    if new:
        span = {"first": new[0].isoformat()[:7], "last": new[-1].isoformat()[:7]}
        note(session, by, "locked months", campaign_id, at=now, **span, reason=why)
    return len(new)


def list_months(first: date, last: date) -> list[date]:
    """The first days of the months from that of `first` to that of `last`."""
    months: list[date] = []
    month = first.replace(day=1)
    while month <= last and len(months) <= MOST_MONTHS:
        months.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return months
