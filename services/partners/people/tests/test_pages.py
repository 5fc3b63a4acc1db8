from datetime import timedelta

import pytest

from services.partners.organisations.tests.factories import make_organisation
from services.partners.people import access
from services.partners.people.queries import list_tokens
from services.partners.people.tests.factories import make_person
from services.partners.vault import Vault
from shared.database.access import list_public_keys, replace_keys
from shared.identity import ADMIN, LIAISON
from shared.testing.people import SIGNING_KEY, make_identity, read_page
from shared.web.sign_in import COOKIE


@pytest.fixture
def person(session, service_settings, now):
    access.ensure_signing_key(session, Vault(service_settings["encryption_key"]), now)
    # Beside the service's own key, that of `sign_in` stays good.
    replace_keys(session, [*list_public_keys(session), SIGNING_KEY.as_dict(private=False)])
    made = make_person(session)
    session.commit()
    return made


@pytest.fixture
def link(session, person, now):
    secret = access.make_link(session, person, now)
    session.commit()
    return f"/partners/sign-in/{secret}"


def test_opening_the_link_greets_and_changes_nothing(anyone, link):
    for _ in range(2):
        answer = anyone.get(link)
        assert answer.status_code == 200
        assert "Hello, Naledi" in answer.text
        assert COOKIE not in answer.headers.get("Set-Cookie", "")


def test_the_button_signs_in_for_pages_of_this_site(anyone, link):
    answer = anyone.post(link, data={"next": "/partners/account"})
    assert (answer.status_code, answer.location) == (302, "/partners/account")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = anyone.get("/partners/account")
    assert "naledi@example.org" in page.text
    assert anyone.post(link).status_code == 404


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example.org/", "//evil.example.org", "/\\evil.example.org", "javascript:x"]
)
def test_signing_in_never_leads_to_another_site(anyone, link, elsewhere):
    assert anyone.post(link, data={"next": elsewhere}).location == "/"


def test_signing_out_ends_the_session_also_for_a_copy_of_the_cookie(anyone, app, link):
    anyone.post(link)
    copied = anyone.get_cookie(COOKIE).value
    assert anyone.post("/partners/sign-out").status_code == 302
    thief = app.test_client()
    thief.set_cookie(COOKIE, copied)
    answer = thief.get("/partners/account", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.location.startswith("/partners/sign-in")


def test_asking_for_a_link_answers_alike_for_known_and_unknown_addresses(anyone, person):
    known = anyone.post("/partners/sign-in", data={"email": "naledi@example.org"})
    unknown = anyone.post("/partners/sign-in", data={"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("naledi@", "nobody@") == unknown.text


def test_a_mistyped_address_stays_in_the_form(anyone):
    answer = anyone.post("/partners/sign-in", data={"email": "naledi(at)example.org"})
    assert answer.status_code == 422
    assert 'value="naledi(at)example.org"' in answer.text


def test_a_token_is_shown_once_and_can_be_revoked(sign_in, session, person, bus):
    own = sign_in(identity=make_identity(person_id=person.id))
    shown = own.post("/partners/account/tokens", data={"name": "Weekly figures", "days": "30"})
    assert "Copy this now" in shown.text
    listed = own.get("/partners/account").text
    assert "Weekly figures" in listed
    assert "Copy this now" not in listed
    [token] = list_tokens(session, person.id)
    session.commit()
    assert token.expires_at - token.created_at == timedelta(days=30)
    own.post(f"/partners/account/tokens/{token.id}/revoke")
    assert "Weekly figures" not in read_page(own, "/partners/account")


def test_an_administrator_adds_a_liaison_and_closes_their_access(sign_in, session):
    organisation = make_organisation(session)
    session.commit()
    admin = sign_in(ADMIN)
    form = {
        "name": "Lerato", "email": "lerato@example.org", "role": LIAISON, "organisation_id": str(organisation.id),
        "locale": "en", "time_zone": "",
    }  # fmt: skip
    added = admin.post("/partners/people/new", data=form)
    assert added.status_code == 302
    assert "Lerato" in admin.get("/partners/people").text
    assert admin.post(f"{added.location}/access", data={"active": "no"}).status_code == 302
    page = admin.get(added.location).text
    assert "no access" in page
    assert "closed the access" in page


def test_a_refused_person_keeps_what_was_typed(sign_in, person):
    form = {"name": "Other", "email": "naledi@example.org", "role": ADMIN, "organisation_id": "", "locale": "en"}
    answer = sign_in(ADMIN).post("/partners/people/new", data=form)
    assert answer.status_code == 422
    assert 'value="Other"' in answer.text
    assert "already here" in answer.text


def test_only_administrators_change_people_and_liaisons_do_not_see_them(sign_in, session, person):
    organisation = make_organisation(session)
    session.commit()
    assert sign_in().get("/partners/people").status_code == 200
    assert sign_in().get("/partners/people/new").status_code == 403
    assert sign_in(LIAISON, organisation.id).get("/partners/people").status_code == 404
    assert sign_in(LIAISON, organisation.id).get(f"/partners/people/{person.id}").status_code == 404
