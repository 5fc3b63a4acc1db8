from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.partners.events import KeySetPublished
from services.partners.people import access
from services.partners.people.queries import list_signing_secrets
from services.partners.people.service import change_person, set_active
from services.partners.people.tests.factories import make_person
from services.partners.vault import Vault
from shared.database.access import is_revoked, list_public_keys, replace_keys
from shared.errors import Conflict, NotFound, Unauthenticated
from shared.identity import ADMIN, VIEWER, read_token
from shared.messaging.tables import OutboxEntry
from shared.testing.people import make_identity

DAY = timedelta(days=1)


@pytest.fixture
def vault(service_settings):
    return Vault(service_settings["encryption_key"])


@pytest.fixture
def keyed(session, vault, now):
    """The session of a service that has its signing key."""
    access.ensure_signing_key(session, vault, now)
    access.rotate_signing_key(session, vault, now)
    return session


def test_a_link_signs_in_once(keyed, vault, now):
    person = make_person(keyed)
    secret = access.make_link(keyed, person, now)
    signed_in = access.use_link(keyed, secret, vault, now, DAY)
    assert signed_in.identity.person_id == person.id
    assert read_token(signed_in.token, list_public_keys(keyed), now).email == "naledi@example.org"
    with pytest.raises(NotFound, match="used or has expired"):
        access.use_link(keyed, secret, vault, now, DAY)


def test_looking_at_a_link_does_not_use_it_up(keyed, vault, now):
    secret = access.make_link(keyed, make_person(keyed), now)
    for _ in range(3):
        assert access.look_at_link(keyed, secret, now).name == "Naledi"
    assert access.use_link(keyed, secret, vault, now, DAY)


def test_a_link_ends_after_half_an_hour(keyed, vault, now):
    secret = access.make_link(keyed, make_person(keyed), now)
    assert access.look_at_link(keyed, secret, now + timedelta(minutes=29))
    with pytest.raises(NotFound):
        access.use_link(keyed, secret, vault, now + timedelta(minutes=30), DAY)


def test_a_link_of_someone_whose_access_was_closed_is_withdrawn(keyed, vault, now):
    person = make_person(keyed)
    secret = access.make_link(keyed, person, now)
    set_active(keyed, make_identity(ADMIN), person.id, False, now)
    with pytest.raises(NotFound, match="withdrawn"):
        access.use_link(keyed, secret, vault, now, DAY)


def test_neither_links_nor_private_keys_are_kept_in_the_open(keyed, now):
    secret = access.make_link(keyed, make_person(keyed), now)
    keyed.flush()
    stored = [str(row) for table in ("sign_in_links", "signing_secrets") for row in keyed.connection().exec_driver_sql(
        f"SELECT * FROM {table}")]  # fmt: skip
    assert stored
    assert not any(secret in row or '"d":' in row for row in stored)


def test_asking_for_a_link_mails_it_and_marks_it_as_a_secret(keyed, bus, now):
    make_person(keyed, email="Thandi@Example.org")
    access.request_link(keyed, "thandi@EXAMPLE.org", "https://here.example.org/partners/sign-in/", now)
    keyed.commit()
    [event] = bus.published("sign_in_link_requested")
    secret = event.data["link"].removeprefix("https://here.example.org/partners/sign-in/")
    assert access.look_at_link(keyed, secret, now).email == "thandi@example.org"
    assert event.secret_fields == {"link"}


def test_an_address_that_nobody_has_gets_no_mail(keyed, bus, now):
    access.request_link(keyed, "stranger@example.org", "https://here.example.org/", now)
    keyed.commit()
    assert bus.published("sign_in_link_requested") == []


def test_a_revoked_token_is_refused_everywhere(keyed, vault, bus, now):
    person = make_person(keyed)
    made = access.make_personal_token(keyed, person, "export", vault, now, DAY)
    assert not is_revoked(keyed, made.identity)
    access.revoke_personal_token(keyed, made.identity, made.identity.token_id, now)
    keyed.commit()
    assert is_revoked(keyed, made.identity)
    [event] = bus.published("access_revoked")
    assert event.data["revoked_id"] == str(made.identity.token_id)


def test_nobody_revokes_another_persons_token(keyed, vault, now):
    made = access.make_personal_token(keyed, make_person(keyed), "export", vault, now, DAY)
    with pytest.raises(NotFound):
        access.revoke_personal_token(keyed, make_identity(ADMIN), made.identity.token_id, now)


def test_a_new_role_ends_what_one_is_signed_in_with(keyed, vault, bus, now):
    person = make_person(keyed)
    before = access.make_personal_token(keyed, person, "export", vault, now, DAY)
    later = now + timedelta(minutes=5)
    details = {
        "name": "Naledi",
        "email": "naledi@example.org",
        "organisation_id": None,
        "locale": "en",
        "time_zone": None,
    }
    change_person(keyed, make_identity(ADMIN), person.id, person.version, later, role=VIEWER, **details)
    assert is_revoked(keyed, before.identity)
    after = access.make_personal_token(keyed, person, "export", vault, later + timedelta(seconds=1), DAY)
    assert after.identity.role == VIEWER
    assert not is_revoked(keyed, after.identity)


def test_an_administrator_cannot_close_their_own_access(keyed, now):
    person = make_person(keyed, role=ADMIN)
    with pytest.raises(Conflict):
        set_active(keyed, make_identity(ADMIN, person_id=person.id), person.id, False, now)


def test_rotating_the_key_keeps_what_the_former_one_signed(keyed, vault, bus, now):
    person = make_person(keyed)
    before = access.make_personal_token(keyed, person, "export", vault, now, DAY)
    access.rotate_signing_key(keyed, vault, now)
    after = access.make_personal_token(keyed, person, "export", vault, now, DAY)
    keys = list_public_keys(keyed)
    assert read_token(before.token, keys, now).token_id == before.identity.token_id
    assert read_token(after.token, keys[:1] if keys[0]["kid"] in after.token else keys, now)
    keyed.commit()
    published = bus.published("key_set_published")[-1].data["keys"]
    assert {key["kid"] for key in published} == {key["kid"] for key in keys}
    assert not any("d" in key for key in published)


def test_a_key_long_retired_is_deleted(keyed, vault, now):
    number = len(list_signing_secrets(keyed))
    access.rotate_signing_key(keyed, vault, now + timedelta(days=400))
    access.rotate_signing_key(keyed, vault, now + timedelta(days=800))
    assert len(list_signing_secrets(keyed)) < number + 2


def test_an_expired_token_is_refused(keyed, vault, now):
    made = access.make_personal_token(keyed, make_person(keyed), "export", vault, now, DAY)
    with pytest.raises(Unauthenticated, match="expired"):
        read_token(made.token, list_public_keys(keyed), now + DAY)


def test_the_key_set_is_told_again_while_the_installation_may_still_be_starting(keyed, now):
    before = count_told(keyed)
    access.publish_young_keys(keyed, now + access.SETTLING - timedelta(seconds=1))
    assert count_told(keyed) == before + 1
    access.publish_young_keys(keyed, now + access.SETTLING)
    assert count_told(keyed) == before + 1


def test_an_empty_key_set_is_never_told(session, now):
    replace_keys(session, [])
    access.publish_keys(session, now)
    access.publish_young_keys(session, now)
    assert count_told(session) == 0


def count_told(session):
    session.commit()
    told = select(func.count()).where(OutboxEntry.type == KeySetPublished.type)
    return session.scalar(told)
