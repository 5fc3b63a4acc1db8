"""A mail server, and a courier that brings mails to it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.notifications.messages.courier import Courier
from services.notifications.messages.tests.mail_server import MailServer
from shared.service import Runtime


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def courier(runtime: Runtime, mail_server: MailServer) -> Courier:
    """Delivers on the caller's thread: call `deliver_due`."""
    settings = replace(runtime.settings, smtp_url=mail_server.url, base_url="https://saypro.example.org")
    return Courier(runtime.database, runtime.files, settings, settings.find_mail_server())
