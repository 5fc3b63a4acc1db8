"""Which column of a file answers which field of a schema."""

from collections.abc import Iterator, Sequence
from typing import Any

from marshmallow import Schema, fields
from rapidfuzz import fuzz

from shared.tables.words import fold_title
from shared.tables.writing import MEND_TITLE

#: How alike two titles are that mean the same, out of 100: forgives a plural or a slip of the keys.
ALIKE = 85


def table_fields(schema: Schema) -> dict[str, fields.Field[Any]]:
    """The fields of `schema` that a cell can answer, by the name under which they are loaded.

    A field whose metadata says `table: False` is left out; `aliases` there are other titles it goes by.
    """
    return {
        each.data_key or name: each
        for name, each in schema.load_fields.items()
        if not isinstance(each, fields.Nested) and each.metadata.get("table", True)
    }


def title_of(name: str, each: fields.Field[Any]) -> str:
    """The title of the field's column in files that we write, in the reader's language."""
    return str(each.metadata.get("label") or name.replace("_", " ").capitalize())


def known_titles(schema: Schema) -> list[str]:
    """Every title that some field of `schema` goes by: for telling the header from what stands above it."""
    return [word for name, each in table_fields(schema).items() for word in _words(name, each)]


def match_columns(schema: Schema, titles: Sequence[str]) -> dict[str, int]:
    """Field -> position of its column in `titles`, whatever their order; what nothing fits is left out.

    Titles that a field goes by count first, then those that come close, the closest first.
    """
    claims = sorted(_find_claims(schema, titles))
    matched: dict[str, int] = {}
    for _distance, _rank, _title, name, position in claims:
        if name not in matched and position not in matched.values():
            matched[name] = position
    return matched


def missing_columns(schema: Schema, matched: dict[str, int]) -> list[str]:
    """The fields that every row must answer and no column does."""
    return [name for name, each in table_fields(schema).items() if each.required and name not in matched]


def _find_claims(schema: Schema, titles: Sequence[str]) -> Iterator[tuple[float, int, str, str, int]]:
    """How far each title is from each field, as tuples that sort the best first, the same in any order of columns."""
    folded = [(position, fold_title(title)) for position, title in enumerate(titles)]
    ours = fold_title(str(MEND_TITLE))
    for name, each in table_fields(schema).items():
        words = [fold_title(word) for word in _words(name, each)]
        for position, title in folded:
            if not title or title == ours:
                continue
            if title in words:
                yield 0.0, words.index(title), title, name, position
                continue
            best = max(max(fuzz.ratio(title, word), fuzz.token_sort_ratio(title, word)) for word in words)
            if best >= ALIKE:
                yield 100 - best, len(words), title, name, position


def _words(name: str, each: fields.Field[Any]) -> list[str]:
    return [title_of(name, each), name, *map(str, each.metadata.get("aliases", ()))]
