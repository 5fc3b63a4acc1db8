"""What figures were used for, told by staff and by reached targets, and read by the partner."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.partners.contacts.tests.factories import make_contact
from services.partners.duplicates.service.merging import merge_organisations
from services.partners.known.queries import list_campaigns
from services.partners.organisations.tests.factories import make_organisation
from services.partners.reciprocity import queries, service
from services.partners.reciprocity.tests.factories import BASE, make_use
from services.partners.submissions.service.answering import reply
from services.partners.submissions.tests.factories import Partner, make_campaign, make_live_key
from shared.clock import new_id
from shared.database.links import revoke_links
from shared.errors import Conflict, Invalid, NotFound
from shared.identity import LIAISON
from shared.testing.people import make_identity

STAFF = make_identity(name="Naledi")
REACHED = "saypro.metrics.kpi_target_reached.v1"


@pytest.fixture
def contact(session):
    return make_contact(session, make_organisation(session).id, is_liaison=True)


@pytest.fixture
def liaison(contact):
    return make_identity(LIAISON, contact.organisation_id)


def reach(organisations, **changes):
    return {
        "kpi_id": str(new_id()), "campaign_id": str(new_id()), "key": "waste", "name": "Waste removed", "unit": "t",
        "target": "1000", "value": "1002.31", "reached_at": "2027-05-10T08:30:00Z",
        "organisation_ids": [str(each) for each in organisations], **changes,
    }  # fmt: skip


def list_titles(session, viewer, organisation_id):
    return [each.title for each in queries.find_uses(session, viewer, organisation_id, cursor=None, limit=50).items]


def read_secret(bus):
    return bus.published("mail_requested")[-1].data["link"].rsplit("/", 1)[1]


def test_the_latest_use_stands_first_and_pages_go_on(session, contact, liaison, now):
    for days, title in ((3, "March"), (1, "May"), (2, "April")):
        make_use(session, contact.organisation_id, now, title=title, used_on=now.date() - timedelta(days=days))
    page = queries.find_uses(session, liaison, contact.organisation_id, cursor=None, limit=2)
    assert [each.title for each in page.items] == ["May", "April"]
    rest = queries.find_uses(session, liaison, contact.organisation_id, cursor=page.next_cursor, limit=2)
    assert [each.title for each in rest.items] == ["March"]
    assert rest.next_cursor is None


def test_a_use_that_is_yet_to_come_is_refused(session, contact, now):
    with pytest.raises(Invalid) as refused:
        make_use(session, contact.organisation_id, now, used_on=now.date() + timedelta(days=1))
    assert "used_on" in refused.value.fields


def test_what_is_taken_back_only_staff_still_see(session, contact, liaison, now):
    use = make_use(session, contact.organisation_id, now)
    service.withdraw_use(session, STAFF, use.id, now)
    assert list_titles(session, STAFF, contact.organisation_id) == ["Annual report"]
    assert list_titles(session, liaison, contact.organisation_id) == []
    with pytest.raises(NotFound):
        queries.get_use(session, liaison, use.id)
    with pytest.raises(Conflict):
        service.withdraw_use(session, STAFF, use.id, now)


def test_a_reached_target_is_told_once_to_each_known_contributor(session, contact, liaison, bus):
    other = make_organisation(session, name="Harbour Watch").id
    silent = make_organisation(session, name="Silent Shore").id
    session.commit()
    news = reach([contact.organisation_id, other, new_id()])
    for _ in range(2):
        bus.hear(REACHED, news)
    [use] = queries.find_uses(session, liaison, contact.organisation_id, cursor=None, limit=50).items
    assert (use.use, use.title, str(use.used_on)) == ("target", "Waste removed: 1000 t", "2027-05-10")
    assert list_titles(session, STAFF, other) == ["Waste removed: 1000 t"]
    assert list_titles(session, STAFF, silent) == []
    session.commit()
    bus.hear(REACHED, {**news, "target": "2000"})
    assert len(list_titles(session, STAFF, other)) == 2


def test_news_from_before_contributors_were_named_is_still_understood(session, contact, bus):
    session.commit()
    old = reach([])
    del old["organisation_ids"]
    bus.hear(REACHED, old)
    assert list_titles(session, STAFF, contact.organisation_id) == []


def test_a_contributor_that_was_merged_is_told_as_the_one_it_became(session, contact, bus, now):
    loser = make_organisation(session, name="Harbour Watch").id
    make_use(session, loser, now, title="Told before")
    merge_organisations(session, STAFF, contact.organisation_id, loser, (), now)
    session.commit()
    bus.hear(REACHED, reach([loser, contact.organisation_id]))
    assert sorted(list_titles(session, STAFF, contact.organisation_id)) == ["Told before", "Waste removed: 1000 t"]


def test_staff_see_who_gets_the_mail_before_it_goes(staff, session, contact, bus, now):
    session.commit()
    address = f"/partners/organisations/{contact.organisation_id}/came-of-it/new"
    form = {
        "use": "decision",
        "title": "A second van",
        "text": "It was *your* figures.",
        "used_on": now.date().isoformat(),
    }
    assert staff.post(address, data={**form, "address": "http://insecure.example.org"}).status_code == 422
    assert staff.post(address, data={**form, "used_on": "2999-01-01"}).status_code == 422
    shown = staff.post(address, data=form)
    assert "lerato@example.org" in shown.text
    assert "A second van" in shown.text
    assert bus.published("mail_requested") == []
    after = staff.post(address, data={**form, "confirmed": "mail"}, follow_redirects=True)
    assert "A second van" in after.text
    [mail] = bus.published("mail_requested")
    assert "A second van" in mail.data["paragraphs"][0]
    assert staff.post(address, data={**form, "title": "Kept quietly", "confirmed": "quiet"}).status_code == 302
    assert len(bus.published("mail_requested")) == 1
    assert "Kept quietly" in staff.get(f"/partners/organisations/{contact.organisation_id}/came-of-it").text
    history = staff.get(f"/partners/organisations/{contact.organisation_id}").text
    assert "told what its figures were used for" in history


def test_the_link_shows_reading_replies_and_uses_without_an_account(session, runtime, contact, bus, anyone, now):
    make_campaign(session, contact.organisation_id, "Clean Coast")
    [campaign] = list_campaigns(session, contact.organisation_id)
    session.commit()
    partner = Partner(contact.organisation_id, make_live_key(runtime, contact.organisation_id).secret, anyone)
    first, _second = (UUID(partner.deliver().json["submission_id"]) for _ in range(2))
    make_use(session, contact.organisation_id, now, title="Annual report", campaign_id=campaign.id)
    taken_back = make_use(session, contact.organisation_id, now, title="Slip of the pen")
    service.withdraw_use(session, STAFF, taken_back.id, now)
    reply(session, STAFF, first, now, BASE, text="Well **measured**.", mail=True)
    session.commit()
    address = f"/partners/came-of-it/s/{read_secret(bus)}"
    for _ in range(2):
        page = anyone.get(address)
        assert page.status_code == 200
        assert "Well <strong>measured</strong>." in page.text
        assert "Annual report" in page.text
        assert "Clean Coast" in page.text
        assert page.text.count("Not read yet") == 1
        assert "Slip of the pen" not in page.text
        assert "Take back" not in page.text
    paged = anyone.get(f"{address}?limit=1").text
    assert "Show more" in paged
    assert "Annual report" in anyone.get(f"{address}?show=uses").text
    assert anyone.get(f"{address}?cursor=nonsense").status_code == 422
    revoke_links(session, now, purpose="outcomes.read", subject_id=contact.organisation_id)
    session.commit()
    assert anyone.get(address).status_code == 404


def test_a_liaison_reads_their_own_page_and_no_other_and_writes_nothing(sign_in, session, contact, now):
    use = make_use(session, contact.organisation_id, now)
    other = make_organisation(session, name="Harbour Watch").id
    theirs = make_use(session, other, now, title="Of another")
    session.commit()
    client = sign_in(LIAISON, contact.organisation_id)
    page = client.get(f"/partners/organisations/{contact.organisation_id}/came-of-it")
    assert page.status_code == 200
    assert "Annual report" in page.text
    assert "Write down a use" not in page.text
    assert "Of another" not in page.text
    assert client.get(f"/partners/organisations/{other}/came-of-it").status_code == 404
    for each in (use, theirs):
        assert client.post(f"/partners/figure-uses/{each.id}/withdraw").status_code in (403, 404)
    script = sign_in(LIAISON, contact.organisation_id, by="token")
    listed = script.get(f"/partners/api/v1/organisations/{contact.organisation_id}/figure-uses")
    assert [each["title"] for each in listed.json["items"]] == ["Annual report"]
    assert script.get(f"/partners/api/v1/organisations/{other}/figure-uses").status_code == 404


def test_staff_take_a_use_back_after_being_asked(staff, session, contact, now):
    use = make_use(session, contact.organisation_id, now)
    session.commit()
    address = f"/partners/figure-uses/{use.id}/withdraw"
    assert "nobody is mailed" in staff.get(address).text
    after = staff.post(address, follow_redirects=True).text
    assert "Taken back" in after
    assert "taken back already" in staff.post(address, follow_redirects=True).text


def test_programs_write_uses_down_and_take_them_back(script, session, contact, bus, now):
    session.commit()
    api = f"/partners/api/v1/organisations/{contact.organisation_id}/figure-uses"
    use = {"use": "newsletter", "title": "May letter", "used_on": now.date().isoformat(), "mail": True}
    made = script.post(api, json={**use, "address": "https://news.example.org/may"})
    assert made.status_code == 201
    assert "news" in bus.published("mail_requested")[0].data["body"]
    assert script.post(api, json={**use, "use": "gossip"}).status_code == 422
    taken = script.post(f"/partners/api/v1/figure-uses/{made.json['id']}/withdrawal")
    assert taken.json["withdrawn_at"] is not None
    assert script.post(f"/partners/api/v1/figure-uses/{made.json['id']}/withdrawal").status_code == 409
