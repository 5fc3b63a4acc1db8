"""Who is let in: only what partners signed, for as long as it holds, and in the role that was signed."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from shared.clock import new_id, utc_now
from shared.database.access import replace_keys, revoke
from shared.identity import ADMIN, COORDINATOR, LIAISON, VIEWER, sign_token
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.sign_in import COOKIE

ENTRIES = "/example/api/v1/entries"
PAGE = {"Accept": "text/html"}


def encode(part):
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture
def ask(anyone):
    """ask(token) -> what a script with this token is answered."""
    return lambda token: anyone.get(ENTRIES, headers={"Authorization": f"Bearer {token}"})


def assert_refused(answer):
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_lets_its_person_in(ask):
    assert ask(sign_token(make_identity(), SIGNING_KEY)).status_code == 200


def test_nobody_is_told_to_sign_in(anyone):
    assert_refused(anyone.get(ENTRIES))
    page = anyone.get("/example/entries?q=1", headers=PAGE)
    assert page.status_code == 302
    assert page.location == "/partners/sign-in?next=%2Fexample%2Fentries%3Fq%3D1"


def test_an_expired_token_is_refused(ask):
    at = utc_now()
    assert_refused(ask(sign_token(make_identity(expires_at=at - timedelta(seconds=1)), SIGNING_KEY)))


def test_a_browser_with_an_expired_cookie_is_led_to_sign_in_while_open_pages_stay_open(anyone):
    expired = make_identity(expires_at=utc_now() - timedelta(seconds=1))
    anyone.set_cookie(COOKIE, sign_token(expired, SIGNING_KEY))
    assert anyone.get("/example/entries", headers=PAGE).location.startswith("/partners/sign-in")
    assert anyone.get("/example/open", headers=PAGE).status_code == 200
    assert_refused(anyone.get(ENTRIES))


def test_a_revoked_token_is_refused_and_the_persons_other_token_is_not(ask, database):
    lost, kept = make_identity(), make_identity()
    kept = replace(kept, person_id=lost.person_id)
    with database.transaction() as session:
        revoke(session, lost.token_id, utc_now())
    assert_refused(ask(sign_token(lost, SIGNING_KEY)))
    assert ask(sign_token(kept, SIGNING_KEY)).status_code == 200


def test_a_revoked_person_is_refused_with_everything_issued_by_then_and_let_in_with_what_came_later(ask, database):
    who = make_identity(issued_at=utc_now() - timedelta(minutes=5))
    with database.transaction() as session:
        revoke(session, who.person_id, utc_now() - timedelta(minutes=1))
    assert_refused(ask(sign_token(who, SIGNING_KEY)))
    later = replace(who, token_id=new_id(), issued_at=utc_now())
    assert ask(sign_token(later, SIGNING_KEY)).status_code == 200


def test_a_token_signed_by_a_key_that_was_never_published_is_refused(ask):
    assert_refused(ask(sign_token(make_identity(), OKPKey.generate_key("Ed25519", auto_kid=True))))


def test_a_strangers_key_under_our_keys_id_is_refused(ask):
    impostor = OKPKey.generate_key("Ed25519", parameters={"kid": SIGNING_KEY.kid})
    assert_refused(ask(sign_token(make_identity(), impostor)))


def test_a_retired_key_is_good_until_it_leaves_the_key_set(ask, database):
    token, successor = sign_token(make_identity(), SIGNING_KEY), OKPKey.generate_key("Ed25519", auto_kid=True)
    both = [key.as_dict(private=False) for key in (SIGNING_KEY, successor)]
    with database.transaction() as session:
        replace_keys(session, both)
    assert ask(token).status_code == 200
    assert ask(sign_token(make_identity(), successor)).status_code == 200
    with database.transaction() as session:
        replace_keys(session, both[1:])
    assert_refused(ask(token))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", "EdDSA"])
def test_an_unsigned_token_is_refused_whatever_it_calls_its_algorithm(ask, algorithm):
    head, claims, _signature = sign_token(make_identity(), SIGNING_KEY).split(".")
    forged = encode({**decode(head), "alg": algorithm})
    assert_refused(ask(f"{forged}.{claims}."))
    assert_refused(ask(f"{forged}.{claims}"))


def test_the_public_key_used_as_a_shared_secret_is_refused(ask):
    head, claims, _signature = sign_token(make_identity(ADMIN), SIGNING_KEY).split(".")
    public = SIGNING_KEY.as_dict(private=False)
    for secret in (public["x"], json.dumps(public), base64.urlsafe_b64decode(public["x"] + "=")):
        key = OctKey.import_key(secret)
        forged = jwt.encode({"alg": "HS256", "kid": decode(head)["kid"]}, decode(claims), key, algorithms=["HS256"])
        assert_refused(ask(forged))


def test_a_role_written_into_a_signed_token_is_refused(ask):
    head, claims, signature = sign_token(make_identity(VIEWER), SIGNING_KEY).split(".")
    assert_refused(ask(f"{head}.{encode({**decode(claims), 'role': ADMIN})}.{signature}"))


@pytest.mark.parametrize("role", ["root", "", "Admin"])
def test_a_role_that_we_do_not_have_is_refused_even_when_signed(ask, role):
    assert_refused(ask(sign_token(make_identity(role), SIGNING_KEY)))


@pytest.mark.parametrize("missing", ["sub", "role", "org", "jti", "iat", "exp"])
def test_a_token_that_lacks_a_claim_is_refused(ask, missing):
    claims = decode(sign_token(make_identity(), SIGNING_KEY).split(".")[1])
    del claims[missing]
    assert_refused(
        ask(jwt.encode({"alg": "Ed25519", "kid": SIGNING_KEY.kid}, claims, SIGNING_KEY, algorithms=["Ed25519"]))
    )


@pytest.mark.parametrize("claim", [{"exp": "never"}, {"exp": 10**30}, {"iat": None}, {"sub": "me"}, {"org": 7}])
def test_a_claim_of_a_wrong_kind_is_refused_and_not_a_mistake_of_ours(ask, claim):
    claims = decode(sign_token(make_identity(), SIGNING_KEY).split(".")[1]) | claim
    assert_refused(
        ask(jwt.encode({"alg": "Ed25519", "kid": SIGNING_KEY.kid}, claims, SIGNING_KEY, algorithms=["Ed25519"]))
    )


@pytest.mark.parametrize(
    "header", ["Basic YTpi", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ..", "Bearer é"]
)
def test_anything_else_in_the_header_is_refused(anyone, header):
    assert_refused(anyone.get(ENTRIES, headers={"Authorization": header}))


def test_a_bad_header_is_refused_even_beside_a_good_cookie(staff):
    assert staff.get("/example/entries").status_code == 200
    answer = staff.get(ENTRIES, headers={"Authorization": "Bearer x"})
    assert_refused(answer)


def test_staff_without_the_permission_are_told_and_outsiders_find_nothing(sign_in):
    organisation_id = new_id()
    body = {"organisation_id": str(organisation_id), "name": "x"}
    assert sign_in(COORDINATOR, by="token").post(ENTRIES, json=body).status_code == 201
    refused = sign_in(VIEWER, by="token").post(ENTRIES, json=body)
    assert refused.status_code == 403
    assert "viewer" in refused.json["detail"]
    assert sign_in(LIAISON, organisation_id, by="token").post(ENTRIES, json=body).status_code == 404
