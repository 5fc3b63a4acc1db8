from datetime import timedelta

from services.notifications.known.queries import (
    find_person,
    list_liaisons,
    list_partner_names,
    name_campaigns,
    name_organisations,
)
from services.notifications.known.service import keep_campaign, keep_organisation, keep_person, merge_organisation
from services.notifications.known.tests.factories import (
    hear_campaign,
    hear_liaison,
    hear_organisation,
    hear_person,
)
from shared.clock import new_id


def test_the_newest_news_of_a_person_counts_in_whatever_order_it_comes(session, now):
    person = hear_person(session, "Thandi Nkosi")
    kept = {"role": person.role, "organisation_id": None, "locale": "en", "time_zone": None, "email": "t@example.org"}
    later = person.heard_at + timedelta(minutes=2)
    keep_person(session, person.id, later, name="Thandi Dube", active=False, **kept)
    keep_person(session, person.id, later - timedelta(minutes=1), name="Thandi in between", active=True, **kept)
    assert (find_person(session, person.id).name, find_person(session, person.id).active) == ("Thandi Dube", False)


def test_a_campaigns_partners_are_exactly_those_last_heard_in_their_order(session, now):
    first, second, third = (hear_organisation(session, name) for name in ("Ocean Watch", "City", "Harbour Trust"))
    campaign = hear_campaign(session, new_id(), [third, first, third])
    assert list_partner_names(session, campaign.id) == ["Harbour Trust", "Ocean Watch"]
    details = {
        name: getattr(campaign, name) for name in ("title", "cause", "starts_on", "ends_on", "owner_id", "owner_name")
    }
    keep_campaign(session, campaign.id, campaign.heard_at, partners=[second], **details)
    assert list_partner_names(session, campaign.id) == ["City"]
    keep_campaign(session, campaign.id, now - timedelta(days=1), partners=[first], **details)
    assert list_partner_names(session, campaign.id) == ["City"]


def test_a_partner_whose_name_has_not_arrived_is_filled_in_when_it_does(session, now):
    unheard = new_id()
    campaign = hear_campaign(session, new_id(), [unheard])
    assert list_partner_names(session, campaign.id) == []
    assert name_organisations(session, [unheard]) == {}
    keep_organisation(session, unheard, now, name="Late Trust")
    assert list_partner_names(session, campaign.id) == ["Late Trust"]
    assert name_campaigns(session, [campaign.id, new_id()]) == {campaign.id: "A swimmable harbour"}


def test_liaisons_are_those_of_partners_who_may_still_sign_in(session):
    ours, theirs = hear_organisation(session), hear_organisation(session, "Elsewhere")
    campaign = hear_campaign(session, new_id(), [ours])
    hear_liaison(session, ours, "Gone Away", active=False)
    hear_liaison(session, theirs, "Other Side")
    hear_person(session, "A Viewer", "viewer", ours)
    kept = hear_liaison(session, ours)
    assert [person.id for person in list_liaisons(session, campaign.id)] == [kept.id]


def test_people_and_campaigns_of_a_merged_organisation_are_the_survivors(session):
    merged, survivor = hear_organisation(session, "Bay NPC"), hear_organisation(session, "Bay Trust")
    liaison = hear_liaison(session, merged)
    campaigns = [hear_campaign(session, new_id(), partners).id for partners in ([merged], [survivor, merged])]
    for _time in range(2):
        merge_organisation(session, merged, survivor)
    for campaign_id in campaigns:
        assert list_partner_names(session, campaign_id) == ["Bay Trust"]
        assert [each.id for each in list_liaisons(session, campaign_id)] == [liaison.id]
    assert name_organisations(session, [merged]) == {}
