"""The mails that tell of reports."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.notifications.announcements.audience import PersonalLink
from services.notifications.announcements.signing import ProposedTarget, ask_to_sign
from services.notifications.announcements.tests.factories import make_scene
from services.notifications.known.tests.factories import hear_contact, hear_liaison, hear_organisation
from services.notifications.messages.letters import SECRET_LINK, Button, Paragraph, write_letter
from services.notifications.messages.queries import find_messages
from services.notifications.messages.reader import Reader
from services.notifications.reports.service import Line, Published, Reported, tell_drafted, tell_published
from shared.clock import new_id
from shared.messaging.subscriptions import NotYet
from shared.testing.people import make_identity

DAYS = {"kind": "final", "starts_on": date(2014, 5, 1), "ends_on": date(2024, 12, 31)}


def publish(campaign_id: Any, partners: Any, **changes: Any) -> Published:
    lines = [Line("Waste removed", "t", Decimal("1003.610"), Decimal(1000), "reached")]
    details = {**DAYS, "edition": 1, "reason": "", "partners": partners, "kpis": lines, **changes}
    return Published(report_id=changes.pop("report_id", new_id()), campaign_id=campaign_id, **details)


def mails_of(session: Session, campaign_id: Any) -> list[Any]:
    return list(find_messages(session, make_identity(), limit=100, campaign=campaign_id).items)


def test_a_due_report_is_told_to_the_campaigns_owner_alone_and_once(session: Session, now: Any) -> None:
    campaign, owner, _liaison = make_scene(session)
    report = Reported(new_id(), campaign.id, **DAYS)
    tell_drafted(session, report, now)
    tell_drafted(session, report, now)
    (mail,) = mails_of(session, campaign.id)
    assert (mail.recipient_id, mail.template) == (owner.id, "report_drafted")
    letter = write_letter(mail.template, mail.data, Reader())
    assert [each.address for each in letter.blocks if isinstance(each, Button)] == [
        f"/metrics/reports/{report.report_id}"
    ]


def test_a_sent_report_reaches_the_owner_and_the_liaisons_of_those_it_was_sent_to(session: Session, now: Any) -> None:
    campaign, owner, liaison = make_scene(session)
    # A liaison of an organisation that is no partner of the campaign gets nothing.
    hear_liaison(session, hear_organisation(session))
    report = publish(campaign.id, [liaison.organisation_id])
    tell_published(session, report, now)
    tell_published(session, report, now)
    mails = mails_of(session, campaign.id)
    assert {mail.recipient_id for mail in mails} == {owner.id, liaison.id}
    assert len(mails) == 2


def test_who_joined_after_the_freezing_gets_no_mail(session: Session, now: Any) -> None:
    campaign, owner, _liaison = make_scene(session)
    tell_published(session, publish(campaign.id, []), now)
    assert [mail.recipient_id for mail in mails_of(session, campaign.id)] == [owner.id]


def test_the_mail_says_what_is_verified_and_why_a_report_was_issued_again(session: Session, now: Any) -> None:
    campaign, _owner, liaison = make_scene(session)
    again = publish(campaign.id, [liaison.organisation_id], edition=2, reason="A scale was wrong")
    tell_published(session, again, now)
    mail = next(each for each in mails_of(session, campaign.id) if each.recipient_id == liaison.id)
    said = [
        each.text for each in write_letter(mail.template, mail.data, Reader()).blocks if isinstance(each, Paragraph)
    ]
    assert "A scale was wrong" in said
    assert (
        "Waste removed: 1,003.61\N{NO-BREAK SPACE}t verified. The target of 1,000\N{NO-BREAK SPACE}t is reached."
        in said
    )


def test_news_of_a_campaign_that_is_not_known_yet_wait(session: Session, now: Any) -> None:
    with pytest.raises(NotYet):
        tell_published(session, publish(new_id(), []), now)


def test_a_liaison_without_an_account_gets_a_link_of_their_own(session: Session, now: Any) -> None:
    campaign, _owner, liaison = make_scene(session)
    contact = hear_contact(session, liaison.organisation_id)
    links = [PersonalLink(each, f"https://a.example/{each}", now + timedelta(days=9)) for each in (contact, liaison.id)]
    tell_published(session, publish(campaign.id, [liaison.organisation_id], links=links), now)
    target = ProposedTarget(
        new_id(), campaign.id, "waste", "Waste", "t", Decimal(9), date(2027, 1, 1), [liaison.organisation_id], links
    )
    ask_to_sign(session, target, "news", now)
    found = {
        (mail.recipient_name, block.address, bool(mail.secret))
        for mail in mails_of(session, campaign.id)
        for block in write_letter(mail.template, mail.data, Reader()).blocks
        if isinstance(block, Button)
    }
    assert {each for each in found if each[0] == "Sipho Ndlovu"} == {("Sipho Ndlovu", SECRET_LINK, True)}
    assert all(address.startswith("/metrics/") for name, address, _ in found if name != "Sipho Ndlovu")
