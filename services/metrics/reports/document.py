"""A report as plain data: the one source of its page, its PDF and its workbook."""

import hashlib
import json
import types
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Union, get_args, get_origin, get_type_hints

from shared.messaging.events import encode_value


@dataclass(frozen=True)
class MonthLine:
    """One month, by its first day: what was reported for it, and the level that was verified by its end."""

    month: date
    verified: Decimal
    provisional: Decimal
    level: Decimal


@dataclass(frozen=True)
class PartnerLine:
    """What a partner reported in the report's period; `name` is empty where nobody has told it."""

    name: str
    verified: Decimal
    provisional: Decimal


@dataclass(frozen=True)
class TargetNote:
    """A target that was given up for another, and why."""

    former: Decimal
    target: Decimal
    reason: str
    changed_on: date


@dataclass(frozen=True)
class Remark:
    """A restatement (what stood there before and what since), joint work with its partners, or an adjustment."""

    kind: str
    starts_on: date
    ends_on: date
    before: Decimal | None
    after: Decimal | None
    partners: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class KpiPart:
    """A KPI at the end of the report's period. `progress` and `time` are shares from 0 to 1 and past it."""

    key: str
    name: str
    unit: str
    aggregation: str
    verification: str
    starts_on: date
    ends_on: date
    baseline: Decimal
    target: Decimal
    #: The level reached with what is verified; None where nobody can say.
    value: Decimal | None
    #: Sums, or levels of their own where figures aren't added up.
    verified: Decimal | None
    provisional: Decimal | None
    #: What of it falls into the period.
    period_verified: Decimal
    period_provisional: Decimal
    status: str
    progress: Decimal
    time: Decimal
    #: The share of the way that the plan wanted by then, and the pace that it was held against.
    wanted: Decimal
    pace: str
    waiting: bool
    over: bool
    begun: bool
    months: tuple[MonthLine, ...]
    partners: tuple[PartnerLine, ...]
    notes: tuple[TargetNote, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def is_sum(self) -> bool:
        return self.aggregation == "sum"


@dataclass(frozen=True)
class MarkLine:
    """A decision or a milestone."""

    sort: str
    title: str
    text: str
    day: date
    done: bool

    @property
    def is_decision(self) -> bool:
        return self.sort == "decision"


@dataclass(frozen=True)
class GiftLine:
    """What a partner promised and gave of one kind, in one unit or currency; see `giving.queries.Gift`."""

    partner: str
    kind: str
    unit: str
    promised: Decimal | None
    #: What was promised without a number.
    promises: tuple[str, ...]
    verified: Decimal
    reported: Decimal


@dataclass(frozen=True)
class PictureLine:
    """A stored picture, and what it shows."""

    name: str
    media_type: str
    sha256: str
    size: int
    description: str


@dataclass(frozen=True)
class StoryLine:
    """What a partner told."""

    partner: str
    title: str
    text: str
    day: date
    pictures: tuple[PictureLine, ...]


@dataclass(frozen=True)
class CreditLine:
    """A partner, since when it is one, and the name of its logo."""

    name: str
    since: date | None
    logo: str | None


@dataclass(frozen=True)
class Change:
    """A figure that was another in the edition before.

    `what` is a field of `KpiPart`, a month ("2026-05"), or a kind of contribution ("given:money"), where `kpi` is the
    partner.
    """

    kpi: str
    unit: str
    what: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class Words:
    """Some words of a text that was another in the edition before: same, added or removed."""

    how: str
    words: str


@dataclass(frozen=True)
class TextChange:
    """A written part that was another in the edition before."""

    part: str
    pieces: tuple[Words, ...]


@dataclass(frozen=True)
class ReportDocument:
    """The whole report as one reader may see it. `edition` is 0 while it is a draft."""

    kind: str
    campaign: str
    cause: str
    starts_on: date
    ends_on: date
    campaign_starts_on: date
    campaign_ends_on: date
    partners: tuple[str, ...]
    as_of: datetime
    edition: int
    reason: str
    kpis: tuple[KpiPart, ...]
    marks: tuple[MarkLine, ...]
    narrative: dict[str, str]
    changes: tuple[Change, ...] = ()
    text_changes: tuple[TextChange, ...] = ()
    gifts: tuple[GiftLine, ...] = ()
    stories: tuple[StoryLine, ...] = ()
    credits: tuple[CreditLine, ...] = ()

    @property
    def pictures(self) -> dict[str, PictureLine]:
        """The pictures of its stories by their names in the store."""
        return {picture.sha256: picture for story in self.stories for picture in story.pictures}


def write_document(document: ReportDocument) -> dict[str, Any]:
    """The document as plain JSON, every figure exact."""
    written: dict[str, Any] = encode_value(document)
    return written


def read_document(written: Any) -> ReportDocument:
    """The document that was written; what it knew nothing of yet takes its default."""
    document: ReportDocument = _read(ReportDocument, written)
    return document


def digest_document(written: dict[str, Any]) -> str:
    """The SHA-256 of a written document in canonical JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(written, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _read(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not types.NoneType)
    if get_origin(kind) is tuple:
        return tuple(_read(get_args(kind)[0], each) for each in value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        known = [each.name for each in fields(kind) if each.name in value]
        return kind(**{name: _read(hints[name], value[name]) for name in known})
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    return kind(value) if kind is Decimal else value
