"""Logs are JSON lines with a correlation id and without secrets."""

import io
import json
import logging
from contextlib import contextmanager, redirect_stdout

import pytest
import structlog

from shared.logs import configure_logs, mask_secrets

LINK = "0uF4kN9v3xZq8w1yB6mT2cR5aH7jL-sD_eG"


@contextmanager
def written():
    """What is logged inside the block, as the JSON lines of a service that logs INFO; all is put back afterwards."""
    root, lines, stream = logging.getLogger(), [], io.StringIO()
    handlers, level = root.handlers[:], root.level
    with redirect_stdout(stream):
        configure_logs("example", "INFO")
    try:
        yield lines
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    lines += [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        f"/partners/sign-in/{LINK}",
        f"GET http://127.0.0.1:8000/partners/sign-in/{LINK}?next=/ 200",
        f"Authorization: Bearer {LINK}",
        f"authorization: bearer {LINK}",
        f"whsec_{LINK}",
        f"https://example.org/notifications/s/{LINK}",
    ],
)
def test_links_tokens_and_webhook_secrets_are_masked(text):
    assert LINK not in mask_secrets(text)
    assert "…" in mask_secrets(text)


def test_what_is_no_secret_stays():
    text = "GET /partners/sign-in 200, /partners/organisations/0190c6b2-6b1a-7000-8000-000000000001"
    assert mask_secrets(text) == text


def test_a_line_names_the_service_the_level_the_time_and_the_correlation_id():
    with written() as lines:
        structlog.contextvars.bind_contextvars(correlation_id="abc")
        structlog.get_logger().info("request", status=200)
    (line,) = lines
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "service": "example", "level": "info", "event": "request", "status": 200, "correlation_id": "abc",
    }  # fmt: skip


def test_the_standard_librarys_records_look_the_same():
    with written() as lines:
        structlog.contextvars.bind_contextvars(correlation_id="abc")
        logging.getLogger("somebody.elses").warning("opened %s", f"/partners/sign-in/{LINK}")
    (line,) = lines
    assert (line["service"], line["level"], line["correlation_id"]) == ("example", "warning", "abc")
    assert line["event"] == "opened /partners/sign-in/…"


def test_secrets_are_masked_in_values_in_nested_ones_and_in_tracebacks():
    with written() as lines:
        log = structlog.get_logger()
        log.info("sent", link=f"/sign-in/{LINK}", headers={"Authorization": f"Bearer {LINK}"}, tried=[f"whsec_{LINK}"])
        try:
            raise ValueError(f"no such link: /sign-in/{LINK}")
        except ValueError:
            log.exception("failed")
    first, second = lines
    assert LINK not in json.dumps([first, second])
    assert first["headers"] == {"Authorization": "Bearer …"}
    assert "ValueError" in second["exception"]


def test_a_line_is_one_line_whatever_is_in_it():
    with written() as lines:
        structlog.get_logger().info("typed", text='a\nb"\x00\u2028é', thing=object())
    assert len(lines) == 1


def test_what_is_below_the_level_is_not_written():
    with written() as lines:
        structlog.get_logger().debug("detail")
        logging.getLogger("pika").info("chatter")
    assert lines == []
