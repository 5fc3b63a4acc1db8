"""Documents as PDF: a typst template, data and one house style (`style.typ`, which says what it offers).

A template imports the style and reads its data; whatever people wrote is data and is never read as markup:

    #import "/shared/documents/style.typ": *
    #show: house
    #prose(data.purpose)
    #listing((("Name", "left"), ("Amount", "right")), data.contributions)
"""

import gettext
import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import typst

#: Templates name each other from here: the folder that holds `shared` and `services`.
ROOT: Final = Path(__file__).parent.parent.parent
TRANSLATIONS: Final = ROOT / "shared" / "web" / "translations"
#: What JSON can say: texts, whole numbers, true and false, lists and objects. Figures and dates come as texts.
Json: TypeAlias = "Mapping[str, Any] | list[Any] | str | int | bool | None"


@dataclass(frozen=True)
class Brand:
    """Whose document this is: the company's name and its accent colour as #rrggbb."""

    name: str
    colour: str


def render_pdf(
    template: Path, data: Mapping[str, Json], *, title: str, brand: Brand, at: datetime, locale: str = "en"
) -> bytes:
    """The PDF of `template` filled with `data`: A4, tagged for screen readers, the same bytes for the same input.

    `title` and `locale` go into its metadata, as does `at`, the instant from which it is. Templates lie under `ROOT`.
    Nothing is fetched and no font of the machine is used. Raises `typst.TypstError` for a template that is wrong.
    """
    inputs = {"title": title, "language": locale.partition("_")[0], "brand": asdict(brand), "words": _words(locale)}
    with warnings.catch_warnings():
        # A character that no font here has is drawn as a box; there is nobody to tell.
        warnings.simplefilter("ignore")
        made = typst.compile(
            template,
            root=ROOT,
            font_paths=_fonts(),
            format="pdf",
            sys_inputs={"data": json.dumps(data), "house": json.dumps(inputs)},
            timestamp=at.astimezone(UTC).replace(microsecond=0),
        )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single document")
    return made


@cache
def _fonts() -> typst.Fonts:
    """The fonts inside typst itself: the same everywhere."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


@cache
def _words(locale: str) -> dict[str, str]:
    """The words of the house style itself in the reader's language."""
    _ = gettext.translation("messages", TRANSLATIONS, [locale, locale.partition("_")[0]], fallback=True).gettext
    return {
        "page": _("Page %(page)s of %(pages)s"),
        "side": _("For"),
        "name": _("Name"),
        "at": _("Accepted"),
        "version": _("Version"),
        "fingerprint": _("Fingerprint of the accepted text (SHA-256)"),
    }
