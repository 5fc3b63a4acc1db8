"""Figures as files in a browser and for programs."""

import io
import json
from datetime import date
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.exchange.queries import find_files
from services.metrics.exchange.tests.factories import PARTNER, row, write_csv_of
from services.metrics.indicators.queries import find_kpi
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.known.service import keep_campaign
from services.metrics.measurements.queries import find_figures
from services.metrics.measurements.service.verdicts import reject_figures
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import utc_now
from shared.identity import LIAISON
from shared.tables.reading import open_table
from shared.testing.people import SignIn, make_identity


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session, PARTNER)


@pytest.fixture
def address(session: Session, partner: UUID) -> str:
    campaign_id = make_campaign(session, partner)
    part_kpi(session, make_kpi(session, campaign_id))
    make_kpi(session, campaign_id, key="score", name="Score", aggregation="weighted_mean", verification="manual")
    session.commit()
    return f"/metrics/campaigns/{campaign_id}/exchange"


def send(client: FlaskClient, address: str, content: bytes, name: str = "may.csv") -> str:
    answer = client.post(address, data={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def campaign_of(address: str) -> UUID:
    return UUID(address.split("/")[3])


def test_a_file_is_uploaded_looked_at_and_taken(staff: FlaskClient, session: Session, address: str) -> None:
    assert "Download the template" in staff.get(address).text
    shown = send(staff, address, write_csv_of(row("a", "4"), row("b", "x")))
    page = staff.get(shown).text
    assert "row 3, column C (Figure)" in page
    assert "Take only the good rows" in page
    asked = staff.get(f"{shown}/take").text
    assert "One figure is added." in asked
    assert "One wrong row is left out." in asked
    refused = staff.post(f"{shown}/take", data={"version": 1})
    assert refused.status_code == 409
    assert "Nothing was changed" in refused.text
    done = staff.post(f"{shown}/take", data={"version": 1, "partial": "yes"}, follow_redirects=True)
    assert "One figure is taken." in done.text
    assert "took the figures" in done.text
    assert stand(session, campaign_of(address)).verified == 4


def test_wrong_rows_come_back_to_mend_and_go_in_mended(staff: FlaskClient, session: Session, address: str) -> None:
    shown = send(staff, address, write_csv_of(row("a", "4"), row("b", "x")))
    answer = staff.get(f"{shown}/to-mend.xlsx")
    assert "may to mend.xlsx" in answer.headers["Content-Disposition"]
    with open_table(io.BytesIO(answer.data), titles=["Figure"]) as table:
        [bad] = table.rows
    assert bad.cells[:4] == ("Figure: “x” is not a number. Enter one such as 4.31.", "waste", PARTNER, "x")


def test_an_odd_file_is_refused_beside_the_field(staff: FlaskClient, session: Session, address: str) -> None:
    answer = staff.post(address, data={"file": (io.BytesIO(b"a,b\n1,2\n"), "odd.csv")})
    assert answer.status_code == 422
    assert "These columns are missing: KPI" in answer.text
    assert find_files(session, make_identity(), campaign_of(address), cursor=None, limit=5).items == []


@pytest.mark.parametrize("file_kind", ["csv", "xlsx"])
def test_an_export_goes_in_again_unchanged(
    staff: FlaskClient, session: Session, address: str, partner: UUID, file_kind: str
) -> None:
    campaign_id = campaign_of(address)
    parts = {"sex": {"f": "1.5", "m": "2.5"}}
    items = [
        report("=1+1", "4", parts=parts, note="slips; two, of three", evidence="https://example.org/a?b=c"),
        report("-2", "1234567890.123456", "1900-01-31"),
        report("s", "3", kpi="score", weight="12"),
        report("no", "5"),
    ]
    assert deliver(session, campaign_id, partner, items).recorded == 4
    kpi = find_kpi(session, campaign_id, "waste")
    assert kpi is not None
    figures = find_figures(session, make_identity(), [kpi.id], cursor=None, limit=9).items
    reject_figures(session, make_identity(), campaign_id, [figures[0].id], "No slips.", utc_now())
    session.commit()
    answer = staff.get(f"{address}/figures.{file_kind}")
    assert answer.status_code == 200
    send(staff, address, answer.data, f"all.{file_kind}")
    session.expire_all()
    [found] = find_files(session, make_identity(), campaign_id, cursor=None, limit=5).items
    assert (found.same, found.problems) == (4, [])


def test_filters_and_rights_narrow_an_export(sign_in: SignIn, session: Session, address: str, partner: UUID) -> None:
    campaign_id = campaign_of(address)
    other = make_partner(session, "Captain")
    keep_campaign(
        session, campaign_id, utc_now(), title="Both", cause="x", starts_on=date(2014, 5, 1),
        ends_on=date(2027, 12, 31),
        partners=[partner, other],
    )  # fmt: skip
    deliver(session, campaign_id, partner, [report("mine", "1"), report("s", "3", kpi="score", weight="1")])
    deliver(session, campaign_id, other, [report("verified", "2"), report("hidden", "3", kpi="score", weight="1")])
    session.commit()

    def read(client: FlaskClient, query: str = "") -> set[str]:
        return {each["reference"] for each in json.loads(client.get(f"{address}/figures.json{query}").data)}

    liaison = sign_in(role=LIAISON, organisation_id=partner)
    assert read(liaison) == {"mine", "s", "verified"}
    assert read(liaison, "?kpi=waste&status=verified") == {"mine", "verified"}
    assert read(liaison, f"?organisation_id={other}") == {"verified"}
    page = liaison.get(address)
    assert page.status_code == 200
    assert "Upload" not in page.text
    assert liaison.post(address).status_code == 404


def test_the_template_offers_the_campaigns_kpis_and_partners(staff: FlaskClient, address: str) -> None:
    answer = staff.get(f"{address}/template.xlsx")
    with open_table(io.BytesIO(answer.data), titles=["KPI", "Partner"]) as table:
        assert table.titles[:6] == ["KPI", "Partner", "Figure", "From", "Until", "Reference"]
        assert table.sheets == ["Figures", "How to fill it in"]
    empty = staff.post(address, data={"file": (io.BytesIO(answer.data), "template.xlsx")})
    assert empty.status_code == 422
    assert "no rows beneath the titles" in empty.text


def test_programs_upload_look_and_take(staff: FlaskClient, session: Session, address: str) -> None:
    api = address.replace("/metrics/", "/metrics/api/v1/")
    answer = staff.post(api, data={"file": (io.BytesIO(write_csv_of(row("a", "4"), row("b", "x"))), "may.csv")})
    assert answer.status_code == 201, answer.text
    found = answer.get_json()
    assert (found["added"], found["wrong"], found["problems"][0]["place"]) == (1, 1, "row 3, column C (Figure)")
    one = f"{api}/{found['id']}"
    assert staff.post(f"{one}/take", json={"version": found["version"]}).status_code == 409
    taken = staff.post(f"{one}/take", json={"version": found["version"], "good_only": True})
    assert taken.get_json()["state"] == "taken"
    assert [each["id"] for each in staff.get(api).get_json()["items"]] == [found["id"]]
    assert stand(session, campaign_of(address)).verified == 4
