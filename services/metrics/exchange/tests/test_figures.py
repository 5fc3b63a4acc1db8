"""Bringing spreadsheets of figures in."""

from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.metrics.exchange.models import TAKEN, ExchangeFile
from services.metrics.exchange.service.uploads import take_figures
from services.metrics.exchange.tests.factories import PARTNER, drop_values, row, upload, write_book, write_csv_of
from services.metrics.indicators.queries import find_kpi
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.measurements.queries import find_figures
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import utc_now
from shared.errors import Conflict, Invalid, Stale
from shared.files import FileStore
from shared.service import Runtime
from shared.testing.people import make_identity


@pytest.fixture
def store(runtime: Runtime) -> FileStore:
    return runtime.files


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session, PARTNER)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    make_kpi(session, campaign_id)
    return campaign_id


def take(session: Session, store: FileStore, found: ExchangeFile, *, partial: bool = False) -> ExchangeFile:
    by = make_identity(name="Naledi Mokoena")
    return take_figures(session, by, found.campaign_id, found.id, found.version, store, utc_now(), partial=partial)


def counts(found: ExchangeFile) -> tuple[int, int, int, int]:
    return found.added, found.corrected, found.same, found.wrong


def test_rows_enter_the_ledger_once_someone_says_so(session: Session, store: FileStore, campaign: UUID) -> None:
    found = upload(session, store, campaign, write_csv_of(row("a", "4.31"), row("b", "2")))
    assert (counts(found), stand(session, campaign).verified) == ((2, 0, 0, 0), 0)
    assert take(session, store, found).state == TAKEN
    assert stand(session, campaign).verified == Decimal("6.31")
    kpi = find_kpi(session, campaign, "waste")
    assert kpi is not None
    page = find_figures(session, make_identity(), [kpi.id], cursor=None, limit=10)
    assert {(each.reference, each.source) for each in page.items} == {("a", "exchange"), ("b", "exchange")}
    assert recount_kpi(session, kpi.id, utc_now()) == []


def test_the_same_reference_corrects_what_a_partner_reported(
    session: Session, store: FileStore, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "4"), report("b", "1")])
    found = upload(session, store, campaign, write_csv_of(row("a", "5"), row("b", "1"), row("c", "7")))
    assert counts(found) == (1, 1, 1, 0)
    take(session, store, found)
    assert stand(session, campaign).verified == 13


def test_nothing_is_half_taken_unless_the_person_says_so(session: Session, store: FileStore, campaign: UUID) -> None:
    found = upload(session, store, campaign, write_csv_of(row("a", "4"), row("b", "2", "2014-13-45"), row("c", "-")))
    assert counts(found) == (1, 0, 0, 2)
    assert [each["place"] for each in found.problems] == [
        "row 3, column D (From)", "row 3, column E (Until)", "row 4, column C (Figure)",
    ]  # fmt: skip
    with pytest.raises(Conflict, match="Some rows are wrong"):
        take(session, store, found)
    assert stand(session, campaign).figures == 0
    take(session, store, found, partial=True)
    assert stand(session, campaign).verified == 4
    with pytest.raises(Conflict, match="taken already"):
        take(session, store, found, partial=True)


def test_what_changed_meanwhile_is_looked_at_again(
    session: Session, store: FileStore, campaign: UUID, partner: UUID
) -> None:
    found = upload(session, store, campaign, write_csv_of(row("a", "4")))
    deliver(session, campaign, partner, [report("a", "9")])
    with pytest.raises(Conflict, match="changed since"):
        take(session, store, found)
    with pytest.raises(Stale):
        take_figures(session, make_identity(), campaign, found.id, found.version + 1, store, utc_now())
    assert stand(session, campaign).verified == 9


@pytest.mark.parametrize(
    ("cells", "place", "words"),
    [
        (row(kpi="sludge"), "row 2, column A (KPI)", "no KPI with the key"),
        (["waste", "Nobody", *row()[2:]], "row 2, column B (Partner)", "No partner of this campaign"),
        (row(value="4.3.1"), "row 2, column C (Figure)", "Enter a number"),
        (row(value="=1+1"), "row 2, column C (Figure)", "number"),
        (row(day="2999-01-01"), "row 2, column E (Until)", "still to come"),
        (row(reference=""), "row 2, column F (Reference)", "Fill this in"),
        (row("a", "4", "2014-05-16", "waste", "", "sex f 4"), "row 2, column H (Parts)", "sex: f=10"),
        (row("a", "4", "2014-05-16", "waste", "", "sex: f=1, m=2"), "row 2, column I (Note on parts)", "add up to 3"),
        (row("a", "4", "2014-05-16", "waste", "", "moon: f=4"), "row 2, column H (Parts)", "no dimension"),
    ],
)
def test_a_wrong_cell_is_named_with_its_reason(
    session: Session, store: FileStore, campaign: UUID, cells: list[str], place: str, words: str
) -> None:
    kpi = find_kpi(session, campaign, "waste")
    assert kpi is not None
    part_kpi(session, kpi)
    found = upload(session, store, campaign, write_csv_of(cells))
    [problem] = found.problems
    assert problem["place"] == place
    assert words in problem["reason"]


def test_parts_come_with_the_figure(session: Session, store: FileStore, campaign: UUID) -> None:
    kpi = find_kpi(session, campaign, "waste")
    assert kpi is not None
    part_kpi(session, kpi)
    parts = "sex: f=1.5, m=2.5; age: u18=4"
    take(
        session, store, upload(session, store, campaign, write_csv_of(row("a", "4", "2014-05-16", "waste", "", parts)))
    )
    [figure] = find_figures(session, make_identity(), [kpi.id], cursor=None, limit=10).items
    assert figure.parts == {"age": {"u18": "4"}, "sex": {"f": "1.5", "m": "2.5"}}


def test_a_reference_twice_in_a_file_is_wrong(session: Session, store: FileStore, campaign: UUID) -> None:
    found = upload(session, store, campaign, write_csv_of(row("a", "1"), row("a", "2")))
    assert found.problems == [
        {"place": "row 3, column F (Reference)", "reason": "Row 2 has the same reference for this KPI and partner."}
    ]


@pytest.mark.parametrize(("encoding", "separator"), [("cp1252", ";"), ("utf-16", "\t"), ("utf-8-sig", ",")])
def test_any_encoding_and_separator_is_read(session: Session, store: FileStore, encoding: str, separator: str) -> None:
    campaign_id = make_campaign(session, make_partner(session, "Société Générale de l’Été"))
    make_kpi(session, campaign_id)
    cells = ["waste", "Société Générale de l’Été", "4", "2014-05-16", "2014-05-16", "é1"]
    found = upload(session, store, campaign_id, write_csv_of(cells, encoding=encoding, separator=separator))
    assert counts(found) == (1, 0, 0, 0), found.problems


def test_formulas_are_read_as_values_and_one_without_a_value_names_its_cell(
    session: Session, store: FileStore, campaign: UUID
) -> None:
    valued = write_book(row(), change=lambda sheet: sheet.write_formula("C2", "=2+3", None, 5))
    take(session, store, upload(session, store, campaign, valued, "may.xlsx"))
    assert stand(session, campaign).verified == 5
    with pytest.raises(Invalid) as refused:
        upload(session, store, campaign, drop_values(valued), "may.xlsx")
    assert "C2" in refused.value.fields["file"]


def test_merged_figures_are_refused_and_merged_names_are_not(
    session: Session, store: FileStore, campaign: UUID
) -> None:
    rows = row("a"), row("b")
    book = write_book(*rows, change=lambda sheet: sheet.merge_range("C2:C3", "8", None))
    found = upload(session, store, campaign, book, "may.xlsx")
    assert found.wrong == 2
    assert "C2:C3 are merged" in found.problems[0]["reason"]
    book = write_book(*rows, change=lambda sheet: sheet.merge_range("B2:B3", PARTNER, None))
    assert counts(upload(session, store, campaign, book, "may.xlsx")) == (2, 0, 0, 0)


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"a,b\n1,2\n", b"\x00\x01\x02", b"KPI,Partner\n"])
def test_what_is_no_table_of_figures_is_refused(
    session: Session, store: FileStore, campaign: UUID, content: bytes
) -> None:
    with pytest.raises(Invalid) as refused:
        upload(session, store, campaign, content)
    assert refused.value.fields["file"]


def test_a_byte_that_is_no_letter_of_the_files_encoding_names_its_cell(
    session: Session, store: FileStore, campaign: UUID
) -> None:
    bad = write_csv_of(row("a"), row("b"), encoding="utf-8-sig").replace(b'"b"', b'"b\xff"')
    found = upload(session, store, campaign, bad)
    assert [each["place"] for each in found.problems] == ["row 3, column F (Reference)"]
