import csv
import io

import pytest

from services.partners.imports.models import DONE
from services.partners.imports.tests.factories import TITLES, carry, make_import
from services.partners.organisations.tests.factories import make_organisation
from shared.clock import new_id
from shared.identity import LIAISON, VIEWER
from shared.tables.reading import open_table
from shared.testing.people import make_identity, read_page

CONTENT = b"Name;Kind;Country\nDune Rangers;Charity;South Africa\nKelp Keepers;bank;Atlantis\nOcean Watch;ngo;ZA\n"


@pytest.fixture
def files(runtime):
    return runtime.files


def upload(client, content=CONTENT, name="partners.csv"):
    return client.post("/partners/imports", data={"file": (io.BytesIO(content), name)})


def test_a_file_is_uploaded_looked_at_and_brought_in(staff, session, files):
    make_organisation(session, name="Ocean Watch")
    session.commit()
    assert "Upload and look at it" in staff.get("/partners/imports").text
    address = upload(staff).headers["Location"]
    assert "Being read" in staff.get(address).text
    carry(session, files)
    page = staff.get(address).text
    assert "<mark>Atlantis</mark>" in page
    assert "similar name" in page
    assert staff.get(f"{address}?verdict=wrong").text.count('name="row-') == 0
    staff.post(f"{address}/choices?verdict=likely", data={"row-4": "add"})
    asked = staff.get(f"{address}/start").text
    assert "2 organisations are added." in asked
    assert "One wrong row comes back" in asked
    staff.post(f"{address}/start")
    assert "Being carried out" in staff.get(address).text
    carry(session, files)
    done = staff.get(address).text
    assert "Download the file to mend" in done
    assert "Dune Rangers" in staff.get("/partners/organisations").text


def test_the_file_to_mend_goes_in_once_it_is_mended(staff, session, files):
    address = upload(staff).headers["Location"]
    carry(session, files)
    staff.post(f"{address}/start")
    carry(session, files)
    answer = staff.get(f"{address}/to-mend.xlsx")
    assert "partners to mend.xlsx" in answer.headers["Content-Disposition"]
    with open_table(io.BytesIO(answer.data), titles=["Name"]) as table:
        assert table.titles == ["What to mend", "Name", "Kind", "Country"]
        [row] = table.rows
    assert row.cells[1:] == ("Kelp Keepers", "bank", "Atlantis")
    mended = b"What to mend,Name,Kind,Country\nwas wrong,Kelp Keepers,ngo,UK\n"
    again = upload(staff, mended).headers["Location"]
    carry(session, files)
    assert "1 organisations are added" not in read_page(staff, f"{again}/start")
    assert "One organisation is added." in staff.get(f"{again}/start").text


def test_columns_are_shown_and_corrected_by_menus(staff, session, files):
    address = upload(staff, b"Wer,Was,Wo\nDune,ngo,ZA\n").headers["Location"]
    carry(session, files)
    page = staff.get(address).text
    assert "Choose the columns that hold: Name, Kind, Country." in page
    assert "A: Wer" in page
    wrong = staff.post(f"{address}/columns", data={"name": "0", "kind": "0", "country": "2", "version": "2"})
    assert wrong.status_code in {412, 422}
    version = page.split('name="version" value="')[1].split('"')[0]
    twice = staff.post(f"{address}/columns", data={"name": "0", "kind": "0", "country": "2", "version": version})
    assert "answers another field already" in twice.text
    chosen = {"name": "0", "kind": "1", "country": "2", "version": version}
    assert staff.post(f"{address}/columns", data=chosen).status_code == 302
    carry(session, files)
    assert "Start the import" in staff.get(address).text


def test_the_same_file_again_and_what_is_no_table_are_told_of(staff, session, files):
    upload(staff)
    assert "This file was uploaded before" in staff.get(upload(staff).headers["Location"]).text
    refused = upload(staff, b"%PDF-1.7", "figures.pdf")
    assert refused.status_code == 422
    assert staff.post("/partners/imports", data={}).status_code == 422


def test_the_register_is_exported_with_its_filters(staff, sign_in, session):
    make_organisation(session, name='=HYPERLINK("x")', country="NA")
    make_organisation(session, name="Ocean Watch")
    session.commit()
    answer = staff.get("/partners/organisations/export.csv?country=NA")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["Name", '\'=HYPERLINK("x")']
    with open_table(io.BytesIO(staff.get("/partners/organisations/export.xlsx").data)) as table:
        assert [row.cells[1] for row in table.rows] == ['=HYPERLINK("x")', "Ocean Watch"]
    assert staff.get("/partners/organisations/export.pdf").status_code == 404
    liaison = sign_in(LIAISON, new_id())
    assert liaison.get("/partners/organisations/export.csv").status_code == 404


def test_a_program_sends_a_file_asks_how_far_it_is_and_lets_it_in(sign_in, session, files):
    client = sign_in(by="token")
    sent = client.post("/partners/api/v1/imports", data={"file": (io.BytesIO(CONTENT), "p.csv")})
    assert (sent.status_code, sent.json["state"]) == (202, "reading")
    address = f"/partners/api/v1/imports/{sent.json['id']}"
    assert client.post(f"{address}/start", json={}).status_code == 409
    carry(session, files)
    ready = client.get(address).json
    assert (ready["state"], ready["counts"]["verdicts"]) == ("ready", {"good": 2, "wrong": 1})
    [wrong] = client.get(f"{address}/rows?verdict=wrong").json["items"]
    assert sorted(wrong["errors"]) == ["country", "kind"]
    assert client.post(f"{address}/start", json={"likely": "skip"}).status_code == 202
    carry(session, files)
    assert client.get(address).json["counts"]["outcomes"] == {"added": 2, "refused": 1}
    assert client.get(address).json["state"] == DONE


def test_only_editors_import(sign_in, session, files):
    made = make_import(session, files, make_identity(), [["Dune", "ngo", "ZA", None, None]], titles=TITLES)
    own = make_organisation(session).id
    session.commit()
    for role, status in ((VIEWER, 403), (LIAISON, 404)):
        who = sign_in(role, own if role == LIAISON else None)
        assert who.get(f"/partners/imports/{made.id}").status_code == status
        assert who.post(f"/partners/imports/{made.id}/start").status_code == status
