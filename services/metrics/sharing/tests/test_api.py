"""Public pages by script, and the sites that may show them."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.sharing.origins import read_origin


@pytest.fixture
def campaign(session: Session) -> UUID:
    campaign_id = make_campaign(session, make_partner(session))
    for key in ("waste", "hours"):
        make_kpi(session, campaign_id, key=key)
    session.commit()
    return campaign_id


def test_a_script_makes_changes_readdresses_and_revokes_a_page(
    script: FlaskClient, anyone: FlaskClient, campaign: UUID
) -> None:
    place = f"/metrics/api/v1/campaigns/{campaign}/public-pages"
    wanted = {"heading": "Ours", "kpis": ["hours", "waste"]}
    key = {"Idempotency-Key": "once"}
    answer = script.post(place, json=wanted, headers=key)
    assert (answer.status_code, answer.json["kpis"]) == (201, ["waste", "hours"])
    page, address = f"{place}/{answer.json['id']}", answer.json["address"]
    assert anyone.get(address[address.index("/metrics") :]).status_code == 200
    assert script.post(place, json=wanted, headers=key).status_code == 409
    listed = script.get(place).json["items"]
    assert [(each["heading"], each["is_open"], "address" in each) for each in listed] == [("Ours", True, False)]
    changed = script.patch(page, json={"kpis": ["hours"]}, headers={"If-Match": answer.headers["ETag"]})
    assert (changed.status_code, changed.json["kpis"], changed.json["heading"]) == (200, ["hours"], "Ours")
    assert script.patch(page, json={"kpis": ["waste"]}, headers={"If-Match": '"1"'}).status_code == 412
    renewed = script.post(f"{page}/address").json["address"]
    assert anyone.get(address[address.index("/metrics") :]).status_code == 404
    assert anyone.get(renewed[renewed.index("/metrics") :]).status_code == 200
    assert script.delete(page).status_code == 204
    assert anyone.get(renewed[renewed.index("/metrics") :]).status_code == 404
    assert script.get(page).json["is_open"] is False


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kpis": ["of_another"]}, "/kpis/0"),
        ({"kpis": []}, "/kpis"),
        ({"heading": ""}, "/heading"),
        ({"embedding": "listed"}, "/origins"),
        ({"embedding": "listed", "origins": ["https://a.example; script-src *"]}, "/origins/0"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_its_field(
    script: FlaskClient, campaign: UUID, wrong: dict[str, object], field: str
) -> None:
    wanted = {"heading": "Ours", "kpis": ["waste"], **wrong}
    answer = script.post(f"/metrics/api/v1/campaigns/{campaign}/public-pages", json=wanted)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"].startswith(field.removesuffix("/0"))


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.Example.org/", "https://www.example.org"),
        (" http://localhost:8080", "http://localhost:8080"),
        ("https://*.example.org", "https://*.example.org"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_sites_address_is_read_as_its_origin(typed: str, origin: str) -> None:
    assert read_origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "example.org",
        "*",
        "https://",
        "https://example.org/page",
        "https://example.org?x",
        "https://me@example.org",
        "https://a.example; script-src *",
        "https://a.example https://b.example",
        "https://example.org:99999999",
        "https://a..example",
        "javascript:alert(1)",
        "https://exa\nmple.org, *",
    ],
)
def test_anything_else_is_no_site(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_origin(typed)
