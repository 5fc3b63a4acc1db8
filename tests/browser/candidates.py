"""Forty candidate partners in a spreadsheet as somebody keeps one: wrong cells, doubles, other words for columns."""

import io
from collections.abc import Sequence
from pathlib import Path

import python_calamine

from shared.tables.writing import write_xlsx

TITLES = ("Organisation", "Type", "Nation", "Web address", "Reg no", "Mission statement")
#: Those that get as far as a round of evaluations. Their names share a word, which finds them.
COMPARED = (
    "Kalk Bay Harbour Divers",
    "Saldanha Seafarers' Harbour Mission",
    "Mossel Harbour Youth Sailing",
    "Harbour Master's Reading Room",
    "Old Harbour Net Menders",
)
#: Nothing in them is alike, so that only the doubles are taken for doubles.
GOOD = (
    "Amathole Beekeepers", "Bitou Blind Bowls", "Cederberg Rooibos Women", "Drakenstein Night School",
    "Elgin Orchard Crèche", "Fynbos Fire Wardens", "Garden Route Ramblers", "Helderberg Lifeline",
    "iThemba Trauma Counsellors", "Jonkershoek Trout Hatchery", "Karoo Windmill Menders", "Langa Brass Band",
    "Mamre Thatchers", "Nieuwoudtville Bulb Growers", "Overstrand Whale Watch", "Piketberg Proteas Netball",
    "Quagga Breeding Project", "Robben Islanders' Oral History", "Simonstown Toy Library", "Tulbagh Quake Survivors",
    "Uitenhage Rail Apprentices", "Vredefort Crater Guides", "Witsand Kite Rescue", "Xhosa Praise Poets",
    "Yzerfontein Oyster Pickers", "Zwelihle Chess Academy", "Agulhas Lighthouse Choir", "Breede Valley Paramedics",
)  # fmt: skip
#: Name -> the cell that is wrong, by its title, and what mends it.
WRONG = {
    "Clanwilliam Rock Art Society": ("Type", "Sports club", "Community group"),
    "Dwarskersbos Net Patrol": ("Nation", "Atlantis", "South Africa"),
    "Eendekuil Sewing Circle": ("Web address", "not yet", ""),
    "Franskraal Penguin Nurses": ("Type", None, "Charity"),
}
#: Of the demo's register, written a little otherwise.
KNOWN = ("Table Bay Ocean Trust (Cape Town)", "Boland Schools of Trades")
TWICE = GOOD[0]


def write_candidates(path: Path) -> None:
    """The forty rows, as a workbook."""
    rows = [_row(name) for name in (*COMPARED, *GOOD, *KNOWN, TWICE)]
    for name, (title, cell, _mended) in WRONG.items():
        wrong = _row(name)
        wrong[TITLES.index(title)] = cell
        # Among the good ones, where people find them least.
        rows.insert(7, wrong)
    with path.open("wb") as target:
        write_xlsx(target, TITLES, rows)


def mend_candidates(given: Path, path: Path) -> Sequence[str]:
    """Mend each wrong cell of the file that came back, leaving all else; returns what its first column said."""
    titles, *rows = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(given.read_bytes())).get_sheet_by_index(0).to_python()
    )
    for row in rows:
        title, _wrong, mended = WRONG[str(row[titles.index("Organisation")])]
        row[titles.index(title)] = mended
    with path.open("wb") as target:
        write_xlsx(target, titles, rows)  # type: ignore[arg-type]
    return [str(row[0]) for row in rows]


def _row(name: str) -> list[str | None]:
    return [name, "Charity", "South Africa", None, None, f"What {name} is there for."]
