"""Every text that a person reads went through gettext: the pseudo-locale shows what did not."""

from collections.abc import Iterator
from typing import Any

import pycountry
import pytest
from flask import Flask

from services.partners.fields import ZONES
from shared.identity import ADMIN, LIAISON, sign_token
from shared.service import Runtime
from shared.tables.text_files import ENCODINGS
from shared.testing.people import SIGNING_KEY, make_identity
from shared.web.i18n import use_pseudo_locale
from shared.web.sign_in import COOKIE
from tests.conventions.conftest import MARK
from tests.conventions.routes import list_routes, make_apps
from tests.conventions.visible_text import find_unmarked, read_pieces

#: What no translator may touch: names of places and zones (which come from their own catalogues) and of ourselves.
NAMES = frozenset(
    {country.name for country in pycountry.countries}
    | {zone.replace("_", " ") for zone in ZONES}
    # ISO 4217's codes are the same in every language.
    | {currency.alpha_3 for currency in pycountry.currencies}
    | {"SayPro", "South Africa Standard Time", "Standard Webhooks", "Authorization: Bearer"}
    # Who made the samples, and a subject: a mail's words are fixed when it is queued, in its recipient's language.
    | {"Thandi the coordinator", "Your sign-in link"}
    # A brand is called the same everywhere.
    | {"Instagram"}
    # Encodings, and cells of an uploaded file, which are shown as they are.
    | {*ENCODINGS.values(), "ZA", "ngo"}
)


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    app = make_apps(runtime)[1]
    use_pseudo_locale(app)
    return app


def read_pages(app: Flask, samples: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every page that a GET gives to an administrator or to the samples' own liaison: who and where, and the HTML."""
    admin = make_identity(ADMIN, name=f"{MARK} Admin", email="quagga@example.org")
    own = make_identity(
        LIAISON, samples["organisation_id"], person_id=samples["person_id"], name=f"{MARK} Dlamini",
        email="quagga@example.org",
    )  # fmt: skip
    for route in list_routes(app):
        # A whole mail is in its recipient's language, whoever looks at it.
        if route.method != "GET" or route.is_api or route.rule.endswith("/mail.html"):
            continue
        for who in (admin, own, None):
            client = app.test_client()
            client.environ_base["HTTP_ACCEPT"] = "text/html"
            if who is not None:
                client.set_cookie(COOKIE, sign_token(who, SIGNING_KEY))
            answer = route.ask(client, samples)
            if answer.mimetype == "text/html" and answer.status_code != 302:
                yield f"{route} as {who.role if who else 'nobody'}", answer.text


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_every_text_is_offered_for_translation(app: Flask, samples: dict[str, Any]) -> None:
    found: dict[str, str] = {}
    pages = 0
    for where, html in read_pages(app, samples):
        pages += 1
        for piece in find_unmarked(html, NAMES):
            # What people named holds the mark; anything else is ours to translate.
            if MARK.lower() not in piece.lower():
                found.setdefault(piece, where)
    assert pages > 3
    assert not found, "\n".join(f"{where}: {piece!r}" for piece, where in found.items())


PAGE = """<title>⟦Partners⟧ · SayPro</title><h1>⟦Hello %(name)s⟧</h1>
<p>⟦Known since⟧ 12 March 2027, 3:04 PM · <time>9 hours ago</time></p><script>var words = "not shown"</script>
<input placeholder="⟦Name⟧" value="typed"><p>⟦Outer ⟦inner⟧ text⟧ South Africa 1 234,5</p>"""


def test_a_page_of_marked_texts_names_and_numbers_gives_no_objection() -> None:
    assert list(find_unmarked(PAGE, NAMES)) == []
    assert "⟦Name⟧" in read_pieces(PAGE)


@pytest.mark.parametrize(
    "seeded",
    [
        "<p>Forgotten</p>", '<input placeholder="Forgotten">', '<a aria-label="Forgotten">⟦x⟧</a>',
        "<td>⟦Since⟧ Forgotten</td>", '<img alt="Forgotten">', "<option>Forgotten</option>", "<br>Forgotten",
    ],
)  # fmt: skip
def test_a_seeded_text_without_gettext_is_found(seeded: str) -> None:
    assert len(list(find_unmarked(PAGE + seeded, NAMES))) == 1
