"""Putting a pack together: each part a small ZIP of its own, all of them copied into the one that people get."""

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from services.partners.exits.models import ExitPiece
from services.partners.exits.parts import Draw, Part, Reading
from shared.files import FileStore, StoredBlob
from shared.messaging.events import encode_value
from shared.tables.places import Cell
from shared.tables.writing import write_csv

#: Up to here a file is made in memory; beyond, on disk. Bytes.
IN_MEMORY = 4 << 20
_COPY = 1 << 20


def gather_part(store: FileStore, pack_id: UUID, position: int, part: Part, reading: Reading, draw: Draw) -> ExitPiece:
    """Read one part into the store: `name.json`, `name.csv` where there are rows, and what is drawn for it."""
    with _spool() as spool, _spool() as made:
        columns: dict[str, None] = {}
        count = 0
        for row in part.rows(reading):
            columns.update(dict.fromkeys(row))
            spool.write(json.dumps(encode_value(row), ensure_ascii=False).encode() + b"\n")
            count += 1
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            # Which pack it is of is part of its name in the store: removing it can't take another pack's content.
            archive.comment = f"{pack_id} {part.name}".encode()
            with archive.open(f"{part.name}.json", "w", force_zip64=True) as target:
                _write_json(target, _reread(spool))
            if count:
                rows = ([_make_cell(each.get(name)) for name in columns] for each in map(json.loads, _reread(spool)))
                with _spool() as table, archive.open(f"{part.name}.csv", "w", force_zip64=True) as target:
                    write_csv(table, list(columns), rows)
                    table.seek(0)
                    _copy(table, target)
            name = _make_namer(f"files/{part.name}")
            if part.papers:
                for called, content in part.papers(reading, draw):
                    archive.writestr(name(called), content)
        made.seek(0)
        blob = store.put(made)
    files = [[name(called), sha256] for called, sha256 in part.files(reading)] if part.files else []
    return ExitPiece(pack_id=pack_id, position=position, rows=count, sha256=blob.sha256, files=files)


def assemble(
    store: FileStore, pack_id: UUID, pieces: Sequence[ExitPiece], explain: Callable[[list[str]], str]
) -> StoredBlob:
    """One ZIP of all pieces and their files; `explain` writes its README.txt, given the files that are missing."""
    missing: list[str] = []
    with _spool() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = str(pack_id).encode()
            for piece in pieces:
                with store.open(piece.sha256) as stream, zipfile.ZipFile(stream) as part:
                    for member in part.namelist():
                        with part.open(member) as source, archive.open(member, "w", force_zip64=True) as target:
                            _copy(source, target)
                for path, sha256 in piece.files:
                    if not store.exists(sha256):
                        missing.append(path)
                        continue
                    with store.open(sha256) as source, archive.open(path, "w", force_zip64=True) as target:
                        _copy(source, target)
            archive.writestr("README.txt", explain(missing))
        made.seek(0)
        return store.put(made)


@contextmanager
def _spool() -> Iterator[IO[bytes]]:
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        yield file


def _reread(spool: IO[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    yield from spool


def _write_json(target: IO[bytes], lines: Iterable[bytes]) -> None:
    """A JSON list, one row a line."""
    target.write(b"[")
    for number, line in enumerate(lines):
        target.write((b",\n" if number else b"\n") + line.rstrip(b"\n"))
    target.write(b"\n]\n")


def _make_cell(value: Any) -> Cell:
    """A JSON value as one cell: lists and objects stay JSON."""
    if isinstance(value, (list, Mapping)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value  # type: ignore[no-any-return]


def _make_namer(folder: str) -> Callable[[str], str]:
    """Names within a folder of the pack, each once: two papers may be called the same."""
    taken: set[str] = set()

    def name(called: str) -> str:
        safe = "".join("_" if each in '\\/:*?"<>|' or not each.isprintable() else each for each in called).strip(". ")
        path = Path(safe or "file")
        number, given = 1, path.name
        while given.casefold() in taken:
            number += 1
            given = f"{path.stem} ({number}){path.suffix}"
        taken.add(given.casefold())
        return f"{folder}/{given}"

    return name


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while chunk := source.read(_COPY):
        target.write(chunk)
