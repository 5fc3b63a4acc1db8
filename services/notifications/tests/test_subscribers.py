"""What notifications makes of what it hears, in whatever order it comes."""

from datetime import timedelta

import pytest

from services.notifications.announcements.queries import count_announcements
from services.notifications.feed.reading import read_feed
from services.notifications.messages.letters import write_letter
from services.notifications.messages.queries import find_messages
from services.notifications.messages.reader import Reader
from shared.clock import new_id, utc_now
from shared.identity import ADMIN, LIAISON
from shared.messaging.subscriptions import NotYet
from shared.testing.people import make_identity

PARTNERS, CAMPAIGNS, METRICS = "saypro.partners", "saypro.campaigns", "saypro.metrics"


def person(person_id, role="coordinator", organisation_id=None, name="Thandi Nkosi"):
    return {
        "person_id": str(person_id),
        "name": name,
        "email": f"{name.split()[0].lower()}@example.org",
        "role": role,
        "organisation_id": organisation_id and str(organisation_id),
        "locale": "en",
        "time_zone": None,
        "active": True,
        "a_field_of_tomorrow": 1,
    }


def campaign(campaign_id, owner_id, *partners, title="A swimmable harbour"):
    return {
        "campaign_id": str(campaign_id),
        "title": title,
        "cause": "environment",
        "starts_on": "2027-01-01",
        "ends_on": "2027-12-31",
        "owner_id": str(owner_id),
        "owner_name": "Thandi Nkosi",
        "partners": [str(each) for each in partners],
    }


def organisation(organisation_id, name="Harbour Trust"):
    return {"organisation_id": str(organisation_id), "name": name, "kind": "charity", "country": "ZA", "website": None}


def reached(campaign_id, kpi_id):
    return {
        "kpi_id": str(kpi_id),
        "campaign_id": str(campaign_id),
        "key": "weight_tons",
        "name": "Waste removed",
        "unit": "t",
        "target": "1E+3",
        "value": "1003.610",
        "reached_at": "2027-03-12T12:30:00Z",
    }


def status(campaign_id, after, kpi_id=None):
    return {
        "kpi_id": str(kpi_id or new_id()),
        "campaign_id": str(campaign_id),
        "key": "homes",
        "name": "Homes powered",
        "before": "on_track",
        "after": after,
        "reason": "42 % of the target at 60 % of the time",
    }


def link(expires_in, secret="https://saypro.example.org/partners/sign-in/s3cr3t-123456"):
    expires_at = (utc_now() + expires_in).isoformat()
    return {
        "person_id": str(new_id()),
        "email": "lindiwe@example.org",
        "name": "Lindiwe",
        "link": secret,
        "expires_at": expires_at,
    }


def messages(database):
    with database.transaction(write=False) as session:
        return find_messages(session, make_identity(), limit=100).items


def stories(app, database, viewer):
    with app.test_request_context(), database.transaction(write=False) as session:
        return [(story.kind, story.headline) for story in read_feed(session, viewer, limit=50).items]


def test_a_reached_target_is_told_once_however_often_it_is_heard(bus, database):
    owner, partner, one, kpi = new_id(), new_id(), new_id(), new_id()
    bus.hear(f"{PARTNERS}.person_changed.v1", person(owner))
    bus.hear(f"{PARTNERS}.person_changed.v1", person(new_id(), LIAISON, partner, "Lindiwe Dube"))
    bus.hear(f"{CAMPAIGNS}.campaign_created.v1", campaign(one, owner, partner))
    for _ in range(3):
        bus.hear(f"{METRICS}.kpi_target_reached.v1", reached(one, kpi))
    assert {message.recipient_email for message in messages(database)} == {"thandi@example.org", "lindiwe@example.org"}
    assert len(messages(database)) == 2
    with database.transaction(write=False) as session:
        assert count_announcements(session) == 1


def test_a_target_that_comes_first_waits_for_the_campaign_and_its_owner(bus, database):
    owner, one, kpi = new_id(), new_id(), new_id()
    news = f"{METRICS}.kpi_target_reached.v1", reached(one, kpi)
    with pytest.raises(NotYet):
        bus.hear(*news)
    bus.hear(f"{CAMPAIGNS}.campaign_created.v1", campaign(one, owner))
    with pytest.raises(NotYet):
        bus.hear(*news)
    bus.hear(f"{PARTNERS}.person_changed.v1", person(owner))
    bus.hear(*news)
    assert len(messages(database)) == 1


def test_a_sign_in_link_becomes_a_mail_and_one_that_has_expired_does_not(bus, database):
    bus.hear(f"{PARTNERS}.sign_in_link_requested.v1", link(timedelta(minutes=-1)))
    assert messages(database) == []
    bus.hear(f"{PARTNERS}.sign_in_link_requested.v1", link(timedelta(minutes=30)))
    [message] = messages(database)
    assert (message.subject, message.recipient_email) == ("Your sign-in link", "lindiwe@example.org")
    assert message.secret.endswith("s3cr3t-123456")
    assert "s3cr3t" not in str(message.data)


def test_the_feed_tells_each_piece_of_news_once_newest_first(bus, database, app):
    owner, partner, one = new_id(), new_id(), new_id()
    start = utc_now() - timedelta(hours=1)
    for _ in range(2):
        bus.hear(f"{PARTNERS}.organisation_registered.v1", organisation(partner), time=start)
        bus.hear(f"{CAMPAIGNS}.campaign_created.v1", campaign(one, owner, partner), time=start + timedelta(minutes=1))
    bus.hear(f"{METRICS}.kpi_status_changed.v1", status(one, "at_risk"), time=start + timedelta(minutes=2))
    bus.hear(f"{METRICS}.kpi_status_changed.v1", status(one, "off_track"), time=start + timedelta(minutes=3))
    bus.hear(f"{METRICS}.kpi_status_changed.v1", status(one, "on_track"), time=start + timedelta(minutes=4))
    assert stories(app, database, make_identity(ADMIN)) == [
        ("off_track", "Homes powered is off track in A swimmable harbour"),
        ("at_risk", "Homes powered is at risk in A swimmable harbour"),
        ("campaign_created", "A swimmable harbour"),
        ("organisation_registered", "Harbour Trust"),
    ]


def test_a_name_that_arrives_later_is_filled_in(bus, database, app):
    one, admin = new_id(), make_identity(ADMIN)
    bus.hear(f"{METRICS}.kpi_status_changed.v1", status(one, "at_risk"))
    assert stories(app, database, admin) == [("at_risk", "Homes powered is at risk in a campaign")]
    bus.hear(f"{CAMPAIGNS}.campaign_changed.v1", campaign(one, new_id(), title="Clean beaches"))
    assert stories(app, database, admin) == [("at_risk", "Homes powered is at risk in Clean beaches")]


def test_a_liaison_reads_of_their_organisation_and_its_campaigns_only(bus, database, app):
    ours, theirs, owner, mine, other = (new_id() for _ in range(5))
    bus.hear(f"{PARTNERS}.person_changed.v1", person(owner))
    for each in (ours, theirs):
        bus.hear(f"{PARTNERS}.organisation_registered.v1", organisation(each, f"Trust {each}"))
    bus.hear(f"{CAMPAIGNS}.campaign_created.v1", campaign(mine, owner, ours, title="Mine"))
    bus.hear(f"{CAMPAIGNS}.campaign_created.v1", campaign(other, owner, theirs, title="Other"))
    for each in (mine, other):
        bus.hear(f"{METRICS}.kpi_status_changed.v1", status(each, "at_risk"))
        bus.hear(f"{METRICS}.kpi_target_reached.v1", reached(each, new_id()))
    read = stories(app, database, make_identity(LIAISON, ours))
    assert sorted(read) == [
        ("at_risk", "Homes powered is at risk in Mine"),
        ("campaign_created", "Mine"),
        ("organisation_registered", f"Trust {ours}"),
        ("target_reached", "Waste removed reached its target in Mine"),
    ]
    # A partner that has left the campaign reads no more of it.
    bus.hear(f"{CAMPAIGNS}.campaign_changed.v1", campaign(mine, owner, title="Mine"))
    assert stories(app, database, make_identity(LIAISON, ours)) == [("organisation_registered", f"Trust {ours}")]


def test_a_mail_that_partners_asks_for_is_queued_once(bus, database):
    mail = {
        "mail_id": str(new_id()), "about_id": str(new_id()), "person_id": None, "organisation_id": None,
        "name": "Naledi Dlamini", "email": "naledi@example.org", "locale": "en", "time_zone": None,
        "title": "A proposal", "paragraphs": ["Hear us."], "because": "You asked.", "button": "Answer", "path": None,
        "link": "https://saypro.example.org/partners/s/s3cr3t-0123456789", "reply_to": "thandi@example.org",
        "expires_at": (utc_now() + timedelta(days=3)).isoformat(), "attachments": [], "invitation": None,
    }  # fmt: skip
    for _ in range(2):
        bus.hear(f"{PARTNERS}.mail_requested.v1", mail)
    (queued,) = messages(database)
    assert (queued.subject, queued.recipient_email, queued.secret) == ("A proposal", "naledi@example.org", mail["link"])
    assert "s3cr3t" not in str(queued.data)


def test_an_agreement_is_told_to_staff_and_its_partner_alone(bus, database, app):
    ours, agreement = new_id(), {"agreement_id": str(new_id()), "title": "Clean harbour", "number": 2}
    bus.hear(f"{PARTNERS}.organisation_registered.v1", organisation(ours))
    for _ in range(2):
        bus.hear(f"{PARTNERS}.agreement_in_force.v1", {**agreement, "organisation_id": str(ours)})
    bus.hear(f"{PARTNERS}.agreement_ended.v1", {**agreement, "organisation_id": str(ours), "reason": "All is clean."})
    told = [headline for _kind, headline in stories(app, database, make_identity(LIAISON, ours))]
    assert told[0] == "“Clean harbour” with Harbour Trust has ended"
    assert told[1] == "Both sides accepted “Clean harbour” with Harbour Trust"
    assert stories(app, database, make_identity(LIAISON, new_id())) == []


def test_liaisons_of_those_who_are_waited_for_are_asked_to_sign_each_time_once(bus, database, app):
    owner, asked, signed, one = (new_id() for _ in range(4))
    for each, name in ((asked, "Sipho Dube"), (signed, "Anna Marais")):
        bus.hear(f"{PARTNERS}.organisation_registered.v1", organisation(each, f"Trust of {name}"))
        bus.hear(f"{PARTNERS}.person_changed.v1", person(new_id(), LIAISON, each, name))
    bus.hear(f"{CAMPAIGNS}.campaign_created.v1", campaign(one, owner, asked, signed))
    proposed = {
        "kpi_id": str(new_id()), "campaign_id": str(one), "key": "waste", "name": "Waste removed", "unit": "t",
        "target": "1000.50", "due_on": "2027-12-31", "number": 1, "waits_for": [str(asked)],
    }  # fmt: skip
    bus.hear(f"{METRICS}.target_proposed.v1", proposed)
    [message] = messages(database)
    assert (message.subject, message.recipient_email) == (
        "Please sign: Waste removed in A swimmable harbour",
        "sipho@example.org",
    )
    letter = write_letter(message.template, message.data, Reader())
    assert letter.blocks[2].address == f"/metrics/campaigns/{one}/kpis/waste/sign"
    assert "by 31 December 2027" in letter.preview
    assert "Trust of Sipho Dube" in letter.preview
    bus.hear(f"{METRICS}.target_proposed.v1", proposed)
    assert len(messages(database)) == 2


def test_the_feed_tells_of_a_target_once_both_sides_signed_it(bus, database, app):
    one = new_id()
    for complete in (False, True):
        news = {"campaign_id": str(one), "key": "waste", "name": "Waste removed", "complete": complete}
        bus.hear(f"{METRICS}.target_signed.v1", news)
    told = "Both sides signed the target for Waste removed in a campaign"
    assert stories(app, database, make_identity(ADMIN)) == [("target_signed", told)]
