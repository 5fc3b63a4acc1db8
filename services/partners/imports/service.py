"""Use cases: bringing a spreadsheet of organisations in. People decide; the worker reads, checks and carries out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from marshmallow import Schema
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from services.partners.imports.models import (
    ACTIONS,
    ADD,
    ADDED,
    CHANGED,
    CHECKING,
    DONE,
    FAILED,
    FILL,
    GOOD,
    LEFT,
    LIKELY,
    READING,
    READY,
    REFUSED,
    REPLACE,
    RUNNING,
    SAME,
    SKIP,
    UNSEEN,
    WRONG,
    Import,
    ImportRow,
)
from services.partners.imports.queries import (
    claim_import,
    count_outcomes,
    find_first_rows,
    get_import,
    get_rows,
    list_likely,
    list_unseen,
    list_waiting,
)
from services.partners.organisations.queries import find_duplicates, get_organisation, read_name_key
from services.partners.organisations.service import change_organisation, register_organisation
from shared.database.history import note
from shared.database.retries import attempt
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid, NotFound, Problem, TooLarge
from shared.files import FileStore, StoredFile
from shared.identity import COORDINATOR, Identity
from shared.messaging.wake import announce
from shared.tables.checking import check_row
from shared.tables.kept import keep_cells, restore_cells
from shared.tables.matching import known_titles, match_columns, missing_columns
from shared.tables.places import Row
from shared.tables.reading import open_table

#: Rows written at once, and rows that one transaction of the worker checks or carries out.
READ_AT_ONCE, SLICE = 2000, 200


def topic_of(import_id: UUID) -> str:
    """The live topic that tells of an import's progress."""
    return f"import:{import_id}"


def start_import(session: Session, by: Identity, file: StoredFile, now: datetime) -> Import:
    """Take in a file; the worker reads it."""
    started = Import(created_at=now, updated_at=now, person_id=by.person_id, person_name=by.name)
    started.set_file(file)
    session.add(started)
    session.flush()
    note(session, by, "uploaded the file", started.id, at=now, name=file.name)
    return started


def choose_columns(
    session: Session, by: Identity, import_id: UUID, seen_version: int, matched: Mapping[str, int], now: datetime
) -> Import:
    """Read the rows anew with these columns; raises `Invalid` where two fields are given one column."""
    found = _get_undecided(session, import_id)
    require_version(session, found, seen_version)
    twice = [name for name, at in matched.items() if list(matched.values()).count(at) > 1]
    if twice:
        raise Invalid(dict.fromkeys(twice, "This column answers another field already. Choose one for each."))
    found.matched = dict(matched)
    _check_anew(session, found, now)
    note(session, by, "chose the columns", import_id, at=now)
    return found


def read_again(
    session: Session, by: Identity, import_id: UUID, now: datetime, *, sheet: str | None, encoding: str | None
) -> Import:
    """Read the file anew, from another sheet or with another encoding."""
    found = _get_undecided(session, import_id)
    found.sheet, found.encoding, found.state, found.problem = sheet, encoding, READING, None
    found.updated_at, found.progress = now, 0
    note(session, by, "read the file anew", import_id, at=now, sheet=sheet, encoding=encoding)
    session.flush()
    return found


def choose_actions(
    session: Session, by: Identity, import_id: UUID, actions: Mapping[int, str], now: datetime
) -> Import:
    """Say what is to be done with these rows, by number; wrong rows cannot go in."""
    found = _get_undecided(session, import_id, READY)
    for row in get_rows(session, import_id, actions):
        if row.verdict != WRONG and actions[row.number] in allowed_actions(row):
            row.action = actions[row.number]
    found.updated_at = now
    session.flush()
    return found


def choose_for_likely(session: Session, by: Identity, import_id: UUID, action: str, now: datetime) -> Import:
    """Do the same with every row that may be there already, as far as it can be done with it."""
    if action not in ACTIONS:
        raise Invalid({"action": "Choose from the list."})
    return choose_actions(session, by, import_id, {row.number: action for row in list_likely(session, import_id)}, now)


def allowed_actions(row: ImportRow) -> tuple[str, ...]:
    """What can be done with a row: only one that an organisation stands behind can fill or replace it."""
    if row.verdict == WRONG:
        return ()
    return ACTIONS if row.organisation_id is not None else (SKIP, ADD)


def run_import(session: Session, by: Identity, import_id: UUID, now: datetime) -> Import:
    """Let the worker carry out what was chosen; raises `Conflict` where that is under way or done."""
    found = _get_undecided(session, import_id, READY)
    found.state, found.progress, found.updated_at = RUNNING, 0, now
    found.person_id, found.person_name = by.person_id, by.name
    note(session, by, "started the import", import_id, at=now, name=found.file_name)
    session.flush()
    return found


def try_again(session: Session, by: Identity, import_id: UUID, now: datetime) -> Import:
    """Go on where the work failed; raises `Conflict` where it did not, or the file itself is to blame."""
    found = _get_undecided(session, import_id, FAILED)
    if found.failed_in is None:
        raise Conflict("The file itself can't be read. Mend it and upload it again.")
    found.state, found.failed_in, found.problem, found.updated_at = found.failed_in, None, None, now
    note(session, by, "tried the import again", import_id, at=now)
    session.flush()
    return found


def carry_imports(files: FileStore, make_schema: Callable[[], Schema]) -> Callable[[Session, datetime], bool]:
    """A due job: does the next piece of the import that has waited longest; True if there is more to do."""

    def carry(session: Session, now: datetime) -> bool:
        found = claim_import(session, now)
        if found is None:
            return False
        under_way = found.state
        step = {READING: _read, CHECKING: _check_slice, RUNNING: _run_slice}[under_way]
        failure = attempt(session, found, now, lambda: step(session, found, make_schema(), files, now))
        if failure is not None:
            found.state, found.failed_in, found.problem = FAILED, under_way, failure
            note(session, _act_for(found, now), "gave the import up", found.id, at=now)
        found.updated_at = now
        session.flush()
        announce(session, topic_of(found.id))
        return True

    return carry


def _get_undecided(session: Session, import_id: UUID, *states: str) -> Import:
    found = get_import(session, import_id)
    # One that failed half-way is not decided anew: some of its rows may be in.
    if found.state not in (states or (READY, FAILED)) or (found.failed_in and not states):
        raise Conflict("This import is being worked on or is done. Look at where it stands now.")
    return found


def _check_anew(session: Session, found: Import, now: datetime) -> None:
    fresh: dict[str, Any] = {
        "verdict": UNSEEN,
        "errors": {},
        "name_key": None,
        "same_as": None,
        "organisation_id": None,
    }
    session.execute(update(ImportRow).where(ImportRow.import_id == found.id).values(**fresh, likeness={}, action=ADD))
    found.state, found.progress, found.updated_at = CHECKING, 0, now
    session.flush()


def _read(session: Session, found: Import, schema: Schema, files: FileStore, _now: datetime) -> None:
    """Bring the file's rows into the database, as they are."""
    session.execute(delete(ImportRow).where(ImportRow.import_id == found.id))
    try:
        with files.open(found.sha256) as stream, session.begin_nested():
            with open_table(stream, titles=known_titles(schema), sheet=found.sheet, encoding=found.encoding) as table:
                count = 0
                while batch := list(islice(table.rows, READ_AT_ONCE)):
                    session.execute(insert(ImportRow), [_keep_row(found.id, row) for row in batch])
                    count += len(batch)
            if not count:
                raise Invalid({"file": "There are titles in this table and no rows beneath them."})
    except (Invalid, TooLarge) as problem:
        found.state = FAILED
        found.problem = " ".join(problem.fields.values()) if isinstance(problem, Invalid) else problem.detail
        return
    found.titles, found.sheets, found.notes = table.titles, table.sheets, table.notes
    found.sheet, found.encoding, found.decimal_comma = table.sheet, table.encoding, table.decimal_comma
    found.matched = match_columns(schema, table.titles)
    found.rows, found.progress = count, 0
    found.state = READY if missing_columns(schema, found.matched) else CHECKING


def _keep_row(import_id: UUID, row: Row) -> dict[str, Any]:
    return {
        "import_id": import_id, "number": row.number, "cells": keep_cells(row.cells), "verdict": UNSEEN, "errors": {},
        "likeness": {}, "action": ADD, "outcome": "",
    }  # fmt: skip


def _check_slice(session: Session, found: Import, schema: Schema, _files: FileStore, now: datetime) -> None:
    rows = list_unseen(session, found.id, SLICE)
    for row in rows:
        _check(session, found, schema, row, now)
    session.flush()
    first = find_first_rows(session, found.id, {row.name_key for row in rows if row.name_key})
    for row in rows:
        if row.name_key and first[row.name_key] < row.number and row.verdict == GOOD:
            row.verdict, row.same_as, row.action = LIKELY, first[row.name_key], SKIP
    found.progress += len(rows)
    if len(rows) < SLICE:
        found.state = READY


def _check(session: Session, found: Import, schema: Schema, row: ImportRow, now: datetime) -> None:
    """Say of a row whether it can go in, and which organisation it may be."""
    data, errors = _read_row(found, schema, row)
    row.errors = errors
    if data is None:
        row.verdict = WRONG
        return
    row.name_key = read_name_key(data["name"], data["country"])
    by, own = _act_for(found, now), data.pop("id", None)
    there = _find_there(session, by, own, data)
    if there is None:
        row.verdict, row.action = GOOD, ADD
        return
    organisation_id, score, reasons = there
    differs = list(_find_differences(get_organisation(session, by, organisation_id), data))
    row.organisation_id = organisation_id
    row.likeness = {"score": score, "reasons": list(reasons), "differs": differs}
    row.verdict = LIKELY if differs else SAME
    # Who sends our own export back has changed it; of anything else a person decides.
    row.action = REPLACE if differs and reasons == ("id",) else SKIP


def _find_there(
    session: Session, by: Identity, own: UUID | None, data: Mapping[str, Any]
) -> tuple[UUID, int, tuple[str, ...]] | None:
    if own is not None:
        try:
            return get_organisation(session, by, own).id, 100, ("id",)
        except NotFound:
            own = None
    known = (data.get(name) for name in ("name", "country", "website", "registration_number"))
    likely = find_duplicates(session, by, *known, most=1)  # type: ignore[arg-type]
    return (likely[0].id, likely[0].score, likely[0].reasons) if likely else None


def _run_slice(session: Session, found: Import, schema: Schema, _files: FileStore, now: datetime) -> None:
    rows = list_waiting(session, found.id, SLICE)
    for row in rows:
        if row.verdict == WRONG:
            row.outcome = REFUSED
            continue
        try:
            with session.begin_nested():
                row.outcome = _carry_out(session, found, schema, row, now)
        except Problem as problem:
            row.outcome, row.errors = REFUSED, {"": problem.detail}
    session.flush()
    found.progress += len(rows)
    if len(rows) < SLICE:
        found.state = DONE
        done = count_outcomes(session, found.id)
        told = {name: done.get(name, 0) for name in (ADDED, CHANGED, LEFT, REFUSED)}
        note(session, _act_for(found, now), "finished the import", found.id, at=now, **told)


def _carry_out(session: Session, found: Import, schema: Schema, row: ImportRow, now: datetime) -> str:
    """Do with the row what was chosen; returns its outcome."""
    data, _errors = _read_row(found, schema, row)
    if row.action == SKIP or data is None:
        return LEFT
    by = _act_for(found, now)
    data.pop("id", None)
    if row.action == ADD or row.organisation_id is None:
        row.organisation_id = register_organisation(session, by, now, **{"website": None, **data}).id
        return ADDED
    organisation = get_organisation(session, by, row.organisation_id)
    differs = _find_differences(organisation, data)
    if row.action == FILL:
        differs = {name: value for name, value in differs.items() if getattr(organisation, name) in (None, "", [])}
    if not differs:
        return LEFT
    change_organisation(session, by, organisation.id, organisation.version, now, **differs)
    return CHANGED


def _read_row(found: Import, schema: Schema, row: ImportRow) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """What the row's filled cells say; an empty cell says nothing of what may be there already."""
    cells = restore_cells(row.cells)
    checked = check_row(schema, found.matched, Row(row.number, cells), found.decimal_comma)
    if checked.data is None:
        return None, dict(checked.errors)
    given = {name for name, at in found.matched.items() if cells[at] not in (None, "")}
    return {name: value for name, value in checked.data.items() if name in given}, {}


def _find_differences(organisation: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if getattr(organisation, name) != value}


def _act_for(found: Import, now: datetime) -> Identity:
    """Whoever started the import: what the worker does is done for them and stands under their name."""
    return Identity(
        person_id=found.person_id, name=found.person_name, email="", role=COORDINATOR, organisation_id=None,
        token_id=found.id, issued_at=now, expires_at=now + timedelta(minutes=1),
    )  # fmt: skip
