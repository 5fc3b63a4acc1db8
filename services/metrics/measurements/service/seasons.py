"""The due job that learns how KPIs' figures spread over the year, for those that are held against the seasons."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.plans import weigh_months
from services.metrics.alerts.service import keep_season
from services.metrics.indicators.queries import list_kin, list_unlearned
from services.metrics.indicators.service.judging import assess_kpis
from services.metrics.measurements.queries import list_month_sums
from shared.database.types import EXACT
from shared.identity import SYSTEM

#: How many KPIs one transaction takes.
CHUNK = 100


def learn_seasons(session: Session, now: datetime) -> bool:
    """Look once a month at the past year of each KPI that is held against it; returns whether there are more.

    The past year is its own and that of all KPIs that were made from the same definition: a campaign in its first year
    has the seasons of those before it.
    """
    today = now.date()
    due = list_unlearned(session, today, CHUNK)
    kin = list_kin(session, due)
    months: defaultdict[UUID, dict[date, Decimal]] = defaultdict(dict)
    for sums in list_month_sums(session, SYSTEM, {each for ids in kin.values() for each in ids}):
        if sums.month is not None:
            months[sums.kpi_id][sums.month] = sums.verified
    for kpi in due:
        added: defaultdict[date, Decimal] = defaultdict(Decimal)
        for each in kin[kpi.id]:
            for month, verified in months[each].items():
                added[month] = EXACT.add(added[month], verified)
        keep_season(session, kpi.id, weigh_months(added.items(), today), now)
    assess_kpis(session, [kpi.id for kpi in due], now)
    return len(due) == CHUNK
