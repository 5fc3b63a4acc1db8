"""Imports for tests: a file, and a worker that carries it as far as it can go."""

import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.partners.imports.models import Import
from services.partners.imports.service import carry_imports, choose_columns, start_import
from services.partners.organisations.sheet import SheetSchema
from shared.clock import utc_now
from shared.files import FileStore, StoredFile
from shared.tables.places import Cell
from shared.tables.writing import CSV, write_csv

TITLES = ["Organisation", "Type", "Country", "Web site", "Remarks"]


def make_file(files: FileStore, rows: Sequence[Sequence[Cell]], titles: Sequence[str] = TITLES) -> StoredFile:
    """A stored CSV of these rows."""
    made = io.BytesIO()
    write_csv(made, titles, rows)
    blob = files.put(made.getvalue())
    return StoredFile("partners.csv", CSV, blob.size, blob.sha256)


def carry(session: Session, files: FileStore, *, commit: bool = True) -> int:
    """Do all that the worker has to do; returns in how many pieces."""
    work, times = carry_imports(files, SheetSchema), 0
    session.expire_all()
    while work(session, utc_now()):
        times += 1
        if commit:
            session.commit()
    if commit:
        session.commit()
    return times


def make_import(session: Session, files: FileStore, by: Any, rows: Sequence[Sequence[Cell]], **how: Any) -> Import:
    """An import of these rows, read and checked."""
    made = start_import(session, by, make_file(files, rows, **how), utc_now())
    carry(session, files)
    session.refresh(made)
    return made


def make_import_samples(session: Session, files: FileStore, by: Any) -> dict[str, Any]:
    """For the service's samples, within their transaction: an import with a wrong row, a likely and a good one."""
    rows = [["Quagga Club", "ngo", "ZA", None, None], ["Quagga Trust", "ngo", "ZA", None, None]]
    titles = ["Quagga", "Quagga kind", "Quagga country", "Quagga site", "Quagga remarks"]
    file = make_file(files, [*rows, ["Quagga Bank", "quagga", "ZA", None, None]], titles)
    made = start_import(session, by, StoredFile("Quagga.csv", file.media_type, file.size, file.sha256), utc_now())
    carry(session, files, commit=False)
    choose_columns(session, by, made.id, made.version, {"name": 0, "kind": 1, "country": 2}, utc_now())
    carry(session, files, commit=False)
    return {"import_id": made.id, "file_kind": "csv"}
