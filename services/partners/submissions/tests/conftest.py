"""A partner whose system delivers."""

import pytest
from flask.testing import FlaskClient

from services.partners.submissions.tests.factories import Partner, make_live_key, make_organisation
from shared.service import Runtime


@pytest.fixture
def partner(runtime: Runtime, anyone: FlaskClient) -> Partner:
    organisation_id = make_organisation(runtime)
    return Partner(organisation_id, make_live_key(runtime, organisation_id).secret, anyone)
