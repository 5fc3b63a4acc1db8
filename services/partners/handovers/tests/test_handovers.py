from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from services.partners.contacts.queries import find_liaison
from services.partners.contacts.service import open_account, set_owner
from services.partners.contacts.tests.factories import make_contact
from services.partners.handovers import queries, service
from services.partners.handovers.pages import find_address
from services.partners.interactions.queries import list_interactions_of
from services.partners.interactions.tests.factories import make_interaction
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.tests.factories import make_person
from services.partners.promises.tests.factories import make_promise
from shared.database.links import LinkHolder, list_links, make_link, open_link
from shared.errors import Conflict, Invalid, LinkGone
from shared.testing.people import make_identity

BY, DAY = make_identity(), date(2026, 3, 2)


def make_address(purpose, secret):
    return f"https://saypro.example.org/partners/promises/s/{secret}" if purpose == "promise.done" else None


@pytest.fixture
def scene(session):
    """An organisation with its liaison and someone who could follow."""
    place = make_organisation(session).id
    former = make_contact(session, place, is_liaison=True)
    successor = make_contact(session, place, name="Sipho Ndlovu", email="sipho@example.org")
    return SimpleNamespace(place=place, former=former, successor=successor)


def hand_over(session, scene, now, **changes):
    wish = {"successor_id": scene.successor.id, "since": DAY, "words": "", "former": "keep", "may_sign_in": False}
    wish = service.Wish(**{**wish, **changes})
    return service.hand_over(
        session, BY, scene.place, scene.former.id, wish, now, now.date(), find_address=make_address
    )


def make_their_link(session, scene, now):
    holder = LinkHolder(scene.former.id, scene.former.name, scene.former.email, scene.place)
    lasts = timedelta(days=3)
    return make_link(session, purpose="promise.done", subject_id=scene.place, holder=holder, now=now, lasts=lasts)


def test_promises_follow_the_liaison_and_what_was_said_stays(session, scene, now):
    promise = make_promise(session, scene.place, owner_id=scene.former.id)
    call = make_interaction(session, scene.place, contact_ids=[scene.former.id])
    handover = hand_over(session, scene, now, words="The vans are booked.")
    assert find_liaison(session, scene.place).id == scene.successor.id
    assert (promise.contact_id, handover.promises) == (scene.successor.id, 1)
    assert [each.id for each in list_interactions_of(session, scene.former.id)] == [call.id]
    assert [each.words for each in queries.list_handovers(session, BY, scene.place)] == ["The vans are booked."]


def test_the_formers_links_die_and_the_successor_gets_each_anew_by_mail(session, scene, bus, now):
    secret = make_their_link(session, scene, now)
    hand_over(session, scene, now)
    with pytest.raises(LinkGone):
        open_link(session, "promise.done", secret, now)
    [link] = list_links(session, now, holder_id=scene.successor.id)
    assert (link.subject_id, link.expires_at) == (scene.place, now + timedelta(days=3))
    session.commit()
    mailed = [each.data for each in bus.published("mail_requested")]
    assert [each["email"] for each in mailed] == ["sipho@example.org", "lerato@example.org", "sipho@example.org"]
    [linked] = [each["link"] for each in mailed if each["link"]]
    new = linked.rsplit("/", 1)[1]
    assert open_link(session, "promise.done", new, now).holder_id == scene.successor.id
    assert all(new not in str(each) for each in mailed if not each["link"])


def test_both_are_told_and_answers_reach_the_one_of_us_who_is_responsible(session, scene, bus, now):
    set_owner(session, BY, scene.place, make_person(session).id, now)
    hand_over(session, scene, now, words="The vans are booked.")
    session.commit()
    first, second = (each.data for each in bus.published("mail_requested"))
    assert "The vans are booked." in first["paragraphs"]
    assert "The vans are booked." not in second["paragraphs"]
    assert first["reply_to"] == second["reply_to"] == "naledi@example.org"


@pytest.mark.parametrize(
    ("former", "stays", "signs_in"), [("keep", True, True), ("close", True, False), ("leave", False, False)]
)
def test_the_former_keeps_closes_or_leaves(session, scene, now, former, stays, signs_in):
    person = open_account(session, BY, scene.former.id, now)
    hand_over(session, scene, now, former=former, may_sign_in=True)
    assert (scene.former.active, person.active) == (stays, signs_in)
    assert scene.successor.person_id is not None


def test_it_is_refused_where_it_would_lose_the_thread(session, scene, now):
    other = make_contact(session, make_organisation(session, name="Other").id)
    mute = make_contact(session, scene.place, name="Mute", email=None, phone="1", channel="phone")
    for wrong in (other.id, mute.id, scene.former.id):
        with pytest.raises(Invalid) as refused:
            hand_over(session, scene, now, successor_id=wrong)
        assert set(refused.value.fields) == {"successor_id"}
    with pytest.raises(Invalid) as refused:
        hand_over(session, scene, now, since=now.date() + timedelta(days=1))
    assert set(refused.value.fields) == {"since"}
    hand_over(session, scene, now)
    with pytest.raises(Conflict):
        hand_over(session, scene, now)


def test_the_page_shows_what_is_open_then_what_will_happen_then_does_it(staff, session, scene, bus):
    make_promise(session, scene.place, owner_id=scene.former.id, text="Send the route")
    session.commit()
    address = f"/partners/organisations/{scene.place}/handover"
    assert "Send the route" in staff.get(address).text
    form = {
        "successor_id": str(scene.successor.id),
        "since": "2026-03-02",
        "words": "Mind the tides.",
        "former": "keep",
    }
    asked = staff.post(address, data=form)
    assert asked.status_code == 200
    assert "1 open promise goes to Sipho Ndlovu" in asked.text
    assert "lerato@example.org" in asked.text
    assert bus.published("mail_requested") == []
    confirmed = {**form, "confirmed": "yes", "liaison": str(scene.former.id)}
    assert "Sipho Ndlovu is the liaison now" in staff.post(address, data=confirmed, follow_redirects=True).text
    assert len(bus.published("mail_requested")) == 2
    assert staff.post(address, data={**confirmed, "successor_id": str(scene.former.id)}).status_code == 409
    assert "Mind the tides." in staff.get(f"/partners/organisations/{scene.place}/handovers").text


def test_every_link_that_we_mail_has_a_page_to_open(app):
    with app.test_request_context():
        assert "/partners/promises/s/abc" in find_address("promise.done", "abc")
        assert find_address("agreement.answer", "abc").endswith("/partners/agreements/s/abc"), "not its PDF"
        assert find_address("nothing.at_all", "abc") is None
