"""Starting a report and writing its text."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.known.queries import get_campaign
from services.metrics.reports.models import DRAFT, FINAL, PARTS, Cadence, Report
from services.metrics.reports.queries import find_cadence, get_report, map_drafted
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid, Stale
from shared.identity import Identity


def start_report(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    now: datetime,
    *,
    kind: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Report:
    """A draft about these days, by default the whole campaign's, which a final report is always about.

    Raises `Invalid` for days outside the campaign, `Conflict` if there is such a report.
    """
    campaign = get_campaign(session, by, campaign_id)
    first, last = starts_on or campaign.starts_on, ends_on or campaign.ends_on
    if kind == FINAL:
        first, last = campaign.starts_on, campaign.ends_on
    if first > last:
        raise Invalid({"ends_on": "The last day comes before the first."})
    if first < campaign.starts_on or last > campaign.ends_on:
        raise Invalid({"starts_on": "Choose days on which the campaign runs."})
    if (kind, first, last) in map_drafted(session, [campaign_id]).get(campaign_id, set()):
        raise Conflict("There is a report of this kind for these days. Go on with that one.")
    return add_report(session, by, campaign_id, now, kind=kind, starts_on=first, ends_on=last)


def add_report(
    session: Session,
    by: Identity | None,
    campaign_id: UUID,
    now: datetime,
    *,
    kind: str,
    starts_on: date,
    ends_on: date,
) -> Report:
    """The draft itself; `by` is None where it fell due."""
    report = Report(
        campaign_id=campaign_id, kind=kind, starts_on=starts_on, ends_on=ends_on, created_at=now, updated_at=now
    )
    session.add(report)
    session.flush()
    note(session, by, "started the report", report.id, at=now)
    return report


def write_narrative(
    session: Session, by: Identity, report_id: UUID, seen_version: int, now: datetime, texts: Mapping[str, str]
) -> Report:
    """Save what was written; raises `Stale` if it changed since `seen_version`, `Conflict` once it is frozen."""
    report = get_report(session, by, report_id)
    require_version(session, report, seen_version)
    require_draft(report)
    written = {part: texts[part].strip() for part in PARTS if texts.get(part, "").strip()}
    if written != report.narrative:
        changed = [part for part in PARTS if written.get(part) != report.narrative.get(part)]
        report.narrative, report.updated_at = written, now
        session.flush()
        note(session, by, "wrote at the report", report.id, at=now, parts=changed)
    return report


def agree_cadence(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    seen_version: int,
    now: datetime,
    today: date,
    *,
    rhythm: str,
    grace_days: int,
) -> Cadence:
    """Set how often the campaign is reported on; raises `Stale` if somebody else did since `seen_version` (0: never).

    What fell due before today under no rhythm, or another one, is not asked for afterwards.
    """
    get_campaign(session, by, campaign_id)
    cadence = find_cadence(session, campaign_id)
    if cadence is None:
        if seen_version:
            raise Stale("Nothing is agreed any more.", current_version=0, your_version=seen_version)
        cadence = Cadence(campaign_id=campaign_id, since=today, created_at=now, updated_at=now)
        cadence.rhythm, cadence.grace_days = rhythm, grace_days
        session.add(cadence)
    else:
        require_version(session, cadence, seen_version)
        if cadence.rhythm != rhythm:
            cadence.since = today
        cadence.rhythm, cadence.grace_days, cadence.updated_at = rhythm, grace_days, now
    session.flush()
    for subject in (cadence.id, campaign_id):
        note(session, by, "agreed how often to report", subject, at=now, rhythm=rhythm, grace_days=grace_days)
    return cadence


def require_draft(report: Report) -> None:
    if report.state != DRAFT:
        raise Conflict("This edition is frozen: nothing in it changes any more. Issue the report again to correct it.")
