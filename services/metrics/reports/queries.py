"""Every SELECT on reports. Partners see the editions that were sent to them, and only their own copies."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.metrics.known.queries import get_campaign
from services.metrics.reports.models import Cadence, Copy, Edition, Reading, Report
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity


def get_report(session: Session, viewer: Identity, report_id: UUID) -> Report:
    """The report; raises `NotFound` if there is none or nothing of it was sent to the viewer's organisation."""
    found: Report | None = session.scalar(_seen_by(viewer, select(Report).where(Report.id == report_id)))
    if found is None:
        raise NotFound("There is no such report.")
    return found


def find_reports(
    session: Session,
    viewer: Identity,
    campaign_id: UUID,
    *,
    kind: str | None = None,
    state: str | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Report]:
    """The campaign's reports, the latest period first, one page; raises `NotFound` like `get_campaign`."""
    get_campaign(session, viewer, campaign_id)
    found = _seen_by(viewer, select(Report).where(Report.campaign_id == campaign_id))
    if kind:
        found = found.where(Report.kind == kind)
    if state:
        found = found.where(Report.state == state)
    return fetch_page(session, found, Report.ends_on, Report.id, cursor=cursor, limit=limit)


def count_reports(session: Session, viewer: Identity, campaign_id: UUID) -> int:
    counted = select(func.count()).select_from(Report).where(Report.campaign_id == campaign_id)
    return session.scalar(_seen_by(viewer, counted)) or 0


def list_editions(session: Session, viewer: Identity, report_id: UUID) -> Sequence[Edition]:
    """The editions that the viewer may see, the newest first."""
    found = select(Edition).where(Edition.report_id == report_id).order_by(Edition.number.desc())
    if not viewer.is_staff:
        mine = select(Copy.edition_id).where(Copy.organisation_id == viewer.organisation_id)
        found = found.where(Edition.published_at.is_not(None), Edition.id.in_(mine))
    return session.scalars(found).all()


def get_edition(session: Session, viewer: Identity, report_id: UUID, number: int | None = None) -> Edition:
    """The edition of this number, or else the newest that the viewer may see."""
    editions = list_editions(session, viewer, report_id)
    found = next((each for each in editions if number in (None, each.number)), None)
    if found is None:
        raise NotFound("There is no such edition of this report.")
    return found


def get_sent_edition(session: Session, viewer: Identity, edition_id: UUID) -> Edition:
    """The edition with this id, once it was sent to the viewer's organisation."""
    mine = select(Copy.edition_id).where(Copy.organisation_id == viewer.organisation_id)
    found = select(Edition).where(Edition.id == edition_id, Edition.published_at.is_not(None), Edition.id.in_(mine))
    edition = session.scalar(found)
    if edition is None:
        raise NotFound("There is no such edition of this report.")
    return edition


def get_copy(session: Session, viewer: Identity, edition: Edition) -> Copy:
    """The edition as the viewer's side may see it."""
    mine = Copy.organisation_id.is_(None) if viewer.is_staff else Copy.organisation_id == viewer.organisation_id
    found = session.scalar(select(Copy).where(Copy.edition_id == edition.id, mine))
    if found is None:
        raise NotFound("There is no such edition of this report.")
    return found


def list_copies(session: Session, edition_id: UUID) -> Sequence[Copy]:
    """Ours and every partner's."""
    return session.scalars(select(Copy).where(Copy.edition_id == edition_id).order_by(Copy.id)).all()


def list_readings(session: Session, edition_ids: Collection[UUID]) -> Sequence[Reading]:
    """Who said that they have read these editions, the first reader first."""
    return session.scalars(select(Reading).where(Reading.edition_id.in_(edition_ids)).order_by(Reading.id)).all()


def find_reading(session: Session, edition_id: UUID, person_id: UUID) -> Reading | None:
    return session.scalar(select(Reading).where(Reading.edition_id == edition_id, Reading.person_id == person_id))


def find_cadence(session: Session, campaign_id: UUID) -> Cadence | None:
    return session.scalar(select(Cadence).where(Cadence.campaign_id == campaign_id))


def list_cadences(session: Session) -> Sequence[Cadence]:
    """What is agreed for all campaigns."""
    return session.scalars(select(Cadence).order_by(Cadence.id)).all()


def map_drafted(session: Session, campaign_ids: Collection[UUID]) -> Mapping[UUID, set[tuple[str, Any, Any]]]:
    """Campaign -> the (kind, first day, last day) that it has a report for."""
    found = select(Report.campaign_id, Report.kind, Report.starts_on, Report.ends_on)
    made: dict[UUID, set[tuple[str, Any, Any]]] = {}
    for row in session.execute(found.where(Report.campaign_id.in_(campaign_ids))):
        made.setdefault(row.campaign_id, set()).add((row.kind, row.starts_on, row.ends_on))
    return made


def _seen_by(viewer: Identity, found: Select[Any]) -> Select[Any]:
    if viewer.is_staff:
        return found
    sent = (
        select(Edition.report_id)
        .join(Copy, Copy.edition_id == Edition.id)
        .where(Edition.published_at.is_not(None), Copy.organisation_id == viewer.organisation_id)
    )
    return found.where(Report.id.in_(sent))
