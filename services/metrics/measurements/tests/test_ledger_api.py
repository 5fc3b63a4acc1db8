"""The ledger by program: entering, deciding by the thousand, locks, flags, joint work."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import new_id
from shared.testing.people import SignIn

MAY = {"period_start": "2014-05-01", "period_end": "2014-05-31"}


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def other(session: Session) -> UUID:
    return make_partner(session, "Captain Trash Wheel")


@pytest.fixture
def campaign(session: Session, partner: UUID, other: UUID) -> UUID:
    campaign_id = make_campaign(session, partner, other)
    part_kpi(session, make_kpi(session, campaign_id, verification="manual"))
    session.commit()
    return campaign_id


@pytest.fixture
def script(sign_in: SignIn) -> FlaskClient:
    return sign_in(by="token")


@pytest.fixture
def address(campaign: UUID) -> str:
    return f"/metrics/api/v1/campaigns/{campaign}/measurements"


def test_a_figure_is_entered_with_parts_and_read_with_its_chain(
    script: FlaskClient, address: str, partner: UUID
) -> None:
    figure = {"kpi": "waste", "organisation_id": str(partner), "value": "22", "reference": "a", **MAY}
    parts = {"sex": {"f": "10", "m": "12"}}
    made = script.post(address, json={**figure, "parts": parts, "link": "https://example.org/slip"})
    assert made.status_code == 201, made.json
    again = script.post(address, json={**figure, "value": "23"})
    whole = script.get(f"{address}/{again.json['id']}").json
    assert [(each["value"], each["parts"], each["status"]) for each in whole["chain"]] == [
        ("23", None, "provisional"),
        ("22", parts, "superseded"),
    ]
    assert whole["chain"][1]["evidence"] == {"link": "https://example.org/slip"}
    refused = script.post(address, json={**figure, "parts": {"sex": {"x": "23"}}})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/parts")


def test_all_that_match_are_returned_at_once(
    script: FlaskClient, address: str, session: Session, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "1"), report("b", "2", "2014-06-02")])
    session.commit()
    wanted = {"verdict": "returned", "up_to": str(new_id()), "until": "2014-05-31"}
    assert script.post(f"{address}/decide", json=wanted).status_code == 422
    answer = script.post(f"{address}/decide", json={**wanted, "reason": "Wet or dry?"})
    assert answer.json == {"changed": 1}
    listed = script.get(f"{address}?status=returned").json["items"]
    assert [(each["reference"], each["reason"]) for each in listed] == [("a", "Wet or dry?")]


def test_figures_are_filtered_by_period_source_and_restatement(
    script: FlaskClient, address: str, session: Session, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("may"), report("june", day="2014-06-02")])
    session.commit()
    lock = {"first": "2014-05-01", "last": "2014-05-01", "reason": "The board read it."}
    assert script.post(f"{address}/locks", json=lock).json == {"changed": 1}
    figure = {"kpi": "waste", "organisation_id": str(partner), "value": "1", "reference": "staff", **MAY}
    script.post(address, json=figure)

    def shown(query: str) -> set[str]:
        return {each["reference"] for each in script.get(f"{address}?{query}").json["items"]}

    assert shown("") == {"may", "june", "staff"}
    assert shown("since=2014-06-01") == {"june"}
    assert shown("until=2014-05-30") == {"may"}
    assert shown("source=staff") == {"staff"}
    assert shown("restated=true") == {"staff"}
    (restated,) = script.get(f"{address}/restatements").json["items"]
    assert (restated["before"], restated["after"], restated["month"]) == (None, "1", "2014-05-01")
    (locked,) = script.get(f"{address}/locks").json["items"]
    assert locked["month"] == "2014-05-01"


def test_joint_work_and_adjustments_are_entered_and_listed(
    script: FlaskClient, address: str, session: Session, campaign: UUID, partner: UUID, other: UUID
) -> None:
    shares = [{"organisation_id": str(partner), "share": "60"}, {"organisation_id": str(other), "share": "40"}]
    claim: dict[str, Any] = {"kpi": "waste", "claimant_id": str(partner), "value": "10", "reference": "day",
                             "note": "Together.", "shares": shares, **MAY}  # fmt: skip
    assert script.post(f"{address}/joint", json=claim).status_code == 201
    assert script.post(f"{address}/joint", json=claim).status_code == 409
    entry = {"kpi": "waste", "organisation_id": str(other), "value": "-4", "reason": "Weighed twice.", **MAY}
    assert script.post(f"{address}/adjustments", json=entry).status_code == 201
    told = [(each["kind"], each["value"], each["status"]) for each in script.get(f"{address}/joint").json["items"]]
    assert told == [("joint", "10", "provisional"), ("adjustment", "-4", "verified")]
    assert (stand(session, campaign).verified, stand(session, campaign).provisional) == (-4, 10)


def test_a_partner_reads_their_own_and_decides_on_nothing(
    sign_in: SignIn, address: str, session: Session, campaign: UUID, partner: UUID, other: UUID
) -> None:
    deliver(session, campaign, partner, [report("a")])
    session.commit()
    own, stranger = sign_in("liaison", partner, by="token"), sign_in("liaison", other, by="token")
    (figure,) = own.get(address).json["items"]
    assert own.get(f"{address}/{figure['id']}").status_code == 200
    assert stranger.get(f"{address}/{figure['id']}").status_code == 404
    for path in ("", "/decide", "/joint", "/adjustments", "/locks", "/return"):
        assert own.post(f"{address}{path}", json={}).status_code in (403, 404)


def test_an_odd_month_to_lock_is_refused(script: FlaskClient, address: str) -> None:
    ahead = {"first": "2014-05-01", "last": date.max.isoformat(), "reason": "x"}
    assert script.post(f"{address}/locks", json=ahead).status_code == 422
