import re

from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.tests.factories import make_organisation
from services.partners.promises.models import Promise
from services.partners.promises.tests.factories import make_promise
from shared.clock import utc_now
from shared.identity import LIAISON, VIEWER
from shared.testing.people import read_page

FORM = {"text": "Send the list", "owed_by": "them", "owner_id": "", "due_on": "2027-03-12"}


def test_a_promise_is_written_down_found_changed_and_ticked_off(staff, session):
    organisation = make_organisation(session)
    contact = make_contact(session, organisation.id)
    session.commit()
    at_home = f"/partners/organisations/{organisation.id}/promises"
    assert "Nothing is promised yet" in staff.get(at_home).text
    made = staff.post(at_home + "/new", data={**FORM, "owner_id": str(contact.id)})
    page = staff.get(made.location).text
    assert "Lerato Khumalo" in page
    assert "wrote down the promise" in page
    assert "Send the list" in staff.get("/partners/promises?q=LIST&owed_by=&mine=").text
    changed = {**FORM, "owner_id": "", "due_on": "2027-04-01", "version": "1"}
    page = staff.post(made.location + "/edit", data=changed, follow_redirects=True).text
    assert "Until when: 12 March 2027 → 1 April 2027" in page
    assert "Who sees to it: Lerato Khumalo → –" in page
    assert staff.post(made.location + "/edit", data={**changed, "text": "Other"}).status_code == 412
    page = staff.post(made.location + "/done", data={"remark": "By post"}, follow_redirects=True).text
    assert "said that it is done" in page
    assert "By post" in page
    assert "Nothing is owed" in staff.get(at_home).text
    assert "Send the list" in staff.get(at_home + "?state=done").text


def test_mistakes_keep_what_was_typed(staff, session):
    organisation = make_organisation(session)
    session.commit()
    answer = staff.post(f"/partners/organisations/{organisation.id}/promises/new", data={**FORM, "due_on": "soon"})
    assert answer.status_code == 422
    assert "Send the list</textarea>" in answer.text
    assert 'href="#field-due_on"' in answer.text


def test_a_reminder_by_hand_says_first_who_gets_it(staff, session, bus):
    organisation = make_organisation(session)
    promise = make_promise(session, organisation.id, owner_id=make_contact(session, organisation.id).id)
    nobody = make_promise(session, organisation.id)
    session.commit()
    page = staff.get(f"/partners/promises/{promise.id}/remind").text
    assert "One mail goes to Lerato Khumalo (lerato@example.org)" in page
    assert bus.published("mail_requested") == []
    answer = staff.post(f"/partners/promises/{promise.id}/remind", follow_redirects=True)
    assert "A reminder to Lerato Khumalo is on its way." in answer.text
    assert len(bus.published("mail_requested")) == 1
    assert "Nobody can be mailed" in staff.get(f"/partners/promises/{nobody.id}/remind").text
    assert staff.post(f"/partners/promises/{nobody.id}/remind").status_code == 409


def test_a_contact_ticks_off_from_the_link_once_and_only_from_the_newest(staff, anyone, session, bus):
    organisation = make_organisation(session)
    contact = make_contact(session, organisation.id)
    promise = make_promise(session, organisation.id, owner_id=contact.id)
    session.commit()
    for _ in range(2):
        staff.post(f"/partners/promises/{promise.id}/remind")
    old, new = (re.search(r"/partners/promises/s/.*", each.data["link"])[0] for each in bus.published("mail_requested"))
    assert anyone.get(old).status_code == 404
    assert "Send the list of volunteers" in anyone.get(new).text
    assert anyone.post(new, data={"remark": "x" * 1001}).status_code == 422
    assert "It is noted as done" in anyone.post(new, data={"remark": "Sent"}).text
    assert anyone.post(new, data={}).status_code == 404
    session.expire_all()
    kept = session.get(Promise, promise.id)
    assert (kept.state, kept.closed_by, kept.remark) == ("done", contact.id, "Sent")
    assert "Lerato Khumalo" in staff.get(f"/partners/promises/{promise.id}").text


def test_a_liaison_ticks_off_their_own_and_does_no_more(sign_in, session):
    own, other = make_organisation(session), make_organisation(session, name="Other Trust")
    theirs, ours = make_promise(session, own.id), make_promise(session, own.id, owed_by="us", text="Pay the bus")
    foreign = make_promise(session, other.id, text="A secret of others")
    session.commit()
    liaison = sign_in(LIAISON, own.id)
    page = liaison.get("/partners/promises").text
    assert "Pay the bus" in page
    assert "A secret of others" not in page
    assert liaison.get(f"/partners/promises/{foreign.id}").status_code == 404
    assert liaison.get(f"/partners/promises/{ours.id}/done").status_code == 404
    assert liaison.post(f"/partners/promises/{ours.id}/done").status_code == 404
    assert liaison.post(f"/partners/promises/{theirs.id}/withdrawn", data={"remark": "No"}).status_code == 404
    assert "/withdrawn" not in read_page(liaison, f"/partners/promises/{theirs.id}")
    assert liaison.post(f"/partners/promises/{theirs.id}/done").status_code == 302
    assert sign_in(VIEWER).post(f"/partners/promises/{ours.id}/done").status_code == 403


def test_the_api_does_what_the_pages_do(script, session, sign_in):
    organisation = make_organisation(session)
    session.commit()
    base = "/partners/api/v1"
    made = script.post(f"{base}/organisations/{organisation.id}/promises", json={**FORM, "owner_id": None})
    assert made.status_code == 201
    one = f"{base}/promises/{made.json['id']}"
    assert script.put(one, json={**FORM, "owner_id": None}).status_code == 428
    put = script.put(
        one, json={**FORM, "text": "Send both", "owner_id": None}, headers={"If-Match": made.headers["ETag"]}
    )
    assert put.json["text"] == "Send both"
    assert script.post(one + "/withdrawn", json={"remark": ""}).status_code == 422
    liaison = sign_in(LIAISON, organisation.id, by="token")
    assert liaison.post(one + "/done", json={}).json["state"] == "done"
    assert script.get(f"{base}/promises?organisation={organisation.id}").json["items"] == []
    assert script.post(one + "/open", json={"remark": "Not all of it"}).json["state"] == "open"
    assert [each["id"] for each in script.get(f"{base}/promises").json["items"]] == [made.json["id"]]


def test_the_due_job_is_planned(runtime):
    [job] = [each for each in runtime.service.due_jobs(runtime) if each.name == "partners.remind_of_promises"]
    with runtime.database.transaction() as session:
        assert job.run(session, utc_now()) is False
