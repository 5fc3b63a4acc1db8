"""The comparison: a line from 1 to 5 for each organisation, a filled mark at its score, a ring for each evaluator."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from shared.charts import GREY, HOUSE, TEXT, WIDTH, draw

ROW_HEIGHT: Final = 52
#: What a phone shows at a glance; the table beneath has them all.
MOST_ROWS: Final = 8
#: Longer names are cut in the drawing; the table beneath has them whole.
LONGEST: Final = 34


@dataclass(frozen=True, slots=True)
class Dot:
    """One evaluator's score; `label` says it in words."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One organisation; `value` is its score as it is written at the end, `label` the whole in words."""

    name: str
    at: float
    value: str
    label: str
    dots: Sequence[Dot]


def draw_comparison(rows: Sequence[Row], title: str, colour: str) -> Markup:
    """The first `MOST_ROWS` rows in the order given, as an SVG element, in `colour` (#rrggbb)."""
    words: dict[str, str] = {}
    means, dots = [], []
    for number, row in enumerate(rows[:MOST_ROWS]):
        words |= {f"n{number}": _shorten(row.name), f"v{number}": row.value, f"l{number}": row.label}
        means.append({
            "row": number, "at": row.at, "low": 1, "high": 5,
            "name": f"@@n{number}@@", "value": f"@@v{number}@@", "label": f"@@l{number}@@",
        })  # fmt: skip
        for place, dot in enumerate(row.dots):
            words[f"d{number}x{place}"] = dot.label
            dots.append({"row": number, "at": dot.at, "label": f"@@d{number}x{place}@@"})
    return draw(_make_spec(means, dots, colour), title, words)


def _make_spec(means: Sequence[Any], dots: Sequence[Any], colour: str) -> dict[str, Any]:
    y = {"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0, "paddingOuter": 0}}
    axis = {"title": None, "values": [1, 2, 3, 4, 5], "format": "d", "labelPadding": 6}
    x = {"field": "at", "type": "quantitative", "axis": axis, "scale": {"domain": [1, 5], "nice": False, "padding": 9}}

    def text(field: str, pixel: int, align: str, weight: int) -> dict[str, Any]:
        return {
            "mark": {"type": "text", "align": align, "yOffset": -12, "fontWeight": weight, "color": TEXT},
            "encoding": {"y": y, "x": {"value": pixel}, "text": {"field": field}},
        }

    track = {
        "mark": {"type": "rule", "color": GREY, "opacity": 0.5, "yOffset": 10},
        "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
    }
    rings = {
        "data": {"values": list(dots)},
        "mark": {"type": "point", "color": GREY, "size": 70, "strokeWidth": 2, "filled": False, "yOffset": 10},
        "encoding": {"y": y, "x": x, "description": {"field": "label"}},
    }
    score = {
        "mark": {"type": "point", "color": colour, "size": 170, "filled": True, "opacity": 1, "yOffset": 10},
        "encoding": {"y": y, "x": x, "description": {"field": "label"}},
    }
    layers = [track, score, rings, text("name", 0, "left", 400), text("value", WIDTH, "right", 600)]
    height = ROW_HEIGHT * max(1, len(means))
    return {**HOUSE, "padding": 0, "height": height + 24, "data": {"values": list(means)}, "layer": layers}


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"
