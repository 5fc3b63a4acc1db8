"""The shares: a bar for each partner, from zero, the verified part full and the provisional part lighter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from shared.charts import HOUSE, STEPS, TEXT, WIDTH, draw

ROW_HEIGHT: Final = 48
#: Longer names are cut in the drawing; the table beneath has them whole.
LONGEST: Final = 28


@dataclass(frozen=True, slots=True)
class Bar:
    """One partner's part; `value` is its label at the end, `label` the whole in words."""

    name: str
    verified: float
    provisional: float
    value: str
    label: str


def draw_shares(bars: Sequence[Bar], title: str, colour: str, width: int = WIDTH) -> Markup:
    """The bars in the order given, as an SVG element of so many pixels, in `colour` (#rrggbb)."""
    ends = [end for bar in bars for end in (bar.verified, bar.verified + bar.provisional)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    # The least that a float can hold has no 250th part.
    step = (high - low) / STEPS or 1.0
    rows: list[dict[str, Any]] = []
    words: dict[str, str] = {}
    for number, bar in enumerate(bars):
        rows.append({
            "row": number, "from": 0, "to": round(bar.verified / step),
            "end": round((bar.verified + bar.provisional) / step),
            "name": f"@@n{number}@@", "value": f"@@v{number}@@", "label": f"@@l{number}@@",
        })  # fmt: skip
        words |= {f"n{number}": _shorten(bar.name), f"v{number}": bar.value, f"l{number}": bar.label}
    domain = [round(low / step), max(round(high / step), round(low / step) + 1)]
    return draw(_make_spec(rows, domain, colour, width), title, words)


def _make_spec(rows: Sequence[Mapping[str, Any]], domain: Sequence[int], colour: str, width: int) -> dict[str, Any]:
    y = {"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0, "paddingOuter": 0}}
    scale = {"domain": domain, "nice": False}

    def bar(start: str, end: str, opacity: float) -> dict[str, Any]:
        x = {"field": start, "type": "quantitative", "axis": None, "scale": scale}
        return {
            "mark": {"type": "bar", "color": colour, "height": 11, "yOffset": 10, "opacity": opacity},
            "encoding": {"y": y, "x": x, "x2": {"field": end}, "description": {"field": "label"}},
        }

    def text(field: str, pixel: int, align: str, weight: int) -> dict[str, Any]:
        return {
            "mark": {"type": "text", "align": align, "yOffset": -9, "fontWeight": weight, "color": TEXT},
            "encoding": {"y": y, "x": {"value": pixel}, "text": {"field": field}},
        }

    layers = [
        bar("from", "to", 1), bar("to", "end", 0.4), text("name", 0, "left", 400), text("value", width, "right", 600),
    ]  # fmt: skip
    size = {"width": width, "height": ROW_HEIGHT * len(rows)}
    return {**HOUSE, "padding": 0, **size, "data": {"values": list(rows)}, "layer": layers}


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"
