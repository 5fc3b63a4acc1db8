from services.partners.organisations.tests.factories import make_organisation
from shared.identity import LIAISON, VIEWER
from shared.testing.people import read_page

FORM = {"name": "Table Bay Trust", "kind": "charity", "country": "ZA", "website": ""}


def test_an_empty_list_says_what_to_do_next(staff):
    page = staff.get("/partners/organisations").text
    assert "No organisation yet" in page
    assert "/partners/organisations/new" in page


def test_registering_leads_to_the_organisations_page(staff):
    answer = staff.post("/partners/organisations/new", data=FORM, follow_redirects=True)
    assert answer.status_code == 200
    assert "Table Bay Trust is registered." in answer.text
    assert "South Africa" in answer.text
    assert "registered the organisation" in answer.text


def test_a_form_with_mistakes_keeps_what_was_typed_and_names_each(staff):
    answer = staff.post("/partners/organisations/new", data={**FORM, "website": "not a site", "kind": ""})
    assert answer.status_code == 422
    assert 'value="Table Bay Trust"' in answer.text
    assert 'value="not a site"' in answer.text
    assert 'href="#field-website"' in answer.text
    assert 'href="#field-kind"' in answer.text


def test_a_stale_edit_says_who_was_faster_and_keeps_what_was_typed(staff, session):
    organisation = make_organisation(session)
    session.commit()
    address = f"/partners/organisations/{organisation.id}/edit"
    assert staff.post(address, data={**FORM, "name": "First", "version": 1}).status_code == 302
    answer = staff.post(address, data={**FORM, "name": "Second", "version": 1})
    assert answer.status_code == 412
    assert "Someone was faster" in answer.text
    assert 'value="Second"' in answer.text
    assert staff.post(address, data={**FORM, "name": "Second", "version": 2}).status_code == 302


def test_the_list_searches_filters_and_says_when_nothing_matches(staff, session):
    make_organisation(session, name="Ocean Watch", kind="ngo")
    make_organisation(session, name="City of Cape Town", kind="public_body")
    session.commit()
    assert "City of Cape Town" not in read_page(staff, "/partners/organisations?q=ocean")
    filtered = staff.get("/partners/organisations?kind=public_body").text
    assert "City of Cape Town" in filtered
    assert "Ocean Watch" not in filtered
    assert "export.xlsx?kind=public_body" in filtered
    assert "Nothing matches" in staff.get("/partners/organisations?q=zebra").text
    assert staff.get("/partners/organisations?kind=nonsense").status_code == 200


def test_a_liaison_sees_their_own_organisation_without_the_buttons(sign_in, session):
    own, other = make_organisation(session), make_organisation(session, name="Other Trust")
    session.commit()
    liaison = sign_in(LIAISON, own.id)
    page = liaison.get(f"/partners/organisations/{own.id}")
    assert page.status_code == 200
    assert "/edit" not in page.text
    assert liaison.get(f"/partners/organisations/{other.id}").status_code == 404
    assert "Other Trust" not in read_page(liaison, "/partners/organisations")
    assert liaison.get("/partners/organisations/new").status_code == 404


def test_a_viewer_is_told_that_their_role_does_not_allow_it(sign_in):
    answer = sign_in(VIEWER).get("/partners/organisations/new")
    assert answer.status_code == 403
    assert "Your role" in answer.text


def test_somebody_not_signed_in_is_led_to_sign_in_and_back(anyone):
    answer = anyone.get("/partners/organisations?q=x", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.location == "/partners/sign-in?next=%2Fpartners%2Forganisations%3Fq%3Dx"


def test_odd_arguments_in_the_address_do_no_harm(staff, session):
    for number in range(60):
        make_organisation(session, name=f"Organisation {number:02}")
    session.commit()
    answer = staff.get("/partners/organisations?_scheme=x&_external=1&_anchor=y&_method=POST&q=organisation")
    assert answer.status_code == 200
    assert "Show more" in answer.text


def test_the_form_of_focus_areas_leaves_the_bar_as_it_is(staff, session):
    organisation = make_organisation(session)
    session.commit()
    page = staff.get(f"/partners/organisations/{organisation.id}/focus").text
    assert 'href=""' not in page
    assert '<option value="Education">' in page
