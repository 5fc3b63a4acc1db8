"""Charts in one house style: one idea each, labelled directly, drawn on the server and cached by what one can see.

A chart is drawn about 400 pixels wide, to stand beside others on a desk and alone on a phone. Its title, the sentence
that says the finding, stands above it in the page. Positions are rounded to about a pixel and texts are put in
afterwards, so a figure that moves nothing visible costs no new drawing.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final
from xml.etree import ElementTree

from markupsafe import Markup, escape

WIDTH: Final = 400
TREND_HEIGHT: Final = 230
ROW_HEIGHT: Final = 48
#: As many steps as there are pixels to tell apart.
STEPS: Final = 250
#: A grey with at least 3 to 1 on white and on the pages' dark surface (WCAG 2.2, 1.4.11).
GREY: Final = "#7f8998"
TEXT: Final = "#1b2430"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
_SVG: Final = "http://www.w3.org/2000/svg"
_TOKEN = re.compile(r"@@(\w+)@@")
ElementTree.register_namespace("", _SVG)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Where things stood on a day, verified and with what is provisional; `label` says it in words."""

    day: date
    verified: float
    provisional: float
    label: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A KPI's way from `baseline` on its first day towards `target` on its last."""

    starts_on: date
    ends_on: date
    baseline: float
    target: float
    target_label: str
    points: Sequence[TrendPoint]
    last_label: str
    pace_label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One partner's part; `value` is its label at the end, `label` the whole in words."""

    name: str
    verified: float
    provisional: float
    value: str
    label: str


def draw_trend(trend: Trend, title: str, colour: str) -> Markup:
    """The way so far, with the target and the straight line towards it, as an SVG element."""
    low, high = _choose_range(trend)
    step = (high - low) / STEPS

    def place(value: float) -> float:
        return _tidy(low + round((value - low) / step) * step)

    first, last = _first_day(trend), max(trend.ends_on, *(point.day for point in trend.points), trend.starts_on)
    rows = [{"day": trend.starts_on.isoformat(), "level": place(trend.baseline), "more": place(trend.baseline)}]
    rows += [
        {
            "day": point.day.isoformat(),
            "level": place(point.verified),
            "more": place(point.provisional),
            "label": f"@@p{number}@@",
        }
        for number, point in enumerate(trend.points)
    ]
    spec = _trend_spec(trend, rows, (low, high), (first, last), place, colour)
    words = {f"p{number}": point.label for number, point in enumerate(trend.points)}
    return _fill(
        draw(spec), title, {**words, "target": trend.target_label, "last": trend.last_label, "pace": trend.pace_label}
    )


def draw_shares(bars: Sequence[Bar], title: str, colour: str) -> Markup:
    """A bar for each, in the order given, from zero; provisional parts lighter, as an SVG element."""
    ends = [end for bar in bars for end in (bar.verified, bar.verified + bar.provisional)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    step = ((high - low) or 1.0) / STEPS
    rows = [
        {
            "row": number,
            "from": 0,
            "to": round(bar.verified / step),
            "end": round((bar.verified + bar.provisional) / step),
            "name": f"@@n{number}@@",
            "value": f"@@v{number}@@",
            "label": f"@@l{number}@@",
        }
        for number, bar in enumerate(bars)
    ]
    domain = [round(low / step), max(1, round(high / step))]
    words: dict[str, str] = {}
    for number, bar in enumerate(bars):
        words |= {f"n{number}": _shorten(bar.name), f"v{number}": bar.value, f"l{number}": bar.label}
    return _fill(draw(_shares_spec(rows, domain, colour)), title, words)


def make_picture(svg: Markup) -> bytes:
    """The drawing as a PNG of twice its size on white, for where SVG isn't shown."""
    import vl_convert  # takes tens of MB, so only those who draw load it

    return bytes(vl_convert.svg_to_png(stand_alone(svg), scale=2))


def stand_alone(svg: Markup) -> str:
    """The drawing as a file of its own, on white."""
    return re.sub(r"(<svg[^>]*>)", r'\1<rect width="100%" height="100%" fill="#ffffff"/>', str(svg), count=1)


@lru_cache(maxsize=512)
def _draw_once(spec: str) -> str:
    import vl_convert

    return _clean(vl_convert.vegalite_to_svg(spec, vl_version="5.21"))


def draw(spec: Mapping[str, Any]) -> str:
    """The SVG of a Vega-Lite specification; the same one is drawn once in this process."""
    return _draw_once(json.dumps(spec, sort_keys=True))


def _trend_spec(
    trend: Trend,
    rows: Sequence[Mapping[str, Any]],
    levels: tuple[float, float],
    days: tuple[date, date],
    place: Any,
    colour: str,
) -> dict[str, Any]:
    x = {"field": "day", "type": "temporal", "axis": _X_AXIS, "scale": {"domain": [each.isoformat() for each in days]}}
    y = {"type": "quantitative", "axis": _Y_AXIS, "scale": {"domain": list(levels), "nice": False, "zero": False}}
    level, more = {"x": x, "y": {**y, "field": "level"}}, {"x": x, "y": {**y, "field": "more"}}
    target, end = place(trend.target), {"values": [rows[-1]]}
    straight = {
        "x": trend.starts_on.isoformat(),
        "X": trend.ends_on.isoformat(),
        "y": place(trend.baseline),
        "Y": target,
    }
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [straight]},
            "mark": {"type": "rule", "color": GREY, "strokeDash": [2, 4]},
            "encoding": {
                "x": {**x, "field": "x"},
                "x2": {"field": "X"},
                "y": {**y, "field": "y"},
                "y2": {"field": "Y"},
            },
        },
        {
            "data": {"values": [straight]},
            "mark": {
                "type": "text",
                "align": "right",
                "dx": -2,
                "dy": 12,
                "text": "@@pace@@",
                "fontSize": 12,
                "color": GREY,
            },
            "encoding": {"x": {**x, "field": "X"}, "y": {**y, "field": "Y"}},
        },
        {
            "data": {"values": [{}]},
            "mark": {"type": "rule", "color": GREY, "strokeWidth": 1.5},
            "encoding": {"y": {**y, "datum": target}},
        },
        {
            "data": {"values": [{}]},
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 4,
                "dy": -9,
                "text": "@@target@@",
                "fontWeight": 600,
                "color": TEXT,
            },
            "encoding": {"x": {"value": 0}, "y": {**y, "datum": target}},
        },
    ]
    if any(row["more"] != row["level"] for row in rows):
        layers.append(
            {"mark": {"type": "line", "color": colour, "strokeDash": [5, 4], "opacity": 0.7}, "encoding": more}
        )
    if levels[0] == 0:
        layers.append({"mark": {"type": "area", "color": colour, "opacity": 0.12}, "encoding": level})
    layers += [
        {"mark": {"type": "line", "color": colour, "strokeWidth": 2.5, "strokeJoin": "round"}, "encoding": level},
        {
            "data": end,
            "mark": {"type": "point", "filled": True, "color": colour, "opacity": 1, "size": 60},
            "encoding": level,
        },
        {"data": end, "mark": _place_last(rows[-1], target, levels, days), "encoding": level},
        # Nothing to see: where the pointer finds a month's label.
        {
            "data": {"values": [row for row in rows if "label" in row]},
            "mark": {"type": "point", "filled": True, "opacity": 0, "size": 300},
            "encoding": {**level, "description": {"field": "label"}},
        },
    ]
    return {**_HOUSE, "height": TREND_HEIGHT, "data": {"values": list(rows)}, "layer": layers}


def _place_last(
    row: Mapping[str, Any], target: float, levels: tuple[float, float], days: tuple[date, date]
) -> dict[str, Any]:
    """Where the last value's label stands: beside its point, on the side with room, clear of the target's line."""
    share = (date.fromisoformat(row["day"]) - days[0]).days / max(1, (days[1] - days[0]).days)
    span = levels[1] - levels[0]
    near_target = abs(row["level"] - target) < span * 0.12
    low = row["level"] - levels[0] < span * 0.12
    more_above = row["more"] > row["level"]
    below = ((near_target or more_above) and not low) or row["level"] > levels[1] - span * 0.1
    side = {"align": "right", "dx": -6} if share > 0.5 else {"align": "left", "dx": 8}
    return {
        "type": "text",
        "text": "@@last@@",
        "fontWeight": 700,
        "fontSize": 15,
        "color": TEXT,
        "dy": 18 if below else -13,
        **side,
    }


def _shares_spec(rows: Sequence[Mapping[str, Any]], domain: Sequence[int], colour: str) -> dict[str, Any]:
    y = {"field": "row", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0, "paddingOuter": 0}}
    scale = {"domain": domain, "nice": False}

    def bar(start: str, end: str, opacity: float) -> dict[str, Any]:
        return {
            "mark": {"type": "bar", "color": colour, "height": 11, "yOffset": 10, "opacity": opacity},
            "encoding": {
                "y": y,
                "x": {"field": start, "type": "quantitative", "axis": None, "scale": scale},
                "x2": {"field": end},
                "description": {"field": "label"},
            },
        }

    def text(field: str, pixel: int, align: str, weight: int) -> dict[str, Any]:
        return {
            "mark": {"type": "text", "align": align, "yOffset": -9, "fontWeight": weight, "color": TEXT},
            "encoding": {"y": y, "x": {"value": pixel}, "text": {"field": field}},
        }

    layers = [
        bar("from", "to", 1),
        bar("to", "end", 0.4),
        text("name", 0, "left", 400),
        text("value", WIDTH, "right", 600),
    ]
    return {**_HOUSE, "height": ROW_HEIGHT * len(rows), "padding": 0, "data": {"values": list(rows)}, "layer": layers}


_HOUSE: Final[dict[str, Any]] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "width": WIDTH,
    "autosize": {"type": "fit", "contains": "padding"},
    "padding": {"left": 2, "right": 6, "top": 4, "bottom": 2},
    "background": None,
    "config": {
        "view": {"stroke": None},
        "font": FONT,
        "text": {"fontSize": 14},
        "axis": {"labelFontSize": 13, "labelColor": "#566072", "gridColor": "#dfe3e8", "domain": False, "ticks": False},
    },
}
_X_AXIS: Final = {
    "title": None,
    "format": "%b %Y",
    "tickCount": 3,
    "grid": False,
    "labelFlush": True,
    "labelPadding": 6,
}
_Y_AXIS: Final = {
    "title": None,
    "labelExpr": "datum.value == 0 ? '0' : format(datum.value, '~s')",
    "tickCount": 4,
    "labelPadding": 6,
}


def _first_day(trend: Trend) -> date:
    return min(trend.starts_on, *(point.day for point in trend.points), trend.ends_on)


def _choose_range(trend: Trend) -> tuple[float, float]:
    """The levels that the drawing spans, rounded outwards to change seldom; from zero where more is better."""
    reached = [level for point in trend.points for level in (point.verified, point.provisional)]
    levels = [trend.baseline, trend.target, *reached]
    low, high = min(levels), max(levels)
    if trend.target > trend.baseline and low >= 0:
        return 0.0, _round_up(high * 1.12)
    unit = _round_up((high - low) * 1.15) / 10
    bottom = (low // unit - 1) * unit
    return _tidy(bottom), _tidy(bottom + unit * 14)


def _round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(_tidy(factor * power) for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 20) if factor * power >= value)


def _tidy(value: float) -> float:
    return float(f"{value:.6g}")


def _shorten(name: str) -> str:
    return name if len(name) <= 28 else name[:27].rstrip() + "…"


def _fill(drawing: str, title: str, words: Mapping[str, str]) -> Markup:
    """Put the words where the drawing has their tokens."""
    words = {**words, "title": title}
    return Markup(_TOKEN.sub(lambda found: str(escape(words[found[1]])), drawing))  # noqa: S704 - escaped word by word


def _clean(svg: str) -> str:
    """The drawing without what a strict Content-Security-Policy or a screen reader trips over."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own renderer's output
    for element in root.iter():
        _unstyle(element)
        for name in ("aria-roledescription", "aria-hidden"):
            element.attrib.pop(name, None)
        # These classes are what the kit's stylesheet colours for dark pages by.
        kind = element.get("class", "")
        if "role-axis" not in kind and kind != "background":
            element.attrib.pop("class", None)
        if element.get("role") != "graphics-symbol":
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
