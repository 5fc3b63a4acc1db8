"""JSON laid out for people, with a word beside each place that is wrong."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

INDENT = "  "


@dataclass(frozen=True)
class MarkedLine:
    """A line of the layout; `reason` says what is wrong there."""

    text: str
    reason: str = ""


def lay_out(value: Any, wrong: Mapping[str, str]) -> list[MarkedLine]:
    """`value` as lines; `wrong` is path -> reason, a path being such as `data.measurements.0.value`.

    A reason whose place is not there, such as a field that is missing, stands at the nearest place around it.
    """
    places: dict[tuple[str, ...], str] = {}
    for path, reason in wrong.items():
        steps = tuple(path.split(".")) if path else ()
        words = reason
        while not _has(value, steps):
            steps, words = steps[:-1], f"{steps[-1]}: {words}"
        places[steps] = f"{places[steps]} {words}" if steps in places else words
    return list(_lines(value, "", (), places, ""))


def _lines(
    value: Any, label: str, path: tuple[str, ...], wrong: Mapping[tuple[str, ...], str], end: str
) -> Iterator[MarkedLine]:
    margin, reason = INDENT * len(path), wrong.get(path, "")
    inner: list[tuple[str, str, Any]]
    if isinstance(value, dict) and value:
        inner, ends = [(str(key), f"{_say(str(key))}: ", each) for key, each in value.items()], "{}"
    elif isinstance(value, list) and value:
        inner, ends = [(str(number), "", each) for number, each in enumerate(value)], "[]"
    else:
        yield MarkedLine(f"{margin}{label}{_say(value)}{end}", reason)
        return
    yield MarkedLine(f"{margin}{label}{ends[0]}", reason)
    for number, (name, words, each) in enumerate(inner, start=1):
        yield from _lines(each, words, (*path, name), wrong, "," if number < len(inner) else "")
    yield MarkedLine(f"{margin}{ends[1]}{end}")


def _say(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _has(value: Any, path: tuple[str, ...]) -> bool:
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return False
    return True
