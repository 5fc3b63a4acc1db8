"""flask-smorest, with bodies read the way hostile input needs and errors answered by `shared.web.problems`."""

from typing import Any

import flask_smorest
from flask import Request
from webargs import core
from webargs.flaskparser import FlaskParser

from shared.errors import Problem


class _Parser(FlaskParser):
    """Reads JSON bodies; whatever can't be read is a 400 that says so."""

    def _raw_load_json(self, req: Request) -> Any:
        if not core.is_json(req.mimetype):
            return core.missing
        try:
            return core.parse_json(req.get_data(cache=True))
        except (ValueError, RecursionError) as error:
            # Besides broken syntax: numbers of thousands of digits, and nesting deeper than the parser goes.
            raise Problem(f"The body is not JSON that we can read: {str(error)[:200]}") from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A part of a service's API."""

    ARGUMENTS_PARSER = _Parser()


class Api(flask_smorest.Api):  # type: ignore[misc]
    """A service's API and its OpenAPI document."""

    def _register_error_handlers(self) -> None:
        """None of its own."""
