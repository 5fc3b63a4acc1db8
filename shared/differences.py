"""What became of a text between two versions, word by word."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """Some words of a text that changed: `how` is same, added or removed."""

    how: str
    words: str


def compare_words(before: str, after: str) -> Sequence[Piece]:
    """Which words went and which came, in the order of reading; the space after a word belongs to it."""
    old, new = re.findall(r"\S+\s*|^\s+", before), re.findall(r"\S+\s*|^\s+", after)
    pieces = []
    matcher = difflib.SequenceMatcher(None, [word.rstrip() for word in old], [word.rstrip() for word in new], False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(new[other_start:other_end])))
            continue
        pieces += compare_whole("".join(old[start:end]), "".join(new[other_start:other_end]))
    return pieces


def compare_whole(before: str, after: str) -> Sequence[Piece]:
    """Short values, such as dates, are shown whole: half of one tells nothing."""
    return [Piece(how, text) for how, text in (("removed", before), ("added", after)) if text]
