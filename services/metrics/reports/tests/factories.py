"""Reports for tests, drawn in no time where the drawing isn't what is tested."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.reports.document import ReportDocument
from services.metrics.reports.models import Edition, Report
from services.metrics.reports.queries import get_report
from services.metrics.reports.service.editions import Draw, freeze_report
from services.metrics.reports.service.writing import start_report
from shared.files import FileStore, StoredFile
from shared.identity import SYSTEM
from shared.testing.people import make_identity

TODAY = date(2028, 3, 1)


def draw_nothing(_document: ReportDocument) -> Mapping[str, StoredFile]:
    return {"pdf": StoredFile("a.pdf", "application/pdf", 1, "0" * 64), "xlsx": StoredFile("a.xlsx", "x", 1, "1" * 64)}


def draw_into(store: FileStore) -> Draw:
    """Files that hold next to nothing, but are there."""
    blob = store.put(b"a report")
    return lambda _document: {
        form: StoredFile(f"a.{form}", "text/plain", blob.size, blob.sha256) for form in ("pdf", "xlsx")
    }


def make_report(session: Session, campaign_id: UUID, now: datetime, kind: str = "final", **days: date) -> Report:
    return start_report(session, make_identity(), campaign_id, now, kind=kind, **days)


def freeze(session: Session, report_id: UUID, now: datetime, today: date = TODAY) -> Edition:
    seen = get_report(session, SYSTEM, report_id).version
    return freeze_report(session, make_identity(), report_id, seen, now, today, draw_nothing, "Reported on")
