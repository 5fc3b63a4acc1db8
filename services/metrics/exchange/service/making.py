"""The files of a campaign that people and programs take out: the template, the figures, the results."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.metrics.exchange import queries
from services.metrics.exchange.iati import write_iati
from services.metrics.exchange.service.results import tell_results
from services.metrics.exchange.sheet import SheetSchema, list_titles, name_partners, write_row
from services.metrics.indicators.queries import find_kpi, list_kpis
from services.metrics.known.queries import get_campaign, list_partners
from shared.fields import plain
from shared.identity import Identity
from shared.tables.matching import table_fields, title_of
from shared.tables.places import Cell
from shared.tables.templates import write_template
from shared.tables.writing import CSV, XLSX, write_csv, write_xlsx

#: Up to here a file is made in memory; beyond, on disk. Bytes.
IN_MEMORY = 4 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made just now; whoever sends it closes it."""

    file: Any
    media_type: str
    name: str


def make_file() -> Any:
    """A file to write into, which is gone when it is closed."""
    return tempfile.SpooledTemporaryFile(IN_MEMORY)


def make_template(session: Session, viewer: Identity, campaign_id: UUID) -> Made:
    """An empty sheet for the campaign's figures, with drop-downs and an explanation."""
    campaign = get_campaign(session, viewer, campaign_id)
    kpis = [kpi for kpi in list_kpis(session, campaign_id) if kpi.formula is None]
    fields = table_fields(SheetSchema())
    columns = [(title_of(name, each), str(each.metadata["help"])) for name, each in fields.items()]
    choices = {0: [kpi.key for kpi in kpis], 1: sorted(_name_partners(session, campaign_id).values())}
    guide: list[tuple[str, ...]] = [(_("Column"), _("What goes there")), *columns, ("", "")]
    guide.append((_("KPI"), _("What it is"), _("Unit"), _("Parts")))
    guide += [(kpi.key, kpi.name, kpi.unit, _say_dimensions(kpi)) for kpi in kpis]
    target = make_file()
    write_template(target, _("Figures"), columns, choices, (_("How to fill it in"), guide), _("Lists"))
    return Made(target, XLSX, f"{campaign.title} {_('template')}.xlsx")


def make_figures(
    session: Session, viewer: Identity, campaign_id: UUID, file_kind: str, wanted: Mapping[str, Any], today: date
) -> Made:
    """The figures that the viewer may see, or what the filters `wanted` leave of them, as "csv", "xlsx" or "json".

    The file can be uploaded again as it is.
    """
    campaign = get_campaign(session, viewer, campaign_id)
    target, name = make_file(), f"{campaign.title} {today.isoformat()}.{file_kind}"
    figures = _list_figures(session, viewer, campaign_id, dict(wanted), today)
    if file_kind == "json":
        target.write(b"[")
        for number, row in enumerate(map(_tell_plainly, figures)):
            target.write((",\n" if number else "\n").encode() + json.dumps(row, ensure_ascii=False).encode())
        target.write(b"\n]\n")
        return Made(target, "application/json", name)
    titles = [*list_titles(SheetSchema()), _("State")]
    rows = _list_rows(figures, _name_partners(session, campaign_id))
    if file_kind == "csv":
        write_csv(target, titles, rows)
        return Made(target, CSV, name)
    write_xlsx(target, titles, rows, sheet=_("Figures"))
    return Made(target, XLSX, name)


def make_results(
    session: Session, viewer: Identity, campaign_id: UUID, publisher: str, publisher_name: str, now: datetime
) -> Made:
    """The campaign's results as IATI 2.03: baselines, targets and what is verified."""
    activity = tell_results(session, viewer, campaign_id, publisher, publisher_name, now.date())
    target = make_file()
    target.write(write_iati(activity, now))
    return Made(target, "application/xml", f"{activity.title} IATI.xml")


def _list_rows(figures: Iterator[tuple[Any, str]], partners: Mapping[UUID, str]) -> Iterator[list[Cell]]:
    schema = SheetSchema()
    for figure, key in figures:
        partner = partners.get(figure.organisation_id) or str(figure.organisation_id)
        yield [*write_row(schema, figure, key, partner), figure.status]


def _tell_plainly(told: tuple[Any, str]) -> dict[str, Any]:
    figure, key = told
    return {
        "kpi": key,
        "organisation_id": str(figure.organisation_id),
        "value": plain(figure.value),
        "period_start": figure.period_start.isoformat(),
        "period_end": figure.period_end.isoformat(),
        "reference": figure.reference,
        "weight": None if figure.weight is None else plain(figure.weight),
        "parts": figure.parts,
        "parts_note": figure.parts_note,
        "note": figure.note,
        "evidence": (figure.evidence or {}).get("link"),
        "status": figure.status,
    }


def _list_figures(
    session: Session, viewer: Identity, campaign_id: UUID, wanted: dict[str, Any], today: date
) -> Iterator[tuple[Any, str]]:
    chosen = find_kpi(session, campaign_id, key) if (key := wanted.pop("kpi")) else None
    kpis = {kpi.id: kpi.key for kpi in ([chosen] if chosen else list_kpis(session, campaign_id))}
    for figure in queries.iterate_figures(session, viewer, list(kpis), today, **wanted):
        yield figure, kpis[figure.kpi_id]


def _name_partners(session: Session, campaign_id: UUID) -> dict[UUID, str]:
    return name_partners(list_partners(session, campaign_id))


def _say_dimensions(kpi: Any) -> str:
    return "; ".join(
        f"{each['key']}: {', '.join(category['key'] for category in each['categories'])}" for each in kpi.dimensions
    )
