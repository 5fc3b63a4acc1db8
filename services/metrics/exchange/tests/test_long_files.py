"""Spreadsheets that are too long to wait for: looked at and taken by the worker, whole or not at all."""

import io
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.metrics.exchange.models import ExchangeFile, ExchangeRow
from services.metrics.exchange.service import checking, long_files
from services.metrics.exchange.service.uploads import take_figures
from services.metrics.exchange.tests.factories import PARTNER, row, upload, write_book, write_csv_of
from services.metrics.indicators.queries import find_kpi
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import utc_now
from shared.errors import Conflict
from shared.files import FileStore
from shared.service import Runtime
from shared.tables.places import Limits
from shared.tables.reading import open_table
from shared.testing.people import make_identity


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows are as many as somebody waits for, and the worker takes four at a time."""
    monkeypatch.setattr(checking, "LIMITS", Limits(rows=3))
    monkeypatch.setattr(long_files, "LIMITS", Limits(rows=30))
    monkeypatch.setattr(long_files, "SLICE", 4)


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


def work(session: Session, store: FileStore, steps: int = 99) -> None:
    carry = long_files.carry_files(store)
    while steps and carry(session, utc_now()):
        steps -= 1


def rows(count: int) -> list[list[str]]:
    return [row(f"r{number}", str(number)) for number in range(count)]


def take(session: Session, store: FileStore, found: ExchangeFile, *, partial: bool = False) -> None:
    by = make_identity(name="Naledi Mokoena")
    take_figures(session, by, found.campaign_id, found.id, found.version, store, utc_now(), partial=partial)


def counts(found: ExchangeFile) -> tuple[int, int, int, int]:
    return found.added, found.corrected, found.same, found.wrong


def test_a_long_file_is_looked_at_step_by_step_and_taken_at_once(
    session: Session, store: FileStore, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("r1", "1"), report("r2", "1")])
    found = upload(session, store, campaign, write_csv_of(*rows(9)))
    assert (found.state, found.rows) == ("reading", 0)
    seen = []
    while not seen or seen[-1] != ("ready", 9):
        work(session, store, 1)
        seen.append((found.state, found.progress))
    assert seen == [("checking", 0), ("checking", 4), ("checking", 8), ("ready", 9)]
    assert counts(found) == (7, 1, 1, 0), found.problems
    assert stand(session, campaign).verified == 2
    take(session, store, found)
    assert (found.state, stand(session, campaign).verified) == ("taking", 2)
    with pytest.raises(Conflict, match="worked on"):
        take(session, store, found)
    work(session, store)
    assert (found.state, stand(session, campaign).verified) == ("taken", 36)
    kpi = find_kpi(session, campaign, "waste")
    assert kpi is not None
    assert recount_kpi(session, kpi.id, utc_now()) == []
    assert session.scalar(select(func.count()).select_from(ExchangeRow)) == 0


def test_wrong_rows_hold_a_long_file_up_unless_they_are_left_out(
    session: Session, store: FileStore, campaign: UUID
) -> None:
    wrong = [row("r1", "5"), row("x", "-"), row("y", "1", "2014-13-45"), ["waste", "Nobody", *row("z")[2:]]]
    found = upload(session, store, campaign, write_csv_of(*rows(6), *wrong))
    work(session, store)
    assert counts(found) == (6, 0, 0, 4)
    assert found.problems == [
        {"place": "row 8, column F (Reference)", "reason": "Row 3 has the same reference for this KPI and partner."},
        *found.problems[1:],
    ]
    assert [each["place"] for each in found.problems[1:]] == [
        "row 9, column C (Figure)", "row 10, column D (From)", "row 10, column E (Until)", "row 11, column B (Partner)",
    ]  # fmt: skip
    with pytest.raises(Conflict, match="Some rows are wrong"):
        take(session, store, found)
    take(session, store, found, partial=True)
    work(session, store)
    assert (found.state, stand(session, campaign).verified) == ("taken", 15)


def test_a_long_file_that_would_now_do_something_else_is_looked_at_again(
    session: Session, store: FileStore, campaign: UUID, partner: UUID
) -> None:
    found = upload(session, store, campaign, write_csv_of(*rows(9)))
    work(session, store)
    take(session, store, found)
    # The last of its rows comes by another way while the worker is about to enter the first.
    deliver(session, campaign, partner, [report("r8", "8.5")])
    work(session, store, 1)
    assert (found.state, str(stand(session, campaign).verified)) == ("reading", "8.5")
    work(session, store)
    assert (found.state, counts(found)) == ("ready", (8, 1, 0, 0))
    assert found.problem
    assert "changed since" in found.problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (write_csv_of(*rows(31)), "more than 30 rows"),
        (b"a,b\n" + b"1,2\n" * 9, "columns are missing"),
        (write_csv_of(*rows(1)) + b"\n" * 9, ""),
    ],
)
def test_a_long_file_that_can_not_be_read_says_why(
    session: Session, store: FileStore, campaign: UUID, monkeypatch: pytest.MonkeyPatch, content: bytes, words: str
) -> None:
    monkeypatch.setattr("services.metrics.exchange.service.uploads.LONG", 10)
    found = upload(session, store, campaign, content)
    work(session, store)
    assert found.state == ("failed" if words else "ready"), found.problem
    assert words in (found.problem or "")
    assert session.scalar(select(func.count()).select_from(ExchangeRow)) == (0 if words else 1)


def test_merged_cells_and_odd_bytes_are_named_in_long_files_too(
    session: Session, store: FileStore, campaign: UUID
) -> None:
    book = write_book(*rows(9), change=lambda sheet: sheet.merge_range("C2:C3", "8", None))
    merged = upload(session, store, campaign, book, "long.xlsx")
    bad = write_csv_of(*rows(9), encoding="utf-8-sig").replace(b'"r4"', b'"r\xff4"')
    odd = upload(session, store, campaign, bad, "odd.csv")
    work(session, store)
    assert merged.wrong == 2
    assert "C2:C3 are merged" in merged.problems[0]["reason"]
    assert counts(odd) == (8, 0, 0, 1)
    assert odd.problems[0]["place"] == "row 6, column F (Reference)"


def test_people_leave_a_long_file_and_come_back(
    staff: FlaskClient, session: Session, store: FileStore, campaign: UUID
) -> None:
    session.commit()
    address = f"/metrics/campaigns/{campaign}/exchange"
    content = write_csv_of(*rows(5), row("bad", "x"))
    shown = staff.post(address, data={"file": (io.BytesIO(content), "long.csv")}).headers["Location"]
    page = staff.get(shown)
    assert page.status_code == 200
    assert "You can leave this page and come back" in page.text
    work(session, store, 2)
    session.commit()
    assert "4 of 6 rows" in staff.get(shown).text
    work(session, store)
    session.commit()
    assert "row 7, column C (Figure)" in staff.get(shown).text
    with open_table(io.BytesIO(staff.get(f"{shown}/to-mend.xlsx").data), titles=["Figure"]) as table:
        assert [each.cells[3] for each in table.rows] == ["x"]
    api = shown.replace("/metrics/", "/metrics/api/v1/")
    version = staff.get(api).get_json()["version"]
    asked = staff.post(f"{api}/take", json={"version": version, "good_only": True})
    assert (asked.status_code, asked.get_json()["state"]) == (200, "taking")
    session.expire_all()
    work(session, store)
    session.commit()
    page = staff.get(shown).text
    assert "took the figures" in page
    assert stand(session, campaign).verified == 10
