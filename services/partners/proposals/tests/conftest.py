"""An organisation with a liaison, shortlisted for a proposal."""

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.partners.contacts.service import name_liaison
from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from shared.clock import utc_now
from shared.testing.people import make_identity


@pytest.fixture
def organisation_id(session: Session) -> UUID:
    organisation = make_organisation(session, name="Harbour Trust")
    contact = make_contact(session, organisation.id, name="Naledi Dlamini", email="naledi@example.org")
    name_liaison(session, make_identity(), contact.id, utc_now())
    session.commit()
    return organisation.id
