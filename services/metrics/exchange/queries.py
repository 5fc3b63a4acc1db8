"""Every SELECT on uploaded files; figures are read by the ledger's own queries, with the viewer's rights."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.exchange.models import ExchangeFile
from services.metrics.known.queries import get_campaign
from services.metrics.measurements.queries import Filters, find_figures
from shared.database.paging import Page, fetch_page
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
