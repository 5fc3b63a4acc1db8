"""CSV and its kin: any encoding and separator that a spreadsheet writes."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any

import charset_normalizer
from flask_babel import gettext

from shared.errors import Invalid
from shared.tables.opened import Opened
from shared.tables.places import Row

SEPARATORS = (",", ";", "\t", "|")
#: The encodings that a spreadsheet may have meant, the likeliest first, and how people know them.
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252",
    "mac_roman": "MacRoman",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}
_LEGACY = [name for name in ENCODINGS if name.startswith(("cp", "mac"))]
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: What a byte that means nothing is read as.
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
#: A cell starting with one of these is run as a formula by some program that opens the file.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001
_SAMPLE = 256 * 1024


def read_text_file(file: IO[bytes], encoding: str | None = None) -> Opened:
    """The rows of `file`; `encoding`, one of ENCODINGS, is used instead of the likeliest one."""
    file.seek(0)
    mark, marked = next(((mark, name) for mark, name in _MARKS if _starts_with(file, mark)), (b"", None))
    notes: list[str] = []
    used = marked or (encoding if encoding in ENCODINGS else None) or _guess_encoding(file, notes)
    file.seek(len(mark))
    # A byte that does not fit is replaced where it stands; the cell it is in is named when its row is checked.
    text = io.TextIOWrapper(io.BufferedReader(_KeptOpen(file)), used, errors="replace", newline="")
    start = text.read(_SAMPLE)
    _refuse_binary(start)
    declared = _read_declaration(start)
    separator = declared or _guess_separator(start)
    file.seek(len(mark))
    text = io.TextIOWrapper(io.BufferedReader(_KeptOpen(file)), used, errors="replace", newline="")
    if declared:
        text.readline()
    return Opened(
        _read_records(text, separator, notes),
        decimal_comma={";": True, ",": False}.get(separator),
        encoding=used,
        notes=notes,
    )


def guard_text(text: str) -> str:
    """`text` so that no program takes it for a formula; `unguard_text` gives it back exactly."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def unguard_text(text: str) -> str:
    """What `guard_text` was given, for what it may have made."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text


class _KeptOpen(io.RawIOBase):
    """A file that its text wrapper reads and does not close."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def readinto(self, buffer: Any) -> int:
        read = self._file.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


def _starts_with(file: IO[bytes], mark: bytes) -> bool:
    file.seek(0)
    return file.read(len(mark)) == mark


def _guess_encoding(file: IO[bytes], notes: list[str]) -> str:
    file.seek(0)
    start = file.read(4096)
    if b"\0" in start:
        # In text of mostly Latin letters every other byte of UTF-16 is zero.
        even, odd = start[::2].count(0), start[1::2].count(0)
        if 8 * max(even, odd) < len(start):
            raise _no_table()
        return "utf-16-be" if even > odd else "utf-16-le"
    file.seek(0)
    good, bad, sample = _count_utf8(file)
    if not bad:
        return "utf-8"
    if good > 3 * bad:
        return "utf-8"
    found = charset_normalizer.from_bytes(sample, cp_isolation=_LEGACY)
    least = min((match.chaos for match in found), default=0.0)
    fitting = {name for match in found if match.chaos <= least for name in match.could_be_from_charset}
    used = next((name for name in _LEGACY if name in fitting), "cp1252")
    notes.append(
        gettext(
            "This file is not in UTF-8; it was read as %(encoding)s. Look at names with accents before you go on.",
            encoding=ENCODINGS[used],
        )
    )
    return used


def _count_utf8(file: IO[bytes]) -> tuple[int, int, bytes]:
    """How many characters past ASCII are UTF-8, how many are not, and a sample of the lines with such."""
    decoder, good, bad, sample = codecs.getincrementaldecoder("utf-8")("replace"), 0, 0, b""
    for line in file:
        if line.isascii():
            continue
        for character in decoder.decode(line):
            if character == UNREADABLE:
                bad += 1
            elif character > "\x7f":
                good += 1
        if len(sample) < _SAMPLE:
            sample += line[:_SAMPLE]
    return good, bad + (UNREADABLE in decoder.decode(b"", True)), sample


def _refuse_binary(start: str) -> None:
    odd = sum(character < " " and character not in "\t\r\n\x0b\x0c" for character in start)
    if odd > len(start) // 50 or start.startswith(("%PDF", "{\\rtf")):
        raise _no_table()


def _no_table() -> Invalid:
    return Invalid({"file": gettext("This is not a table. Save it as CSV or XLSX and send that.")})


def _read_declaration(start: str) -> str | None:
    """The separator that Excel's first line `sep=;` names."""
    line = start.split("\n", 1)[0].rstrip("\r").strip('"')
    return line[4] if len(line) == 5 and line.lower().startswith("sep=") else None


def _guess_separator(start: str) -> str:
    """The separator that cuts the first records into the same number of cells most often."""
    return max(SEPARATORS, key=lambda separator: _judge(start, separator))


def _judge(start: str, separator: str) -> tuple[float, int]:
    try:
        widths = [
            len(record) for record in islice(csv.reader(io.StringIO(start, newline=""), delimiter=separator), 200)
        ]
    except csv.Error:
        return 0.0, 0
    cut = [width for width in widths if width > 1]
    if not cut:
        return 0.0, 0
    [(width, times)] = Counter(cut).most_common(1)
    return times / max(1, sum(width > 0 for width in widths)), width


def _read_records(text: IO[str], separator: str, notes: list[str]) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=separator, strict=True)
    number, unreadable = 0, 0
    try:
        for number, record in enumerate(reader, start=1):
            unreadable += sum(UNREADABLE in cell for cell in record)
            yield Row(number, tuple(unguard_text(cell) if cell else None for cell in record))
    except csv.Error as error:
        raise Invalid({"file": _explain(number + 1, str(error))}) from error
    if unreadable:
        notes.append(gettext("Cells with characters that could not be read: %(count)s.", count=unreadable))


def _explain(row: int, error: str) -> str:
    if "limit" in error:
        words: str = gettext("Row %(row)s holds a cell of more than 131,072 characters, or a quotation mark too many.")
    else:
        words = gettext('Row %(row)s has a quotation mark (") that is not closed. Mend it and send the file again.')
    return words % {"row": row}
