"""Every SELECT on imports. They are for staff; the routes see to that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.partners.imports.models import (
    LIKELY,
    REFUSED,
    UNDER_WAY,
    UNSEEN,
    WAITING,
    WRONG,
    Import,
    ImportRow,
)
from shared.database.paging import Page, fetch_page
from shared.database.retries import is_due
from shared.errors import NotFound

_BATCH = 500


def get_import(session: Session, import_id: UUID) -> Import:
    """The import; raises `NotFound`."""
    found = session.get(Import, import_id)
    if found is None:
        raise NotFound
    return found


def find_imports(session: Session, *, cursor: str | None, limit: int) -> Page[Import]:
    """Imports, newest first."""
    return fetch_page(session, select(Import), Import.id, cursor=cursor, limit=limit)


def count_imports(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Import)) or 0


def find_earlier(session: Session, subject: Import) -> Import | None:
    """The newest import before this one of the same file, byte for byte."""
    found = select(Import).where(Import.sha256 == subject.sha256, Import.id < subject.id)
    return session.scalar(found.order_by(Import.id.desc()).limit(1))


def claim_import(session: Session, now: datetime) -> Import | None:
    """The import that has waited longest for the worker and may be tried now, locked until the transaction ends."""
    due = select(Import).where(Import.state.in_(UNDER_WAY), is_due(Import, now))
    found = due.order_by(Import.updated_at).limit(1)
    return session.scalar(found.with_for_update(skip_locked=True))


def find_rows(
    session: Session, import_id: UUID, *, verdict: str | None = None, cursor: str | None, limit: int
) -> Page[ImportRow]:
    """Rows in the order of the file, one page."""
    found = select(ImportRow).where(ImportRow.import_id == import_id)
    if verdict:
        found = found.where(ImportRow.verdict == verdict)
    return fetch_page(session, found, ImportRow.number, cursor=cursor, limit=limit, descending=False)


def list_unseen(session: Session, import_id: UUID, limit: int) -> Sequence[ImportRow]:
    return _list(session, select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.verdict == UNSEEN), limit)


def list_waiting(session: Session, import_id: UUID, limit: int) -> Sequence[ImportRow]:
    return _list(
        session, select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.outcome == WAITING), limit
    )


def get_rows(session: Session, import_id: UUID, numbers: Iterable[int]) -> Sequence[ImportRow]:
    found = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.number.in_(list(numbers)))
    return session.scalars(found).all()


def iterate_bad_rows(session: Session, import_id: UUID) -> Iterator[ImportRow]:
    """Rows that are wrong or were refused, in the order of the file, without holding all of them."""
    bad = (ImportRow.verdict == WRONG) | (ImportRow.outcome == REFUSED)
    found = select(ImportRow).where(ImportRow.import_id == import_id, bad).order_by(ImportRow.number)
    yield from session.scalars(found.execution_options(yield_per=_BATCH))


def find_first_rows(session: Session, import_id: UUID, keys: Iterable[str]) -> Mapping[str, int]:
    """Name key -> the first row of the file that has it."""
    found = (
        select(ImportRow.name_key, func.min(ImportRow.number))
        .where(ImportRow.import_id == import_id, ImportRow.name_key.in_(list(keys)))
        .group_by(ImportRow.name_key)
    )
    return {row[0]: row[1] for row in session.execute(found) if row[0]}


def count_verdicts(session: Session, import_id: UUID) -> Mapping[str, int]:
    """Verdict -> number of rows."""
    return _count(session, import_id, select(ImportRow.verdict, func.count()).group_by(ImportRow.verdict))


def count_outcomes(session: Session, import_id: UUID) -> Mapping[str, int]:
    """Outcome -> number of rows."""
    return _count(session, import_id, select(ImportRow.outcome, func.count()).group_by(ImportRow.outcome))


def count_actions(session: Session, import_id: UUID) -> Mapping[str, int]:
    """Action -> number of the rows it will be done to, which wrong ones are not."""
    counted = select(ImportRow.action, func.count()).where(ImportRow.verdict != WRONG).group_by(ImportRow.action)
    return _count(session, import_id, counted)


def list_likely(session: Session, import_id: UUID) -> Sequence[ImportRow]:
    """All rows that may be in the register already, or stand twice in the file."""
    found = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.verdict == LIKELY)
    return session.scalars(found).all()


def _list(session: Session, found: Any, limit: int) -> Sequence[ImportRow]:
    rows: Sequence[ImportRow] = session.scalars(found.order_by(ImportRow.number).limit(limit)).all()
    return rows


def _count(session: Session, import_id: UUID, counted: Any) -> Mapping[str, int]:
    return {row[0]: row[1] for row in session.execute(counted.where(ImportRow.import_id == import_id))}
