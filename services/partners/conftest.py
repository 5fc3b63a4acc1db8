"""What tests of partners need beside the kit's fixtures."""

from typing import Any

import pytest
from cryptography.fernet import Fernet

from services.partners.app import SERVICE
from shared.service import Service


@pytest.fixture
def service() -> Service:
    return SERVICE


@pytest.fixture
def service_settings() -> dict[str, Any]:
    return {"encryption_key": Fernet.generate_key().decode()}
