"""These tests run on the example service, which uses each part of the kit once."""

import pytest

from shared.service import Service
from shared.testing.example.app import EXAMPLE


@pytest.fixture
def service() -> Service:
    return EXAMPLE
