"""Cells as plain JSON, for rows that wait in a database."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from shared.fields import plain
from shared.tables.places import Cell

_RESTORERS: Mapping[str, Callable[[str], Cell]] = {
    "number": Decimal,
    "date": date.fromisoformat,
    "instant": datetime.fromisoformat,
    "time": time.fromisoformat,
}


def keep_cells(cells: Iterable[Cell]) -> list[Any]:
    """The cells as JSON: texts, truth and nothing as they are, the others with their kind."""
    return [_keep(cell) for cell in cells]


def restore_cells(kept: Iterable[Any]) -> tuple[Cell, ...]:
    """What `keep_cells` was given."""
    return tuple(_restore(each) for each in kept)


def _keep(cell: Cell) -> Any:
    if isinstance(cell, str):
        # Neither PostgreSQL's JSON nor any reader takes a NUL.
        return cell.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, Decimal):
        return {"number": plain(cell)}
    kind = "instant" if isinstance(cell, datetime) else "date" if isinstance(cell, date) else "time"
    return {kind: cell.isoformat()}


def _restore(kept: Any) -> Cell:
    if isinstance(kept, dict):
        [(kind, text)] = kept.items()
        return _RESTORERS[kind](text)
    cell: Cell = kept
    return cell
