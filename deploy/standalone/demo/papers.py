"""The demo's reports on paper: every quarter falls due, and the newest draft has a text."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.metrics.known.queries import get_campaign
from services.metrics.reports.queries import find_reports
from services.metrics.reports.service.due import draft_due
from services.metrics.reports.service.writing import agree_cadence, write_narrative
from shared.identity import Identity

TEXTS = {
    "summary": "The quarter brought **more hands than we had gloves for**. What comes out of the water is counted "
    "the same day.",
    "stories": "Grade 6 of Harbour Primary counts every Friday what it finds, and asks where it comes from.",
    "lessons": "- Scales at every landing spare a week of guessing.\n- A wet logbook is no logbook.",
    "thanks": "To everyone who stood in the rain.",
}


def tell_papers(session: Any, by: Identity, campaign_ids: Iterable[UUID], now: datetime, today: date) -> None:
    """Agree on a report each quarter since the campaigns began, and write at the newest of each."""
    ids = list(campaign_ids)
    for campaign_id in ids:
        first = get_campaign(session, by, campaign_id).starts_on
        agree_cadence(session, by, campaign_id, 0, now, first, rhythm="quarterly", grace_days=14)
    draft_due(session, now, today)
    for campaign_id in ids:
        for report in find_reports(session, by, campaign_id, cursor=None, limit=1).items:
            write_narrative(session, by, report.id, report.version, now, TEXTS)
