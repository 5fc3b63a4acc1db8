import re

import pytest

from services.partners.evaluations.queries import get_own_evaluation, list_sets, load_sheet
from services.partners.evaluations.service.rounds import close_round
from services.partners.evaluations.service.scorecards import reopen_evaluation
from services.partners.evaluations.tests.factories import KEYS, make_scene, submit, write_draft
from services.partners.organisations.tests.factories import make_organisation
from shared.identity import LIAISON, VIEWER
from shared.testing.people import read_page

ROOT = "/partners/evaluations"


@pytest.fixture
def scene(session):
    made = make_scene(session)
    session.commit()
    return made


def address_of(scene, rest=""):
    return f"{ROOT}/{scene.round.id}{rest}"


def fill(version, score=4, **changes):
    return {"version": version, **{f"score-{key}": score for key in KEYS}, **changes}


def test_an_empty_list_says_what_to_do_next(staff, sign_in):
    assert "No round yet" in staff.get(ROOT).text
    assert f'href="{ROOT}/new"' in staff.get(ROOT).text
    assert f'href="{ROOT}/new"' not in read_page(sign_in(VIEWER), ROOT)


def test_setting_up_a_round_leads_to_choosing_organisations(staff, scene, session):
    form = {"title": "New round", "set_id": list_sets(session)[0].id, "due_on": "2027-03-12",
            "evaluators": [each.person_id for each in scene.evaluators[:2]]}  # fmt: skip
    session.commit()
    answer = staff.post(f"{ROOT}/new", data={**form, "title": " "})
    assert (answer.status_code, "field-title" in answer.text) == (422, True)
    answer = staff.post(f"{ROOT}/new", data=form)
    assert answer.status_code == 302
    page = staff.get(answer.location).text
    assert "Bay Watch" in page
    added = staff.post(answer.location, data={"organisations": [scene.organisations[1]]}, follow_redirects=True)
    assert "One organisation is added." in added.text
    found = staff.get(f"{ROOT}?q=NEW&state=open").text
    assert "New round" in found
    assert "Clean-up partners" not in found
    assert "0 of 2" in found


def test_an_evaluator_declares_scores_and_submits_without_a_script(sign_in, session, now):
    scene = make_scene(session, declared=False)
    session.commit()
    aqua, bay = scene.organisations
    browser = sign_in(identity=scene.evaluators[0])
    assert "Begin: conflicts of interest" in browser.get(address_of(scene)).text
    wrong = browser.post(address_of(scene, "/declaration"), data={f"conflict-{bay}": "true"})
    assert (wrong.status_code, f'href="#reason-{bay}"' in wrong.text) == (422, True)
    told = {f"conflict-{bay}": "true", f"reason-{bay}": "I volunteer there."}
    answer = browser.post(address_of(scene, "/declaration"), data=told)
    place = address_of(scene, f"/organisations/{aqua}")
    assert answer.location == place
    page = browser.get(place).text
    version = int(re.search(r'name="version" value="(\d+)"', page)[1])
    assert "Its mission is the change that we want to see" in page
    saved = browser.post(place, data=fill(version, **{"comment-reach": "Three towns.", "then": "submit"}))
    question = browser.get(saved.location).text
    assert "Submitting is final" in question
    assert "4.00" in question
    done = browser.post(address_of(scene, "/submit"), data={"organisation": str(aqua)}, follow_redirects=True)
    assert "One evaluation is submitted." in done.text
    assert "I volunteer there." in done.text
    assert "Three towns." in browser.get(place).text


def test_an_older_page_keeps_what_was_typed_and_says_so(sign_in, scene, session):
    who, aqua = scene.evaluators[0], scene.organisations[0]
    write_draft(session, scene, who, aqua, [5])
    session.commit()
    place = address_of(scene, f"/organisations/{aqua}")
    answer = sign_in(identity=who).post(place, data=fill(1, **{"comment-values": "Typed on the train."}))
    assert answer.status_code == 412
    assert "Typed on the train." in answer.text
    assert "Not saved" in answer.text


@pytest.mark.parametrize("rest", ["", "/results", "/results?weight-reach=90", "/close", "/remind"])
def test_no_page_shows_anothers_scores_or_comments_too_early(sign_in, scene, session, now, rest):
    first, second, _third = scene.evaluators
    aqua = scene.organisations[0]
    submit(session, scene, first, aqua, [5, 4, 5, 4, 5, 4, 5], now)
    score = load_sheet(session, first, scene.round.id).cards and "4.60"
    session.commit()
    for who in (second, scene.outsider):
        browser = sign_in(identity=who)
        assert score not in read_page(browser, address_of(scene, rest))
        for place in (address_of(scene, f"/organisations/{aqua}"), f"/partners/organisations/{aqua}/evaluations"):
            assert score not in read_page(browser, place)
    assert score in sign_in(identity=first).get(address_of(scene, "/results")).text


def test_results_show_ranking_spread_and_who_should_talk(staff, scene, session, now):
    aqua, bay = scene.organisations
    submit(session, scene, scene.evaluators[0], aqua, 5, now)
    submit(session, scene, scene.evaluators[1], aqua, [2, 5, 5, 5, 5, 5, 5], now)
    submit(session, scene, scene.evaluators[0], bay, [1, 4, 4, 4, 4, 4, 4], now)
    close_round(session, scene.outsider, scene.round.id, now)
    session.commit()
    page = staff.get(address_of(scene, "/results")).text
    assert "Aqua Trust leads with 4.62 of 5, 1.37 ahead of Bay Watch" in page
    assert "Bongani gave 2, Ayanda gave 5" in page
    assert "0.38 (4.25 to 5.00)" in page
    assert "2 of 3" in page
    assert page.count("<svg") >= 1
    trial = staff.get(address_of(scene, "/results?weight-mission_fit=0&weight-values=nonsense")).text
    assert "Write a number from 0 to 100." in trial
    assert 'value="nonsense"' in trial
    assert "Other weights, tried out" in staff.get(address_of(scene, "/results?weight-mission_fit=0")).text


def test_shortlisting_asks_first_and_needs_a_reason(staff, sign_in, scene, session):
    aqua, bay = scene.organisations
    question = staff.get(address_of(scene, f"/shortlist?organisations={aqua}&organisations={bay}&organisations=x")).text
    assert "They move to the stage" in question
    picked = {"organisations": [aqua, bay]}
    assert staff.post(address_of(scene, "/shortlist"), data=picked).status_code == 422
    answer = staff.post(address_of(scene, "/shortlist"), data={**picked, "reason": "Best two."}, follow_redirects=True)
    assert "2 organisations are shortlisted." in answer.text
    again = staff.get(address_of(scene, f"/shortlist?organisations={aqua}")).text
    assert "so they stay where they are: Aqua Trust" in again
    assert sign_in(VIEWER).get(address_of(scene, "/shortlist")).status_code == 403


def test_a_reopened_evaluation_shows_its_reason(sign_in, scene, session, now):
    first, second, _third = scene.evaluators
    aqua = scene.organisations[0]
    for who in (first, second):
        submit(session, scene, who, aqua, 3, now)
    reopen_evaluation(session, first, scene.round.id, aqua, "I read the audit <again>.", now)
    session.commit()
    page = sign_in(identity=second).get(address_of(scene, f"/organisations/{aqua}")).text
    assert "I read the audit &lt;again&gt;." in page
    assert get_own_evaluation(session, first, scene.round.id, aqua).submitted_at is None


def test_criteria_change_into_a_new_version_and_mistakes_are_named(staff, scene, session):
    address = f"{ROOT}/criteria/{list_sets(session)[0].id}"
    session.commit()
    page = staff.get(f"{address}/edit").text
    typed = dict(re.findall(r'name="((?:key|name|weight)-\d+|name|version)" value="([^"]*)"', page))
    typed |= dict(re.findall(r'name="((?:one|five)-\d+)" rows="2" maxlength="300">\n([^<]*)<', page))
    wrong = staff.post(f"{address}/edit", data={**typed, "weight-0": "26", "weight-1": "x"})
    assert (wrong.status_code, 'href="#weight-1"' in wrong.text) == (422, True)
    wrong = staff.post(f"{address}/edit", data={**typed, "weight-0": "26"})
    assert "The weights add up to 101" in wrong.text
    assert 'value="26"' in wrong.text
    done = staff.post(f"{address}/edit", data={**typed, "weight-0": "20", "weight-1": "20"}, follow_redirects=True)
    assert "Version 2 is saved." in done.text
    assert "used by one round" in done.text
    assert staff.post(f"{address}/edit", data={**typed, "weight-0": "20", "weight-1": "20"}).status_code == 412


def test_a_liaison_finds_nothing_of_it(sign_in, scene):
    liaison = sign_in(LIAISON, scene.organisations[0])
    for place in (ROOT, address_of(scene), address_of(scene, "/results"), f"{ROOT}/criteria",
                  f"/partners/organisations/{scene.organisations[0]}/evaluations"):  # fmt: skip
        assert liaison.get(place).status_code == 404
    assert "Evaluations" not in read_page(liaison, f"/partners/organisations/{scene.organisations[0]}")


def test_the_picker_finds_organisations_that_are_not_in_the_round(staff, scene, session):
    make_organisation(session, name="Zebra Fund")
    session.commit()
    page = staff.get(address_of(scene, "/organisations?q=zebra")).text
    assert "Zebra Fund" in page
    gone = staff.post(address_of(scene, f"/organisations/{scene.organisations[0]}/remove"), follow_redirects=True)
    assert "The organisation is removed from the round." in gone.text
