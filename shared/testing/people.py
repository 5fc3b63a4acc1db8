"""People who are signed in, for tests: any role, without a partners service."""

from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OKPKey

from shared.clock import new_id, utc_now
from shared.identity import COORDINATOR, Identity, sign_token
from shared.service import Runtime
from shared.web.app import create_app
from shared.web.sign_in import COOKIE

SIGNING_KEY = OKPKey.generate_key("Ed25519", auto_kid=True)


def make_identity(role: str = COORDINATOR, organisation_id: UUID | None = None, **changes: Any) -> Identity:
    """Someone in `role`, signed in just now for an hour."""
    at = utc_now()
    values: dict[str, Any] = {
        "person_id": new_id(),
        "name": f"Thandi the {role}",
        "email": f"{role}@example.org",
        "role": role,
        "organisation_id": organisation_id,
        "token_id": new_id(),
        "issued_at": at,
        "expires_at": at + timedelta(hours=1),
    }
    return Identity(**{**values, **changes})


#: A service's app as it was made, with its configuration and extensions: binding hundreds of routes takes its time.
_made: dict[str, tuple[Flask, dict[str, Any], dict[str, Any]]] = {}


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The service's web app; form tokens are not checked, so that a test can post a form directly.

    The example service's is made for each test, as those add routes to it.
    """
    name = runtime.service.name
    if name == "example" or name not in _made:
        app = create_app(runtime)
        app.config.update(TESTING=True, WTF_CSRF_METHODS=[], RATELIMIT_ENABLED=False)
        _made[name] = app, dict(app.config), dict(app.extensions)
    app, config, extensions = _made[name]
    app.config.clear()
    app.config.update(config)
    app.extensions.clear()
    app.extensions.update(extensions, saypro=runtime)
    return app


class SignIn(Protocol):
    def __call__(
        self,
        role: str = ...,
        organisation_id: UUID | None = ...,
        *,
        identity: Identity | None = ...,
        by: str = ...,
    ) -> FlaskClient: ...


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """sign_in("liaison", organisation_id) -> a client of that person: `by` a "cookie" (pages) or a "token" (API)."""

    def client_of(
        role: str = COORDINATOR,
        organisation_id: UUID | None = None,
        *,
        identity: Identity | None = None,
        by: str = "cookie",
    ) -> FlaskClient:
        client = app.test_client()
        token = sign_token(identity or make_identity(role, organisation_id), SIGNING_KEY)
        if by == "cookie":
            client.set_cookie(COOKIE, token)
            client.environ_base["HTTP_ACCEPT"] = "text/html"
        else:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return client_of


@pytest.fixture
def staff(sign_in: SignIn) -> FlaskClient:
    """A coordinator's browser."""
    return sign_in()


@pytest.fixture
def script(sign_in: SignIn) -> FlaskClient:
    """A coordinator's script, with a bearer token."""
    return sign_in(by="token")


@pytest.fixture
def anyone(app: Flask) -> FlaskClient:
    """Nobody in particular."""
    return app.test_client()


def read_page(client: FlaskClient, address: str) -> str:
    """The page's text, which must be there: what an error page lacks says nothing about the page."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.text
