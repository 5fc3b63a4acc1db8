"""Public pages and the wall, as those see them who may."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.metrics.indicators.queries import get_kpi
from services.metrics.indicators.service.targets import change_target
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.known.service import keep_organisation, merge_organisation
from services.metrics.measurements.queries import find_figures
from services.metrics.measurements.service.verdicts import verify_figures
from services.metrics.measurements.tests.factories import deliver, report
from services.metrics.sharing.service import change_page, make_page, renew_address, revoke_page
from shared.clock import new_id, utc_now
from shared.identity import sign_token
from shared.service import Runtime
from shared.testing.people import SIGNING_KEY, SignIn, make_identity, read_page
from shared.web.app import create_live_app
from shared.web.sign_in import COOKIE

Make = Callable[..., str]


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session, "Table Bay Ocean Trust")


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    """Hours are verified by hand: 11 of May 2014 are, 77777 of June 2014 are not."""
    campaign_id = make_campaign(session, partner, make_partner(session, "Peninsula Parks"), title="Clean Coast")
    make_kpi(session, campaign_id)
    hours = make_kpi(session, campaign_id, key="hours", name="Hours given", unit="h", verification="manual")
    deliver(session, campaign_id, partner, [report("a", "120.5"), report("b", "11", kpi="hours")])
    by = make_identity()
    figures = find_figures(session, by, [hours.id], cursor=None, limit=10)
    verify_figures(session, by, campaign_id, [each.id for each in figures.items], utc_now())
    deliver(session, campaign_id, partner, [report("c", "77777", "2014-06-01", kpi="hours")])
    session.commit()
    return campaign_id


@pytest.fixture
def make(session: Session, campaign: UUID) -> Make:
    """make(heading=...) -> the address of a public page of all KPIs."""

    def make_one(**details: object) -> str:
        given = {"heading": "Our coast", "intro": "Three years of it.", "kpis": ["waste", "hours"], **details}
        made = make_page(session, make_identity(name="Themba Nkosi"), campaign, utc_now(), **given)  # type: ignore[arg-type]
        session.commit()
        return f"/metrics/public/s/{made.secret}"

    return make_one


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").split())


def find_page(html: str) -> str:
    found = re.search(r'id="address" value="([^"]+)"', html)
    assert found
    return found[1]


def test_staff_make_a_page_see_its_address_once_and_find_it_in_the_list(
    staff: FlaskClient, anyone: FlaskClient, campaign: UUID
) -> None:
    place = f"/metrics/campaigns/{campaign}/public-pages"
    assert "Nothing is public yet" in read_page(staff, place)
    assert "Never what is provisional" in read_page(staff, f"{place}/new")
    answer = staff.post(
        f"{place}/new",
        data={
            "heading": "<b>Our coast</b>",
            "kpis": ["waste"],
            "embedding": "listed",
            "origins": "https://example.org/",
        },
    )
    assert answer.status_code == 200
    address = find_page(answer.text)
    assert re.fullmatch(r"https?://[^/]+/metrics/public/s/[\w-]{43}", address)
    assert f"{address}/embed" in unescape(unescape(answer.text))
    assert "&lt;b&gt;Our coast" in answer.text
    assert "<b>Our coast" not in answer.text
    shown = words_of(read_page(staff, place))
    assert "<b>Our coast</b> Open to all Waste removed Made by Thandi the coordinator" in shown
    [link] = re.findall(rf'href="({place}/[^"/]+)"', read_page(staff, place).replace(f"{place}/new", ""))
    kept = read_page(staff, link)
    assert "https://example.org" in kept
    assert "made the page public" in kept
    assert address.rpartition("/")[2] not in kept
    public = read_page(anyone, address.partition("/metrics")[1] + address.partition("/metrics")[2])
    assert "&lt;b&gt;Our coast&lt;/b&gt;" in public
    assert "<b>Our" not in public


def test_anybody_sees_what_is_verified_and_nothing_of_what_is_not(
    anyone: FlaskClient, staff: FlaskClient, make: Make
) -> None:
    html = read_page(anyone, make())
    shown = words_of(html)
    assert "Our coast Clean Coast, 1 May 2014 – 31 December 2027 Three years of it." in shown
    assert "Waste removed" in shown
    assert "Stands at 120.5 t 12% of the target at" in shown
    assert "Hours given" in shown
    assert "Stands at 11 h" in shown
    assert "2014-05 11 11" in shown
    assert "Who made this possible Peninsula Parks Table Bay Ocean Trust" in shown
    for kept in ("77,7", "77777", "2014-06", "rovisional", "Themba", "Thandi", "by partner", "reported"):
        assert kept not in html
    assert "/metrics/campaigns/" not in html
    assert " style=" not in html
    # Who is signed in sees the same.
    assert "77,7" not in read_page(staff, make())


def test_shares_are_told_only_where_that_was_chosen_and_only_of_the_campaigns_partners(
    anyone: FlaskClient, session: Session, campaign: UUID, partner: UUID, make: Make
) -> None:
    from services.metrics.known.service import keep_campaign

    other = make_partner(session, "Peninsula Parks")
    days = {"starts_on": date(2014, 5, 1), "ends_on": date(2027, 12, 31)}
    of_both = {"title": "Clean Coast", "cause": "environment", **days}
    keep_campaign(session, campaign, utc_now(), **of_both, partners=[partner, other])
    deliver(session, campaign, other, [report("o", "30")])
    keep_campaign(session, campaign, utc_now(), **of_both, partners=[partner])
    html = read_page(anyone, make(shows_shares=True))
    assert "Table Bay Ocean Trust reported the most: 80%" in words_of(html)
    assert "Others 30" in words_of(html)
    assert "Peninsula" not in html
    untold = words_of(read_page(anyone, make()))
    assert "Stands at 150.5 t" in untold
    assert "120.5" not in untold


def test_a_revoked_address_a_former_one_and_one_that_never_was_answer_alike(
    anyone: FlaskClient, staff: FlaskClient, session: Session, campaign: UUID
) -> None:
    by, now = make_identity(), utc_now()
    made = make_page(session, by, campaign, now, heading="Our coast", kpis=["waste"], embedding="anywhere")
    renewed = renew_address(session, by, campaign, made.page.id, now)
    session.commit()
    place = "/metrics/public/s/"
    assert "Our coast" in read_page(anyone, place + renewed.secret)
    assert "Our coast" in read_page(anyone, place + renewed.secret + "/embed")
    revoked = staff.post(f"/metrics/campaigns/{campaign}/public-pages/{made.page.id}/revoke")
    assert revoked.status_code == 302
    for rest in ("", "/embed"):
        answers = [
            anyone.get(place + secret + rest, headers={"Accept": "text/html"})
            for secret in (made.secret, renewed.secret, "never-made")
        ]
        assert [each.status_code for each in answers] == [404, 404, 404]
        assert "This page is not here" in answers[0].text
        assert answers[0].text == answers[1].text == answers[2].text
    assert staff.post(f"/metrics/campaigns/{campaign}/public-pages/{made.page.id}/renew").status_code == 409
    shown = read_page(staff, f"/metrics/campaigns/{campaign}/public-pages/{made.page.id}")
    assert "took it down" in shown
    assert "Make a new address" not in shown


def test_a_kpi_that_was_taken_off_the_page_is_gone_and_what_was_typed_is_kept_for_the_slower(
    anyone: FlaskClient, staff: FlaskClient, session: Session, campaign: UUID
) -> None:
    made = make_page(session, make_identity(), campaign, utc_now(), heading="Our coast", kpis=["waste", "hours"])
    session.commit()
    edit = f"/metrics/campaigns/{campaign}/public-pages/{made.page.id}/edit"
    assert 'value="hours" checked' in read_page(staff, edit)
    wanted = {"version": "1", "heading": "Our harbour", "kpis": ["waste"], "embedding": "nobody"}
    assert staff.post(edit, data=wanted).status_code == 302
    html = read_page(anyone, f"/metrics/public/s/{made.secret}")
    assert "Our harbour" in html
    assert "Waste removed" in html
    assert "Hours given" not in html
    slower = staff.post(edit, data={**wanted, "heading": "Our bay"})
    assert slower.status_code == 412
    assert "Our bay" in slower.text
    nothing = staff.post(edit, data={"version": "2", "heading": "Our bay", "embedding": "nobody"})
    assert nothing.status_code == 422
    told = words_of(read_page(staff, edit.removesuffix("/edit")))
    assert "KPIs: Waste removed, Hours given → Waste removed" in told


def test_only_the_sites_that_were_named_may_show_it_in_a_frame(anyone: FlaskClient, make: Make) -> None:
    address = make(embedding="listed", origins=["https://example.org", "https://*.example.com"])
    answer = anyone.get(f"{address}/embed")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("; frame-ancestors https://example.org https://*.example.com")
    assert "script-src 'self'" in policy
    assert "Stands at 11 h" in words_of(answer.text)
    assert "77,7" not in answer.text
    assert f'href="{address}"' in answer.text
    assert "frame-ancestors 'none'" in anyone.get(address).headers["Content-Security-Policy"]
    assert anyone.get(f"{make(embedding='anywhere')}/embed").headers["Content-Security-Policy"].endswith("ancestors *")
    closed = anyone.get(f"{make()}/embed")
    assert closed.status_code == 404
    assert "Our coast" not in closed.text


def test_who_has_it_already_is_told_that_nothing_changed(
    anyone: FlaskClient, session: Session, campaign: UUID, partner: UUID, make: Make
) -> None:
    address = make()
    first = anyone.get(address)
    assert (first.headers["Cache-Control"], first.headers["Referrer-Policy"]) == ("no-cache", "no-referrer")
    again = {"If-None-Match": first.headers["ETag"]}
    assert anyone.get(address, headers=again).status_code == 304
    deliver(session, campaign, partner, [report("z", "1")])
    session.commit()
    changed = anyone.get(address, headers=again)
    assert (changed.status_code, "121.5 t" in words_of(changed.text)) == (200, True)


def test_reached_empty_and_past_kpis_say_so_and_a_changed_target_says_why_and_not_who(
    anyone: FlaskClient, session: Session, partner: UUID
) -> None:
    past = make_campaign(session, partner, title="Winter", starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31))
    make_kpi(session, past, target=Decimal(10))
    make_kpi(session, past, key="meals", name="Meals", unit="meals")
    make_kpi(session, past, key="calls", name="Calls", unit="calls")
    items = [report("a", "12", "2020-02-01"), report("m", "250", "2020-03-01", kpi="meals")]
    deliver(session, past, partner, items)
    by = make_identity(name="Naledi Mokoena")
    version = get_kpi(session, by, past, "meals").version
    change_target(session, by, past, "meals", version, utc_now(), target=Decimal(500), reason="A <second> kitchen.")
    made = make_page(session, by, past, utc_now(), heading="Winter", kpis=["waste", "meals", "calls"])
    session.commit()
    html = read_page(anyone, f"/metrics/public/s/{made.secret}")
    shown = words_of(html)
    assert "this campaign is over" in shown
    assert "The target was reached in February 2020" in shown
    assert "The campaign ended at 50% of the target" in shown
    assert "No verified figure yet" in shown
    assert "then 500 meals: A <second> kitchen." in shown
    assert "Naledi" not in html


def test_organisations_are_credited_by_the_name_they_have_now(
    anyone: FlaskClient, session: Session, partner: UUID, make: Make
) -> None:
    address = make(shows_shares=True)
    keep_organisation(session, partner, utc_now(), name="Ocean & Bay")
    session.commit()
    assert "Ocean &amp; Bay" in read_page(anyone, address)
    # One that was merged into another that nobody has named yet is left out.
    merge_organisation(session, partner, new_id())
    session.commit()
    html = read_page(anyone, address)
    assert "Peninsula Parks" in html
    assert "Ocean" not in html


def test_the_wall_shows_each_viewer_what_is_theirs_to_see_and_follows_changes(
    runtime: Runtime, sign_in: SignIn, session: Session, campaign: UUID, partner: UUID
) -> None:
    other = make_partner(session, "Sea Watch")
    mine = make_campaign(session, partner, other, title="Clean Coast")
    make_kpi(session, mine, verification="manual")
    deliver(session, mine, partner, [report("a", "77777")])
    session.commit()
    assert "77,777 t provisional" in words_of(read_page(sign_in(), f"/metrics/campaigns/{mine}/wall"))
    theirs = read_page(sign_in("liaison", other), f"/metrics/campaigns/{mine}/wall")
    assert "Waste removed" in theirs
    assert "77,7" not in theirs
    live = create_live_app(runtime).test_client()
    live.set_cookie(COOKIE, sign_token(make_identity(), SIGNING_KEY))
    address = f"/metrics/live/campaigns/{mine}/wall?once=1"
    assert live.get(address).text.strip() in read_page(sign_in(), f"/metrics/campaigns/{mine}/wall")
    deliver(session, mine, partner, [report("b", "1")])
    session.commit()
    assert "77,778 t provisional" in words_of(live.get(address).text)


def test_partners_and_viewers_make_nothing_public(sign_in: SignIn, campaign: UUID, partner: UUID) -> None:
    place = f"/metrics/campaigns/{campaign}/public-pages"
    assert sign_in("liaison", partner).get(place).status_code == 404
    viewer = sign_in("viewer")
    assert "Nothing is public yet" in read_page(viewer, place)
    assert viewer.get(f"{place}/new").status_code == 403
    assert viewer.post(f"{place}/new", data={"heading": "x", "kpis": ["waste"]}).status_code == 403


def test_what_was_revoked_changes_no_more(session: Session, campaign: UUID) -> None:
    from shared.errors import Conflict

    by = make_identity()
    page = make_page(session, by, campaign, utc_now(), heading="Our coast", kpis=["waste"]).page
    revoke_page(session, by, campaign, page.id, utc_now())
    first = page.revoked_at
    assert revoke_page(session, by, campaign, page.id, utc_now()).revoked_at == first
    with pytest.raises(Conflict, match="revoked"):
        change_page(session, by, campaign, page.id, page.version, utc_now(), heading="Other")
