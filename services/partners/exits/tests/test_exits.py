"""What a partner takes along, how it is gathered, who may have it and for how long."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest

from services.partners.agreements.tests.factories import accept_for_us, make_agreement, offer, say
from services.partners.contacts.tests.factories import make_contact
from services.partners.evaluations.tests.factories import make_scene
from services.partners.exits.models import BUILDING, FAILED, GONE, READY, ExitPack
from services.partners.exits.parts import PARTS
from services.partners.exits.queries import list_packs
from services.partners.exits.service import ask_pack, clear_packs, end_packs, gather_packs, send_link, take_pack
from services.partners.exits.tests.factories import gather, make_pack
from services.partners.interactions.tests.factories import make_interaction
from services.partners.meetings.service.minutes import publish_minutes, write_minutes
from services.partners.meetings.tests.factories import BASE, make_meeting
from services.partners.organisations.tests.factories import PNG, make_whole_organisation
from services.partners.people.tests.factories import make_person
from services.partners.promises.tests.factories import make_promise
from services.partners.submissions.service.verdicts import Verdict, record_verdicts
from services.partners.submissions.tests.factories import Partner, make_body, make_live_key, make_measurement
from services.partners.submissions.tests.factories import make_organisation as make_partner
from shared.clock import new_id, utc_now
from shared.database.history import list_history
from shared.database.retries import MOST_TRIES
from shared.errors import Conflict, NotFound
from shared.identity import LIAISON, VIEWER
from shared.testing.people import make_identity, read_page


@pytest.fixture
def files(runtime):
    return runtime.files


@pytest.fixture
def organisation(session, files):
    return make_whole_organisation(session, files.put(PNG).sha256, "Harbour")


def open_pack(files, pack):
    return zipfile.ZipFile(files.open(pack.sha256))


def read_list(archive, name):
    return json.loads(archive.read(f"{name}.json"))


def test_a_pack_holds_what_the_organisation_gave_and_nothing_that_staff_think_of_it(session, files, organisation):
    contact = make_contact(
        session, organisation.id, name="Lerato Khumalo", notes="Difficult on Mondays", is_liaison=True
    )
    make_interaction(session, organisation.id, summary="They seemed unsure", contact_ids=[contact.id])
    make_scene(session, title="Secret ranking", organisations=[organisation.id])
    make_promise(session, organisation.id, text="Send the rota")
    agreement = make_agreement(session, organisation.id, title="Clean harbour")
    offer(session, agreement)
    say(session, agreement)
    accept_for_us(session, agreement)
    make_agreement(session, organisation.id, title="Still our draft")
    organiser = make_person(session)
    meeting = make_meeting(session, organiser.id, organisation.id, contact_ids=[contact.id])
    day = meeting.dates[0]
    write_minutes(session, make_identity(), day.id, day.version, utc_now(), attended=[contact.id], notes="Sent notes")
    publish_minutes(session, make_identity(), day.id, day.version, BASE, utc_now())
    with open_pack(files, make_pack(session, files, organisation.id)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
        [profile] = read_list(archive, "profile")
        assert profile["mission"] == "Harbours in the wild"
        assert "stage" not in profile
        assert [each["title"] for each in read_list(archive, "track-record")] == ["Harbour count"]
        assert [each["name"] for each in read_list(archive, "contacts")] == ["Lerato Khumalo"]
        [version] = read_list(archive, "agreements")
        assert [(each["side"], each["reply"]) for each in version["answers"]] == [
            ("partner", "accept"), ("us", "accept"),
        ]  # fmt: skip
        assert version["terms"]["purpose"]["text"] == "Clean the harbour together."
        assert archive.read("files/agreements/Clean harbour 1.pdf").startswith(b"%PDF")
        assert archive.read("files/profile/logo") == PNG
        assert "Sent notes" in json.dumps(read_list(archive, "meetings"))
        assert "Send the rota" in json.dumps(read_list(archive, "promises"))
    for kept in ("Difficult on Mondays", "They seemed unsure", "Secret ranking", "Still our draft", "Harbour fits"):
        assert kept not in everything


def test_submissions_come_as_received_with_the_verdict_on_every_item(runtime, session, files, anyone):
    organisation_id = make_partner(runtime)
    partner = Partner(organisation_id, make_live_key(runtime, organisation_id).secret, anyone)
    body = make_body(make_measurement(reference="a"), make_measurement(reference="=1+1"))
    submission_id = UUID(partner.deliver(body).json["submission_id"])
    record_verdicts(session, [Verdict(submission_id, 1, [{"index": 1, "reason": "Not a KPI."}], utc_now())])
    with open_pack(files, make_pack(session, files, organisation_id)) as archive:
        [submission] = read_list(archive, "submissions")
        assert json.loads(submission["body"])["type"] == "measurements.reported"
        assert submission["rejected"] == [{"index": 1, "reason": "Not a KPI."}]
        first, second = read_list(archive, "reported")
        assert (first["verdict"], first["value"]) == ("processed", "4.31")
        assert (second["verdict"], second["reason"]) == ("rejected", "Not a KPI.")
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("reported.csv"), "utf-8-sig")))
    # What a spreadsheet would run as a formula stays a text.
    assert [row["reference"] for row in rows] == ["a", "'=1+1"]


def test_the_pack_explains_itself_and_names_every_list(session, files, organisation):
    with open_pack(files, make_pack(session, files, organisation.id)) as archive:
        readme = archive.read("README.txt").decode()
        names = set(archive.namelist())
    assert "Harbour Trust" in readme
    for part in PARTS:
        assert f"{part.name}.json" in names
        assert f"{part.name}.json, {part.name}.csv" in readme
    assert "with the verdict" in " ".join(readme.split())


def test_a_file_that_the_store_has_lost_is_named_and_the_rest_is_there(session, files, organisation):
    files.remove(organisation.logo)
    with open_pack(files, make_pack(session, files, organisation.id)) as archive:
        assert "files/profile/logo" in archive.read("README.txt").decode()
        assert "files/profile/logo" not in archive.namelist()


def test_a_pack_is_gathered_part_by_part_and_goes_on_after_a_stop(session, files, organisation):
    pack = ask_pack(session, make_identity(), organisation.id, utc_now())
    assert gather(session, files, most=3) == 3
    session.commit()
    assert (pack.state, pack.progress) == ("building", 3)
    # Asked for again meanwhile, it is the same one.
    assert ask_pack(session, make_identity(), organisation.id, utc_now()).id == pack.id
    assert gather(session, files) == len(PARTS) - 3 + 1
    assert pack.state == "ready"
    assert gather(session, files) == 0


def test_who_took_a_pack_stands_in_the_history(session, files, organisation):
    pack = make_pack(session, files, organisation.id)
    by = make_identity(LIAISON, organisation.id, name="Naledi Dlamini")
    file = take_pack(session, by, pack.id, utc_now())
    assert file.name.startswith("Harbour Trust ")
    newest = list_history(session, organisation.id)[0]
    assert (newest.action, newest.person_name) == ("took the exit pack", "Naledi Dlamini")


def test_after_its_time_a_pack_is_not_listed_not_taken_and_its_content_is_gone(session, files, organisation):
    pack = make_pack(session, files, organisation.id)
    content, later = pack.sha256, utc_now() + timedelta(days=14, minutes=1)
    with pytest.raises(Conflict):
        take_pack(session, make_identity(), pack.id, later)
    clear_packs(files)(session, later)
    assert list_packs(session, make_identity(), organisation.id) == []
    assert not files.exists(content)
    assert session.get(ExitPack, pack.id).state == GONE


def test_packs_that_were_ended_are_cleared_whether_ready_or_under_way(session, files, organisation):
    ready = make_pack(session, files, organisation.id)
    under_way = ask_pack(session, make_identity(), organisation.id, utc_now())
    gather(session, files, most=2)
    content = ready.sha256
    assert end_packs(session, organisation.id, utc_now()) == 2
    assert gather(session, files) == 0
    clear_packs(files)(session, utc_now())
    assert (ready.state, under_way.state) == (GONE, GONE)
    assert not files.exists(content)


def test_another_partner_finds_nothing(session, files, organisation):
    pack = make_pack(session, files, organisation.id)
    stranger = make_identity(LIAISON, new_id())
    for refused in (
        lambda: take_pack(session, stranger, pack.id, utc_now()),
        lambda: ask_pack(session, stranger, organisation.id, utc_now()),
        lambda: list_packs(session, stranger, organisation.id),
    ):
        with pytest.raises(NotFound):
            refused()


def test_a_link_is_mailed_to_the_liaison_who_takes_the_pack_by_it(session, files, organisation, bus, anyone):
    make_contact(session, organisation.id, is_liaison=True)
    send_link(session, make_identity(), organisation.id, utc_now(), "https://x.example.org/partners/exits/s/")
    session.commit()
    session.commit()
    [mail] = bus.published("mail_requested")
    assert mail.data["email"] == "lerato@example.org"
    address = mail.data["link"].removeprefix("https://x.example.org")
    assert "Gather the pack" in anyone.get(address).text
    assert session.query(ExitPack).count() == 0
    session.commit()
    anyone.post(address)
    assert "Look again" in anyone.get(address).text
    gather(session, files)
    session.commit()
    assert "Download" in anyone.get(address).text
    [pack] = list_packs(session, make_identity(), organisation.id)
    session.commit()
    answer = anyone.post(address, data={"pack": str(pack.id)})
    assert answer.data.startswith(b"PK")
    assert list_history(session, organisation.id)[0].person_name == "Lerato Khumalo"


def test_without_a_liaison_no_link_is_sent(session, organisation, staff):
    session.commit()
    address = f"/partners/organisations/{organisation.id}/exit/link"
    assert "Name one under Contacts first" in staff.get(address).text
    assert staff.post(address).status_code == 409


def test_a_liaison_asks_for_the_pack_comes_back_and_downloads_it(session, files, organisation, sign_in):
    session.commit()
    liaison = sign_in(LIAISON, organisation.id)
    address = f"/partners/organisations/{organisation.id}/exit"
    assert "Gather the pack" in liaison.get(address).text
    assert "Mail the liaison" not in read_page(liaison, address)
    liaison.post(address)
    assert f"0 of {len(PARTS)} lists" in liaison.get(address).text
    gather(session, files)
    session.commit()
    assert "Ready to download" in liaison.get(address).text
    [pack] = list_packs(session, make_identity(), organisation.id)
    session.commit()
    answer = liaison.post(f"/partners/exit-packs/{pack.id}/download")
    assert zipfile.ZipFile(io.BytesIO(answer.data)).testzip() is None
    assert "attachment" in answer.headers["Content-Disposition"]
    assert sign_in(VIEWER).get(address).status_code == 403


def test_programs_ask_for_packs_and_take_them(session, files, organisation, script):
    session.commit()
    asked = script.post(f"/partners/api/v1/organisations/{organisation.id}/exit-packs")
    assert (asked.status_code, asked.json["state"]) == (202, "building")
    address = f"/partners/api/v1/exit-packs/{asked.json['id']}"
    assert script.post(f"{address}/download").status_code == 409
    gather(session, files)
    session.commit()
    assert script.get(address).json["state"] == "ready"
    assert script.post(f"{address}/download").data.startswith(b"PK")


def test_a_pack_that_keeps_failing_ends_in_a_reason_and_others_are_gathered_meanwhile(
    session, files, organisation, sign_in
):
    broken = ask_pack(session, make_identity(), organisation.id, utc_now())
    other = ask_pack(
        session, make_identity(), make_whole_organisation(session, files.put(PNG).sha256, "Kelp").id, utc_now()
    )
    at = utc_now()

    def explain(name, _now, _missing):
        if name.startswith("Harbour"):
            raise OSError("no room")
        return "Read me."

    work = gather_packs(files, lambda *_of: b"%PDF", explain)
    while work(session, at):
        continue
    assert (broken.state, broken.tries, other.state) == (BUILDING, 1, READY)
    for _ in range(MOST_TRIES - 1):
        at = broken.retry_at
        assert work(session, at)
    assert broken.state == FAILED
    assert not work(session, at + timedelta(hours=1))
    session.commit()
    liaison = sign_in(LIAISON, organisation.id)
    address = f"/partners/organisations/{organisation.id}/exit"
    page = liaison.get(address).text
    assert "The pack could not be gathered" in page
    assert "Try again" in page
    session.commit()
    assert liaison.post(address).status_code == 302
    gather(session, files)
    session.commit()
    assert "Ready to download" in liaison.get(address).text
    clear_packs(files)(session, utc_now())
    assert session.get(ExitPack, broken.id).state == GONE
