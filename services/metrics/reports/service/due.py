"""Reports that fall due: after each period by the agreed cadence, and the final one after the end."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from services.metrics.events import ReportDrafted
from services.metrics.known.queries import Running, map_periods
from services.metrics.reports.models import FINAL, NONE, PROGRESS, Cadence
from services.metrics.reports.periods import list_periods
from services.metrics.reports.queries import list_cadences, map_drafted
from services.metrics.reports.service.writing import add_report
from shared.messaging.outbox import record


def draft_due(session: Session, now: datetime, today: date) -> None:
    """Draft every report that has fallen due and isn't there, and tell whoever owns its campaign."""
    cadences = [each for each in list_cadences(session) if each.rhythm != NONE]
    ids = [each.campaign_id for each in cadences]
    running, drafted = map_periods(session, ids), map_drafted(session, ids)
    for cadence in cadences:
        made = drafted.get(cadence.campaign_id, set())
        for kind, first, last in list_due(cadence, running[cadence.campaign_id], today):
            if (kind, first, last) in made:
                continue
            report = add_report(session, None, cadence.campaign_id, now, kind=kind, starts_on=first, ends_on=last)
            record(session, ReportDrafted(report.id, cadence.campaign_id, kind, first, last), now=now)


def list_due(cadence: Cadence, running: Running, today: date) -> Iterator[tuple[str, date, date]]:
    """What is due on `today` as (kind, first day, last day): what ended since it was agreed, its grace over."""
    grace = timedelta(days=cadence.grace_days)
    for first, last in list_periods(cadence.rhythm, running.starts_on, running.ends_on):
        if cadence.since <= last < today - grace and last < running.ends_on:
            yield PROGRESS, first, last
    if cadence.since <= running.ends_on < today - grace:
        yield FINAL, running.starts_on, running.ends_on
