import re
from datetime import UTC, date, datetime

import pytest

from services.campaigns.campaigns import service
from services.campaigns.campaigns.tests.factories import BODY, around, make_campaign
from services.campaigns.known.tests.factories import hear_organisation, hear_person
from shared.clock import new_id
from shared.identity import LIAISON, VIEWER, sign_token
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.app import create_live_app
from shared.web.i18n import use_pseudo_locale
from shared.web.sign_in import COOKIE


@pytest.fixture
def service_settings():
    return {"time_zone": "UTC"}


@pytest.fixture
def coordinator():
    return make_identity(name="Thandi Mokoena")


@pytest.fixture
def browser(sign_in, coordinator):
    return sign_in(identity=coordinator)


def form_of(coordinator, **changes):
    return {**BODY, "summary": "", "owner_id": str(coordinator.person_id), **changes}


def test_an_empty_list_says_what_to_do_next(staff, sign_in):
    page = staff.get("/campaigns/").text
    assert "No campaign yet" in page
    assert 'href="/campaigns/new"' in page
    page = sign_in(VIEWER).get("/campaigns/").text
    assert "A coordinator can set one up." in page
    assert "/campaigns/new" not in page
    assert "as soon as your organisation takes part" in sign_in(LIAISON, new_id()).get("/campaigns/").text


def test_setting_one_up_leads_to_its_page(browser, coordinator):
    answer = browser.post("/campaigns/new", data=form_of(coordinator, summary="One\r\nTwo"), follow_redirects=True)
    assert answer.status_code == 200
    assert "A swimmable harbour is set up." in answer.text
    assert "1 March 2026" in answer.text
    assert "30 November 2026" in answer.text
    assert "Environment" in answer.text
    assert "One\nTwo" in answer.text
    assert "No partner yet" in answer.text
    assert "Thandi Mokoena</strong> created the campaign" in answer.text


def test_the_form_offers_oneself_as_owner_before_anything_was_heard(browser, coordinator):
    page = browser.get("/campaigns/new").text
    assert re.search(rf'<option value="{coordinator.person_id}" selected>Thandi Mokoena</option>', page)


def test_a_form_with_mistakes_keeps_what_was_typed_and_names_each(browser, coordinator):
    typed = form_of(coordinator, title="", ends_on="2026-02-01", cause="nonsense", summary="Keep <me>")
    answer = browser.post("/campaigns/new", data=typed)
    assert answer.status_code == 422
    for target in ("field-title", "field-ends_on", "field-cause"):
        assert f'href="#{target}"' in answer.text
    assert 'value="2026-02-01"' in answer.text
    assert "Keep &lt;me&gt;" in answer.text
    assert "No campaign yet" in browser.get("/campaigns/").text


def test_a_stale_edit_says_who_was_faster_what_differs_and_keeps_what_was_typed(browser, coordinator, session):
    campaign = make_campaign(session, by=coordinator)
    session.commit()
    address = f"/campaigns/{campaign.id}/edit"
    first = form_of(coordinator, title="First", cause="health", version=1)
    assert browser.post(address, data=first).status_code == 302
    answer = browser.post(address, data=form_of(coordinator, title="Second", version=1))
    assert answer.status_code == 412
    assert "Someone was faster" in answer.text
    assert "Thandi Mokoena changed the details" in answer.text
    assert "<strong>Title</strong>: First" in answer.text
    assert "<strong>Cause</strong>: Health" in answer.text
    assert "<strong>First day</strong>" not in answer.text
    assert 'value="Second"' in answer.text
    assert 'name="version" value="2"' in answer.text
    assert browser.post(address, data=form_of(coordinator, title="Second", version=2)).status_code == 302
    history = browser.get(f"/campaigns/{campaign.id}").text
    assert "Title: A swimmable harbour → First" in history
    assert "Cause: Environment → Health" in history


def test_an_owner_who_left_can_be_replaced_by_staff_only(browser, coordinator, session, bus):
    campaign = make_campaign(session, by=coordinator)
    session.commit()
    nomsa = hear_person(bus, "Nomsa Dlamini")
    hear_person(bus, "Lia", role=LIAISON, organisation_id=new_id())
    hear_person(bus, "Thandi Mokoena", coordinator.person_id, active=False)
    assert "Thandi Mokoena can&#39;t sign in any more" in browser.get(f"/campaigns/{campaign.id}").text
    form = browser.get(f"/campaigns/{campaign.id}/edit").text
    assert "Nomsa Dlamini" in form
    assert "Lia" not in form
    typed = form_of(coordinator, owner_id=str(nomsa), version=1)
    page = browser.post(f"/campaigns/{campaign.id}/edit", data=typed, follow_redirects=True).text
    assert "Owner: Thandi Mokoena → Nomsa Dlamini" in page
    assert "sign in any more" not in page


def test_a_partner_s_name_fills_in_when_it_is_heard(browser, session, bus):
    organisation_id = new_id()
    campaign = make_campaign(session, partners=[organisation_id])
    session.commit()
    address = f"/campaigns/{campaign.id}"
    before = browser.get(address).text
    assert "Name not yet known" in before
    assert "The name of one partner has not arrived yet." in before
    hear_organisation(bus, "Ocean Watch", organisation_id)
    page = browser.get(address).text
    assert f'href="/partners/organisations/{organisation_id}">Ocean Watch</a>' in page
    assert "not arrived yet" not in page
    hear_organisation(bus, "Ocean Watch Africa", organisation_id, fact="changed")
    assert "Ocean Watch Africa" in browser.get(address).text
    assert "Ocean Watch Africa" in browser.get("/campaigns/").text


@pytest.mark.parametrize(
    ("before", "after", "state", "words"),
    [(-2, 9, "Planned", "Starts in 2 days"), (-1, 9, "Planned", "Starts tomorrow"), (9, 90, "Running", "Day 10 of 100"),
     (9, -1, "Ended", "Ended yesterday")],
)  # fmt: skip
def test_the_page_says_where_the_campaign_stands(browser, session, before, after, state, words, now):
    day = now.date()
    campaign = make_campaign(session, **around(day, before=before, after=after))
    session.commit()
    page = browser.get(f"/campaigns/{campaign.id}").text
    assert words in page
    assert f">{state}<" in page


def test_partners_are_picked_from_the_organisations_that_are_known(browser, session, bus):
    there = hear_organisation(bus, "Already In")
    ocean, river = hear_organisation(bus, "Ocean Watch"), hear_organisation(bus, "River Friends")
    campaign = make_campaign(session, partners=[there])
    session.commit()
    address = f"/campaigns/{campaign.id}/partners/add"
    page = browser.get(address).text
    assert "Ocean Watch" in page
    assert "River Friends" in page
    assert "Already In" not in page
    assert "River Friends" not in browser.get(f"{address}?q=OCEAN").text
    assert "Nothing matches" in browser.get(f"{address}?q=zebra").text
    nothing = browser.post(address, data={})
    assert nothing.status_code == 422
    assert "One thing needs another look" in nothing.text
    added = browser.post(address, data={"organisations": [str(river), str(ocean)]}, follow_redirects=True).text
    assert "2 partners are added." in added
    assert "Ocean Watch" in added
    assert "added partners" in added
    assert "Nobody left to add" in browser.get(address).text


def test_someone_who_is_not_offered_cannot_be_picked(browser, session, bus):
    hear_organisation(bus, "Ocean Watch")
    campaign = make_campaign(session)
    session.commit()
    answer = browser.post(f"/campaigns/{campaign.id}/partners/add", data={"organisations": [str(new_id())]})
    assert answer.status_code == 422
    assert "Choose from the list." in answer.text


def test_removing_a_partner_asks_first(browser, session, bus):
    organisation_id = hear_organisation(bus, "Ocean Watch")
    campaign = make_campaign(session, partners=[organisation_id])
    session.commit()
    address = f"/campaigns/{campaign.id}/partners/{organisation_id}/remove"
    assert address in browser.get(f"/campaigns/{campaign.id}").text
    question = browser.get(address)
    assert "Remove Ocean Watch?" in question.text
    assert "Ocean Watch" in browser.get(f"/campaigns/{campaign.id}").text
    done = browser.post(address, follow_redirects=True).text
    assert "The partner is removed." in done
    assert "No partner yet" in done
    assert browser.get(address).status_code == 404
    assert browser.post(address).status_code == 404


def test_the_list_searches_filters_counts_and_keeps_its_filters_in_the_address(browser, session, bus):
    watch = hear_organisation(bus, "Ocean Watch")
    make_campaign(session, title="Clean bay", partners=[watch])
    make_campaign(session, title="Books for all", cause="education")
    session.commit()
    assert "2 shown" in browser.get("/campaigns/").text
    assert "Books for all" not in browser.get("/campaigns/?q=BAY").text
    assert "Clean bay" not in browser.get("/campaigns/?cause=education").text
    of_partner = browser.get(f"/campaigns/?partner={watch}").text
    assert "Books for all" not in of_partner
    assert re.search(rf'<option value="{watch}" selected>Ocean Watch', of_partner)
    assert "Nothing matches" in browser.get("/campaigns/?q=zebra").text
    assert browser.get("/campaigns/?status=nonsense&partner=x").status_code == 200


def test_the_list_goes_on_where_it_ended_with_the_same_filters(browser, session):
    for number in range(3):
        make_campaign(session, title=f"Campaign {number}")
    session.commit()
    page = browser.get("/campaigns/?q=campaign&limit=2").text
    (following,) = re.findall(r'rel="next" href="([^"]+)"', page)
    assert "q=campaign" in following
    rest = browser.get("/campaigns/" + following.replace("&amp;", "&")).text
    assert "Campaign 0" in rest
    assert "Campaign 2" not in rest


def test_a_liaison_sees_their_campaigns_without_buttons_and_links_to_their_own_page_only(sign_in, session, bus):
    own, other = hear_organisation(bus, "Own Trust"), hear_organisation(bus, "Other Trust")
    campaign = make_campaign(session, title="Ours", partners=[own, other])
    foreign = make_campaign(session, title="Theirs", partners=[other])
    session.commit()
    liaison = sign_in(LIAISON, own)
    listed = liaison.get("/campaigns/").text
    assert "Ours" in listed
    assert "Theirs" not in listed
    page = liaison.get(f"/campaigns/{campaign.id}").text
    assert f'href="/partners/organisations/{own}"' in page
    assert "Other Trust" in page
    assert f"/partners/organisations/{other}" not in page
    assert "/edit" not in page
    assert "/remove" not in page
    for way in ("", "/edit", "/partners/add", f"/partners/{other}/remove"):
        assert liaison.get(f"/campaigns/{foreign.id}{way}").status_code == 404
    assert liaison.post(f"/campaigns/{campaign.id}/partners/{own}/remove").status_code == 404


def test_a_viewer_is_told_that_their_role_does_not_allow_it(sign_in):
    answer = sign_in(VIEWER).get("/campaigns/new")
    assert answer.status_code == 403
    assert "Your role" in answer.text


def test_what_people_write_is_shown_as_text(browser, session):
    campaign = make_campaign(session, title="<script>alert(1)</script>", summary="<img src=x onerror=alert(1)>")
    session.commit()
    page = browser.get(f"/campaigns/{campaign.id}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_the_live_section_is_drawn_anew_for_who_may_see_it(runtime, session, bus, coordinator):
    own = hear_organisation(bus, "Own Trust")
    campaign = make_campaign(session, by=coordinator, partners=[own])
    session.commit()
    live = create_live_app(runtime).test_client()

    def look(who):
        live.set_cookie(COOKIE, sign_token(who, SIGNING_KEY))
        return live.get(f"/campaigns/live/campaigns/{campaign.id}?once=1")

    first = look(coordinator)
    assert first.status_code == 200
    assert "Own Trust" in first.text
    assert "/remove" in first.text
    assert "<html" not in first.text
    # One drawing serves everyone in a role: a form would carry somebody's form token to the others.
    assert "<form" not in first.text
    assert "/remove" not in look(make_identity(VIEWER)).text
    assert look(make_identity(LIAISON, own)).status_code == 200
    assert look(make_identity(LIAISON, new_id())).status_code == 404


def test_a_text_that_went_past_translation_is_not_on_the_pages(app, browser, session, bus):
    use_pseudo_locale(app)
    ocean, then = hear_organisation(bus, "§"), datetime(2026, 5, 1, tzinfo=UTC)
    nobody = make_identity(name="§")
    # May is the one month whose name is too short to be taken for a text.
    days = {"starts_on": date(2026, 5, 1), "ends_on": date(2026, 5, 31)}
    campaign = make_campaign(session, title="§", by=nobody, partners=[ocean], now=then, **days)
    service.add_partners(session, nobody, campaign.id, [new_id()], then)
    session.commit()
    for way in (
        "",
        "new",
        *(f"{campaign.id}{each}" for each in ("", "/edit", "/partners/add", f"/partners/{ocean}/remove")),
    ):
        page = browser.get(f"/campaigns/{way}").text
        shown = re.sub(r"<time.*?</time>|<[^>]+>|Thandi Mokoena", " ", re.search(r"<main.*</main>", page, re.DOTALL)[0])
        assert "⟦" in shown
        assert re.findall(r".*[A-Za-z]{4,}.*", re.sub(r"⟦[^⟧]*⟧", "", shown)) == []
