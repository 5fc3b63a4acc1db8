"""What a scoped link opens: one purpose about one thing, for as long as it lasts; looking changes nothing.

Generated from the route tables: whatever is marked `@scoped` is tried here.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, select

from shared.clock import new_id, utc_now
from shared.database.engine import KitBase
from shared.database.links import make_link, open_link, revoke_links_of, use_link
from shared.errors import LinkGone
from shared.service import Runtime
from tests.browser import test_figures_on_a_phone, test_liaison_on_a_phone
from tests.conventions.conftest import MARK
from tests.conventions.routes import Route, list_routes, make_apps

#: What nobody may read in an answer to a link that leads nowhere.
GONE = LinkGone.title


@pytest.fixture
def scoped(runtime: Runtime) -> list[Route]:
    """The routes for which one needs a link; a service may have none."""
    return [route for route in list_routes(make_apps(runtime)[1]) if route.needs and route.needs.purpose]


def ask(route: Route, samples: dict[str, Any], secret: str | None = None) -> tuple[int, str]:
    """Status and text as a browser gets them that nobody is signed in with."""
    client = route.app.test_client()
    client.environ_base["HTTP_ACCEPT"] = "text/html"
    links = {route.needs.purpose: secret} if secret and route.needs else {}
    answer = route.ask(client, {**samples, "links": {**samples["links"], **links}})
    return answer.status_code, answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""


def read_everything(runtime: Runtime) -> dict[str, Sequence[Any]]:
    """Every row of every table."""
    tables: list[Table] = [*runtime.service.metadata.sorted_tables, *KitBase.metadata.sorted_tables]
    with runtime.database.transaction(write=False) as session:
        return {table.name: session.execute(select(table).order_by(*table.primary_key)).all() for table in tables}


def test_every_purpose_has_a_sample_link(scoped: list[Route], samples: dict[str, Any]) -> None:
    wanted = {route.needs.purpose for route in scoped if route.needs}
    assert wanted - samples["links"].keys() == set(), "add them to `links` in the service's tests/samples.py"


def test_the_liaisons_story_walks_through_every_kind_of_link(scoped: list[Route]) -> None:
    """The story in browsers does "every step"; whether it opens what it declares is asserted there."""
    told = [*vars(test_liaison_on_a_phone).values(), *vars(test_figures_on_a_phone).values()]
    walked = {purpose for test in told for purpose in getattr(test, "__walks__", ())}
    wanted = {route.needs.purpose for route in scoped if route.needs}
    assert wanted - walked == set(), "let a test of tests/browser/test_*_on_a_phone.py do this step too"


def test_a_link_shows_what_it_is_for_and_looking_changes_nothing(
    scoped: list[Route], samples: dict[str, Any], runtime: Runtime
) -> None:
    before = read_everything(runtime)
    closed = [f"{route}: {status}" for route in scoped if route.method == "GET"
              for status, _text in [ask(route, samples)] if status != 200]  # fmt: skip
    assert not closed, "\n".join(closed)
    assert read_everything(runtime) == before


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_link_that_is_over_or_for_something_else_opens_nothing(
    scoped: list[Route], samples: dict[str, Any], runtime: Runtime
) -> None:
    """Unknown, expired, revoked, used up, of another purpose, about another thing: the same answer for all."""
    now, opened = utc_now(), []
    for route in scoped:
        for kind, secret in _make_dead_links(runtime, route.needs.purpose or "", samples, now).items():  # type: ignore[union-attr]
            status, text = ask(route, samples, secret)
            if status != 404 or MARK in text or (kind != "about another thing" and GONE not in text):
                opened.append(f"{route} with a link that is {kind}: {status}")
    assert not opened, "\n".join(opened)


def _make_dead_links(runtime: Runtime, purpose: str, samples: dict[str, Any], now: datetime) -> dict[str, str]:
    """Kind of deadness -> secret. But for "another thing", all are about what the sample link is about."""
    with runtime.database.transaction() as session:
        live = open_link(session, purpose, samples["links"][purpose], now)
        about = {"purpose": purpose, "subject_id": live.subject_id, "holder": live.holder, "lasts": timedelta(days=1)}
        stranger = replace(live.holder, person_id=new_id())
        # The page greets who holds the link; what it must not tell is what the link was about.
        nameless = replace(live.holder, name="Whoever holds it")
        made = {
            "unknown": "no-link-at-all",
            "expired": make_link(session, **about, now=now - timedelta(days=1)),
            "revoked": make_link(session, **{**about, "holder": stranger}, now=now),
            "used up": make_link(session, **about, now=now, single=True),
            "of another purpose": make_link(session, **{**about, "purpose": "quite.another"}, now=now),
            "about another thing": make_link(session, **{**about, "subject_id": new_id(), "holder": nameless}, now=now),
        }
        revoke_links_of(session, now, stranger.person_id)
        use_link(session, open_link(session, purpose, made["used up"], now), now)
        return made


def test_a_scoped_page_tells_its_address_to_nobody(scoped: list[Route], samples: dict[str, Any]) -> None:
    for route in scoped:
        if route.method == "GET":
            answer = route.ask(route.app.test_client(), samples)
            assert answer.headers["Referrer-Policy"] == "no-referrer", str(route)
            assert "no-store" in answer.headers["Cache-Control"], str(route)
