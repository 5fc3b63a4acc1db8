"""Reminding liaisons of figures that are overdue."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from services.notifications.announcements.reminding import Owed, remind_of_figures
from services.notifications.announcements.tests.factories import make_scene
from services.notifications.feed.queries import find_items
from services.notifications.known.tests.factories import hear_liaison, hear_organisation
from services.notifications.messages.letters import Button, Paragraph, write_letter
from services.notifications.messages.queries import find_messages
from services.notifications.messages.reader import Reader
from shared.clock import new_id
from shared.messaging.subscriptions import NotYet
from shared.testing.people import make_identity

OCTOBER = Owed("Pupils taught", date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 14), noticed=True)


def test_the_liaison_of_who_owes_is_reminded_once_and_only_of_news(session: Session, now: datetime) -> None:
    campaign, _owner, liaison = make_scene(session)
    hear_liaison(session, hear_organisation(session))
    partner = liaison.organisation_id
    for key in ("one", "one"):
        remind_of_figures(session, campaign.id, partner, [OCTOBER], key, now)
    remind_of_figures(session, campaign.id, partner, [replace(OCTOBER, noticed=False)], "two", now)
    remind_of_figures(session, campaign.id, partner, [], "three", now)
    (mail,) = find_messages(session, make_identity(), limit=9, campaign=campaign.id).items
    assert (mail.recipient_id, mail.template) == (liaison.id, "figures_overdue")
    letter = write_letter(mail.template, mail.data, Reader())
    lines = [each.text for each in letter.blocks if isinstance(each, Paragraph)]
    assert "Pupils taught, 1 October 2026 to 31 October 2026, was due by 14 November 2026." in lines
    assert [each.address for each in letter.blocks if isinstance(each, Button)] == [
        f"/partners/organisations/{partner}/report"
    ]


def test_the_feed_tells_staff_and_no_other_partner(session: Session, now: datetime) -> None:
    campaign, _owner, liaison = make_scene(session)
    remind_of_figures(session, campaign.id, liaison.organisation_id, [OCTOBER], "one", now)
    assert [each.data["names"] for each in find_items(session, make_identity(), limit=9).items] == [["Pupils taught"]]
    theirs = find_items(session, make_identity("liaison", liaison.organisation_id), limit=9)
    assert theirs.items == []


def test_a_reminder_waits_for_the_campaign(session: Session, now: datetime) -> None:
    with pytest.raises(NotYet):
        remind_of_figures(session, new_id(), new_id(), [OCTOBER], "one", now)
