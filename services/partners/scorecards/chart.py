"""How both sides rated each other, round by round: a line from 1 to 5 for each side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from markupsafe import Markup

from shared.charts import GREY, HOUSE, TEXT, draw, tidy

HEIGHT: Final = 200
SIDES: Final = ("us", "them")


@dataclass(frozen=True, slots=True)
class RatedRound:
    """A round and the mean of each side that answered, from 1 to 5; `labels` say each mean in words."""

    day: date
    means: dict[str, float]
    labels: dict[str, str]


def draw_rounds(rounds: Sequence[RatedRound], names: dict[str, str], title: str, colour: str) -> Markup:
    """The rounds, oldest first, as an SVG element: our ratings in `colour` (#rrggbb), theirs dashed with squares.

    `names` by side stand at the lines' ends.
    """
    words: dict[str, str] = {f"name_{side}": names[side] for side in SIDES}
    x: dict[str, Any] = {
        "field": "day", "type": "temporal",
        "axis": {"title": None, "format": "%b %Y", "tickCount": 3, "grid": False, "labelFlush": True,
                 "labelPadding": 6},
        "scale": {"domain": [rounds[0].day.isoformat(), rounds[-1].day.isoformat()]},
    }  # fmt: skip
    y = {
        "field": "mean", "type": "quantitative", "axis": {"title": None, "values": [1, 2, 3, 4, 5], "format": "d"},
        "scale": {"domain": [1, 5], "nice": False, "padding": 12},
    }  # fmt: skip
    layers: list[dict[str, Any]] = []
    last = {side: [each.means[side] for each in rounds if side in each.means][-1:] for side in SIDES}
    # Of two labels at one place, ours stands above.
    higher = "us" if last["us"] >= last["them"] else "them"
    for side, form in (("us", {"color": colour, "shape": "circle"}), ("them", {"color": GREY, "shape": "square"})):
        rows = []
        for number, each in enumerate(rounds):
            if side in each.means:
                words[f"{side}{number}"] = each.labels[side]
                row = {"day": each.day.isoformat(), "mean": tidy(each.means[side]), "label": f"@@{side}{number}@@"}
                rows.append(row)
        if rows:
            layers += _draw_side(rows, side, form, x, y, above=side == higher)
    padding = {"left": 2, "right": 8, "top": 4, "bottom": 2}
    return draw({**HOUSE, "padding": padding, "height": HEIGHT, "layer": layers}, title, words)


def _draw_side(
    rows: Sequence[dict[str, Any]], side: str, form: dict[str, str], x: Any, y: Any, *, above: bool
) -> list[dict[str, Any]]:
    dash = {"strokeDash": [6, 4]} if side == "them" else {}
    line = {"type": "line", "color": form["color"], "strokeWidth": 2.5, **dash}
    point = {"type": "point", "filled": True, "opacity": 1, "size": 90, **form}
    name = {
        "type": "text", "align": "right", "dx": 4, "dy": -16 if above else 20, "fontWeight": 600, "color": TEXT,
        "text": f"@@name_{side}@@",
    }  # fmt: skip
    at = {"x": x, "y": y}
    return [
        {"data": {"values": list(rows)}, "mark": line, "encoding": at},
        {"data": {"values": list(rows)}, "mark": point, "encoding": {**at, "description": {"field": "label"}}},
        {"data": {"values": [rows[-1]]}, "mark": name, "encoding": at},
    ]
