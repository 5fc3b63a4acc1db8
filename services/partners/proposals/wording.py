"""Proposals in words: the filled text, its fields, and what changed between two versions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from flask_babel import gettext as _
from markupsafe import Markup

from services.partners.proposals.models import Version
from services.partners.proposals.placeholders import fill, say_values
from shared import markdown
from shared.differences import Piece, compare_whole, compare_words

#: What a text puts under its headings.
_UNDERLINE = re.compile(r"^[-=]+\n", re.MULTILINE)


@dataclass(frozen=True)
class Draft:
    """What would be sent now."""

    title: str
    text: str
    fields: Sequence[Mapping[str, Any]]
    values: Mapping[str, str]


#: A version, or what would become one.
Worded: TypeAlias = Draft | Version


def fill_text(version: Worded) -> str:
    """The whole text in Markdown, for the reader of this page."""
    return fill(version.text, say_values(version.fields, version.values))


def draw_text(version: Worded) -> Markup:
    # Cleaned of everything but a few tags by `render_html`.
    return Markup(markdown.render_html(fill_text(version)))  # noqa: S704


def tell_values(version: Worded) -> list[tuple[str, str]]:
    """(label, value) of each field."""
    told = say_values(version.fields, version.values)
    return [(each["label"], told[each["name"]]) for each in version.fields]


def compare_versions(before: Worded, after: Worded) -> list[tuple[str, Sequence[Piece]]]:
    """(what, pieces) of each thing that changed: the title, the fields, the words of the text."""
    changes: list[tuple[str, Sequence[Piece]]] = []
    if before.title != after.title:
        changes.append((_("Title"), compare_whole(before.title, after.title)))
    earlier, later = dict(tell_values(before)), dict(tell_values(after))
    changes += [
        (label, compare_whole(earlier.get(label, ""), value))
        for label, value in later.items()
        if earlier.get(label, "") != value
    ]
    old, new = (
        _UNDERLINE.sub("", markdown.render_text(fill_text(each), markdown.UNWRAPPED)) for each in (before, after)
    )
    if old != new:
        changes.append((_("Text"), compare_words(old, new)))
    return changes
