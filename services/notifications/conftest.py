"""What tests of notifications need beside the kit's fixtures."""

import pytest

from services.notifications.app import SERVICE
from shared.service import Service


@pytest.fixture
def service() -> Service:
    return SERVICE
