from datetime import timedelta

import pytest
from sqlalchemy import text

from services.partners.contacts.tests.factories import make_contact
from services.partners.database import Base
from services.partners.duplicates.service import pointers
from services.partners.duplicates.service.merging import merge_organisations
from services.partners.meetings.queries import get_meeting
from services.partners.meetings.tests.factories import make_meeting
from services.partners.organisations.models import MergedOrganisation
from services.partners.organisations.queries import find_duplicates, find_survivor, get_organisation
from services.partners.organisations.service import add_track_record
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.service import add_person
from services.partners.people.tests.factories import make_person
from services.partners.submissions.queries import list_keys
from services.partners.submissions.schemas import read_report
from services.partners.submissions.service.intake import Door
from services.partners.submissions.service.keys import make_key
from services.partners.submissions.tests.factories import make_body, make_measurement, sign
from services.partners.vault import Vault
from shared.database.engine import KitBase
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity

STAFF = make_identity(name="Naledi")
RECORD = {
    "title": "Beach day",
    "first_year": 2024,
    "last_year": None,
    "done": "Cleaned",
    "result": None,
    "evidence": None,
}
#: Columns called organisation_id that are no foreign keys, and what moves them.
MOVED_BY_HAND = {
    "scoped_links": "shared.database.links.move_links",
    "campaign_partners": "campaigns' news of who takes part now",
}


@pytest.fixture
def pair(session):
    kept = make_organisation(session, name="Table Bay Coastal Trust")
    merged = make_organisation(session, name="Table Bay Coastal NPC", website="https://bay.example.org", mission="Sea")
    return kept, merged


def test_a_meeting_with_both_is_a_meeting_with_the_survivor_once(session, pair, now):
    kept, merged = pair
    organiser = make_person(session)
    shared = make_meeting(session, organiser.id, kept.id, now, organisation_ids=[kept.id, merged.id])
    theirs = make_meeting(session, organiser.id, merged.id, now)
    merge_organisations(session, STAFF, kept.id, merged.id, (), now)
    session.expire_all()
    parties = session.execute(text("SELECT meeting_id, organisation_id FROM meeting_organisations")).all()
    assert len(parties) == 2
    assert {get_meeting(session, STAFF, each.id).id for each in (shared, theirs)} == {shared.id, theirs.id}


def test_all_that_points_to_an_organisation_has_a_rule():
    """A new table with a rule of uniqueness over the organisation says what happens when both have a row."""
    unruled = {
        (pointer.table.name, *(each.name for each in others), str(where))
        for pointer in pointers.list_pointers()
        for others, where in pointers.list_unique(pointer)
        if not pointers._is_settled(pointer.table.name, others, where) and pointer.table.name not in pointers.REFUSALS
    }
    assert not unruled, f"say in REFUSALS or SETTLED what a merge does with: {unruled}"
    unnamed = {pointer.table.name for pointer in pointers.list_pointers()} - pointers.MOVED_NAMES.keys()
    assert not unnamed, f"say in MOVED_NAMES what people call: {unnamed}"
    pointing = {pointer.table.name for pointer in pointers.list_pointers()} | {
        foreign.parent.table.name
        for table in Base.metadata.tables.values()
        for foreign in table.foreign_keys
        if foreign.column.table.name == "organisations" and foreign.ondelete == "CASCADE"
    }
    for metadata in (Base.metadata, KitBase.metadata):
        for table in metadata.tables.values():
            if "organisation_id" in table.c:
                assert table.name in pointing | set(MOVED_BY_HAND), f"{table.name}.organisation_id is no foreign key"


def test_everything_moves_and_nothing_is_left_behind(session, bus, now, pair, runtime):
    kept, merged = pair
    add_track_record(session, STAFF, merged.id, now, **RECORD)
    person = add_person(
        session, STAFF, now, name="Sipho", email="sipho@example.org", role=LIAISON, organisation_id=merged.id,
        locale="en", time_zone=None,
    )  # fmt: skip
    contact = make_contact(session, merged.id, name="Thandi", email="thandi@example.org")
    make_key(session, STAFF, merged.id, Vault(runtime.settings.encryption_key), now, name="Nightly")
    merged.logo = "ab" * 32
    merge_organisations(session, STAFF, kept.id, merged.id, {"website"}, now)
    session.commit()
    assert kept.logo == "ab" * 32
    for each in (person, contact):
        session.refresh(each)
        assert each.organisation_id == kept.id
    assert [key.name for key in list_keys(session, kept.id)] == ["Nightly"]
    assert (kept.name, kept.website, kept.mission) == ("Table Bay Coastal Trust", "https://bay.example.org", None)
    assert find_survivor(session, merged.id) == kept.id
    assert session.get(MergedOrganisation, merged.id).details["mission"] == "Sea"
    with pytest.raises(NotFound):
        get_organisation(session, STAFF, merged.id)
    assert [each.id for each in find_duplicates(session, STAFF, "Table Bay Coastal")] == [kept.id]
    [event] = bus.published("organisations_merged")
    assert (event.subject, event.data["survivor_id"]) == (str(merged.id), str(kept.id))
    assert bus.published("person_changed")[-1].data["organisation_id"] == str(kept.id)
    assert bus.published("contact_changed")[-1].data["organisation_id"] == str(kept.id)
    assert "merged another record into it" in [each.action for each in list_history(session, kept.id)]
    assert list_history(session, merged.id)[0].action == "merged it into another record"


def test_a_delivery_to_the_merged_address_arrives_at_the_survivor(session, now, pair, runtime):
    kept, merged = pair
    sealed = runtime.settings.encryption_key
    secret = make_key(session, STAFF, merged.id, Vault(sealed), now).secret
    session.commit()
    door, body = Door(runtime.database, sealed), make_body(make_measurement())

    def deliver(number):
        headers = {
            "webhook-id": f"msg-{number}", "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": sign(secret, f"msg-{number}", now, body),
        }  # fmt: skip
        door.accept(door.verify(merged.id, headers, body, now), read_report(body), now)

    deliver(1)
    merge_organisations(session, STAFF, kept.id, merged.id, (), now)
    session.commit()
    # One process still remembers the key, another one asks for it.
    deliver(2)
    door = Door(runtime.database, sealed)
    deliver(3)
    found = session.execute(text("SELECT message_id, organisation_id FROM submissions ORDER BY message_id")).all()
    assert [row[0] for row in found] == ["msg-1", "msg-2", "msg-3"]
    assert len({row[1] for row in found}) == 1


def test_deliveries_of_one_id_at_both_are_kept_apart(session, now, pair, runtime):
    kept, merged = pair
    sealed, body = runtime.settings.encryption_key, make_body(make_measurement())
    door = Door(runtime.database, sealed)
    for each in pair:
        secret = make_key(session, STAFF, each.id, Vault(sealed), now).secret
        session.commit()
        headers = {
            "webhook-id": "1", "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": sign(secret, "1", now, body),
        }  # fmt: skip
        door.accept(door.verify(each.id, headers, body, now), read_report(body), now)
    merge_organisations(session, STAFF, kept.id, merged.id, (), now)
    found = sorted(session.scalars(text("SELECT message_id FROM submissions")))
    assert found == ["1", f"1 ({merged.id})"]


def test_what_only_a_person_can_decide_is_asked_first(session, now, pair):
    kept, merged = pair
    for each in pair:
        make_contact(session, each.id, name="Thandi", email="thandi@example.org")
    with pytest.raises(Conflict, match="same e-mail address"):
        merge_organisations(session, STAFF, kept.id, merged.id, (), now)
    with pytest.raises(Invalid):
        merge_organisations(session, STAFF, kept.id, kept.id, (), now)


def test_a_chain_of_merges_leads_to_the_last(session, now, pair):
    kept, merged = pair
    last = make_organisation(session, name="Bay Trust")
    merge_organisations(session, STAFF, kept.id, merged.id, (), now)
    merge_organisations(session, STAFF, last.id, kept.id, (), now + timedelta(minutes=1))
    assert {find_survivor(session, each) for each in (merged.id, kept.id)} == {last.id}


def test_the_page_shows_both_lists_what_moves_and_leads_from_the_old_address(staff, sign_in, session, now, pair):
    kept, merged = pair
    add_track_record(session, STAFF, merged.id, now, **RECORD)
    session.commit()
    assert f"/merge/{merged.id}" in staff.get(f"/partners/organisations/{kept.id}/duplicates").text
    address = f"/partners/organisations/{kept.id}/merge/{merged.id}"
    page = staff.get(address).text
    assert "1 × track record entries" in page
    assert "https://bay.example.org" in page
    assert sign_in(VIEWER).post(address).status_code == 403
    done = staff.post(address, data={"name": "other", "website": "other"}, follow_redirects=True)
    assert "The two are one now: Table Bay Coastal NPC." in done.text
    old = staff.get(f"/partners/organisations/{merged.id}")
    assert (old.status_code, old.headers["Location"]) == (301, f"/partners/organisations/{kept.id}")
    stranger = sign_in(LIAISON, make_organisation(session, name="Stranger").id)
    session.commit()
    assert stranger.get(f"/partners/organisations/{merged.id}").status_code == 404
