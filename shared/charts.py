"""Charts in one house style: one idea each, labelled directly, drawn on the server and cached by what one can see.

A chart is drawn about 400 pixels wide, to stand beside others on a desk and alone on a phone. Its title, the sentence
that says the finding, stands above it in the page. Positions are rounded to about a pixel and texts are put in
afterwards, so a figure that moves nothing visible costs no new drawing.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from xml.etree import ElementTree

from markupsafe import Markup, escape

WIDTH: Final = 400
#: As many steps as there are pixels to tell apart.
STEPS: Final = 250
#: A grey with at least 3 to 1 on white and on the pages' dark surface (WCAG 2.2, 1.4.11).
GREY: Final = "#7f8998"
TEXT: Final = "#1b2430"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
#: What every specification begins with.
HOUSE: Final[dict[str, Any]] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "width": WIDTH,
    "autosize": {"type": "fit", "contains": "padding"},
    "background": None,
    "config": {
        "view": {"stroke": None},
        "font": FONT,
        "text": {"fontSize": 14},
        "axis": {"labelFontSize": 13, "labelColor": "#566072", "gridColor": "#dfe3e8", "domain": False, "ticks": False},
    },
}
_TOKEN: Final = re.compile(r"@@(\w+)@@")
ElementTree.register_namespace("", "http://www.w3.org/2000/svg")


def draw(spec: Mapping[str, Any], title: str, words: Mapping[str, str]) -> Markup:
    """The SVG element of a Vega-Lite specification, named `title`, each `@@token@@` in it replaced by its words."""
    words = {**words, "title": title}
    drawing = _draw_once(json.dumps(spec, sort_keys=True))
    return Markup(_TOKEN.sub(lambda found: str(escape(words[found[1]])), drawing))  # noqa: S704 - escaped one by one


def make_picture(svg: Markup) -> bytes:
    """The drawing as a PNG of twice its size on white, for where SVG isn't shown."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(stand_alone(svg), scale=2))


def stand_alone(svg: Markup) -> str:
    """The drawing as a file of its own, on white."""
    return re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#ffffff"/>', str(svg), count=1)


def tidy(value: float) -> float:
    """`value` without digits that nobody sees, so that equal drawings have equal specifications."""
    return float(f"{value:.6g}")


@lru_cache(maxsize=512)
def _draw_once(spec: str) -> str:
    # The renderer takes tens of megabytes, so only a process that draws loads it.
    import vl_convert

    return _clean(vl_convert.vegalite_to_svg(spec, vl_version="5.21"))


def _clean(svg: str) -> str:
    """The drawing without what a strict Content-Security-Policy or a screen reader trips over."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own renderer's output
    for element in root.iter():
        _unstyle(element)
        for name in ("aria-roledescription", "aria-hidden"):
            element.attrib.pop(name, None)
        # The renderer describes every axis and mark in English of its own; ours are filled in later, translated.
        if not element.get("aria-label", "").startswith("@@"):
            element.attrib.pop("aria-label", None)
        # These classes are what the kit's stylesheet colours for dark pages by.
        kind = element.get("class", "")
        if "role-axis" not in kind and kind != "background":
            element.attrib.pop("class", None)
        if "aria-label" not in element.attrib:
            element.attrib.pop("role", None)
    root.attrib.pop("version", None)
    root.set("role", "group")
    root.set("aria-label", "@@title@@")
    return ElementTree.tostring(root, encoding="unicode")


def _unstyle(element: ElementTree.Element) -> None:
    """Inline style is refused by the policy; every property that the renderer uses is an attribute as well."""
    for declaration in filter(None, element.attrib.pop("style", "").split(";")):
        name, _colon, value = declaration.partition(":")
        element.set(name.strip(), value.strip())
