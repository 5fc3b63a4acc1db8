"""Every route says who may use it, and another tenant finds nothing behind any of them."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.clock import new_id
from shared.identity import ADMIN, LIAISON, VIEWER, Identity, sign_token
from shared.service import Runtime, Service
from shared.testing.databases import Bus
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.policy import allow, public, scoped
from shared.web.sign_in import COOKIE
from tests.conventions.conftest import MARK
from tests.conventions.routes import Route, find_objections, list_routes, make_apps

#: Who may do what is decided before a database is asked; the two tests that ask for everything run on both.
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
#: What a viewer may change all the same, and why.
OF_ONES_OWN = {
    "account.own": "everyone looks after their own sign-ins and tokens",
    "meetings.answer": "a viewer may be invited, and subscribe to their own calendar",
    "evaluations.score": "a viewer may be named as an evaluator; the use case refuses who is not",
    "views.own": "whoever reads a list may keep its filters under a name",
}


@pytest.fixture
def apps(runtime: Runtime) -> tuple[Flask, Flask]:
    return make_apps(runtime)


@pytest.fixture
def routes(apps: tuple[Flask, Flask]) -> list[Route]:
    """Every route there is: the live app has the web app's too."""
    return list(list_routes(apps[1]))


def client_of(route: Route, who: Identity | None) -> FlaskClient:
    """`who` as they would come to this route: a script to the API, a browser to a page."""
    client = route.app.test_client()
    if not route.is_api:
        client.environ_base["HTTP_ACCEPT"] = "text/html"
    if who is None:
        return client
    token = sign_token(who, SIGNING_KEY)
    if route.is_api:
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    else:
        client.set_cookie(COOKIE, token)
    return client


@on_sqlite
def test_every_route_declares_who_may_use_it(runtime: Runtime, apps: tuple[Flask, Flask]) -> None:
    assert [objection for app in apps for objection in find_objections(runtime, app)] == []


def test_every_permission_is_asked_for_somewhere(service: Service) -> None:
    """By a route, or by `may(...)` in a page that leaves out what one can't do."""
    texts = [path.read_text() for path in service.folder.rglob("*") if path.suffix in {".py", ".html"}]
    asked = {name for name in service.permissions if any(f'"{name}")' in text for text in texts)}
    assert set(service.permissions) - asked == set()


@on_sqlite
def test_a_seeded_route_without_a_policy_is_found_and_denied(runtime: Runtime, apps: tuple[Flask, Flask]) -> None:
    app, name = apps[0], runtime.service.name
    app.add_url_rule(f"/{name}/seeded/forgotten", "forgotten", lambda: "secret")
    app.add_url_rule(f"/{name}/seeded/misspelt", "misspelt", allow("seeded.raed")(lambda: "secret"))
    app.add_url_rule(f"/{name}/seeded/unexplained", "unexplained", public("")(lambda: "open"))
    app.add_url_rule(f"/{name}/seeded/linked", "linked", scoped("seeded.link")(lambda: "secret"))
    app.add_url_rule("/elsewhere", "elsewhere", public("it stands in another's room")(lambda: "open"))
    objections = find_objections(runtime, app)
    assert len(objections) == 5
    for part in (
        "forgotten declares nothing",
        "needs 'seeded.raed'",
        "public without a reason",
        "outside",
        "no /s/<secret>",
    ):
        assert any(part in objection for objection in objections)
    admin = app.test_client()
    admin.set_cookie(COOKIE, sign_token(make_identity(ADMIN), SIGNING_KEY))
    assert admin.get(f"/{name}/seeded/forgotten").status_code == 404
    assert admin.get(f"/{name}/seeded/misspelt").status_code == 403


@on_sqlite
def test_every_route_with_an_argument_has_a_sample(routes: list[Route], samples: dict[str, Any]) -> None:
    wanted = {name for route in routes for name in route.arguments}
    assert wanted - samples.keys() == set(), "add them to the service's tests/samples.py"


def test_the_samples_are_there_for_those_who_may_see_them(routes: list[Route], samples: dict[str, Any]) -> None:
    """Without this, the tests below would pass on ids of nothing."""
    organisation_id, person_id = samples["organisation_id"], samples["person_id"]
    people = [make_identity(ADMIN), make_identity(LIAISON, organisation_id, person_id=person_id)]
    unseen = []
    for route in routes:
        if route.method == "GET" and route.arguments and route.needs and route.needs.permission:
            answers = [route.ask(client_of(route, who), samples).status_code for who in people]
            if 200 not in answers:
                unseen.append(f"{route}: {answers}")
    assert not unseen, "\n".join(unseen)


def test_another_organisations_liaison_finds_nothing_at_any_address(
    routes: list[Route], samples: dict[str, Any]
) -> None:
    who, wrong = make_identity(LIAISON, new_id()), []
    for route in routes:
        if route.arguments and route.needs and route.needs.permission:
            answer = route.ask(client_of(route, who), samples)
            if answer.status_code != 404 or MARK in answer.text:
                wrong.append(f"{route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@on_sqlite
def test_the_liaisons_answer_is_the_same_for_what_is_not_theirs_and_what_is_not_there(
    routes: list[Route], samples: dict[str, Any]
) -> None:
    """Another text, or one field more, would tell that the id is somebody's."""
    who, told = make_identity(LIAISON, new_id()), []
    for route in routes:
        if route.arguments and route.needs and route.needs.permission and route.is_api:
            invented = {name: new_id() if name.endswith("_id") else value for name, value in samples.items()}
            client = client_of(route, who)
            if route.ask(client, samples).json != route.ask(client, invented).json:
                told.append(str(route))
    assert not told, "\n".join(told)


@on_sqlite
def test_no_list_shows_another_organisations_liaison_anything(routes: list[Route], samples: dict[str, Any]) -> None:
    """Also when it is asked to narrow itself down to the other organisation's things."""
    who, shown = make_identity(LIAISON, new_id()), []
    filters = {name.removesuffix("_id"): str(value) for name, value in samples.items() if name.endswith("_id")}
    for route in routes:
        if route.method == "GET" and not route.arguments:
            for query in ({}, {**filters, "partner": filters["organisation"], "q": MARK.lower()}):
                answer = route.ask(client_of(route, who), samples, **query)
                # What was searched for stands in its own search field.
                if MARK in answer.text or answer.status_code >= 500:
                    shown.append(f"{route} {query}: {answer.status_code}")
    assert not shown, "\n".join(shown)


@on_sqlite
def test_nobody_without_a_sign_in_gets_in_anywhere(routes: list[Route], samples: dict[str, Any]) -> None:
    """What scoped links open stands in test_scoped_links."""
    wrong = []
    for route in routes:
        if route.needs and route.needs.purpose:
            continue
        answer = route.ask(client_of(route, None), samples)
        if route.needs is None or route.needs.permission is None:
            allowed = answer.status_code < 500 and MARK not in answer.text
        elif route.is_api or route.method != "GET":
            allowed = answer.status_code == 401
        else:
            allowed = answer.status_code == 302 and answer.location.startswith("/partners/sign-in?next=")
        if not allowed:
            wrong.append(f"{route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@on_sqlite
def test_a_viewer_changes_nothing(routes: list[Route], samples: dict[str, Any]) -> None:
    who, wrong = make_identity(VIEWER), []
    for route in routes:
        if route.method == "GET" or not route.needs or route.needs.permission in {None, *OF_ONES_OWN}:
            continue
        answer = route.ask(client_of(route, who), samples)
        if answer.status_code != 403:
            wrong.append(f"{route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@on_sqlite
def test_looking_publishes_nothing(routes: list[Route], samples: dict[str, Any], bus: Bus) -> None:
    """Scanners and browsers follow links on their own."""
    before = len(bus.published())
    for route in routes:
        if route.method == "GET":
            for who in (make_identity(ADMIN), make_identity(LIAISON, samples["organisation_id"]), None):
                assert route.ask(client_of(route, who), samples).status_code < 500, str(route)
    assert len(bus.published()) == before
