import io
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.partners.imports.models import DONE, FAILED, READING, READY
from services.partners.imports.queries import count_outcomes, count_verdicts, find_earlier, find_rows
from services.partners.imports.service import (
    SLICE,
    carry_imports,
    choose_actions,
    choose_columns,
    choose_for_likely,
    read_again,
    run_import,
    start_import,
    try_again,
)
from services.partners.imports.tests.factories import carry, make_file, make_import
from services.partners.organisations.queries import find_organisations, get_organisation, iterate_organisations
from services.partners.organisations.sheet import SheetSchema, list_titles, write_row
from services.partners.organisations.tests.factories import make_organisation
from shared.clock import utc_now
from shared.database.history import list_history
from shared.database.retries import MOST_TRIES
from shared.errors import Conflict, Invalid, Stale
from shared.files import StoredFile
from shared.tables.kept import keep_cells, restore_cells
from shared.tables.writing import CSV, XLSX, write_csv, write_xlsx
from shared.testing.people import make_identity

STAFF = make_identity(name="Naledi")
ROWS = [
    ["Dune Rangers", "charity", "South Africa", "www.dune.example.org", "met in May"],
    ["Table Bay Coastal Trust (NPC)", "ngo", "ZA", None, None],
    ["Kelp Keepers", "bank", "Atlantis", None, None],
    ["", "ngo", "UK", "not a site", None],
    ["The Dune Rangers", "charity", "RSA", None, None],
]


@pytest.fixture
def files(runtime):
    return runtime.files


def rows_of(session, made):
    return list(find_rows(session, made.id, cursor=None, limit=200).items)


def names(session):
    return [each.name for each in find_organisations(session, STAFF, cursor=None, limit=200).items]


def run(session, files, made, now):
    run_import(session, STAFF, made.id, now)
    carry(session, files)
    session.refresh(made)
    return dict(count_outcomes(session, made.id))


def test_a_look_marks_each_wrong_cell_and_each_likely_duplicate(session, files):
    there = make_organisation(session, name="Table Bay Coastal Trust")
    made = make_import(session, files, STAFF, ROWS)
    assert (made.state, made.rows, made.matched) == (READY, 5, {"name": 0, "kind": 1, "country": 2, "website": 3})
    good, likely, wrong, empty, again = rows_of(session, made)
    assert (good.verdict, good.action) == ("good", "add")
    assert (likely.verdict, likely.action, likely.organisation_id) == ("likely", "skip", there.id)
    assert likely.likeness["reasons"] == ["name"]
    assert sorted(wrong.errors) == ["country", "kind"]
    assert sorted(empty.errors) == ["name", "website"]
    assert (again.verdict, again.same_as) == ("likely", good.number)


def test_good_rows_go_in_and_wrong_ones_stay_behind(session, files, now):
    make_organisation(session, name="Table Bay Coastal Trust")
    made = make_import(session, files, STAFF, ROWS[:4])
    assert run(session, files, made, now) == {"added": 1, "left": 1, "refused": 2}
    assert made.state == DONE
    assert names(session) == ["Dune Rangers", "Table Bay Coastal Trust"]
    added = next(row for row in rows_of(session, made) if row.outcome == "added")
    dune = get_organisation(session, STAFF, added.organisation_id)
    assert (dune.kind, dune.country, dune.website) == ("charity", "ZA", "https://www.dune.example.org")
    assert list_history(session, dune.id)[0].person_name == "Naledi"
    told = [entry.action for entry in list_history(session, made.id)]
    assert told == ["finished the import", "started the import", "uploaded the file"]


def test_an_existing_ones_empty_fields_are_filled_and_nothing_else(session, files, now):
    there = make_organisation(session, name="Ocean Watch", country="NA", mission="Clean seas")
    titles = ["Name", "Kind", "Country", "Mission", "Registration number"]
    row = ["Ocean Watch", "ngo", "NA", "Another", "NPO 1"]
    made = make_import(session, files, STAFF, [row], titles=titles)
    choose_for_likely(session, STAFF, made.id, "fill", now)
    assert run(session, files, made, now) == {"changed": 1}
    session.refresh(there)
    assert (there.mission, there.registration_number, there.kind) == ("Clean seas", "NPO 1", "charity")


def test_likely_ones_can_be_added_anyway_one_by_one(session, files, now):
    make_organisation(session, name="Ocean Watch")
    made = make_import(session, files, STAFF, [["Ocean Watch", "ngo", "NA", None, None]])
    choose_actions(session, STAFF, made.id, {2: "add", 99: "add"}, now)
    assert run(session, files, made, now) == {"added": 1}
    assert names(session) == ["Ocean Watch", "Ocean Watch"]


@pytest.mark.parametrize(("write", "kind"), [(write_csv, CSV), (write_xlsx, XLSX)])
def test_an_export_imports_again_and_says_that_nothing_changed(session, files, now, write, kind):
    make_organisation(
        session, name="=Dune; Rangers", website="https://dune.example.org/?a=1;b=2", registration_number="0012",
        mission='Two\nlines, "quoted"; +27', values="-1", reach="national", people_reached=1200,
        places=["Cape Town; Bowl", "Paarl"],
        focus=[{"area": "education", "goals": [4, 10]}, {"area": "food", "goals": []}],
        handles=[{"platform": "instagram", "handle": "@dune"}], brand_notes="'quoted",
    )  # fmt: skip
    make_organisation(session, name="Ocean Watch")
    schema, content = SheetSchema(), io.BytesIO()
    write(content, list_titles(schema), [write_row(schema, each) for each in iterate_organisations(session, STAFF)])
    blob = files.put(content.getvalue())
    made = start_import(session, STAFF, StoredFile("again", kind, blob.size, blob.sha256), now)
    carry(session, files)
    session.refresh(made)
    assert made.problem is None
    assert [(row.verdict, row.errors, row.likeness.get("differs")) for row in rows_of(session, made)] == [
        ("same", {}, []),
        ("same", {}, []),
    ]
    assert run(session, files, made, now) == {"left": 2}


def test_an_edited_export_changes_what_was_edited(session, files, now):
    there = make_organisation(session, name="Ocean Watch")
    schema = SheetSchema()
    cells = write_row(schema, there)
    titles = list_titles(schema)
    cells[titles.index("Name")], cells[titles.index("Reach")] = "Ocean Watch Namibia", "National"
    made = make_import(session, files, STAFF, [cells], titles=titles)
    [row] = rows_of(session, made)
    assert (row.action, row.likeness["differs"]) == ("replace", ["name", "reach"])
    assert run(session, files, made, now) == {"changed": 1}
    session.refresh(there)
    assert (there.name, there.reach) == ("Ocean Watch Namibia", "national")


def test_columns_that_were_not_recognised_are_chosen_by_hand(session, files, now):
    titles = ["Wer", "Was", "Wo", "Sonst", "Mehr"]
    made = make_import(session, files, STAFF, ROWS[:1], titles=titles)
    assert (made.state, made.matched) == (READY, {})
    with pytest.raises(Invalid):
        choose_columns(session, STAFF, made.id, made.version, {"name": 0, "kind": 0}, now)
    with pytest.raises(Stale):
        choose_columns(session, STAFF, made.id, made.version - 1, {"name": 0}, now)
    choose_columns(session, STAFF, made.id, made.version, {"name": 0, "kind": 1, "country": 2}, now)
    carry(session, files)
    assert count_verdicts(session, made.id) == {"good": 1}


def test_a_file_that_cannot_be_read_says_why_and_can_be_read_otherwise(session, files, now):
    blob = files.put(b'Name,Kind,Country\nA,"ngo,ZA\n')
    made = start_import(session, STAFF, StoredFile("bad.csv", CSV, blob.size, blob.sha256), now)
    carry(session, files)
    assert made.state == FAILED
    assert "quotation mark" in made.problem
    blob = files.put("Name,Kind,Country\nŁódź,ngo,PL\n".encode("cp1250"))
    made = start_import(session, STAFF, StoredFile("odd.csv", CSV, blob.size, blob.sha256), now)
    carry(session, files)
    read_again(session, STAFF, made.id, now, sheet=None, encoding="cp1250")
    carry(session, files)
    assert rows_of(session, made)[0].cells[0] == "Łódź"


def test_a_long_file_is_carried_in_slices_and_the_same_file_is_noticed(session, files, now):
    rows = [[f"Organisation {number} of {number % 7}", "ngo", "ZA", None, None] for number in range(SLICE + 5)]
    made = start_import(session, STAFF, make_file(files, rows), now)
    assert carry(session, files) == 3
    session.refresh(made)
    assert (made.rows, made.progress, made.state) == (SLICE + 5, SLICE + 5, READY)
    again = start_import(session, STAFF, make_file(files, rows), now)
    assert find_earlier(session, again).id == made.id
    assert find_earlier(session, made) is None


def test_what_is_under_way_or_done_is_not_decided_again(session, files, now):
    made = make_import(session, files, STAFF, ROWS[:1])
    run_import(session, STAFF, made.id, now)
    for again in (run_import, lambda *args: choose_actions(*args[:3], {2: "skip"}, now)):
        with pytest.raises(Conflict):
            again(session, STAFF, made.id, now)
    carry(session, files)
    with pytest.raises(Conflict):
        run_import(session, STAFF, made.id, now)
    assert names(session) == ["Dune Rangers"]


def test_cells_wait_in_the_database_as_what_they_are():
    cells = ("a", Decimal("4.31"), date(2027, 3, 12), None, True)
    assert restore_cells(keep_cells(cells)) == cells


def test_an_import_whose_file_keeps_failing_waits_longer_each_time_and_holds_nobody_up(session, files):
    lost = make_file(files, ROWS)
    files.remove(lost.sha256)
    broken = start_import(session, STAFF, lost, utc_now())
    whole = start_import(session, STAFF, make_file(files, ROWS[:1]), utc_now())
    work, at, waits = carry_imports(files, SheetSchema), utc_now(), []
    assert work(session, at)
    assert (broken.state, broken.tries) == (READING, 1)
    while work(session, at):
        continue
    assert whole.state == READY, "the other went on meanwhile"
    while broken.state == READING:
        waits.append(broken.retry_at - at)
        assert not work(session, broken.retry_at - timedelta(seconds=1))
        at = broken.retry_at
        assert work(session, at)
    assert (broken.state, len(waits), broken.retry_at) == (FAILED, MOST_TRIES - 1, None)
    assert waits == sorted(set(waits))
    assert "can't be read from our store" in broken.problem
    assert list_history(session, broken.id)[0].action == "gave the import up"
    assert not work(session, at + timedelta(days=1))


def test_a_failed_import_goes_on_from_where_it_stopped_when_someone_tries_again(session, files, staff):
    made = make_import(session, files, STAFF, ROWS[:1])
    run_import(session, STAFF, made.id, utc_now())

    class Stumbling(SheetSchema):
        def load(self, *_given, **_options):
            raise RuntimeError("Lerato's secret")

    work, at = carry_imports(files, Stumbling), utc_now()
    for _ in range(MOST_TRIES):
        assert work(session, at)
        at = made.retry_at or at
    assert made.state == FAILED
    assert "RuntimeError" in made.problem
    assert "secret" not in made.problem
    with pytest.raises(Conflict):
        read_again(session, STAFF, made.id, at, sheet=None, encoding=None)
    session.commit()
    page = staff.get(f"/partners/imports/{made.id}").text
    assert "stumbled over it" in page
    assert "Try again" in page
    session.commit()
    assert staff.post(f"/partners/imports/{made.id}/again").status_code == 302
    carry(session, files)
    session.refresh(made)
    assert (made.state, made.problem) == (DONE, None)
    assert names(session) == ["Dune Rangers"]
    with pytest.raises(Conflict):
        try_again(session, STAFF, made.id, at)
