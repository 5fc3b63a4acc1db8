"""A report's document as files: a PDF to hand to a board, and a workbook to calculate with."""

import base64
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

from babel.dates import get_month_names
from flask_babel import get_locale
from flask_babel import gettext as _

from services.metrics.dashboard.story import STATUS_WORDS
from services.metrics.giving.words import KIND_NAMES
from services.metrics.reports.document import KpiPart, PictureLine, ReportDocument
from services.metrics.reports.kpi_view import KpiView, name_month, write_number
from services.metrics.reports.view import ReportView, name_changed
from services.metrics.reports.words import PART_NAMES, name_report
from services.metrics.settings import MetricsSettings
from shared.documents import Brand, render_pdf
from shared.errors import Unavailable
from shared.files import FileStore, StoredFile
from shared.markdown import read_blocks, render_text
from shared.tables.places import Cell
from shared.tables.writing import XLSX, Sheet, write_sheets
from shared.web.filters import NO_VALUE, format_instant, format_period
from shared.web.uploads import recognise

TEMPLATE = Path(__file__).parent / "templates" / "reports" / "report.typ"
#: Figures longer than this leave no room for twelve months beside each other.
LONGEST = 9
#: How wide the shares are beside the trend, in pixels: the letters of both then come out alike.
BESIDE = 330
_MYRIADTH = Decimal("0.0001")
_FONTS = re.compile(r'font-family="[^"]*"')


def draw_files(document: ReportDocument, store: FileStore, settings: MetricsSettings) -> Mapping[str, StoredFile]:
    """The document's PDF and workbook, put into the store: format -> file."""
    name = name_file(document)
    contents = {
        "pdf": ("application/pdf", draw_pdf(document, store, settings)),
        "xlsx": (XLSX, draw_workbook(document)),
    }
    files = {}
    for form, (media_type, content) in contents.items():
        blob = store.put(content)
        files[form] = StoredFile(f"{name}.{form}", media_type, blob.size, blob.sha256)
    return files


def name_file(document: ReportDocument) -> str:
    """The files' name without its ending."""
    edition = _("edition %(number)s", number=document.edition) if document.edition else _("draft")
    return str(f"{document.campaign[:60]}, {name_report(document)}, {edition}")


def draw_pdf(document: ReportDocument, store: FileStore, settings: MetricsSettings) -> bytes:
    """The PDF with the pictures that are in `store`, in the language of whoever asks."""
    view = ReportView(document, settings.brand_colour)
    edition = _("Edition %(number)s", number=document.edition) if document.edition else _("Draft")
    data = {
        "subtitle": name_report(document),
        "about": f"{document.campaign[:70]} · {edition}",
        "notice": "" if document.edition else _("This is a draft. Its figures and words may change."),
        "facts": _list_facts(document, str(edition)),
        "standing": view.standing,
        "sentences": [kpi.sentence for kpi in view.kpis],
        "overview": [_lay_out_line(kpi) for kpi in view.kpis],
        "kpis": [_lay_out_kpi(kpi) for kpi in view.kpis],
        "texts": [{"title": name, "part": part, "blocks": read_blocks(text)} for part, name, text in view.texts],
        "gifts": [list(each) for each in view.gifts],
        "gift_note": view.gift_note,
        "stories": [
            {
                "title": title,
                "told": told,
                "text": text,
                "pictures": [_lay_out_picture(each, store) for each in pictures],
            }
            for title, told, text, pictures in view.stories
        ],
        "credits": [
            [name, since, _frame(store, logo, 3, 1, "meet") if logo else ""] for name, since, logo in view.credits
        ],
        "decisions": [list(each) for each in view.decisions],
        "milestones": [list(each) for each in view.milestones],
        "changes": [list(each) for each in view.changes],
        "text_changes": [
            {
                "title": str(PART_NAMES[each.part]),
                "pieces": [{"how": piece.how, "words": piece.words} for piece in each.pieces],
            }
            for each in document.text_changes
        ],
        "method": view.method,
        "words": _list_words(),
    }
    return render_pdf(
        TEMPLATE,
        data,
        title=document.campaign,
        brand=Brand(settings.brand_name, settings.brand_colour),
        at=document.as_of,
        locale=str(get_locale() or "en"),
    )


def draw_workbook(document: ReportDocument) -> bytes:
    """The same figures on sheets: numbers as numbers, and as exact texts where a spreadsheet would round them."""
    view, target = ReportView(document, "#000000"), io.BytesIO()
    write_sheets(target, list(_list_sheets(document, view)))
    return target.getvalue()


def _list_sheets(document: ReportDocument, view: ReportView) -> Iterable[Sheet]:
    kpi, verified, provisional = _("KPI"), _("Verified"), _("Provisional")
    edition = _("Edition %(number)s", number=document.edition) if document.edition else _("Draft")
    facts = [[document.campaign, name_report(document)], *_list_facts(document, str(edition))]
    yield Sheet(_("Report"), [_("What"), _("Value")], [*facts, *([_("Method"), note] for note in view.method)])
    titles = [
        kpi, _("Unit"), _("Baseline"), _("Target"), verified, provisional, _("Stands at"), _("Verified in the period"),
        _("Provisional in the period"), _("Progress (share)"), _("State"),
    ]  # fmt: skip
    yield Sheet(_("KPIs"), titles, [_list_kpi(each) for each in document.kpis])
    yield Sheet(_("Partners"), [kpi, _("Unit"), _("Partner"), verified, provisional], [
        [each.name, each.unit, line.name or _("Name not yet known"), line.verified, line.provisional]
        for each in document.kpis for line in each.partners
    ])  # fmt: skip
    yield Sheet(_("Months"), [kpi, _("Unit"), _("Month"), verified, provisional, _("In all")], [
        [each.part.name, each.part.unit, line.month, line.verified, line.provisional, line.level]
        for each in view.kpis for line in each.period_months
    ])  # fmt: skip
    if view.gifts:
        heads = [
            _("Partner"),
            _("Kind"),
            _("Unit"),
            _("Promised"),
            verified,
            _("Not looked at yet"),
            _("Also promised"),
        ]
        yield Sheet(_("Contributions"), heads, [
            [each.partner, str(KIND_NAMES.get(each.kind, each.kind)), each.unit, each.promised, each.verified,
             each.reported, "; ".join(each.promises)]
            for each in document.gifts
        ])  # fmt: skip
    if document.stories:
        yield Sheet(_("Stories"), [_("Day"), _("Partner"), _("Title"), _("Text"), _("Pictures")], [
            [each.day, each.partner, each.title, each.text, "; ".join(one.description for one in each.pictures)]
            for each in document.stories
        ])  # fmt: skip
    if document.credits:
        yield Sheet(_("Partner credit"), [_("Partner"), _("Partner since")], [
            [each.name or _("Name not yet known"), each.since] for each in document.credits
        ])  # fmt: skip
    notes: list[list[Cell]] = [[each.part.name, note] for each in view.kpis for note in each.notes]
    if notes:
        yield Sheet(_("Footnotes"), [kpi, _("Footnote")], notes)
    marks: list[list[Cell]] = [[mark.day, mark.title, mark.text] for mark in document.marks]
    if marks:
        yield Sheet(_("Decisions and milestones"), [_("Day"), _("What"), _("Why")], marks)
    if view.texts:
        texts: list[list[Cell]] = [[name, render_text(text)[:32000]] for _part, name, text in view.texts]
        yield Sheet(_("Text"), [_("Part"), _("Text")], texts)
    if document.changes:
        yield Sheet(_("Changes"), [kpi, _("Figure"), _("Before"), _("Now")], [
            [each.kpi, name_changed(each), each.before, each.after] for each in document.changes
        ])  # fmt: skip


def _list_kpi(part: KpiPart) -> list[Cell]:
    standing = [part.baseline, part.target, part.verified, part.provisional, part.value]
    progress = part.progress.quantize(_MYRIADTH, ROUND_FLOOR)
    state = str(STATUS_WORDS[part.status])
    return [part.name, part.unit, *standing, part.period_verified, part.period_provisional, progress, state]


def _list_facts(document: ReportDocument, edition: str) -> list[list[str]]:
    period = format_period(document.starts_on, document.ends_on)
    runs = format_period(document.campaign_starts_on, document.campaign_ends_on)
    facts = [
        [_("Period"), period],
        [_("Campaign runs"), "" if runs == period else runs],
        [_("Partners"), ", ".join(name or str(_("Name not yet known")) for name in document.partners)],
        [_("Edition"), edition],
        [_("Why it was issued again"), document.reason],
        [_("Figures as of"), format_instant(document.as_of)],
    ]
    return [[str(label), value] for label, value in facts if value]


def _lay_out_line(kpi: KpiView) -> dict[str, Any]:
    part = kpi.part
    return {
        "name": f"{part.name} ({part.unit})",
        "target": write_number(part.target),
        "verified": kpi.verified_number,
        "provisional": kpi.provisional_number,
        "progress": kpi.progress,
        "state": kpi.word,
        "notes": kpi.notes,
    }


def _lay_out_kpi(kpi: KpiView) -> dict[str, Any]:
    total = [_("In all"), write_number(kpi.part.period_verified), write_number(kpi.part.period_provisional), ""]
    return {
        "name": f"{kpi.part.name} ({kpi.part.unit})",
        "facts": [list(pair) for pair in kpi.facts],
        "notes": kpi.notes,
        "trend": _write_svg(kpi.trend),
        "trend_finding": kpi.trend_finding,
        "shares": _write_svg(kpi.draw_shares(BESIDE)),
        "shares_finding": kpi.shares_finding,
        "by": str(_("Year") if kpi.is_long else _("Month")),
        "times": [
            [line.name, write_number(line.verified), write_number(line.provisional), write_number(line.level)]
            for line in kpi.times
        ],
        "partners": [
            [name, write_number(verified), write_number(provisional), share]
            for name, verified, provisional, share in kpi.partners
        ],
        "total": [str(text) for text in total],
        "annex": _lay_out_months(kpi) if kpi.is_long else [],
    }


def _lay_out_months(kpi: KpiView) -> list[dict[str, Any]]:
    """The months as tables: a line for each year where the figures are short enough, or else one for each month."""
    kinds = [("verified", _("Verified"))]
    if any(line.provisional for line in kpi.period_months):
        kinds.append(("provisional", _("Provisional")))
    tables = []
    for name, title in kinds:
        figures = {line.month: write_number(getattr(line, name)) for line in kpi.period_months}
        if max(len(text) for text in figures.values()) > LONGEST:
            head = [str(_("Month")), str(title)]
            rows = [[name_month(month), text] for month, text in figures.items()]
        else:
            head = ["", *(get_month_names("abbreviated", locale=get_locale() or "en")[n] for n in range(1, 13))]
            years = sorted({month.year for month in figures})
            rows = [[str(y), *(figures.get(date(y, n, 1), NO_VALUE) for n in range(1, 13))] for y in years]
        tables.append({"title": str(title), "head": head, "rows": rows})
    return tables


def _lay_out_picture(picture: PictureLine, store: FileStore) -> dict[str, str]:
    return {"svg": _frame(store, picture.sha256, 16, 9, "slice"), "shows": picture.description}


def _frame(store: FileStore, sha256: str, width: int, height: int, fit: str) -> str:
    """A stored picture in a frame of these proportions, filling it ("slice") or whole ("meet"), as SVG.

    Empty where it can't be read: a report is not held up by a picture.
    """
    try:
        content = store.read(sha256)
    except Unavailable:
        return ""
    kind = recognise(io.BytesIO(content), "")
    if kind is None or not kind.picture:
        return ""
    data = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" preserveAspectRatio="xMidYMid {fit}"'
        f' href="data:{kind.media_type};base64,{data}"/></svg>'
    )


def _write_svg(svg: Any) -> str:
    # The pages' fonts are the reader's own; a PDF carries the house style's.
    return _FONTS.sub('font-family="Libertinus Serif"', str(svg))


def _list_words() -> dict[str, str]:
    words = {
        "summary": _("In short"),
        "kpi": _("KPI"),
        "target": _("Target"),
        "verified": _("Verified"),
        "provisional": _("Provisional"),
        "progress": _("Progress"),
        "state": _("State"),
        "level": _("In all"),
        "partner": _("Partner"),
        "share": _("Share"),
        "day": _("Day"),
        "decisions": _("Decisions"),
        "decided": _("What was decided, and why"),
        "milestones": _("Milestones"),
        "milestone": _("Milestone"),
        "changes": _("What changed since the edition before"),
        "figure": _("Figure"),
        "before": _("Before"),
        "now": _("Now"),
        "contributions": _("Contributions"),
        "stories": _("Stories"),
        "promised": _("Promised"),
        "kind": _("Kind"),
        "reported": _("Not looked at yet"),
        "partners": _("Partners of this campaign"),
        "method": _("How these figures came about"),
        "annex": _("Annex: month by month"),
    }
    return {key: str(word) for key, word in words.items()}
