"""Freezing a report into an edition, sending it, and hearing who has read it. No edition is ever changed."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.metrics.events import ReportLine, ReportPublished
from services.metrics.known.queries import list_partners
from services.metrics.known.service import make_personal_links
from services.metrics.measurements.service.locks import lock_months
from services.metrics.reports import queries
from services.metrics.reports.document import ReportDocument, digest_document, read_document, write_document
from services.metrics.reports.models import DRAFT, FROZEN, Copy, Edition, Reading, Report
from services.metrics.reports.service.composing import compose_report, mark_changes
from services.metrics.reports.service.writing import require_draft
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Forbidden
from shared.files import StoredFile
from shared.identity import LIAISON, SYSTEM, Identity
from shared.messaging.outbox import record

#: What a liaison's link is for; it is about an edition.
READING = "report.read"
#: Draws a document and puts the files into the store: format -> file.
Draw = Callable[[ReportDocument], Mapping[str, StoredFile]]


def freeze_report(
    session: Session, by: Identity, report_id: UUID, seen_version: int, now: datetime, today: date, draw: Draw, why: str
) -> Edition:
    """Make the draft the next edition, with a copy for each partner of what that partner may see, and lock its months.

    `why` is what stands beside each locked month.

    Raises `Stale` if it changed since `seen_version`, `Conflict` if it is frozen already.
    """
    report = queries.get_report(session, by, report_id)
    require_version(session, report, seen_version)
    require_draft(report)
    report.edition, report.state, report.updated_at = report.edition + 1, FROZEN, now
    edition = Edition(report_id=report.id, number=report.edition, reason=report.reason, created_at=now)
    session.add(edition)
    session.flush()
    partners = [each.organisation_id for each in list_partners(session, report.campaign_id)]
    drawn: dict[str, Mapping[str, StoredFile]] = {}
    for organisation_id in (None, *partners):
        document = _compose_copy(session, by, report, organisation_id, now, today)
        written = write_document(document)
        digest = digest_document(written)
        # Partners who see the same, as everyone does once all is verified, share the files too.
        if digest not in drawn:
            drawn[digest] = draw(document)
        files = {form: asdict(file) for form, file in drawn[digest].items()}
        session.add(
            Copy(
                edition_id=edition.id, organisation_id=organisation_id, created_at=now, document=written,
                digest=digest, files=files,
            )
        )  # fmt: skip
    session.flush()
    _lock_reported(session, by, report, now, today, why)
    note(session, by, "froze the report", report.id, at=now, edition=edition.number)
    return edition


def reissue_report(
    session: Session, by: Identity, report_id: UUID, seen_version: int, now: datetime, reason: str
) -> Report:
    """Take the frozen report up again; its editions stay as they are. Raises `Stale`, or `Conflict` while a draft."""
    report = queries.get_report(session, by, report_id)
    require_version(session, report, seen_version)
    if report.state == DRAFT:
        raise Conflict("This report is a draft: change it as it is.")
    report.state, report.reason, report.updated_at = DRAFT, reason, now
    session.flush()
    note(session, by, "took the report up again", report.id, at=now, reason=reason)
    return report


def publish_report(
    session: Session, by: Identity, report_id: UUID, number: int, now: datetime, base_url: str
) -> Edition:
    """Let the partners see this edition, and tell them (by links under `base_url`) and the campaign's owner.

    Raises `Conflict` if it has been sent, or isn't the newest.
    """
    report = queries.get_report(session, by, report_id)
    edition = queries.get_edition(session, by, report_id, number)
    if edition.published_at:
        raise Conflict("This edition has been sent already.")
    if edition.number != report.edition:
        raise Conflict("There is a newer edition. Send that one.")
    copies = queries.list_copies(session, edition.id)
    ours = next(read_document(copy.document) for copy in copies if copy.organisation_id is None)
    edition.published_at = report.updated_at = now
    session.flush()
    partners = [copy.organisation_id for copy in copies if copy.organisation_id]
    place = f"{base_url}/metrics/reports/s/"
    event = ReportPublished(
        report_id=report.id,
        campaign_id=report.campaign_id,
        edition=edition.number,
        reason=edition.reason,
        kind=report.kind,
        starts_on=report.starts_on,
        ends_on=report.ends_on,
        partners=partners,
        # Verified figures only: everyone in the campaign may see these.
        kpis=[ReportLine(kpi.name, kpi.unit, kpi.value, kpi.target, kpi.status) for kpi in ours.kpis],
        links=make_personal_links(session, partners, now, purpose=READING, subject_id=edition.id, place=place),
    )
    record(session, event, now=now)
    note(session, by, "sent the report", report.id, at=now, edition=edition.number)
    return edition


def acknowledge_report(session: Session, by: Identity, report_id: UUID, number: int, now: datetime) -> Reading:
    """A partner's person says that they have read this edition; once is enough. Raises `Forbidden` to others."""
    edition = queries.get_edition(session, by, report_id, number)
    if by.organisation_id is None:
        raise Forbidden("Only partners say that they have read a report.")
    reading = queries.find_reading(session, edition.id, by.person_id)
    if reading is None:
        reading = Reading(
            edition_id=edition.id, organisation_id=by.organisation_id, person_id=by.person_id, person_name=by.name,
            created_at=now,
        )  # fmt: skip
        session.add(reading)
        session.flush()
        note(session, by, "has read the report", report_id, at=now, edition=edition.number)
    return reading


def merge_copies(session: Session, merged_id: UUID, survivor_id: UUID) -> None:
    """Let the survivor read what was made for the organisation that was merged into it, where it has no copy itself."""
    theirs = select(Copy.edition_id).where(Copy.organisation_id == survivor_id)
    of_merged = update(Copy).where(Copy.organisation_id == merged_id, Copy.edition_id.not_in(theirs))
    session.execute(of_merged.values(organisation_id=survivor_id))
    readings = update(Reading).where(Reading.organisation_id == merged_id)
    session.execute(readings.values(organisation_id=survivor_id))


def _lock_reported(session: Session, by: Identity, report: Report, now: datetime, today: date, why: str) -> None:
    """Lock the months that were reported on, as far as they have begun: what changes in them now is a restatement."""
    last = min(report.ends_on, today, now.date())
    first = report.starts_on
    while first <= last:
        # Ten years at a time may be locked.
        until = min(last, date(first.year + 9, 12, 31))
        lock_months(session, by, report.campaign_id, first, until, now, why)
        first = date(until.year + 1, 1, 1)


def _compose_copy(
    session: Session, by: Identity, report: Report, organisation_id: UUID | None, now: datetime, today: date
) -> ReportDocument:
    viewer = by if organisation_id is None else _view_as(organisation_id)
    document = compose_report(session, viewer, report, now, today, edition=report.edition)
    before = _find_before(session, report, organisation_id)
    return mark_changes(document, before) if before else document


def _find_before(session: Session, report: Report, organisation_id: UUID | None) -> ReportDocument | None:
    """The same side's copy of the edition before; a partner who had none then has nothing to compare."""
    if report.edition < 2:
        return None
    edition = queries.get_edition(session, SYSTEM, report.id, report.edition - 1)
    copies = queries.list_copies(session, edition.id)
    return next((read_document(each.document) for each in copies if each.organisation_id == organisation_id), None)


def _view_as(organisation_id: UUID) -> Identity:
    """Anyone of this partner, by their rights alone."""
    return replace(SYSTEM, role=LIAISON, organisation_id=organisation_id)
