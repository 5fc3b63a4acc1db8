"""Results in IATI 2.03 as others publish them: `iati-activities/iati-activity/result/indicator/period`.

Only the form is looked at here; what it means for a campaign is found out in `service/planning.py`. What is wrong in
one place leaves the rest readable: it is kept as a `Flaw` with its place.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import IO

from flask_babel import gettext as _
from marshmallow import ValidationError

from services.metrics.exchange.xml_tree import Node, read_tree
from shared.errors import Invalid, TooLarge
from shared.fields import parse_exact

VERSION = "2.03"
#: The most that one page shows and one person looks at.
ACTIVITIES, INDICATORS = 50, 300
#: The most periods of one indicator, which are held against each other, and of a file.
PERIODS, ALL_PERIODS = 500, 5_000
#: Codes of the list IndicatorMeasure.
UNIT, PERCENTAGE, NOMINAL, ORDINAL, QUALITATIVE = "1", "2", "3", "4", "5"
#: What of an activity is read; transactions and the like are passed over.
_READ = frozenset({"iati-identifier", "reporting-org", "title", "result"})
# xsd:date lets a time zone follow, which days here have none of.
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_TRUE, _FALSE = ("true", "1"), ("false", "0")
_SHOWN = 40  # characters of what can't be read


@dataclass(frozen=True, slots=True)
class Flaw:
    """What can't be read, and where: a line of the file and a path in it."""

    line: int
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Value:
    """A baseline, a target or an actual; `parts` are names of dimensions and of categories in them."""

    node: Node
    number: Decimal
    parts: Sequence[tuple[str, str]] = ()
    in_place: bool = False
    comment: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.parts and not self.in_place


@dataclass(frozen=True, slots=True, eq=False)
class ReadPeriod:
    node: Node
    starts_on: date
    ends_on: date
    targets: Sequence[Value]
    actuals: Sequence[Value]

    def holds(self, other: "ReadPeriod") -> bool:
        """Whether the other one is a part of this one."""
        inside = self.starts_on <= other.starts_on and other.ends_on <= self.ends_on
        return inside and (self.starts_on, self.ends_on) != (other.starts_on, other.ends_on)


@dataclass(frozen=True, slots=True)
class ReadIndicator:
    """`place` names it within its file: "a1r2i1". `titles` are its own and its result's, in all languages."""

    place: str
    node: Node
    titles: Sequence[str]
    references: Sequence[tuple[str, str]]
    measure: str
    ascending: bool
    baselines: Sequence[Value]
    periods: Sequence[ReadPeriod]
    flaws: Sequence[Flaw]

    @property
    def title(self) -> str:
        return self.titles[0] if self.titles else self.place


@dataclass(frozen=True, slots=True)
class ReadActivity:
    place: str
    node: Node
    identifier: str
    titles: Sequence[str]
    #: What the reporting organisation is called, in all languages.
    reporters: Sequence[str]
    indicators: Sequence[ReadIndicator] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.titles[0] if self.titles else self.identifier


def read_iati(file: IO[bytes]) -> list[ReadActivity]:
    """The activities that tell of results. Raises `Invalid` or `TooLarge` for what is no such file."""
    root = read_tree(file, _wants, "iati-activities")
    version = root.attributes.get("version", "")
    if version != VERSION:
        said = version[:_SHOWN] or _("none")
        words = _(
            "Line %(line)s: its version is %(said)s. Send IATI %(known)s.", line=root.line, said=said, known=VERSION
        )
        raise Invalid({"file": words})
    known: dict[str, int] = {}
    activities = [_read_activity(node, known) for node in root.find_all("iati-activity")]
    found = [each for each in activities if each.indicators]
    if not found:
        raise Invalid({"file": _("No activity in this file has a result with an indicator.")})
    indicators = [each for activity in found for each in activity.indicators]
    if len(found) > ACTIVITIES or len(indicators) > INDICATORS:
        words = _(
            "This file has more than %(activities)s activities with results, or %(indicators)s indicators. "
            "Send those of this campaign.",
            activities=ACTIVITIES,
            indicators=INDICATORS,
        )
        raise TooLarge(words)
    if sum(len(each.periods) for each in indicators) > ALL_PERIODS:
        raise TooLarge(_("This file has more than %(most)s periods. Split it and send the parts.", most=ALL_PERIODS))
    return found


def _wants(depth: int, tag: str) -> bool:
    return tag == "iati-activity" if depth == 1 else depth != 2 or tag in _READ


def _read_activity(node: Node, known: dict[str, int]) -> ReadActivity:
    told = node.find("iati-identifier")
    identifier = told.text if told else ""
    if told is None or not identifier:
        raise _refuse(node, _("This activity has no iati-identifier."))
    if identifier in known:
        raise _refuse(
            told, _("The activity on line %(line)s has the same iati-identifier.", line=known[identifier])
        )  # fmt: skip
    known[identifier] = told.line
    reporter = node.find("reporting-org")
    place = f"a{node.number}"
    indicators = [
        _read_indicator(f"{place}r{result.number}i{each.number}", each, result)
        for result in node.find_all("result")
        for each in result.find_all("indicator")
    ]
    names = _read_narratives(reporter) if reporter else []
    return ReadActivity(place, node, identifier, _read_titles(node), names, indicators)


def _read_indicator(place: str, node: Node, result: Node) -> ReadIndicator:
    flaws: list[Flaw] = []
    measure = node.attributes.get("measure", "")
    numbers = measure != QUALITATIVE
    baselines = list(_read_values(node, "baseline", flaws)) if numbers else []
    periods = list(_read_periods(node, flaws)) if numbers else []
    references = [
        (each.attributes.get("vocabulary", ""), each.attributes.get("code", "").strip())
        for each in node.find_all("reference")
    ]
    ascending = node.attributes.get("ascending", "true")
    if ascending not in _TRUE + _FALSE:
        flaws.append(_flaw(node, _("This is neither true nor false."), "ascending"))
    titles = [*_read_titles(node), *_read_titles(result)]
    return ReadIndicator(
        place, node, titles, references, measure, ascending not in _FALSE, baselines, periods, flaws
    )  # fmt: skip


def _read_periods(indicator: Node, flaws: list[Flaw]) -> Iterator[ReadPeriod]:
    seen: dict[tuple[date, date], int] = {}
    nodes = indicator.find_all("period")
    if len(nodes) > PERIODS:
        line = indicator.line
        raise TooLarge(_("The indicator on line %(line)s has more than %(most)s periods.", line=line, most=PERIODS))
    for node in nodes:
        start, end = _read_day(node, "period-start", flaws), _read_day(node, "period-end", flaws)
        if start is None or end is None:
            continue
        if end < start:
            flaws.append(_flaw(node, _("The period ends before it starts.")))
            continue
        if (start, end) in seen:
            line = seen[(start, end)]
            flaws.append(_flaw(node, _("The period on line %(line)s has the same days.", line=line)))
            continue
        seen[(start, end)] = node.line
        targets, actuals = (list(_read_values(node, tag, flaws)) for tag in ("target", "actual"))
        yield ReadPeriod(node, start, end, targets, actuals)


def _read_values(parent: Node, tag: str, flaws: list[Flaw]) -> Iterator[Value]:
    whole: Node | None = None
    for node in parent.find_all(tag):
        text = node.attributes.get("value")
        if text is None or not text.strip():
            # The standard lets values out where there are none; then there is nothing to enter either.
            continue
        try:
            number = parse_exact(text)
        except ValidationError as error:
            flaws.append(_flaw(node, str(error.messages[0]), "value"))
            continue
        parts = [
            (each.attributes.get("name", "").strip(), each.attributes.get("value", "").strip())
            for each in node.find_all("dimension")
        ]
        comment = node.find("comment")
        words = " ".join(_read_narratives(comment)) if comment else ""
        value = Value(node, number, parts, bool(node.find_all("location")), words)
        if value.is_whole and whole is not None:
            flaws.append(_flaw(node, _("The one on line %(line)s is for the same.", line=whole.line)))
            continue
        whole = node if value.is_whole else whole
        yield value


def _read_day(period: Node, tag: str, flaws: list[Flaw]) -> date | None:
    node = period.find(tag)
    if node is None:
        flaws.append(_flaw(period, _("This period has no %(tag)s.", tag=tag)))
        return None
    text = node.attributes.get("iso-date", "")
    match = _DAY.fullmatch(text.strip())
    if match:
        with suppress(ValueError):
            return date.fromisoformat(match[1])
    reason = _("“%(text)s” is not a calendar date such as 2027-03-31.", text=text[:_SHOWN])
    flaws.append(_flaw(node, reason, "iso-date"))
    return None


def _read_titles(node: Node) -> list[str]:
    title = node.find("title")
    return _read_narratives(title) if title else []


def _read_narratives(node: Node) -> list[str]:
    return [each.text for each in node.find_all("narrative") if each.text]


def _flaw(node: Node, reason: str, attribute: str = "") -> Flaw:
    return Flaw(node.line, node.path + (f"/@{attribute}" if attribute else ""), reason)


def _refuse(node: Node, reason: str) -> Invalid:
    words = _("Line %(line)s, %(path)s: %(reason)s", line=node.line, path=node.path, reason=reason)
    return Invalid({"file": words})
