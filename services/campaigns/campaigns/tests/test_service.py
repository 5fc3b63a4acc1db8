from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from services.campaigns.campaigns import service
from services.campaigns.campaigns.models import MOST_PARTNERS
from services.campaigns.campaigns.queries import count_campaigns, find_campaigns, get_campaign
from services.campaigns.campaigns.tests.factories import DETAILS, around, make_campaign
from services.campaigns.known.tests.factories import hear_organisation, hear_person
from shared.clock import new_id
from shared.database.history import list_history, verify_chain
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import LIAISON, VIEWER
from shared.messaging.wake import Listener
from shared.testing.people import make_identity

TODAY = date(2026, 5, 10)
ANYTHING = {"search": "", "status": None, "cause": None, "partner": None}


def titles(session, viewer=None, **filters):
    wanted = {**ANYTHING, **filters}
    found = find_campaigns(session, viewer or make_identity(), TODAY, cursor=None, limit=50, **wanted)
    assert count_campaigns(session, viewer or make_identity(), TODAY, **wanted) == len(found.items)
    return [campaign.title for campaign in found.items]


def test_a_new_campaign_is_told_with_its_owner_and_its_partners_in_order(session, bus, now):
    coordinator, partners = make_identity(), [new_id(), new_id(), new_id()][::-1]
    campaign = make_campaign(session, by=coordinator, now=now, partners=partners)
    session.commit()
    (event,) = bus.published()
    assert event.type == "saypro.campaigns.campaign_created.v1"
    assert event.subject == str(campaign.id)
    assert event.time == now
    assert event.data == {
        "campaign_id": str(campaign.id), "title": "A swimmable harbour", "cause": "environment",
        "starts_on": "2026-03-01", "ends_on": "2026-11-30", "owner_id": str(coordinator.person_id),
        "owner_name": coordinator.name, "partners": [str(each) for each in partners],
    }  # fmt: skip


def test_a_refused_transaction_tells_nothing(session, bus):
    make_campaign(session)
    session.rollback()
    assert bus.published() == []


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [(-1, 9, "planned"), (0, 9, "running"), (5, 5, "running"), (9, 0, "running"), (0, 0, "running"), (9, -1, "ended")],
)
def test_the_status_follows_from_the_dates_in_memory_as_in_the_list(session, before, after, status):
    campaign = make_campaign(session, **around(TODAY, before=before, after=after))
    assert campaign.status_on(TODAY) == status
    for each in ("planned", "running", "ended"):
        assert bool(titles(session, status=each)) == (each == status)


def test_the_list_is_narrowed_by_title_cause_and_partner(session):
    watch = new_id()
    make_campaign(session, title="Straße der Kinder", cause="education", starts_on=date(2026, 1, 1))
    make_campaign(session, title="100% river", partners=[new_id(), watch], starts_on=date(2026, 2, 1))
    assert titles(session) == ["100% river", "Straße der Kinder"]
    assert titles(session, search="STRASSE") == ["Straße der Kinder"]
    assert titles(session, search="0% r") == ["100% river"]
    assert titles(session, search="_") == []
    assert titles(session, cause="education") == ["Straße der Kinder"]
    assert titles(session, partner=watch) == ["100% river"]
    assert titles(session, search="river", cause="education") == []


def test_a_list_of_equal_dates_is_paged_without_gap_or_repeat(session):
    for number in range(7):
        make_campaign(session, title=f"Campaign {number}")
    seen, cursor = [], None
    while True:
        page = find_campaigns(session, make_identity(), TODAY, cursor=cursor, limit=3, **ANYTHING)
        seen += [campaign.title for campaign in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"Campaign {number}" for number in reversed(range(7))]


def test_a_liaison_finds_only_what_their_organisation_takes_part_in(session):
    own = new_id()
    shared = make_campaign(session, title="Ours", partners=[new_id(), own])
    foreign = make_campaign(session, title="Theirs", partners=[new_id()])
    liaison = make_identity(LIAISON, own)
    assert titles(session, liaison) == ["Ours"]
    assert titles(session, liaison, partner=foreign.partners[0]) == []
    assert get_campaign(session, liaison, shared.id) is shared
    with pytest.raises(NotFound):
        get_campaign(session, liaison, foreign.id)
    service.remove_partner(session, make_identity(), shared.id, own, shared.created_at)
    assert titles(session, liaison) == []


def test_a_change_is_told_noted_and_gives_the_next_version(session, bus, now):
    by = make_identity()
    campaign = make_campaign(session, now=now)
    changed = service.change_campaign(
        session, by, campaign.id, 1, now, **{**DETAILS, "title": "Clean bay", "ends_on": date(2027, 1, 31)}
    )
    assert changed.version == 2
    entry = list_history(session, campaign.id)[0]
    assert (entry.person_name, entry.action) == (by.name, "changed the details")
    assert entry.detail["before"] == {"title": "A swimmable harbour", "ends_on": "2026-11-30"}
    assert entry.detail["after"] == {"title": "Clean bay", "ends_on": "2027-01-31"}
    assert verify_chain(session) is None
    session.commit()
    assert bus.published("campaign_changed")[0].data["title"] == "Clean bay"


def test_a_change_that_changes_nothing_leaves_no_trace(session, bus, now):
    campaign = make_campaign(session, partners=[new_id()])
    service.change_campaign(session, make_identity(), campaign.id, 1, now, **DETAILS)
    assert campaign.version == 1
    assert len(list_history(session, campaign.id)) == 1
    session.commit()
    assert bus.published("campaign_changed") == []


def test_a_change_of_what_someone_else_changed_is_refused_and_names_them(session, now):
    campaign = make_campaign(session)
    thandi = make_identity(name="Thandi")
    service.change_campaign(session, thandi, campaign.id, 1, now, **{**DETAILS, "title": "First"})
    with pytest.raises(Stale, match="Thandi changed the details"):
        service.change_campaign(session, make_identity(), campaign.id, 1, now, **{**DETAILS, "title": "Second"})
    assert campaign.title == "First"


def test_owner_and_partners_stay_unless_given(session, now):
    campaign = make_campaign(session, partners=[new_id()])
    owner, partners = campaign.owner_id, campaign.partners
    service.change_campaign(session, make_identity(), campaign.id, 1, now, **{**DETAILS, "title": "Other"})
    assert (campaign.owner_id, campaign.partners) == (owner, partners)


def test_partners_can_be_replaced_and_reordered_at_once(session, now, bus):
    first, second, third = new_id(), new_id(), new_id()
    campaign = make_campaign(session, partners=[first, second])
    joined = campaign.partnerships[1].created_at
    later = now + timedelta(days=1)
    wanted = [third, second]
    service.change_campaign(session, make_identity(), campaign.id, 1, later, **{**DETAILS, "partners": wanted})
    session.commit()
    session.expire_all()
    assert campaign.partners == wanted
    assert [each.created_at for each in campaign.partnerships] == [later, joined]
    assert bus.published()[-1].data["partners"] == [str(third), str(second)]


def test_adding_partners_keeps_their_order_and_adds_nobody_twice(session, bus, now):
    first, second, third = new_id(), new_id(), new_id()
    campaign = make_campaign(session, now=now, partners=[second])
    by = make_identity()
    assert service.add_partners(session, by, campaign.id, [third, second, third, first], now) == [third, first]
    assert campaign.partners == [second, third, first]
    assert campaign.version == 2
    assert service.add_partners(session, by, campaign.id, [first], now) == []
    assert campaign.version == 2
    session.commit()
    assert [event.data["partners"] for event in bus.published("campaign_changed")] == [
        [str(second), str(third), str(first)]
    ]


def test_a_campaign_takes_no_more_partners_than_it_may_have(session, now):
    campaign = make_campaign(session, partners=[new_id() for _ in range(MOST_PARTNERS)])
    with pytest.raises(Conflict, match="at most 200"):
        service.add_partners(session, make_identity(), campaign.id, [new_id()], now)
    assert len(campaign.partners) == MOST_PARTNERS


def test_a_removed_partner_is_gone_and_can_come_back(session, bus, now):
    organisation_id = hear_organisation(bus, "Ocean Watch")
    campaign = make_campaign(session, partners=[organisation_id])
    by = make_identity()
    service.remove_partner(session, by, campaign.id, organisation_id, now)
    assert campaign.partners == []
    assert list_history(session, campaign.id)[0].detail == {"partners": {str(organisation_id): "Ocean Watch"}}
    with pytest.raises(NotFound):
        service.remove_partner(session, by, campaign.id, organisation_id, now)
    assert service.add_partners(session, by, campaign.id, [organisation_id], now)
    session.commit()
    session.expire_all()
    assert campaign.partners == [organisation_id]


def test_only_staff_who_can_sign_in_can_own_a_campaign(session, bus, now):
    nomsa, gone = hear_person(bus, "Nomsa"), hear_person(bus, "Gone", active=False)
    viewer, liaison = hear_person(bus, "Vic", role=VIEWER), hear_person(bus, "Lia", role=LIAISON)
    campaign = make_campaign(session)
    by, version = make_identity(), 1
    for person_id in (gone, liaison, new_id()):
        with pytest.raises(Invalid) as refused:
            service.change_campaign(session, by, campaign.id, 1, now, **{**DETAILS, "owner_id": person_id})
        assert set(refused.value.fields) == {"owner_id"}
    for person_id in (nomsa, viewer, by.person_id):
        service.change_campaign(session, by, campaign.id, version, now, **{**DETAILS, "owner_id": person_id})
        assert campaign.owner_id == person_id
        version = campaign.version
    assert campaign.owner_name == by.name


def test_a_person_s_new_name_reaches_their_campaigns_without_disturbing_an_edit(session, bus, now):
    by = make_identity(name="Thandi")
    campaign, other = make_campaign(session, by=by), make_campaign(session)
    session.commit()
    changed_at = campaign.updated_at
    hear_person(bus, "Thandi Mokoena", by.person_id)
    hear_person(bus, "Thandi Mokoena", by.person_id)
    session.refresh(campaign)
    assert (campaign.owner_name, campaign.version, campaign.updated_at) == ("Thandi Mokoena", 1, changed_at)
    (event,) = bus.published("campaign_changed")
    assert (event.subject, event.data["owner_name"]) == (str(campaign.id), "Thandi Mokoena")
    session.refresh(other)
    assert other.owner_name != "Thandi Mokoena"
    service.change_campaign(session, by, campaign.id, 1, now, **{**DETAILS, "title": "Still mine to edit"})


@pytest.mark.parametrize("news", ["a change", "a partner", "a name"])
def test_open_pages_hear_of_it(session, bus, database, now, news):
    organisation_id = new_id()
    campaign = make_campaign(session, partners=[organisation_id])
    session.commit()
    topic = service.channel_of(campaign.id)
    with Listener(database, frozenset({topic})) as listener:
        if not database.is_sqlite:
            listener.wait(10)  # MISSED: it listens from now on
        if news == "a change":
            service.change_campaign(session, make_identity(), campaign.id, 1, now, **{**DETAILS, "title": "New"})
            session.commit()
        elif news == "a partner":
            service.add_partners(session, make_identity(), campaign.id, [new_id()], now)
            session.commit()
        else:
            hear_organisation(bus, "Ocean Watch", organisation_id)
        assert topic in listener.wait(10)


def test_several_who_add_partners_at_once_all_succeed(database, session, now):
    campaign = make_campaign(session)
    session.commit()
    added = [new_id() for _ in range(12)]
    together = Barrier(4)

    def add_some(mine):
        together.wait(10)
        for organisation_id in mine:
            with database.transaction() as own:
                # A page looks at the campaign first; what others commit after that look must not get in the way.
                get_campaign(own, make_identity(), campaign.id)
                service.add_partners(own, make_identity(), campaign.id, [organisation_id], now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_some, [added[each::4] for each in range(4)]))
    session.expire_all()
    assert sorted(campaign.partners) == sorted(added)
    assert [each.position for each in campaign.partnerships] == list(range(12))
    assert campaign.version == 13


def test_a_merged_partner_hands_its_part_to_the_survivor_and_others_are_told(session, bus):
    merged, survivor, other = (hear_organisation(bus, name) for name in ("Bay NPC", "Bay Trust", "City"))
    one = make_campaign(session, partners=[merged, other])
    both = make_campaign(session, partners=[survivor, merged])
    session.commit()
    for _time in range(2):
        bus.hear(
            "saypro.partners.organisations_merged.v1",
            {"merged_id": merged, "survivor_id": survivor},
            subject=str(merged),
        )
    session.expire_all()
    assert one.partners == [survivor, other]
    assert both.partners == [survivor]
    told = [event.data["partners"] for event in bus.published("campaign_changed")]
    assert told == [[str(survivor), str(other)], [str(survivor)]]
    assert list_history(session, one.id)[0].action == "merged two partners that are one organisation"
