"""The demo's reports on paper: every quarter falls due, and the newest draft has a text."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.metrics.giving.queries import find_given
from services.metrics.giving.service import decide_given
from services.metrics.known.queries import get_campaign
from services.metrics.reports.queries import find_reports
from services.metrics.reports.service.due import draft_due
from services.metrics.reports.service.editions import Draw, acknowledge_report, freeze_report, publish_report
from services.metrics.reports.service.writing import agree_cadence, start_report, write_narrative
from shared.identity import Identity

TEXTS = {
    "summary": "The quarter brought **more hands than we had gloves for**. What comes out of the water is counted "
    "the same day.",
    "stories": "Grade 6 of Harbour Primary counts every Friday what it finds, and asks where it comes from.",
    "lessons": "- Scales at every landing spare a week of guessing.\n- A wet logbook is no logbook.",
    "thanks": "To everyone who stood in the rain.",
}


#: What of it was looked at: contributions verified, and stories published.
SEEN = {"contributions": {"gift-1", "gift-2", "gift-7"}, "stories": {"story-ama", "story-nets"}}


def tell_verdicts(session: Any, by: Identity, campaign_id: UUID, now: datetime) -> None:
    """Verify and publish most of what partners gave and told."""
    for what, references in SEEN.items():
        found = find_given(session, by, campaign_id, what, today=now.date(), cursor=None, limit=50)
        for given in found.items:
            if given.reference in references:
                decide_given(session, by, campaign_id, what, given.id, given.version, now, status="accepted")


def tell_edition(
    session: Any,
    by: Identity,
    reader: Identity,
    campaign_id: UUID,
    now: datetime,
    today: date,
    draw: Draw,
    base_url: str,
) -> None:  # fmt: skip
    """Freeze and send a progress report of the last three months; a partner has read it."""
    starts_on = today - timedelta(days=91)
    report = start_report(session, by, campaign_id, now, kind="progress", starts_on=starts_on, ends_on=today)
    write_narrative(session, by, report.id, report.version, now, TEXTS)
    freeze_report(session, by, report.id, report.version, now, today, draw, f"Reported on {today:%Y-%m}")
    publish_report(session, by, report.id, 1, now, base_url)
    acknowledge_report(session, reader, report.id, 1, now)


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
