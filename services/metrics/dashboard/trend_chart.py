"""The trend: a KPI's way so far, the line of its target, and the straight line that leads there in time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from shared.charts import GREY, HOUSE, STEPS, TEXT, draw, tidy

HEIGHT: Final = 230
#: Two labels closer than this share of the height would touch.
CLOSE: Final = 0.12
_X_AXIS: Final = {
    "title": None, "format": "%b %Y", "tickCount": 3, "grid": False, "labelFlush": True, "labelPadding": 6,
}  # fmt: skip
_Y_AXIS: Final = {
    "title": None,
    "labelExpr": "datum.value == 0 ? '0' : format(datum.value, '~s')",
    "tickCount": 4,
    "labelPadding": 6,
}


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Where things stood on a day, verified and with what is provisional; `label` says it in words."""

    day: date
    verified: float
    provisional: float
    label: str


@dataclass(frozen=True, slots=True)
class TrendMark:
    """An interim target at its level, or without one something that happened on a day; `label` says it in words."""

    day: date
    level: float | None
    label: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """The range in which the level will probably end."""

    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A KPI's way from `baseline` on its first day towards `target` on its last; `points` in order of their days."""

    starts_on: date
    ends_on: date
    baseline: float
    target: float
    points: Sequence[TrendPoint]
    target_label: str
    last_label: str
    pace_label: str
    interim: Sequence[TrendMark] = ()
    marks: Sequence[TrendMark] = ()
    outlook: Outlook | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the drawing spans: levels from `low` to `high`, days from `first` to `last`."""

    low: float
    high: float
    first: date
    last: date

    def place(self, level: float) -> float:
        """`level` moved to the nearest pixel."""
        step = (self.high - self.low) / STEPS or 1.0
        return tidy(self.low + round((level - self.low) / step) * step)

    def clip(self, level: float) -> float:
        """The same, and within the drawing."""
        return self.place(min(max(level, self.low), self.high))

    def share_of_days(self, day: date) -> float:
        return (day - self.first).days / max(1, (self.last - self.first).days)

    def are_close(self, one: float, other: float) -> bool:
        return abs(one - other) < (self.high - self.low) * CLOSE


def draw_trend(trend: Trend, title: str, colour: str) -> Markup:
    """The trend as an SVG element, in `colour` (#rrggbb); months have labels for the pointer."""
    frame = _make_frame(trend)
    begin = frame.place(trend.baseline)
    rows = [{"day": trend.starts_on.isoformat(), "level": begin, "more": begin}]
    rows += [
        {
            "day": point.day.isoformat(),
            "level": frame.place(point.verified),
            "more": frame.place(point.provisional),
            "label": f"@@p{number}@@",
        }
        for number, point in enumerate(trend.points)
    ]
    x, y = _scales(frame)
    layers = [
        *_lead(trend, frame, x, y),
        *_expect(trend, frame, colour, x, y),
        *_way(rows, frame, colour, x, y),
        *_mark(trend, frame, x, y),
        _tell_last(trend, frame, x, y),
    ]
    padding = {"left": 2, "right": 6, "top": 4, "bottom": 2}
    spec = {**HOUSE, "padding": padding, "height": HEIGHT, "data": {"values": rows}, "layer": layers}
    words = {f"p{number}": point.label for number, point in enumerate(trend.points)}
    words |= {f"i{number}": each.label for number, each in enumerate(trend.interim)}
    words |= {f"m{number}": each.label for number, each in enumerate(trend.marks)}
    words["outlook"] = trend.outlook.label if trend.outlook else ""
    return draw(
        spec, title, {**words, "target": trend.target_label, "last": trend.last_label, "pace": trend.pace_label}
    )


def _scales(frame: _Frame) -> tuple[dict[str, Any], dict[str, Any]]:
    days = [frame.first.isoformat(), frame.last.isoformat()]
    x = {"field": "day", "type": "temporal", "axis": _X_AXIS, "scale": {"domain": days}}
    levels = {"domain": [frame.low, frame.high], "nice": False, "zero": False}
    return x, {"type": "quantitative", "axis": _Y_AXIS, "scale": levels}


def _lead(trend: Trend, frame: _Frame, x: Mapping[str, Any], y: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The target's line, and the straight line towards it."""
    target = frame.place(trend.target)
    ends = {
        "x": trend.starts_on.isoformat(),
        "y": frame.place(trend.baseline),
        "end": trend.ends_on.isoformat(),
        "top": target,
    }
    straight = {
        "data": {"values": [ends]},
        "mark": {"type": "rule", "color": GREY, "strokeDash": [2, 4]},
        "encoding": {
            "x": {**x, "field": "x"},
            "x2": {"field": "end"},
            "y": {**y, "field": "y"},
            "y2": {"field": "top"},
        },
    }
    line = {"mark": {"type": "rule", "color": GREY, "strokeWidth": 1.5}, "encoding": {"y": {**y, "datum": target}}}
    label = {
        "mark": {"type": "text", "align": "left", "dx": 4, "dy": -9, "text": "@@target@@", "fontWeight": 600},
        "encoding": {"x": {"value": 0}, "y": {**y, "datum": target}, "color": {"value": TEXT}},
    }
    once: dict[str, Any] = {"data": {"values": [{}]}}
    layers: list[dict[str, Any]] = [straight, {**once, **line}, {**once, **label}]
    # Its name stands at its end, if the way so far is not there already.
    if frame.share_of_days(trend.points[-1].day) < 0.6 and trend.target > trend.baseline:
        mark = {"type": "text", "align": "right", "dx": -2, "dy": 12, "text": "@@pace@@", "fontSize": 12, "color": TEXT}
        at = {"x": {**x, "field": "end"}, "y": {**y, "field": "top"}}
        layers.append({"data": {"values": [ends]}, "mark": mark, "encoding": at})
    return layers


def _expect(
    trend: Trend, frame: _Frame, colour: str, x: Mapping[str, Any], y: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """From where things stand to the range in which they will probably end."""
    if trend.outlook is None:
        return []
    last = trend.points[-1]
    low, high = frame.clip(trend.outlook.low), frame.clip(trend.outlook.high)
    rows = [
        {"day": last.day.isoformat(), "low": frame.place(last.verified), "high": frame.place(last.verified)},
        {"day": trend.ends_on.isoformat(), "low": low, "high": high, "label": "@@outlook@@"},
    ]
    range_ = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    end = {"type": "rule", "color": colour, "opacity": 0.5, "strokeWidth": 6}
    return [
        {"data": {"values": rows}, "mark": {"type": "area", "color": colour, "opacity": 0.18}, "encoding": range_},
        {"data": {"values": rows[1:]}, "mark": end, "encoding": {**range_, "description": {"field": "label"}}},
    ]


def _mark(trend: Trend, frame: _Frame, x: Mapping[str, Any], y: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Interim targets as diamonds at their levels; decisions and milestones as triangles on the axis of time."""
    layers = []
    for sort, shape, several in (("i", "diamond", trend.interim), ("m", "triangle-up", trend.marks)):
        rows = [
            {
                "day": each.day.isoformat(),
                "level": frame.low if each.level is None else frame.clip(each.level),
                "label": f"@@{sort}{number}@@",
            }
            for number, each in enumerate(several)
            if frame.first <= each.day <= frame.last
        ]
        if rows:
            mark = {"type": "point", "shape": shape, "filled": True, "color": TEXT, "opacity": 1, "size": 70}
            at = {"x": x, "y": {**y, "field": "level"}, "description": {"field": "label"}}
            layers.append({"data": {"values": rows}, "mark": mark, "encoding": at})
    return layers


def _way(
    rows: Sequence[Mapping[str, Any]], frame: _Frame, colour: str, x: Mapping[str, Any], y: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What is verified, and beyond it what is provisional."""
    level = {"x": x, "y": {**y, "field": "level"}}
    layers: list[dict[str, Any]] = []
    if any(row["more"] != row["level"] for row in rows):
        mark = {"type": "line", "color": colour, "strokeDash": [5, 4], "opacity": 0.7}
        layers.append({"mark": mark, "encoding": {"x": x, "y": {**y, "field": "more"}}})
    if frame.low == 0:
        layers.append({"mark": {"type": "area", "color": colour, "opacity": 0.12}, "encoding": level})
    line = {"type": "line", "color": colour, "strokeWidth": 2.5, "strokeJoin": "round"}
    dot = {"type": "point", "filled": True, "color": colour, "opacity": 1, "size": 60}
    # Nothing to see: where the pointer finds a month's label.
    target = {"type": "point", "filled": True, "opacity": 0, "size": 300}
    return [
        *layers,
        {"mark": line, "encoding": level},
        {"data": {"values": [rows[-1]]}, "mark": dot, "encoding": level},
        {
            "data": {"values": list(rows[1:])},
            "mark": target,
            "encoding": {**level, "description": {"field": "label"}},
        },
    ]


def _tell_last(trend: Trend, frame: _Frame, x: Mapping[str, Any], y: Mapping[str, Any]) -> dict[str, Any]:
    """The last value's label, on the side of its point where there is room, and clear of the target's line."""
    last, target = trend.points[-1], frame.place(trend.target)
    top = frame.place(max(last.verified, last.provisional))
    late = frame.share_of_days(last.day) > 0.5
    height, dy = top, -13
    if frame.are_close(top, target) and top <= target:
        height, dy = (target, -9) if late else (frame.place(last.verified), 18)
    side = {"align": "right", "dx": -6} if late else {"align": "left", "dx": 8}
    mark = {"type": "text", "text": "@@last@@", "fontWeight": 700, "fontSize": 15, "color": TEXT, "dy": dy, **side}
    at = {"x": x, "y": {**y, "datum": height}}
    return {"data": {"values": [{"day": last.day.isoformat()}]}, "mark": mark, "encoding": at}


def _make_frame(trend: Trend) -> _Frame:
    """Rounded outwards, so that it seldom changes; from zero where more is better."""
    days = [trend.starts_on, trend.ends_on, *(point.day for point in trend.points)]
    reached = [level for point in trend.points for level in (point.verified, point.provisional)]
    levels = [trend.baseline, trend.target, *reached]
    low, high = min(levels), max(levels)
    if trend.target > trend.baseline and low >= 0:
        return _Frame(0.0, _round_up(high * 1.15), min(days), max(days))
    unit = _round_up((high - low) * 1.15) / 10
    bottom = (low // unit - 1) * unit
    return _Frame(tidy(bottom), tidy(bottom + unit * 14), min(days), max(days))


def _round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 times a power of ten."""
    # No figure has more than twelve places; what a float calls smaller has no such powers.
    value = max(value, 1e-12)
    power = 10.0 ** math.floor(math.log10(value))
    return next(tidy(factor * power) for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 20) if factor * power >= value)
