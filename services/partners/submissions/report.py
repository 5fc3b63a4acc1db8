"""What a partner without a system of its own reports, in a form or a spreadsheet, as the items of a delivery."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import xlsxwriter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.partners.submissions.kinds import MOST_ITEMS, Day, Kind
from services.partners.submissions.models import MEASUREMENTS, STORIES
from shared.clock import new_id
from shared.errors import Invalid
from shared.fields import ExactNumber, Line, plain
from shared.tables.cells import list_choices
from shared.tables.checking import CheckedRow, check_rows
from shared.tables.matching import known_titles, match_columns, missing_columns, table_fields, title_of
from shared.tables.places import Limits
from shared.tables.reading import open_table
from shared.tables.writing import BadRow, write_to_mend

if TYPE_CHECKING:
    from services.partners.known.models import Kpi

LIMITS = Limits(size=5 * 1024 * 1024, rows=MOST_ITEMS, columns=50)
#: Rows of a template that have drop-down lists.
PREPARED = 500


class PeriodSchema(Schema):
    """The first part of the form for figures; `figures_schema` adds a field for each KPI."""

    period_start = Day(required=True, metadata={"label": _l("First day")})
    period_end = Day(required=True, metadata={"label": _l("Last day")})

    @validates_schema
    def check_period(self, data: Mapping[str, Any], **_given: Any) -> None:
        if data["period_end"] < data["period_start"]:
            raise ValidationError("The period ends before it starts.", "period_end")


def form_schema(kind: Kind, kpis: Sequence["Kpi"]) -> Schema:
    """What the form asks for: of figures all KPIs for one period, of the others one item."""
    if kind.code != MEASUREMENTS:
        # Pictures are put beside a story as files; their addresses are for systems.
        return kind.item(exclude=["reference", *(["pictures"] if kind.code == STORIES else [])])
    values: dict[str, fields.Field[Any]] = {
        f"value-{each.key}": ExactNumber(metadata={"label": f"{each.name} ({each.unit})", "widget": "decimal"})
        for each in kpis
    }
    return PeriodSchema.from_dict(values, name="FiguresSchema")()


def list_items(kind: Kind, kpis: Sequence["Kpi"], typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items that a filled-in form means; raises `Invalid` if it reports nothing.

    A figure's reference is its period, so that the same period reported again corrects it.
    """
    if kind.code != MEASUREMENTS:
        return [{**typed, "reference": f"form-{new_id().hex}"}]
    period = {name: typed[name] for name in ("period_start", "period_end")}
    told = [_make_figure(each.key, typed[f"value-{each.key}"], period) for each in kpis if f"value-{each.key}" in typed]
    if not told:
        raise Invalid({"": _("Enter at least one figure.")})
    return told


def _make_figure(key: str, value: Any, period: Mapping[str, Any], reference: str | None = None) -> dict[str, Any]:
    made = f"{key} {period['period_start']} {period['period_end']}"
    return {"kpi": key, "value": plain(value), **period, "reference": reference or made}


def row_schema(kind: Kind, kpis: Sequence["Kpi"]) -> Schema:
    """What a row of the spreadsheet holds."""
    if kind.code != MEASUREMENTS:
        return kind.item(exclude=["reference"])
    choice = validate.OneOf([each.key for each in kpis], labels=[each.name for each in kpis])
    named = {each.key: each.name for each in kpis}
    made: dict[str, fields.Field[Any]] = {
        "kpi": fields.String(required=True, validate=choice, metadata={"label": _l("KPI"), "choices": named}),
        "value": ExactNumber(required=True, metadata={"label": _l("Value")}),
        "reference": Line(metadata={"label": _l("Reference")}),
    }
    return PeriodSchema.from_dict(made, name="FigureRowSchema")()


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet as it was read: `items` of the good rows; `errors` by place, and the bad rows as a file to mend."""

    items: list[dict[str, Any]]
    errors: list[str]
    to_mend: bytes


def read_sheet(kind: Kind, kpis: Sequence["Kpi"], file: IO[bytes], name: str) -> Sheet:
    """The rows of `file`; raises `Invalid` with the field `file` for what is no table of ours, `TooLarge`."""
    schema = row_schema(kind, kpis)
    with open_table(file, titles=known_titles(schema), limits=LIMITS) as table:
        matched = match_columns(schema, table.titles)
        if absent := missing_columns(schema, matched):
            titles = ", ".join(title_of(each, table_fields(schema)[each]) for each in absent)
            raise Invalid({"file": _("These columns are missing: %(titles)s. Begin with the template.", titles=titles)})
        rows = list(check_rows(schema, matched, table))
    if not rows:
        raise Invalid({"file": _("There is no row beneath the titles.")})
    bad = [row for row in rows if row.data is None]
    errors = [line for row in bad for line in row.name_errors(matched, table.titles)]
    target = io.BytesIO()
    if bad:
        write_to_mend(target, table.titles, [_show_bad(row, matched) for row in bad])
    return Sheet([_make_item(kind, row.data) for row in rows if row.data], errors, target.getvalue())


def _show_bad(row: CheckedRow, matched: Mapping[str, int]) -> BadRow:
    return BadRow(row.row.cells, {matched.get(name): reason for name, reason in row.errors.items()})


def _make_item(kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    if kind.code != MEASUREMENTS:
        return {**data, "reference": f"sheet-{new_id().hex}"}
    period = {name: data[name] for name in ("period_start", "period_end")}
    return _make_figure(data["kpi"], data["value"], period, data.get("reference"))


def write_template(kind: Kind, kpis: Sequence["Kpi"]) -> bytes:
    """An empty spreadsheet to fill in, with drop-down lists where there is a choice."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet, lists = book.add_worksheet(str(kind.name)), book.add_worksheet(_("Choices"))
        title, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for column, (name, each) in enumerate(table_fields(row_schema(kind, kpis)).items()):
            sheet.write_string(0, column, title_of(name, each), title)
            sheet.set_column(column, column, 22, day if isinstance(each, Day) else None)
            lists.write_string(0, column, title_of(name, each), title)
            choices = [str(label) for label in list_choices(each).values()]
            lists.write_column(1, column, choices)
            if choices:
                letter = chr(ord("A") + column)
                source = f"='{_('Choices')}'!${letter}$2:${letter}${len(choices) + 1}"
                sheet.data_validation(1, column, PREPARED, column, {"validate": "list", "source": source})
    return target.getvalue()
