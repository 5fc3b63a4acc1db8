"""What a person or a screen reader meets of a page, piece by piece, and which pieces never went through gettext."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

#: Attributes that people read or hear.
SPOKEN = ("placeholder", "title", "aria-label", "alt", "aria-description", "data-copied")
#: Their content is not shown, is a time as the reader's locale writes it, or is what somebody typed.
SILENT = {"script", "style", "svg", "code", "pre", "time", "textarea", "iframe"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
#: A marked text, or the beginning of one that a page has cut short.
MARKED = re.compile(r"⟦[^⟦⟧]*(?:⟧|$)")
#: Addresses, event types and other names that only machines write; and the ending of a secret.
TECHNICAL = re.compile(r"\bhttps?://\S+|\S+@\S+|\b[a-z]+(?:[._][a-z0-9_]+)+\b|…\S{4}")
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
#: Days and times of day, as Babel writes them in English.
MOMENTS = re.compile(
    rf"\b\d{{1,2}} (?:{MONTHS}|[A-Z][a-z]{{2,3}})(?: \d{{4}})?\b|\b(?:{MONTHS}) \d{{4}}\b"
    r"|\b\d{1,2}:\d{2}(?:\s?[AP]M)?\b"
)
LETTERS = re.compile(r"[^\W\d_]{2,}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append(tag)
        values = dict(attrs)
        self.pieces += [values[name] or "" for name in SPOKEN if name in values]
        if tag == "input" and values.get("type") in {"submit", "button"}:
            self.pieces.append(values.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            continue

    def handle_data(self, data: str) -> None:
        if not SILENT & set(self._open):
            self.pieces.append(data)


def read_pieces(html: str) -> list[str]:
    """The visible texts and spoken attributes of a page, in order."""
    reader = _Reader()
    reader.feed(html)
    return [" ".join(piece.split()) for piece in reader.pieces if piece.strip()]


def find_unmarked(html: str, data: frozenset[str]) -> Iterator[str]:
    """Pieces with words outside ⟦...⟧ that are none of `data`: texts that were never offered for translation."""
    for piece in read_pieces(html):
        rest = piece
        while MARKED.search(rest):
            rest = MARKED.sub(" ", rest)
        for known in sorted(data, key=len, reverse=True):
            rest = rest.replace(known, " ")
        if LETTERS.search(TECHNICAL.sub(" ", MOMENTS.sub(" ", rest))):
            yield piece
