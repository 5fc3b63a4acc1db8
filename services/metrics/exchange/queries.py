"""Every SELECT on uploaded files; figures are read by the ledger's own queries, with the viewer's rights."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.metrics.exchange.models import (
    ADDED,
    CORRECTED,
    FIGURES,
    SAME,
    UNDER_WAY,
    UNSEEN,
    WRONG,
    ExchangeFile,
    ExchangeRow,
)
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.queries import Filters, find_figures
from shared.database.paging import Page, fetch_page
from shared.database.retries import is_due
from shared.errors import NotFound
from shared.identity import Identity

#: Figures that one statement reads for a file.
AT_ONCE = 1000


def get_file(session: Session, viewer: Identity, campaign_id: UUID, exchange_id: UUID) -> ExchangeFile:
    """The uploaded file; raises `NotFound` for one of another campaign."""
    get_campaign(session, viewer, campaign_id)
    found = session.get(ExchangeFile, exchange_id)
    if found is None or found.campaign_id != campaign_id:
        raise NotFound("No such file was uploaded for this campaign.")
    return found


def get_sheet(session: Session, viewer: Identity, campaign_id: UUID, exchange_id: UUID) -> ExchangeFile:
    """The same; also raises `NotFound` for what is no spreadsheet."""
    found = get_file(session, viewer, campaign_id, exchange_id)
    if found.kind != FIGURES:
        raise NotFound("This is no spreadsheet of figures.")
    return found


def get_file_by_id(session: Session, viewer: Identity, exchange_id: UUID) -> ExchangeFile:
    """The same where no campaign is named; raises `NotFound`, also for one of a campaign that the viewer can't see."""
    found = session.get(ExchangeFile, exchange_id)
    if found is None:
        raise NotFound("No such file was uploaded.")
    get_campaign(session, viewer, found.campaign_id)
    return found


def claim_file(session: Session, now: datetime) -> ExchangeFile | None:
    """The long file that has waited longest for the worker and may be tried now, locked until the transaction ends."""
    due = select(ExchangeFile).where(ExchangeFile.state.in_(UNDER_WAY), is_due(ExchangeFile, now))
    found = due.order_by(ExchangeFile.updated_at).limit(1)
    return session.scalar(found.with_for_update(skip_locked=True))


def list_unseen_rows(session: Session, exchange_id: UUID, limit: int) -> Sequence[Any]:
    """The number, the cells and the errors so far of the next rows that nobody has looked at."""
    found = select(ExchangeRow.number, ExchangeRow.cells, ExchangeRow.errors)
    found = found.where(ExchangeRow.exchange_id == exchange_id, ExchangeRow.becomes == UNSEEN)
    return session.execute(found.order_by(ExchangeRow.number).limit(limit)).all()


def list_good_rows(session: Session, exchange_id: UUID, after: int, limit: int) -> Sequence[Any]:
    """The next good rows above number `after`: number, what becomes of each, its figure and its partner."""
    found = select(ExchangeRow.number, ExchangeRow.becomes, ExchangeRow.item, ExchangeRow.organisation_id).where(
        ExchangeRow.exchange_id == exchange_id,
        ExchangeRow.becomes.in_((ADDED, CORRECTED, SAME)),
        ExchangeRow.number > after,
    )
    return session.execute(found.order_by(ExchangeRow.number).limit(limit)).all()


def iterate_wrong_rows(session: Session, exchange_id: UUID) -> Iterator[Any]:
    """The cells and errors of a long file's rows that can't be taken, in its order; memory holds few of them."""
    after = 0
    wanted = select(ExchangeRow.number, ExchangeRow.cells, ExchangeRow.errors)
    wanted = wanted.where(ExchangeRow.exchange_id == exchange_id, ExchangeRow.becomes == WRONG)
    wanted = wanted.order_by(ExchangeRow.number).limit(AT_ONCE)
    while rows := session.execute(wanted.where(ExchangeRow.number > after)).all():
        yield from rows
        after = rows[-1].number


def map_first_rows(
    session: Session, exchange_id: UUID, references: Collection[str]
) -> dict[tuple[str, UUID, str], int]:
    """(KPI's key, partner, reference) -> number of the first row of a long file, of those looked at, that has these."""
    keys = (ExchangeRow.kpi, ExchangeRow.organisation_id, ExchangeRow.reference)
    found: Any = select(*keys, func.min(ExchangeRow.number)).where(
        ExchangeRow.exchange_id == exchange_id, ExchangeRow.reference.in_(references)
    )
    return {(row[0], row[1], row[2]): row[3] for row in session.execute(found.group_by(*keys))}


def count_rows(session: Session, exchange_id: UUID) -> Mapping[str, int]:
    """How many rows of a long file become what."""
    found: Any = select(ExchangeRow.becomes, func.count()).where(ExchangeRow.exchange_id == exchange_id)
    rows: Any = session.execute(found.group_by(ExchangeRow.becomes)).all()
    return dict(rows)


def find_files(
    session: Session, viewer: Identity, campaign_id: UUID, *, cursor: str | None, limit: int
) -> Page[ExchangeFile]:
    """The campaign's uploaded files, the newest first, one page."""
    get_campaign(session, viewer, campaign_id)
    found = select(ExchangeFile).where(ExchangeFile.campaign_id == campaign_id)
    return fetch_page(session, found, ExchangeFile.id, cursor=cursor, limit=limit)


def iterate_figures(
    session: Session, viewer: Identity, kpi_ids: Sequence[UUID], today: date, **filters: Unpack[Filters]
) -> Iterator[Any]:
    """All figures of these KPIs that the viewer may see and that fit, the newest first; memory holds few of them."""
    cursor = None
    while True:
        page = find_figures(session, viewer, kpi_ids, today=today, cursor=cursor, limit=AT_ONCE, **filters)
        for figure in page.items:
            session.expunge(figure)
            yield figure
        cursor = page.next_cursor
        if cursor is None:
            return
