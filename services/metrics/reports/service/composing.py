"""Composing a report: its figures as the recipient may see them, and what changed since the edition before."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import judge
from services.metrics.dashboard.queries import KpiBoard, read_board
from services.metrics.giving.queries import Giving, read_giving
from services.metrics.known.queries import list_marks
from services.metrics.measurements.queries import Sums, list_cells
from services.metrics.reports.document import (
    Change,
    CreditLine,
    GiftLine,
    KpiPart,
    MarkLine,
    MonthLine,
    PartnerLine,
    PictureLine,
    ReportDocument,
    StoryLine,
    TargetNote,
    TextChange,
    Words,
)
from services.metrics.reports.models import FINAL, PARTS, Report
from services.metrics.reports.service.remarks import list_remarks
from shared.database.types import EXACT
from shared.differences import compare_words
from shared.identity import Identity

#: A report tells no more than this; the others are on the campaign's page.
MOST_STORIES = 12
#: What of a KPI is compared from one edition to the next.
COMPARED = ("target", "baseline", "value", "verified", "provisional", "period_verified", "period_provisional")


def compose_report(
    session: Session, viewer: Identity, report: Report, now: datetime, today: date, *, edition: int = 0
) -> ReportDocument:
    """The report on `today` with the viewer's rights; raises `NotFound` to those not in the campaign.

    A final report holds everything that was reported; another what was reported for months up to its period's end.
    """
    board = read_board(session, viewer, report.campaign_id, today)
    cells: defaultdict[UUID, list[Sums]] = defaultdict(list)
    for cell in list_cells(session, viewer, [kpi.kpi_id for kpi in board.kpis], today=today):
        cells[cell.kpi_id].append(cell)
    campaign, remarks = board.campaign, list_remarks(session, viewer, report, board.kpis, today)
    return ReportDocument(
        kind=report.kind,
        campaign=campaign.title,
        cause=campaign.cause,
        starts_on=report.starts_on,
        ends_on=report.ends_on,
        campaign_starts_on=campaign.starts_on,
        campaign_ends_on=campaign.ends_on,
        partners=tuple(each.name or "" for each in board.partners),
        as_of=now,
        edition=edition,
        reason=report.reason,
        kpis=tuple(
            replace(_compose_kpi(kpi, cells[kpi.kpi_id], report, today), remarks=tuple(remarks[kpi.kpi_id]))
            for kpi in board.kpis
        ),
        marks=tuple(
            MarkLine(mark.sort, mark.title, mark.text, mark.day, mark.done)
            for mark in list_marks(session, report.campaign_id)
            if report.kind == FINAL or report.starts_on <= mark.day <= report.ends_on
        ),
        narrative={part: report.narrative[part] for part in PARTS if report.narrative.get(part)},
        **_tell_giving(_read_giving(session, viewer, report, today)),
    )


def mark_changes(document: ReportDocument, before: ReportDocument) -> ReportDocument:
    """The document with what is not as it was in the edition `before`."""
    texts = [
        TextChange(
            part,
            tuple(
                Words(piece.how, piece.words)
                for piece in compare_words(before.narrative.get(part, ""), document.narrative.get(part, ""))
            ),
        )
        for part in PARTS
        if before.narrative.get(part, "") != document.narrative.get(part, "")
    ]
    changes = (*_list_changes(document, before), *_list_gift_changes(document, before))
    return replace(document, changes=changes, text_changes=tuple(texts))


def _list_changes(document: ReportDocument, before: ReportDocument) -> Iterable[Change]:
    former = {kpi.key: kpi for kpi in before.kpis}
    for kpi in document.kpis:
        old = former.get(kpi.key)
        for what in COMPARED:
            was, is_ = getattr(old, what, None), getattr(kpi, what)
            if was != is_:
                yield Change(kpi.name, kpi.unit, what, was, is_)
        months = {line.month: line.verified for line in old.months} if old else {}
        now = {line.month: line.verified for line in kpi.months}
        for month in sorted(months.keys() | now.keys()) if old else ():
            if months.get(month) != now.get(month):
                yield Change(kpi.name, kpi.unit, f"{month:%Y-%m}", months.get(month), now.get(month))


def _list_gift_changes(document: ReportDocument, before: ReportDocument) -> Iterable[Change]:
    former, now = (
        {(each.partner, each.kind, each.unit): each.verified for each in one.gifts} for one in (before, document)
    )
    for key in sorted(former.keys() | now.keys()):
        if former.get(key) != now.get(key):
            partner, kind, unit = key
            yield Change(partner, unit, f"given:{kind}", former.get(key), now.get(key))


def _read_giving(session: Session, viewer: Identity, report: Report, today: date) -> Giving:
    since, until = (None, None) if report.kind == FINAL else (report.starts_on, report.ends_on)
    return read_giving(
        session, viewer, report.campaign_id, today, since=since, until=until, most_stories=MOST_STORIES,
        published_only=True,
    )  # fmt: skip


def _tell_giving(giving: Giving) -> dict[str, Any]:
    return {
        "gifts": tuple(
            GiftLine(
                each.name or "",
                each.kind,
                each.unit,
                each.promised,
                tuple(one.what for one in each.promises if one.quantity is None),
                each.verified,
                each.reported,
            )
            for each in giving.gifts
        ),
        "stories": tuple(
            StoryLine(
                giving.names.get(each.organisation_id) or "",
                each.title,
                each.text,
                each.day,
                tuple(PictureLine(**picture) for picture in each.pictures),
            )
            for each in reversed(giving.stories)
        ),
        "credits": tuple(CreditLine(each.name or "", each.since, each.logo) for each in giving.credits),
    }


def _compose_kpi(kpi: KpiBoard, cells: Sequence[Sums], report: Report, today: date) -> KpiPart:
    whole, is_sum = report.kind == FINAL, kpi.goal.aggregation == "sum"
    counted = [cell for cell in cells if whole or (cell.month or date.max) <= report.ends_on]
    ours = [cell for cell in counted if whole or (cell.month or date.min) >= report.starts_on.replace(day=1)]
    standing = _stand(kpi, counted, report, today)
    return KpiPart(
        key=kpi.key,
        name=kpi.name,
        unit=kpi.unit,
        aggregation=kpi.goal.aggregation,
        verification=kpi.verification,
        starts_on=kpi.goal.starts_on,
        ends_on=kpi.goal.ends_on,
        baseline=kpi.baseline,
        target=kpi.target,
        period_verified=_add_up(cell.verified for cell in ours),
        period_provisional=_add_up(cell.provisional for cell in ours),
        # Months and partners of a mean or a maximum add up to nothing that could be told.
        months=tuple(_list_months(kpi, counted)) if is_sum else (),
        partners=tuple(_list_partners(kpi, ours)) if is_sum else (),
        notes=tuple(
            TargetNote(note.former, note.target, note.reason, note.changed_at.date()) for note in kpi.footnotes
        ),
        **standing,
    )


def _stand(kpi: KpiBoard, counted: Sequence[Sums], report: Report, today: date) -> dict[str, Any]:
    """Where the KPI stood at the period's end. Only what is added up can be told of a day that is over."""
    judgement, value, verified, provisional = kpi.judgement, kpi.value, kpi.verified, kpi.provisional
    if kpi.goal.aggregation == "sum" and report.kind != FINAL:
        verified = _add_up(cell.verified for cell in counted)
        provisional = _add_up(cell.provisional for cell in counted)
        known = any(cell.verified for cell in counted)
        value = EXACT.add(kpi.baseline, verified)
        judgement = judge(kpi.goal, verified, len(counted), int(known), min(today, report.ends_on))
    return {
        "value": value,
        "verified": verified,
        "provisional": provisional,
        "status": judgement.status,
        "progress": judgement.progress,
        "time": judgement.time,
        "wanted": judgement.wanted,
        "pace": judgement.pace,
        "waiting": judgement.waiting,
        "over": judgement.over,
        "begun": judgement.begun,
    }


def _list_months(kpi: KpiBoard, counted: Sequence[Sums]) -> Iterable[MonthLine]:
    months: defaultdict[date, list[Sums]] = defaultdict(list)
    for cell in counted:
        if cell.month and (cell.verified or cell.provisional):
            months[cell.month].append(cell)
    level = kpi.baseline
    for month in sorted(months):
        verified = _add_up(cell.verified for cell in months[month])
        level = EXACT.add(level, verified)
        provisional = _add_up(cell.provisional for cell in months[month])
        yield MonthLine(month, verified, provisional, level)


def _list_partners(kpi: KpiBoard, ours: Sequence[Sums]) -> Iterable[PartnerLine]:
    """A line for each partner, the largest first; one that has reported nothing has 0."""
    sums: defaultdict[UUID | None, list[Sums]] = defaultdict(list)
    for cell in ours:
        sums[cell.organisation_id].append(cell)
    names: Mapping[UUID, str | None] = {each.organisation_id: each.name for each in kpi.by_partner}
    lines = [
        PartnerLine(
            name or "",
            _add_up(cell.verified for cell in sums[organisation_id]),
            _add_up(cell.provisional for cell in sums[organisation_id]),
        )
        for organisation_id, name in names.items()
    ]
    return sorted(lines, key=lambda line: (-abs(line.verified), line.name))


def _add_up(figures: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for each in figures:
        total = EXACT.add(total, each)
    return total
