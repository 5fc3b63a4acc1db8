"""Titles as they are compared: without case, accents, punctuation and the marks that people add to them."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=8192)
def fold_title(text: str) -> str:
    """`text` for comparing titles: "E-Mail *" and "e mail" are the same."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (mark if mark.isalnum() else " " for mark in plain if not unicodedata.combining(mark))
    return " ".join("".join(letters).split())
