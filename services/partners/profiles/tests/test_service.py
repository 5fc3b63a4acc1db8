from types import SimpleNamespace

import pytest

from services.partners.contacts.service import set_owner
from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.queries import list_track_records
from services.partners.organisations.service import change_organisation
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.profiles import queries, service
from services.partners.profiles.models import FILE, LEFT, LOGO, OPEN, RECORD, SENT, SETTLED, TAKEN
from services.partners.profiles.service import Decision
from services.partners.profiles.tests.factories import make_sent_update
from shared.database.links import list_links
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.files import StoredFile
from shared.identity import LIAISON
from shared.testing.people import make_identity

BY = make_identity()
FILE_SENT = service.describe_file(StoredFile("count.pdf", "application/pdf", 9, "a" * 64))
ENTRY = {"title": "Count", "first_year": 2020, "last_year": None, "done": "Counted", "result": None, "evidence": None}


@pytest.fixture
def scene(session):
    """An organisation, its liaison, and who of us looks after it."""
    place = make_organisation(session, mission="Old mission").id
    liaison = make_contact(session, place, is_liaison=True)
    owner = make_person(session, name="Naledi Mokoena", email="naledi@example.org")
    set_owner(session, BY, place, owner.id, liaison.created_at)
    return SimpleNamespace(place=place, liaison=liaison, their=make_identity(LIAISON, place, person_id=liaison.id))


@pytest.fixture
def outbox_mails(session, bus):
    """The mails asked for so far."""

    def read():
        session.commit()
        return [each.data for each in bus.published("mail_requested")]

    return read


def decide(session, update, now, **decisions):
    """Decide on changes by name: True takes, a text leaves out for that reason."""
    by_name = {each.name: each.id for each in update.changes}
    made = {by_name[name]: Decision(it is True, "" if it is True else it) for name, it in decisions.items()}
    version = queries.get_organisation(session, BY, update.organisation_id).version
    return service.decide_changes(session, BY, update.id, made, version, now)


def test_asking_mails_the_liaison_a_link_and_ends_the_one_before(session, scene, now, outbox_mails):
    for message in ("Please look", ""):
        update = service.ask_profile(
            session, BY, scene.place, now, message=message, address=lambda secret: f"https://x.example/s/{secret}"
        )
    assert [each.holder_id for each in list_links(session, now, subject_id=update.id)] == [scene.liaison.id]
    first, second = outbox_mails()
    assert first["email"] == "lerato@example.org"
    assert "Please look" in first["paragraphs"]
    assert first["link"] != second["link"]
    nobody = make_organisation(session, name="Nobody Trust")
    with pytest.raises(Conflict, match="no liaison"):
        service.ask_profile(session, BY, nobody.id, now, message="", address=str)


def test_what_is_typed_changes_nothing_and_is_ours_to_read_only_once_sent(session, scene, now):
    update = service.open_update(session, scene.their, scene.place, now)
    service.keep_typed(session, update, "about", {"mission": ["New <b>"], "name": [""]}, now)
    assert update.typed == {"about": {"mission": ["New <b>"], "name": [""]}}
    assert service.open_update(session, scene.their, scene.place, now).id == update.id
    with pytest.raises(NotFound):
        queries.get_sent_update(session, BY, update.id)
    service.send_update(session, scene.their, update, {"mission": "New", "reach": None}, now)
    assert [(each.name, each.was, each.wanted) for each in update.changes] == [("mission", "Old mission", "New")]
    assert queries.get_organisation(session, BY, scene.place).mission == "Old mission"
    with pytest.raises(Conflict, match="sent already"):
        service.keep_typed(session, update, "about", {}, now)
    stranger = make_identity(LIAISON, make_organisation(session, name="Other").id)
    with pytest.raises(NotFound):
        queries.get_update(session, stranger, update.id)


def test_nothing_can_be_sent_that_says_what_we_know(session, scene, now):
    update = service.open_update(session, scene.their, scene.place, now)
    with pytest.raises(Conflict, match="Nothing differs"):
        service.send_update(session, scene.their, update, {"mission": "Old mission"}, now)


def test_changes_are_taken_one_by_one_and_the_sender_is_told_at_the_end(session, scene, now, outbox_mails):
    update = make_sent_update(session, scene.place, {"mission": "New", "values": "Honest", "reach": "local"})
    assert outbox_mails()[-1]["email"] == "naledi@example.org"
    with pytest.raises(Invalid) as unsaid:
        decide(session, update, now, values="")
    assert list(unsaid.value.fields) == [f"reason_{update.changes[1].id}"]
    decide(session, update, now, mission=True)
    organisation = queries.get_organisation(session, BY, scene.place)
    assert (organisation.mission, organisation.values, update.state) == ("New", None, SENT)
    assert len(outbox_mails()) == 1
    decide(session, update, now, values="Too short to mean something.", reach=True)
    assert (organisation.reach, organisation.values, update.state) == ("local", None, SETTLED)
    assert [each.state for each in update.changes] == [TAKEN, LEFT, TAKEN]
    said = outbox_mails()[-1]
    assert said["email"] == "lerato@example.org"
    assert "We took over: Mission; Reach." in said["paragraphs"]
    assert "We left out: Values. Too short to mean something." in said["paragraphs"]
    with pytest.raises(Conflict):
        decide(session, update, now, mission="Never mind")


def test_nobody_overwrites_what_changed_meanwhile_unseen(session, scene, now):
    update = make_sent_update(session, scene.place, {"mission": "New"})
    seen = queries.get_organisation(session, BY, scene.place).version
    change_organisation(session, BY, scene.place, seen, now, mission="Ours")
    with pytest.raises(Stale):
        service.decide_changes(session, BY, update.id, {update.changes[0].id: Decision(True)}, seen, now)
    assert queries.get_organisation(session, BY, scene.place).mission == "Ours"


def test_an_entry_its_evidence_and_a_logo_go_into_the_register(session, scene, now):
    update = service.open_update(session, scene.their, scene.place, now)
    entry = service.add_wish(session, scene.their, update, RECORD, {"details": ENTRY}, now)
    file = {"record_id": str(entry), "file": FILE_SENT, "title": "Count"}
    service.add_wish(session, scene.their, update, FILE, file, now)
    for name in ("old", "new"):
        service.add_wish(session, scene.their, update, LOGO, {"file": FILE_SENT | {"sha256": name[0] * 64}}, now)
    service.send_update(session, scene.their, update, {}, now)
    assert [each.name for each in update.changes] == [LOGO, RECORD, FILE]
    with pytest.raises(Invalid):
        decide(session, update, now, file=True)
    decide(session, update, now, record=True, logo=True)
    decide(session, update, now, file=True)
    [made] = list_track_records(session, BY, scene.place)
    assert (made.title, [each.file_name for each in made.files]) == ("Count", ["count.pdf"])
    assert queries.get_organisation(session, BY, scene.place).logo == "n" * 64


def test_taking_out_an_entry_takes_its_files_along_and_foreign_entries_are_refused(session, scene, now):
    update = service.open_update(session, scene.their, scene.place, now)
    entry = service.add_wish(session, scene.their, update, RECORD, {"details": ENTRY}, now)
    service.add_wish(session, scene.their, update, FILE, {"record_id": str(entry), "file": FILE_SENT}, now)
    service.drop_wish(session, update, entry, now)
    assert (update.added, update.state) == ([], OPEN)
    with pytest.raises(NotFound):
        service.add_wish(session, scene.their, update, FILE, {"record_id": str(update.id), "file": FILE_SENT}, now)


def test_what_waits_for_us_is_found_until_it_is_decided(session, scene, now):
    assert queries.find_waiting_updates(session, [scene.place]) == {}
    update = make_sent_update(session, scene.place, {"mission": "New"})
    assert queries.find_waiting_updates(session, [scene.place]) == {scene.place: (update.id, update.sent_at)}
    decide(session, update, now, mission=True)
    assert queries.find_waiting_updates(session, [scene.place]) == {}
