"""What a browser is allowed to do with our answers, and what it cannot be tricked into sending."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from shared.clock import new_id
from shared.identity import sign_token
from shared.testing.example.app import Entry
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.app import create_app
from shared.web.sign_in import COOKIE


@pytest.fixture
def browser(runtime):
    """A coordinator's browser and an app that checks form tokens, as in production."""
    client = create_app(runtime).test_client()
    client.set_cookie(COOKIE, sign_token(make_identity(), SIGNING_KEY))
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    return client


@pytest.fixture
def form():
    return {"organisation_id": str(new_id()), "name": "Beach"}


def read_form_token(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def test_a_form_is_taken_with_its_token_and_refused_without(browser, database, form):
    token = read_form_token(browser.get("/example/entries"))
    refused = browser.post("/example/entries", data=form)
    assert refused.status_code == 400
    assert "send again" in refused.text
    assert browser.post("/example/entries", data={**form, "csrf_token": token + "x"}).status_code == 400
    with database.transaction(write=False) as session:
        assert session.scalars(select(Entry)).all() == []
    assert browser.post("/example/entries", data={**form, "csrf_token": token}).status_code == 302


def test_another_browsers_token_is_refused(browser, runtime, form):
    other = create_app(runtime).test_client()
    other.set_cookie(COOKIE, sign_token(make_identity(), SIGNING_KEY))
    token = read_form_token(other.get("/example/entries"))
    browser.get("/example/entries")
    assert browser.post("/example/entries", data={**form, "csrf_token": token}).status_code == 400


def test_a_cookie_may_not_drive_the_api_without_the_token(browser, form):
    """A page elsewhere can make a browser send JSON-like bodies with its cookies."""
    assert browser.post("/example/api/v1/entries", json=form).status_code == 400
    token = read_form_token(browser.get("/example/entries"))
    assert browser.post("/example/api/v1/entries", json=form, headers={"X-CSRFToken": token}).status_code == 201


def test_a_script_needs_no_form_token(runtime, form):
    client = create_app(runtime).test_client()
    bearer = {"Authorization": f"Bearer {sign_token(make_identity(), SIGNING_KEY)}"}
    assert client.post("/example/api/v1/entries", json=form, headers=bearer).status_code == 201


def test_an_exempt_route_needs_no_form_token_even_in_a_browser(browser):
    assert browser.post("/example/webhooks", data=b"signed").status_code == 202


@pytest.mark.parametrize(
    "path",
    [
        "/example/entries",
        "/example/open",
        "/example/api/v1/entries",
        "/example/nothing",
        "/example/api/v1/nothing",
        "/example/static/kit/saypro.js",
        "/example/static/kit/nothing.js",
        "/example/brand.css",
        "/example/healthz",
    ],
)
def test_every_answer_carries_the_headers_that_protect_it(browser, path):
    headers = browser.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "X-Request-ID" in headers


def test_the_errors_of_every_kind_carry_them_too(browser, form):
    for answer in (
        browser.post("/example/entries", data=form),
        browser.post("/example/entries", data=b"x" * ((1 << 20) + 1)),
        browser.delete("/example/entries"),
        browser.get("/example/entries", headers={"Authorization": "Basic x"}),
    ):
        assert answer.status_code >= 300
        assert "Content-Security-Policy" in answer.headers


def test_pages_are_not_kept_by_caches_and_named_files_are(browser):
    page = browser.get("/example/entries")
    assert page.headers["Cache-Control"] == "no-store"
    script = re.search(r'src="(/example/static/kit/saypro\.js\?v=[^"]+)"', page.text)[1]
    assert "immutable" in browser.get(script).headers["Cache-Control"]


def test_pages_hold_nothing_that_the_policy_would_refuse(browser):
    page = browser.get("/example/entries").text
    assert not re.search(r"<script(?![^>]*\ssrc=\"/example/)", page)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_cookies_can_not_be_read_by_scripts_or_sent_from_elsewhere(browser):
    cookie = browser.get("/example/entries").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/example" in cookie


def test_behind_https_cookies_are_secure_and_browsers_told_to_stay(runtime):
    secured = replace(runtime, settings=replace(runtime.settings, base_url="https://partners.example.org"))
    client = create_app(secured).test_client()
    client.set_cookie(COOKIE, sign_token(make_identity(), SIGNING_KEY))
    answer = client.get("/example/entries", headers={"Accept": "text/html"})
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    assert "Secure" in answer.headers["Set-Cookie"]
