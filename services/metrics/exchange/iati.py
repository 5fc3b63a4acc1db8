"""A campaign's results as IATI 2.03: `iati-activities/iati-activity/result`.

https://iatistandard.org/en/iati-standard/203/activity-standard/iati-activities/iati-activity/result/ and the schema
iati-activities-schema.xsd. What is verified is published, and nothing else: IATI files are read by everyone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from services.metrics.alerts.judgement import Goal
from shared.database.types import EXACT
from shared.fields import plain

#: Codes of IATI's lists: an output, a number of units, a percentage, a private sector organisation, an implementing
#: one, the vocabulary of the reporting organisation, activities under way and closed, planned start and end.
OUTPUT, UNIT, PERCENTAGE, PRIVATE_SECTOR, IMPLEMENTING, OWN_VOCABULARY = "1", "1", "2", "70", "4", "99"
UNDER_WAY, CLOSED, PLANNED_START, PLANNED_END = "2", "4", "1", "3"
#: The units, in small letters, that IATI calls a percentage.
PERCENTS = frozenset({"%", "percent", "per cent"})
#: So many digits after the point are told, and taken.
PLACES = 12
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Actual:
    """What was reached; `part` is the name of a dimension and of its category, where it is only a part."""

    value: Decimal
    part: tuple[str, str] | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day: where the KPI should stand then, and what was reached."""

    starts_on: date
    ends_on: date
    target: Decimal | None = None
    actuals: Sequence[Actual] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A KPI; `codes` are pairs of IATI's indicator vocabulary and a code in it."""

    key: str
    name: str
    unit: str
    means: str
    increasing: bool
    summable: bool
    baseline: Decimal
    baseline_on: date
    periods: Sequence[Period] = field(default_factory=list)
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """The campaign as its reporting organisation tells of it."""

    identifier: str
    publisher: str
    publisher_name: str
    title: str
    description: str
    partners: Sequence[str]
    starts_on: date
    ends_on: date
    results: Sequence[Result]


def write_iati(activity: Activity, now: datetime, language: str = "en") -> bytes:
    """The file, in UTF-8."""
    root = Element("iati-activities", {"version": "2.03", "generated-datetime": _stamp(now)})
    told = SubElement(root, "iati-activity", {_LANGUAGE: language, "last-updated-datetime": _stamp(now)})
    SubElement(told, "iati-identifier").text = _clean(activity.identifier)
    publisher = {"ref": _clean(activity.publisher), "type": PRIVATE_SECTOR}
    _narrate(told, "reporting-org", activity.publisher_name, publisher)
    _narrate(told, "title", activity.title)
    _narrate(told, "description", activity.description, {"type": "1"})
    _narrate(told, "participating-org", activity.publisher_name, {**publisher, "role": IMPLEMENTING})
    for name in activity.partners:
        _narrate(told, "participating-org", name, {"role": IMPLEMENTING})
    SubElement(told, "activity-status", code=CLOSED if activity.ends_on < now.date() else UNDER_WAY)
    for kind, day in ((PLANNED_START, activity.starts_on), (PLANNED_END, activity.ends_on)):
        SubElement(told, "activity-date", {"type": kind, "iso-date": day.isoformat()})
    for result in activity.results:
        _write_result(told, result)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _write_result(parent: Element, result: Result) -> None:
    sums = "true" if result.summable else "false"
    told = SubElement(parent, "result", {"type": OUTPUT, "aggregation-status": sums})
    _narrate(told, "title", result.name)
    way = {
        "measure": PERCENTAGE if result.percent else UNIT,
        "ascending": "true" if result.increasing else "false",
        "aggregation-status": sums,
    }
    indicator = SubElement(told, "indicator", way)
    _narrate(indicator, "title", f"{result.name} ({result.unit})")
    if result.means:
        _narrate(indicator, "description", result.means)
    SubElement(indicator, "reference", {"vocabulary": OWN_VOCABULARY, "code": result.key})
    day = result.baseline_on
    baseline = {"year": str(day.year), "iso-date": day.isoformat(), "value": plain(result.baseline)}
    SubElement(indicator, "baseline", baseline)
    for period in result.periods:
        written = SubElement(indicator, "period")
        SubElement(written, "period-start", {"iso-date": period.starts_on.isoformat()})
        SubElement(written, "period-end", {"iso-date": period.ends_on.isoformat()})
        if period.target is not None:
            SubElement(written, "target", value=plain(period.target))
        for actual in period.actuals:
            _write_actual(written, actual)


def _write_actual(period: Element, actual: Actual) -> None:
    written = SubElement(period, "actual", value=plain(actual.value))
    if actual.part:
        name, category = map(_clean, actual.part)
        SubElement(written, "dimension", {"name": name, "value": category})
    if actual.comment:
        _narrate(written, "comment", actual.comment)


def tell_level(goal: Goal, amount: Decimal, figures: int, weight: Decimal) -> Decimal | None:
    """Where a KPI stands, the baseline included, given its sums as in `Goal.find_change`; as exact as figures are."""
    change = goal.find_change(amount, figures, weight)
    if change is None:
        return None
    level = EXACT.add(goal.baseline, change)
    # A mean or a ratio may go on without end.
    return level if -int(level.as_tuple().exponent) <= PLACES else round(level, PLACES)


def last_day(month: date) -> date:
    """The last day of the month that begins on `month`."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def name_parts(dimensions: Sequence[Mapping[str, object]]) -> dict[tuple[str, str], tuple[str, str]]:
    """(key of a dimension, key of its category) -> their names."""
    found = {}
    for each in dimensions:
        categories = each["categories"]
        assert isinstance(categories, list)
        for category in categories:
            found[str(each["key"]), str(category["key"])] = str(each["name"]), str(category["name"])
    return found


def _narrate(parent: Element, name: str, text: str, given: Mapping[str, str] | None = None) -> None:
    SubElement(SubElement(parent, name, dict(given or {})), "narrative").text = _clean(text)


def _clean(text: str) -> str:
    """The text without what XML 1.0 has no way to write."""
    return (
        "".join(letter for letter in text if letter in "\t\n" or (letter >= " " and not "\ud800" <= letter <= "\udfff"))
        .replace("\ufffe", "")
        .replace("\uffff", "")
    )


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
