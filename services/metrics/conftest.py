"""What tests of metrics need beside the kit's fixtures."""

import pytest

from services.metrics.app import SERVICE
from shared.service import Service


@pytest.fixture
def service() -> Service:
    return SERVICE
