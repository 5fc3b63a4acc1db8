"""Files of figures, for tests."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlalchemy.orm import Session

from services.metrics.exchange.models import ExchangeFile
from services.metrics.exchange.service.uploads import upload_figures
from shared.clock import utc_now
from shared.files import FileStore, StoredFile
from shared.testing.people import make_identity

TITLES = ["KPI", "Partner", "Figure", "From", "Until", "Reference", "Weight", "Parts", "Note on parts", "Note"]
PARTNER = "Mister Trash Wheel"


def row(
    reference: str = "a", value: str = "4.31", day: str = "2014-05-16", kpi: str = "waste", *more: str
) -> list[str]:
    return [kpi, PARTNER, value, day, day, reference, *more]


def write_csv_of(*rows: Sequence[str], encoding: str = "utf-8", separator: str = ",") -> bytes:
    return "\n".join(separator.join(f'"{cell}"' for cell in each) for each in (TITLES, *rows)).encode(encoding)


def write_book(*rows: Sequence[str], change: Any = None) -> bytes:
    """A workbook of these rows as texts; `change(sheet)` may do to it what people do."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Figures")
        for number, each in enumerate((TITLES, *rows)):
            sheet.write_row(number, 0, each)
        if change:
            change(sheet)
    return target.getvalue()


def drop_values(book: bytes) -> bytes:
    """The workbook as a program leaves it that writes formulas and never works them out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as packed, zipfile.ZipFile(target, "w") as changed:
        for member in packed.namelist():
            content = packed.read(member)
            changed.writestr(member, re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", content))
    return target.getvalue()


def upload(
    session: Session, store: FileStore, campaign_id: UUID, content: bytes, name: str = "may.csv"
) -> ExchangeFile:
    file = StoredFile(name, "text/csv", len(content), store.put(content).sha256)
    return upload_figures(session, make_identity(), campaign_id, file, store, utc_now())
