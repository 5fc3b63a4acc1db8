"""The numbers behind a chart as a file for spreadsheets."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from services.metrics.dashboard.queries import KpiBoard
from shared.errors import NotFound
from shared.fields import plain


def write_numbers(kpi: KpiBoard, chart: str) -> bytes:
    """The rows of the chart "trend", "shares" or of a dimension as CSV (RFC 4180) in UTF-8 with a mark for Excel.

    Values are exact, without a thousands separator. Raises `NotFound` for another chart.
    """
    head: tuple[str, ...]
    rows: Iterable[tuple[str, ...]]
    if chart == "trend":
        head = ("month", "verified", "provisional", "level")
        rows = [
            (f"{each.month:%Y-%m}", _say(each.verified), _say(each.provisional), _say(each.level))
            for each in kpi.series
        ]
    elif chart == "shares":
        head = ("partner", "verified", "provisional")
        rows = [
            (_text(each.name or str(each.organisation_id)), _say(each.verified), _say(each.provisional))
            for each in kpi.by_partner
        ]
    elif any(each["key"] == chart for each in kpi.dimensions):
        head = (chart, "verified", "provisional")
        rows = [
            (each.category, plain(each.verified), plain(each.provisional))
            for each in kpi.by_part
            if each.dimension == chart
        ]
    else:
        raise NotFound("There is no such chart.")
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow((*head, "unit"))
    writer.writerows((*row, _text(kpi.unit)) for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _say(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _text(words: str) -> str:
    """What someone typed, so that no spreadsheet takes it for a formula."""
    return "'" + words if words.startswith(("=", "+", "-", "@", "\t", "\r")) else words
