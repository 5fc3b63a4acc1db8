from decimal import Decimal

import pytest

from services.notifications.announcements import queries, service
from services.notifications.announcements.audience import digest_addressees, list_addressees
from services.notifications.announcements.models import State
from services.notifications.announcements.tests.factories import make_draft, make_scene, reach_target
from services.notifications.known.tests.factories import (
    hear_campaign,
    hear_contact,
    hear_liaison,
    hear_organisation,
    hear_person,
)
from services.notifications.messages.queries import find_messages
from shared.clock import new_id
from shared.errors import Conflict, NotFound, Stale
from shared.identity import LIAISON
from shared.messaging.subscriptions import NotYet
from shared.testing.people import make_identity


def list_messages(session, **filters):
    return find_messages(session, make_identity(), limit=100, **filters).items


def test_a_reached_target_drafts_the_celebration_and_mails_everyone_who_should_know(session, now):
    campaign, owner, liaison = make_scene(session)
    draft = service.celebrate_target(session, reach_target(campaign.id), now)
    assert draft.state == State.DRAFT
    assert draft.title == "We reached our target: Waste removed"
    assert "**1,003.61\N{NO-BREAK SPACE}t**" in draft.body
    assert "Our target was 1,000\N{NO-BREAK SPACE}t" in draft.body
    assert "Harbour Trust" in draft.body
    messages = list_messages(session, campaign=campaign.id)
    assert {message.recipient_id for message in messages} == {owner.id, liaison.id}
    links = {message.recipient_id: message.data["announcement_id"] for message in messages}
    assert links == {owner.id: str(draft.id), liaison.id: None}


def test_the_same_target_told_again_changes_nothing(session, now):
    campaign, _owner, _liaison = make_scene(session)
    reached = reach_target(campaign.id)
    first = service.celebrate_target(session, reached, now)
    again = reach_target(campaign.id, kpi_id=reached.kpi_id, target=Decimal("1000.00"), value=Decimal(2000))
    assert service.celebrate_target(session, again, now).id == first.id
    assert len(list_messages(session)) == 2
    assert queries.count_announcements(session) == 1


def test_a_higher_target_of_the_same_kpi_is_another_celebration(session, now):
    campaign, _owner, _liaison = make_scene(session)
    reached = reach_target(campaign.id)
    service.celebrate_target(session, reached, now)
    higher = reach_target(campaign.id, kpi_id=reached.kpi_id, target=Decimal(2000), value=Decimal(2100))
    service.celebrate_target(session, higher, now)
    assert queries.count_drafts(session) == 2
    assert len(list_messages(session)) == 4


def test_a_target_waits_until_its_campaign_and_the_owner_have_been_heard_of(session, now):
    with pytest.raises(NotYet):
        service.celebrate_target(session, reach_target(new_id()), now)
    campaign = hear_campaign(session, new_id())
    with pytest.raises(NotYet):
        service.celebrate_target(session, reach_target(campaign.id), now)
    assert queries.count_announcements(session) == 0


def test_nobody_is_told_twice_and_nobody_who_has_left(session):
    first, second = hear_organisation(session), hear_organisation(session, "Ocean Watch")
    owner = hear_person(session, "Thandi Nkosi", email="thandi@example.org")
    campaign = hear_campaign(session, owner.id, [first, second])
    hear_liaison(session, first, "Thandi again", email="THANDI@example.org")
    hear_liaison(session, first, "Gone Away", active=False)
    kept = hear_liaison(session, second)
    addressees = list_addressees(session, campaign.id)
    assert [each.recipient.person_id for each in addressees] == [owner.id, kept.id]
    assert [each.is_owner for each in addressees] == [True, False]


def test_a_liaison_without_an_account_is_told_too_and_one_address_once(session, now):
    partner = hear_organisation(session)
    campaign = hear_campaign(session, hear_person(session).id, [partner])
    liaison = hear_liaison(session, partner, "Lindiwe Dube")
    hear_contact(session, partner, "Lindiwe Dube", email="LINDIWE@example.org", is_liaison=False)
    contact = hear_contact(session, partner, "Sipho Ndlovu")
    hear_contact(session, partner, "Not The Liaison", is_liaison=False)
    addressees = list_addressees(session, campaign.id)
    assert [each.id for each in addressees[1:]] == [liaison.id, contact]
    assert addressees[2].recipient.person_id is None
    service.celebrate_target(session, reach_target(campaign.id), now)
    looks = {message.recipient_name: message.data["may_look"] for message in list_messages(session)}
    assert looks == {"Thandi Nkosi": True, "Lindiwe Dube": True, "Sipho Ndlovu": False}


@pytest.mark.parametrize("changes", [{"may_mail": False}, {"active": False}, {"email": None}])
def test_a_contact_who_left_or_wants_no_such_mail_is_not_told(session, changes):
    partner = hear_organisation(session)
    campaign = hear_campaign(session, hear_person(session).id, [partner])
    hear_contact(session, partner, **changes)
    assert len(list_addressees(session, campaign.id)) == 1


def test_who_wants_no_such_mail_does_not_get_it_by_their_account_either(session):
    partner, other = hear_organisation(session), hear_organisation(session, "Ocean Watch")
    campaign = hear_campaign(session, hear_person(session).id, [partner, other])
    hear_liaison(session, partner, "Lindiwe Dube")
    hear_contact(session, partner, "Lindiwe Dube", may_mail=False)
    assert len(list_addressees(session, campaign.id)) == 1


def test_each_is_told_in_their_own_formats(session, now):
    campaign, _owner, _liaison = make_scene(session)
    partner = hear_organisation(session, "Deutsche Hilfe")
    campaign = hear_campaign(session, hear_person(session, locale="en_ZA").id, [partner])
    hear_liaison(session, partner, "Uwe Meyer", locale="en_US")
    service.celebrate_target(session, reach_target(campaign.id), now)
    locales = {message.locale for message in list_messages(session, campaign=campaign.id)}
    assert locales == {"en_ZA", "en_US"}


def test_names_with_marks_stay_as_they_are_written(session, now):
    campaign = hear_campaign(session, hear_person(session).id, title="Clean_up *2027* [north]")
    draft = service.celebrate_target(session, reach_target(campaign.id, name="Bottles <1 l>"), now)
    assert r"Clean\_up \*2027\* \[north\]" in draft.body
    assert r"Bottles \<1 l\>" in draft.body


def test_an_edit_of_an_old_version_is_refused_and_names_who_was_faster(session, now):
    draft, by = make_draft(session), make_identity(name="Sipho Khumalo")
    service.edit_announcement(session, by, draft.id, 1, now, title="First", body="Text")
    with pytest.raises(Stale, match="Sipho Khumalo"):
        service.edit_announcement(session, make_identity(), draft.id, 1, now, title="Second", body="Text")
    assert (draft.title, draft.version) == ("First", 2)


def test_sending_queues_one_message_for_each_and_a_second_time_changes_nothing(session, now):
    draft, by = make_draft(session), make_identity()
    addressees = list_addressees(session, draft.campaign_id)
    for version in (1, 1, 2):
        service.send_announcement(session, by, draft.id, version, now, seen_recipients=digest_addressees(addressees))
    assert (draft.state, draft.recipients, draft.sent_by) == (State.SENT, 2, by.name)
    messages = list_messages(session, announcement=draft.id)
    assert {message.recipient_email for message in messages} == {each.recipient.email for each in addressees}
    assert {message.subject for message in messages} == {draft.title}


def test_what_is_sent_goes_to_whom_was_shown_or_not_at_all(session, now):
    draft = make_draft(session)
    shown = digest_addressees(list_addressees(session, draft.campaign_id))
    campaign_partner = list_addressees(session, draft.campaign_id)[1].organisation_id
    hear_liaison(session, campaign_partner, "New Liaison")
    with pytest.raises(Stale):
        service.send_announcement(session, make_identity(), draft.id, 1, now, seen_recipients=shown)
    assert list_messages(session, announcement=draft.id) == []


def test_what_is_sent_is_what_was_read(session, now):
    draft, by = make_draft(session), make_identity()
    service.edit_announcement(session, by, draft.id, 1, now, title="Other", body="Text")
    with pytest.raises(Stale):
        service.send_announcement(session, by, draft.id, 1, now)


def test_an_announcement_that_nobody_would_get_is_not_sent(session, now):
    campaign = hear_campaign(session, hear_person(session, active=False).id)
    draft = service.celebrate_target(session, reach_target(campaign.id), now)
    assert list_messages(session) == []
    with pytest.raises(Conflict, match="Nobody"):
        service.send_announcement(session, make_identity(), draft.id, 1, now)


def test_what_is_discarded_or_sent_stays_so(session, now):
    by = make_identity()
    discarded, sent = make_draft(session), make_draft(session)
    for _ in range(2):
        service.discard_announcement(session, by, discarded.id, now)
    service.send_announcement(session, by, sent.id, 1, now)
    with pytest.raises(Conflict):
        service.send_announcement(session, by, discarded.id, 2, now)
    with pytest.raises(Conflict):
        service.discard_announcement(session, by, sent.id, now)
    for announcement in (discarded, sent):
        with pytest.raises(Conflict):
            service.edit_announcement(session, by, announcement.id, 2, now, title="New", body="Text")


def test_a_liaison_finds_no_announcement(session, now):
    draft = make_draft(session)
    with pytest.raises(NotFound):
        queries.get_announcement(session, make_identity(LIAISON, new_id()), draft.id)
