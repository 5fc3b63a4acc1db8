"""What tests of campaigns need beside the kit's fixtures."""

import pytest

from services.campaigns.app import SERVICE
from shared.service import Service


@pytest.fixture
def service() -> Service:
    return SERVICE
