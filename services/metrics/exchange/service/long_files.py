"""Long spreadsheets of figures, which the worker brings in step by step while people do other things.

Its rows are first kept as they are, then looked at, some thousands in each step, and what was found is shown. Once
someone says so, all of it goes into the ledger in one transaction: nobody ever sees half a file.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.metrics.exchange.models import (
    ADDED,
    CHECKING,
    CORRECTED,
    FAILED,
    READING,
    READY,
    SAME,
    TAKEN,
    TAKING,
    UNSEEN,
    WRONG,
    ExchangeFile,
    ExchangeRow,
)
from services.metrics.exchange.queries import (
    claim_file,
    count_rows,
    list_good_rows,
    list_unseen_rows,
    map_first_rows,
)
from services.metrics.exchange.service.checking import (
    Line,
    Reader,
    check_table,
    compare_with_current,
    find_merged,
    hold_against_ledger,
    list_entries,
    make_reader,
    name_cell,
)
from services.metrics.exchange.sheet import SheetSchema
from services.metrics.indicators.queries import Name, list_names
from services.metrics.measurements.items import Refused
from services.metrics.measurements.service.intake import enter_all
from shared.database.bulk import insert_rows, upsert_rows
from shared.database.history import note
from shared.database.retries import attempt
from shared.errors import Conflict, Invalid, TooLarge
from shared.files import FileStore
from shared.identity import COORDINATOR, Identity
from shared.messaging.wake import announce
from shared.tables.checking import check_row
from shared.tables.kept import keep_cells, restore_cells
from shared.tables.matching import known_titles, match_columns
from shared.tables.places import Limits, Row
from shared.tables.reading import open_table

#: The most rows, and how many of them are dealt with at once.
LIMITS = Limits(rows=200_000)
SLICE = 5_000
#: So many wrong cells are kept to be shown; the file to mend has them all.
_SHOWN = 100


class _Changed(Exception):
    """The ledger is no longer as it was when the file was looked at."""


def topic_of(exchange_id: UUID) -> str:
    """What is announced when a file has come further."""
    return f"exchange:{exchange_id}"


def ask_to_take(session: Session, by: Identity, found: ExchangeFile, now: datetime, *, partial: bool) -> ExchangeFile:
    """Let the worker take a long file that was looked at; the rest is as in `take_figures`."""
    if found.wrong and not partial:
        raise Conflict(_("Some rows are wrong. Mend them, or say that only the good rows are to be taken."))
    if not found.added and not found.corrected:
        raise Conflict(_("No row of this file changes anything."))
    found.state, found.partial, found.problem, found.updated_at = TAKING, partial, None, now
    found.person_id, found.person_name = by.person_id, by.name
    session.flush()
    note(session, by, "asked to take a file", found.id, at=now, name=found.file_name)
    announce(session, topic_of(found.id))
    return found


def carry_files(store: FileStore) -> Callable[[Session, datetime], bool]:
    """A due job: does the next step of the long file that has waited longest; True if there is more to do."""

    def carry(session: Session, now: datetime) -> bool:
        found = claim_file(session, now)
        if found is None:
            return False
        step = {READING: _read, CHECKING: _check_slice, TAKING: _take}[found.state]
        failure = attempt(session, found, now, lambda: step(session, found, store, now))
        if failure is not None:
            found.state, found.problem = FAILED, failure
        found.updated_at = now
        session.flush()
        announce(session, topic_of(found.id))
        return True

    return carry


def _read(session: Session, found: ExchangeFile, store: FileStore, _now: datetime) -> None:
    """Keep the file's rows as they are, or why it can't be read."""
    session.execute(delete(ExchangeRow).where(ExchangeRow.exchange_id == found.id))
    schema = SheetSchema()
    try:
        with store.open(found.sha256) as content, session.begin_nested():
            with open_table(content, titles=known_titles(schema), limits=LIMITS) as table:
                matched = match_columns(schema, table.titles)
                check_table(schema, table, matched)
                merged, count = find_merged(matched, table), 0
                while batch := list(islice(table.rows, SLICE)):
                    rows = [_keep_row(found.id, row, merged.get(row.number, {})) for row in batch]
                    insert_rows(session, ExchangeRow, rows)
                    count += len(rows)
            if not count:
                raise Invalid({"file": _("There are no rows beneath the titles.")})
    except (Invalid, TooLarge) as problem:
        found.state = FAILED
        found.problem = " ".join(problem.fields.values()) if isinstance(problem, Invalid) else problem.detail
        return
    found.titles, found.matched, found.decimal_comma = table.titles, matched, table.decimal_comma
    found.rows, found.progress, found.state, found.problems = count, 0, CHECKING, []
    found.notes = table.notes


def _keep_row(exchange_id: UUID, row: Row, errors: dict[str, str]) -> dict[str, Any]:
    return {
        "exchange_id": exchange_id, "number": row.number, "cells": keep_cells(row.cells), "becomes": UNSEEN,
        "errors": errors, "item": None, "organisation_id": None, "kpi": None, "reference": None,
    }  # fmt: skip


def _check_slice(session: Session, found: ExchangeFile, _store: FileStore, now: datetime) -> None:
    """Look at the next rows by the rules for deliveries."""
    names = list_names(session, [found.campaign_id])
    reader, schema = make_reader(session, found.campaign_id, names, now), SheetSchema()
    rows = list_unseen_rows(session, found.id, SLICE)
    lines = [_look_at(row, found, schema, reader) for row in rows]
    _refuse_repeated(session, found, lines)
    hold_against_ledger(session, lines, {name.kpi_id: name for name in names}, now)
    upsert_rows(session, ExchangeRow, [_tell(found.id, line) for line in lines], _take_over)
    shown = list(found.problems)
    for line in lines:
        for name, reason in line.errors.items():
            if len(shown) < _SHOWN:
                place = name_cell(line.row.number, name, found.matched, found.titles)
                shown.append({"place": place, "reason": reason})
    found.problems, found.progress = shown, found.progress + len(rows)
    if len(rows) < SLICE:
        counts = count_rows(session, found.id)
        found.added, found.corrected, found.same, found.wrong = (
            counts.get(becomes, 0) for becomes in (ADDED, CORRECTED, SAME, WRONG)
        )
        found.state = READY


def _look_at(row: Any, found: ExchangeFile, schema: SheetSchema, reader: Reader) -> Line:
    given = Row(row.number, restore_cells(row.cells))
    line = reader.read(check_row(schema, found.matched, given, found.decimal_comma))
    for name, reason in row.errors.items():
        line.refuse(name, reason)
    return line


def _tell(exchange_id: UUID, line: Line) -> dict[str, Any]:
    """The line as it is kept: its cells where someone has to mend them, else the figure."""
    told = {"exchange_id": exchange_id, "number": line.row.number, "errors": line.errors}
    known = line.raw is not None and line.item is not None
    kept = {
        "organisation_id": line.organisation_id,
        "kpi": line.raw["kpi"] if known and line.raw else None,
        "reference": line.item.reference if line.item else None,
    }
    if line.errors:
        return {**told, **kept, "becomes": WRONG, "cells": keep_cells(line.row.cells), "item": None}
    return {**told, **kept, "becomes": line.becomes, "cells": [], "item": line.raw}


def _take_over(_present: Any, coming: Any) -> dict[str, Any]:
    return {name: getattr(coming, name) for name in ("errors", "organisation_id", "kpi", "reference", "becomes",
                                                     "cells", "item")}  # fmt: skip


def _refuse_repeated(session: Session, found: ExchangeFile, lines: Iterable[Line]) -> None:
    named = [(line, line.item) for line in lines if line.item is not None and line.organisation_id is not None]
    first = map_first_rows(session, found.id, {item.reference for _line, item in named})
    for line, item in named:
        assert line.raw is not None and line.organisation_id is not None
        at = first.setdefault((line.raw["kpi"], line.organisation_id, item.reference), line.row.number)
        if at != line.row.number:
            line.refuse("reference", _("Row %(row)s has the same reference for this KPI and partner.", row=at))


def _take(session: Session, found: ExchangeFile, _store: FileStore, now: datetime) -> None:
    """Bring the good rows into the ledger, all of them, unless that would no longer do what somebody saw."""
    names = list_names(session, [found.campaign_id])
    reader = make_reader(session, found.campaign_id, names, now)
    try:
        with session.begin_nested():
            _enter(session, found, reader, {name.kpi_id: name for name in names}, now)
    except _Changed:
        # Looked at anew, it shows what it would do now.
        found.state, found.progress, found.rows = READING, 0, 0
        found.problem = "The campaign's figures changed since this file was looked at. It is looked at again."
        return
    session.execute(delete(ExchangeRow).where(ExchangeRow.exchange_id == found.id, ExchangeRow.becomes != WRONG))
    found.state, found.progress, found.problem = TAKEN, found.rows, None
    told = {"name": found.file_name, "added": found.added, "corrected": found.corrected, "left_out": found.wrong}
    for subject in (found.campaign_id, found.id):
        note(session, _act_for(found, now), "took figures from a file", subject, at=now, **told)


def _enter(
    session: Session, found: ExchangeFile, reader: Reader, names: dict[UUID, Name], now: datetime
) -> None:  # fmt: skip
    after = 0
    while rows := list_good_rows(session, found.id, after, SLICE):
        lines = [Line(Row(row.number, ()), {}, organisation_id=row.organisation_id) for row in rows]
        for row, line in zip(rows, lines, strict=True):
            try:
                line.item = reader.read_item(row.item)
            except Refused as refused:
                raise _Changed from refused
        compare_with_current(session, lines)
        if any(row.becomes != line.becomes for row, line in zip(rows, lines, strict=True)):
            raise _Changed
        if any(enter_all(session, list_entries(lines, found.person_name), names, now)):
            raise _Changed
        after = rows[-1].number


def _act_for(found: ExchangeFile, now: datetime) -> Identity:
    """Whoever said that the file is to be taken: it is done for them and stands under their name."""
    return Identity(
        person_id=found.person_id, name=found.person_name, email="", role=COORDINATOR, organisation_id=None,
        token_id=found.id, issued_at=now, expires_at=now + timedelta(minutes=1),
    )  # fmt: skip
