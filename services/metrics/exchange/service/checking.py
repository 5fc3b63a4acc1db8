"""Looking at a spreadsheet of figures row by row, by the rules that partners' deliveries are checked with.

Nothing is written here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.metrics.exchange.models import ADDED, CORRECTED, SAME, WRONG
from services.metrics.exchange.sheet import (
    NAMES_HERE,
    SheetFormatError,
    SheetSchema,
    make_item,
    name_partners,
)
from services.metrics.indicators.queries import Name, list_names
from services.metrics.known.queries import list_partners
from services.metrics.measurements.items import Item, Refused, read_item
from services.metrics.measurements.queries import Key, map_current
from services.metrics.measurements.service.intake import Entry, enter_all
from services.metrics.measurements.service.ledger import Origin
from shared.errors import Invalid
from shared.tables.checking import CheckedRow, check_rows
from shared.tables.matching import known_titles, match_columns, missing_columns, table_fields, title_of
from shared.tables.places import Limits, Row, name_column, name_place
from shared.tables.reading import Table, open_table
from shared.tables.words import fold_title

#: So many rows are looked at while a person waits; longer files are looked at by the worker.
LIMITS = Limits(rows=10_000)
#: Cells that may not say the same of several rows: a figure would count several times.
_OWN = ("value", "weight", "parts", "reference")


#: More merged cells than this are nobody's work.
_MERGED = 1_000_000


@dataclass(slots=True)
class Line:
    """A row with what it means; `errors` is field -> what is wrong, the field "" for the row as a whole."""

    row: Row
    errors: dict[str, str]
    item: Item | None = None
    organisation_id: UUID | None = None
    becomes: str = WRONG
    #: The figure as partners' deliveries hold it.
    raw: dict[str, Any] | None = None

    def refuse(self, name: str, reason: str) -> None:
        self.errors[name], self.becomes = reason, WRONG

    @property
    def key(self) -> Key:
        assert self.item is not None and self.organisation_id is not None
        return self.item.kpi_id, self.organisation_id, self.item.reference


@dataclass(slots=True)
class Look:
    """What a look at a file found; `matched` is field -> position of its column."""

    titles: list[str]
    matched: Mapping[str, int]
    names: Mapping[UUID, Name]
    lines: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, becomes: str) -> int:
        return sum(line.becomes == becomes for line in self.lines)

    def list_problems(self, most: int) -> list[dict[str, str]]:
        """The first wrong cells, each with its place."""
        found: list[dict[str, str]] = []
        for line in self.lines:
            for name, reason in line.errors.items():
                if len(found) == most:
                    return found
                place = name_cell(line.row.number, name, self.matched, self.titles)
                found.append({"place": place, "reason": reason})
        return found


def look_at(session: Session, campaign_id: UUID, file: IO[bytes], now: datetime) -> Look:
    """What the file would do to the campaign's figures; raises `Invalid` or `TooLarge` for what is no such table."""
    schema = SheetSchema()
    names = list_names(session, [campaign_id])
    with open_table(file, titles=known_titles(schema), limits=LIMITS) as table:
        matched = match_columns(schema, table.titles)
        check_table(schema, table, matched)
        reader = make_reader(session, campaign_id, names, now)
        lines = [reader.read(checked) for checked in check_rows(schema, matched, table)]
        look = Look(table.titles, matched, {name.kpi_id: name for name in names}, lines, table.notes)
        merged = find_merged(matched, table)
    for line in lines:
        for name, reason in merged.get(line.row.number, {}).items():
            line.refuse(name, reason)
    if not lines:
        raise Invalid({"file": _("There are no rows beneath the titles.")})
    _refuse_repeated(lines)
    hold_against_ledger(session, lines, look.names, now)
    return look


def name_cell(number: int, name: str, matched: Mapping[str, int], titles: Sequence[str]) -> str:
    """The place of a row's field in words; of the whole row for the field ""."""
    position = matched.get(name)
    if position is None:
        return str(_("row %(row)s", row=number))
    return name_place(number, position, titles[position])


def list_entries(lines: Iterable[Line], person_name: str) -> list[Entry]:
    """The rows that would change something, for the ledger."""
    origin = Origin("exchange", person_name=person_name)
    return [
        (line.organisation_id, line.item, origin)
        for line in lines
        if line.becomes in (ADDED, CORRECTED) and line.item is not None and line.organisation_id is not None
    ]


def check_table(schema: SheetSchema, table: Table, matched: dict[str, int]) -> None:
    """Raise `Invalid` for a table without a column that is needed, or with formulas that nobody has worked out."""
    if table.unvalued:
        cells = ", ".join(table.unvalued[:10])
        raise Invalid(
            {
                "file": _(
                    "These cells hold formulas without what they come to: %(cells)s. Open the file in a spreadsheet "
                    "program, save it there and upload it again.",
                    cells=cells,
                )
            }
        )
    if missing := missing_columns(schema, matched):
        known = table_fields(schema)
        named = ", ".join(title_of(name, known[name]) for name in missing)
        raise Invalid({"file": _("These columns are missing: %(names)s. Take the template.", names=named)})


def find_merged(matched: Mapping[str, int], table: Table) -> dict[int, dict[str, str]]:
    """Number of a row -> field -> why it can't be read, for cells that are merged and so say the same of many rows.

    Raises `Invalid` where there are more of them than anybody makes.
    """
    merged = sum(bottom - top + 1 for top, bottom, _column in table.merged)
    if merged > _MERGED:
        raise Invalid({"file": _("Too many cells are merged in this table. Give each row its own.")})
    own, found = {matched[name]: name for name in _OWN if name in matched}, defaultdict[int, dict[str, str]](dict)
    for top, bottom, column in table.merged:
        if column in own:
            letters = name_column(column)
            place = f"{letters}{top + 1}:{letters}{bottom + 1}"
            words = _("The cells %(cells)s are merged. Give each row its own.", cells=place)
            for row in range(top, bottom + 1):
                found[row + 1][own[column]] = words
    return found


def _refuse_repeated(lines: Sequence[Line]) -> None:
    first: dict[Key, int] = {}
    for line in lines:
        if line.item is None or line.organisation_id is None:
            continue
        at = first.setdefault(line.key, line.row.number)
        if at != line.row.number:
            line.refuse("reference", _("Row %(row)s has the same reference for this KPI and partner.", row=at))


def hold_against_ledger(session: Session, lines: Sequence[Line], names: Mapping[UUID, Name], now: datetime) -> None:
    """Say of each line that is right what becomes of it; the ledger may refuse it."""
    right = [line for line in lines if not line.errors]
    compare_with_current(session, right)
    entered = [line for line in right if line.becomes != SAME]
    refusals = enter_all(session, list_entries(right, ""), names, now, trial=True)
    for line, refused in zip(entered, refusals, strict=True):
        if refused:
            line.refuse("", refused)


def compare_with_current(session: Session, right: Sequence[Line]) -> None:
    """Say of each line whether it is new, a correction, or in the ledger just so."""
    current = map_current(session, {line.key for line in right})
    for line in right:
        before = current.get(line.key)
        assert line.item is not None
        line.becomes = ADDED if before is None else SAME if before.said == line.item.said else CORRECTED


def make_reader(session: Session, campaign_id: UUID, names: Sequence[Name], now: datetime) -> "Reader":
    """What reads rows of the campaign's figures; `names` are its KPIs."""
    return Reader(names, name_partners(list_partners(session, campaign_id)), now)


class Reader:
    """Reads rows of one campaign's figures."""

    def __init__(self, names: Sequence[Name], partners: Mapping[UUID, str], now: datetime) -> None:
        self._kpis = {name.key: name for name in names}
        self._today = now.date()
        self._partners = {fold_title(word): each for each, name in partners.items() for word in (name, str(each))}

    def read(self, checked: CheckedRow) -> Line:
        line = Line(checked.row, dict(checked.errors))
        if checked.data is None:
            return line
        line.organisation_id = self._partners.get(fold_title(checked.data["partner"]))
        if line.organisation_id is None:
            line.errors["partner"] = _("No partner of this campaign is called so. Take the name from the list.")
        try:
            # Case is no reason to send a sheet back: keys have only small letters.
            raw = make_item(checked.data)
            line.raw = {**raw, "kpi": raw["kpi"].lower()}
            line.item = self.read_item(line.raw)
        except SheetFormatError as error:
            line.errors["parts"] = str(error)
        except Refused as refused:
            line.errors[NAMES_HERE.get(refused.field, refused.field)] = str(refused)
        return line

    def read_item(self, raw: Mapping[str, Any]) -> Item:
        """The figure in `raw`, checked as partners' are; raises `Refused`."""
        return read_item(raw, self._kpis, self._today, reported=False)
