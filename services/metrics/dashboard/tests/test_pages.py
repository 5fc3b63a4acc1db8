"""Dashboards as people see them, each what is theirs to see."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.service.targets import change_target
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.tests.factories import deliver, report
from shared.clock import new_id, utc_now
from shared.identity import sign_token
from shared.service import Runtime
from shared.testing.people import SIGNING_KEY, SignIn, make_identity
from shared.web.app import create_live_app
from shared.web.sign_in import COOKIE


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session, "Table Bay Ocean Trust")


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner, title="Clean Coast")
    make_kpi(session, campaign_id)
    deliver(session, campaign_id, partner, [report("a", "1204.50"), report("b", "3", "2014-06-01")])
    session.commit()
    return campaign_id


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.text


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())


def test_the_overview_lists_campaigns_with_the_state_of_each_kpi(staff: FlaskClient, campaign: UUID) -> None:
    shown = words_of(read(staff, "/metrics/"))
    assert "Clean Coast Reached 1 May 2014 – 31 December 2027 Waste removed Reached 120% of the target" in shown


def test_the_overview_finds_campaigns_by_title_and_says_when_none_fits(staff: FlaskClient, campaign: UUID) -> None:
    assert "Clean Coast" in read(staff, "/metrics/?q=coast")
    nothing = read(staff, "/metrics/?q=moon")
    assert "Clean Coast" not in nothing
    assert "Nothing matches" in nothing


def test_an_empty_overview_says_what_will_appear(sign_in: SignIn, staff: FlaskClient) -> None:
    assert "No campaign yet" in read(staff, "/metrics/")
    assert "as soon as your organisation takes part in one" in read(sign_in("liaison", new_id()), "/metrics/")


def test_a_dashboard_shows_figures_sentences_drawings_and_the_same_numbers_as_tables(
    staff: FlaskClient, campaign: UUID
) -> None:
    html = read(staff, f"/metrics/campaigns/{campaign}")
    shown = words_of(html)
    assert "Waste removed Reached" in shown
    assert "Verified 1,207.50 t 120% of the target at" in shown
    assert "The target was reached in May 2014" in shown
    assert "All of it was reported by Table Bay Ocean Trust" in shown
    assert "2014-06 3 1,207.50" in shown
    assert 'aria-label="June 2014: 3 t, 1,207.50 t in all"' in html.replace("\xa0", " ")
    assert " style=" not in html


def test_a_dashboard_without_kpis_or_figures_says_what_to_do_next(
    staff: FlaskClient, sign_in: SignIn, session: Session, partner: UUID
) -> None:
    campaign = make_campaign(session, partner)
    session.commit()
    address = f"/metrics/campaigns/{campaign}"
    assert "Add the first KPI" in read(staff, address)
    assert "Add the first KPI" not in read(sign_in("liaison", partner), address)
    make_kpi(session, campaign)
    session.commit()
    assert "Choose a partner and make a key" in read(staff, address)
    assert f"/partners/organisations/{partner}/webhook-keys" in read(sign_in("liaison", partner), address)


def test_a_former_target_stands_as_a_footnote_with_its_reason(
    staff: FlaskClient, session: Session, campaign: UUID
) -> None:
    at = datetime(2027, 3, 12, 9, tzinfo=UTC)
    change_target(session, make_identity(), campaign, "waste", 1, at, target=Decimal(2000), reason="It goes <so> well.")
    session.commit()
    html = read(staff, f"/metrics/campaigns/{campaign}")
    assert "The target was 1,000 t until 12 March 2027, then 2,000 t: It goes &lt;so&gt; well." in html.replace(
        "\xa0", " "
    )


def test_a_liaison_sees_no_other_partners_provisional_figures_and_no_links_to_edit(
    sign_in: SignIn, session: Session, partner: UUID
) -> None:
    other = make_partner(session, "Peninsula Parks")
    campaign = make_campaign(session, partner, other)
    make_kpi(session, campaign, verification="manual")
    deliver(session, campaign, partner, [report("a", "11")])
    deliver(session, campaign, other, [report("a", "77777")])
    session.commit()
    html = read(sign_in("liaison", partner), f"/metrics/campaigns/{campaign}")
    assert "11 t provisional" in words_of(html)
    assert "77,7" not in html
    assert "Change the target" not in html
    assert "Add a KPI" not in html


@pytest.mark.parametrize("rest", ["", "/figures", "/kpis/waste/trend.svg", "/kpis/waste/trend.png", "/kpis/new"])
def test_an_outsider_finds_nothing(sign_in: SignIn, session: Session, campaign: UUID, rest: str) -> None:
    stranger = sign_in("liaison", make_partner(session, "Stranger"))
    session.commit()
    assert stranger.get(f"/metrics/campaigns/{campaign}{rest}").status_code == 404


def test_a_partner_who_left_keeps_the_credit_for_what_was_reported(
    staff: FlaskClient, session: Session, partner: UUID, campaign: UUID
) -> None:
    from services.metrics.known.service import keep_campaign

    keep_campaign(
        session, campaign, utc_now(), title="Clean Coast", cause="environment", starts_on=date(2014, 5, 1),
        ends_on=date(2027, 12, 31), partners=[],
    )  # fmt: skip
    session.commit()
    assert "Table Bay Ocean Trust" in read(staff, f"/metrics/campaigns/{campaign}")


def test_a_trend_is_there_as_a_file(staff: FlaskClient, campaign: UUID) -> None:
    svg = staff.get(f"/metrics/campaigns/{campaign}/kpis/waste/trend.svg")
    assert (svg.mimetype, svg.text.startswith("<svg")) == ("image/svg+xml", True)
    png = staff.get(f"/metrics/campaigns/{campaign}/kpis/waste/trend.png")
    assert (png.mimetype, png.data[:4]) == ("image/png", b"\x89PNG")
    assert staff.get(f"/metrics/campaigns/{campaign}/kpis/other/trend.svg").status_code == 404


def test_the_live_part_is_what_the_page_holds_and_follows_changes(
    runtime: Runtime, session: Session, staff: FlaskClient, campaign: UUID, partner: UUID
) -> None:
    live = create_live_app(runtime).test_client()
    live.set_cookie(COOKIE, sign_token(make_identity(), SIGNING_KEY))
    address = f"/metrics/live/campaigns/{campaign}?once=1"
    board = live.get(address).text
    assert board.strip() in read(staff, f"/metrics/campaigns/{campaign}")
    deliver(session, campaign, partner, [report("c", "0.25")])
    session.commit()
    assert "1,207.75 t" in words_of(live.get(address).text)


def test_an_outsider_cannot_follow_a_dashboard(runtime: Runtime, session: Session, campaign: UUID) -> None:
    live = create_live_app(runtime).test_client()
    live.set_cookie(COOKIE, sign_token(make_identity("liaison", new_id()), SIGNING_KEY))
    assert live.get(f"/metrics/live/campaigns/{campaign}?once=1").status_code == 404
