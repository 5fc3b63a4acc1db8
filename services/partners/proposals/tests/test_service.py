"""A proposal is sent as it was shown, answered in versions by both sides, and silence never accepts."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.partners.agreements import queries as agreements
from services.partners.contacts.queries import find_liaison
from services.partners.contacts.service import name_liaison
from services.partners.contacts.tests.factories import make_contact
from services.partners.organisations.queries import get_organisation, list_stage_changes
from services.partners.organisations.service import change_stage
from services.partners.organisations.tests.factories import make_organisation
from services.partners.proposals.models import Reply, Side, State, digest_of
from services.partners.proposals.queries import (
    find_waiting_proposals,
    get_proposal,
    get_version,
    list_answers,
    list_versions,
)
from services.partners.proposals.service import clock, templates, writing
from services.partners.proposals.service.answering import accept_counter
from services.partners.proposals.tests.factories import (
    FIELDS,
    LINKS,
    TEXT,
    TODAY,
    VALUES,
    make_proposal,
    make_proposals,
    make_template,
    say,
    send,
)
from shared.clock import utc_now
from shared.database.links import open_link
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.identity import LIAISON
from shared.testing.databases import Bus
from shared.testing.people import make_identity

STAFF = make_identity()


def says(words: str) -> Callable[[Invalid], bool]:
    """What `pytest.raises` checks: whether some field's problem holds these words."""
    return lambda invalid: any(words in text for text in invalid.fields.values())


def stage_of(session: Session, organisation_id: UUID) -> str:
    session.expire_all()
    return get_organisation(session, STAFF, organisation_id).stage


def test_each_organisation_gets_its_own_copy_and_those_without_a_liaison_are_left_out(
    session, organisation_id, bus: Bus
):
    other, nobody = (make_organisation(session, name=name) for name in ("River Guard", "Nobody There"))
    contact = make_contact(session, other.id, name="Thabo *Bold* Mokoena", email="thabo@example.org")
    name_liaison(session, STAFF, contact.id, utc_now())
    copies = make_proposals(session, [organisation_id, other.id, nobody.id])
    text = TEXT.replace("the boats", "the bags")
    writing.edit_draft(session, STAFF, copies[1].id, 1, utc_now(), title="Clean river", text=text, values=VALUES)
    sent = send(session, *copies)
    assert [each.state for each in copies] == [State.SENT, State.SENT, State.DRAFT]
    assert len(sent) == 2
    session.commit()
    mails = {each.data["email"]: each.data for each in bus.published("mail_requested")}
    assert set(mails) == {"naledi@example.org", "thabo@example.org"}
    assert "the boats" in mails["naledi@example.org"]["body"]
    river = mails["thabo@example.org"]
    assert river["title"] == "Clean river: a proposal to River Guard"
    assert "the bags" in river["body"]
    assert r"Thabo \*Bold\* Mokoena" in river["body"], "what looks like Markdown in a name stays a name"
    assert r"12 March 2027" in river["body"]
    assert "{{" not in river["body"]


def test_what_was_sent_stays_as_it_was_sent(session, organisation_id):
    proposal = make_proposal(session, organisation_id)
    [first] = send(session, proposal)
    text, digest = first.text, first.digest
    assert "{{organisation}}" not in text
    assert "{{budget}}" in text
    templates.change_template(
        session, STAFF, proposal.template_id, 1, utc_now(), templates.Wording(title="New", text="New", fields=[])
    )
    writing.edit_draft(
        session, STAFF, proposal.id, proposal.version, utc_now(), title="Other", text="Other {{start}}", values=VALUES
    )
    assert say(session, proposal, Reply.ASK_FOR_CHANGES, comment="Later, please.") is None
    send(session, proposal)
    session.expire_all()
    one = get_version(session, proposal, 1)
    assert (one.text, one.digest) == (text, digest)
    assert digest == digest_of(proposal.id, 1, "Clean harbour", one.text, one.values)
    assert [each.number for each in list_versions(session, proposal.id)] == [2, 1]


def test_sending_what_was_changed_since_it_was_confirmed_is_refused(session, organisation_id, bus: Bus):
    proposal = make_proposal(session, organisation_id)
    seen = writing.fingerprint(writing.list_copies(session, [proposal]))
    liaison = find_liaison(session, organisation_id)
    liaison.email = "new@example.org"
    session.flush()
    how = writing.Sending(TODAY, "", LINKS)
    with pytest.raises(Stale, match="who gets what"):
        writing.send_copies(session, STAFF, [proposal], seen, utc_now(), today=TODAY, how=how)
    again = writing.fingerprint(writing.list_copies(session, [proposal]))
    late = writing.Sending(TODAY - timedelta(days=1), "", LINKS)
    with pytest.raises(Invalid, check=says("today or a later day")):
        writing.send_copies(session, STAFF, [proposal], again, utc_now(), today=TODAY, how=late)
    writing.send_copies(session, STAFF, [proposal], again, utc_now(), today=TODAY, how=how)
    with pytest.raises(Conflict, match="Nobody can get it"):
        send(session, proposal)
    session.commit()
    assert [each.data["email"] for each in bus.published("mail_requested")] == ["new@example.org"]


def test_a_counter_is_a_version_of_its_own_that_we_accept(session, organisation_id, bus: Bus):
    proposal = make_proposal(session, organisation_id)
    send(session, proposal)
    with pytest.raises(Invalid, check=says("This is what you were sent")):
        say(session, proposal, Reply.COUNTER, values=VALUES)
    with pytest.raises(Invalid, check=says("Nothing stands behind {{liaison}}.")):
        say(session, proposal, Reply.COUNTER, text="For {{liaison}}")
    say(session, proposal, Reply.COUNTER, comment="We need more.")
    second = get_version(session, proposal, 2)
    assert (second.side, second.values["budget"], proposal.state) == (Side.PARTNER, "15000", State.COUNTERED)
    assert stage_of(session, organisation_id) == "in_discussion"
    with pytest.raises(Conflict, match="not the version"):
        accept_counter(session, STAFF, proposal.id, get_version(session, proposal, 1).digest, utc_now())
    accept_counter(session, STAFF, proposal.id, second.digest, utc_now())
    assert (proposal.state, proposal.waits_for) == (State.ACCEPTED, None)
    assert [each.side for each in list_answers(session, [second])] == [Side.US]
    with pytest.raises(Conflict):
        accept_counter(session, STAFF, proposal.id, second.digest, utc_now())
    session.commit()
    assert "accepted your version" in bus.published("mail_requested")[-1].data["paragraphs"][0]


def test_a_next_version_has_the_date_and_the_signature_of_the_day_it_is_sent(session, organisation_id):
    proposal = make_proposal(session, organisation_id)
    [first] = send(session, proposal)
    assert "22 November 2026" in first.text
    counter = first.text.replace("You bring the boats.", "We bring two boats.") + "\n\nSigned at sea."
    say(session, proposal, Reply.COUNTER, text=counter)
    text, values = writing.read_draft(session, proposal)
    assert "{{our_person}}, {{date}}" in text
    assert "We bring two boats." in text, "what they wrote stays"
    writing.edit_draft(
        session, STAFF, proposal.id, proposal.version, utc_now(), title=proposal.title, text=text, values=values
    )
    later = make_identity(name="Themba Zulu")
    [third] = send(session, proposal, today=TODAY + timedelta(days=3), by=later)
    assert "Themba Zulu, 25 November 2026" in third.text
    assert "22 November" not in third.text


def test_our_new_version_answers_a_counter_and_takes_the_place_of_the_old_one(session, organisation_id, bus: Bus):
    proposal = make_proposal(session, organisation_id)
    [first] = send(session, proposal)
    say(session, proposal, Reply.COUNTER)
    text, values = writing.read_draft(session, proposal)
    assert values["budget"] == "15000", "we go on from what they sent"
    assert text == TEXT, "the date and who signs are open again"
    values = {**values, "budget": "13000"}
    writing.edit_draft(
        session, STAFF, proposal.id, proposal.version, utc_now(), title=proposal.title, text=text, values=values
    )
    assert proposal.state == State.COUNTERED, "a draft answers nothing yet"
    send(session, proposal)
    assert (proposal.state, proposal.latest) == (State.SENT, 3)
    with pytest.raises(Conflict, match="not the version"):
        say(session, proposal, digest=first.digest)
    say(session, proposal)
    assert proposal.state == State.ACCEPTED
    session.commit()
    links = [each.data["link"] for each in bus.published("mail_requested") if each.data["link"]]
    subjects = {open_link(session, writing.ANSWERING, link.removeprefix(LINKS), utc_now()).subject_id for link in links}
    assert subjects == {proposal.id}, "an old mail leads to the newest version too"


def test_who_declines_or_asks_says_why_and_the_board_follows(session, organisation_id):
    proposal = make_proposal(session, organisation_id)
    send(session, proposal)
    assert stage_of(session, organisation_id) == "approached"
    for reply in (Reply.DECLINE, Reply.ASK_FOR_CHANGES):
        with pytest.raises(Invalid) as refused:
            say(session, proposal, reply)
        assert "comment" in refused.value.fields
    say(session, proposal, Reply.DECLINE, comment="Our board said no.")
    assert stage_of(session, organisation_id) == "declined"
    assert "Our board said no." in list_stage_changes(session, organisation_id)[0].reason
    with pytest.raises(Conflict, match="can't be answered any more"):
        say(session, proposal)


def test_a_partner_stays_a_partner_whatever_it_answers(session, organisation_id):
    change_stage(session, STAFF, organisation_id, "partner", "Agreed.", utc_now())
    proposal = make_proposal(session, organisation_id)
    send(session, proposal)
    say(session, proposal, Reply.DECLINE, comment="Not this year.")
    assert stage_of(session, organisation_id) == "partner"


def test_silence_lapses_after_one_reminder_and_never_accepts(session, organisation_id, bus: Bus):
    proposal = make_proposal(session, organisation_id)
    send(session, proposal)
    last = TODAY + timedelta(days=14)
    for day in (last - timedelta(days=4), last - timedelta(days=3), last - timedelta(days=2)):
        clock.remind_liaisons(session, utc_now(), day, LINKS)
    clock.lapse_proposals(session, utc_now(), last)
    assert proposal.state == State.SENT, "the last day counts"
    with pytest.raises(Conflict, match="time to answer is over"):
        say(session, proposal, today=last + timedelta(days=1))
    clock.lapse_proposals(session, utc_now(), last + timedelta(days=1))
    assert proposal.state == State.LAPSED
    assert list_answers(session, list_versions(session, proposal.id)) == []
    session.commit()
    titles = [each.data["title"] for each in bus.published("mail_requested")]
    assert titles == [
        "Clean harbour: a proposal to Harbour Trust",
        "Clean harbour: an answer is due by 6 December 2026",
    ]
    writing.edit_draft(
        session, STAFF, proposal.id, proposal.version, utc_now(), title="Again", text="Again", values=VALUES
    )
    send(session, proposal)
    assert (proposal.state, proposal.reminded_at) == (State.SENT, None)


def test_taking_it_back_ends_it_and_tells_only_who_got_it(session, organisation_id, bus: Bus):
    draft, sent = make_proposal(session, organisation_id), make_proposal(session, organisation_id)
    send(session, sent)
    for proposal in (draft, sent):
        writing.withdraw_proposal(session, STAFF, proposal.id, proposal.version, utc_now(), "The budget is gone.")
    session.commit()
    told = [each.data for each in bus.published("mail_requested") if "taken back" in each.data["title"]]
    assert [each["paragraphs"][-1] for each in told] == ["The budget is gone."]
    with pytest.raises(Conflict):
        say(session, sent)
    with pytest.raises(Conflict, match="settled"):
        writing.edit_draft(session, STAFF, sent.id, sent.version, utc_now(), title="x", text="x", values={})


def test_an_accepted_proposal_becomes_the_purpose_of_one_agreement(session, organisation_id):
    proposal = make_proposal(session, organisation_id)
    send(session, proposal)
    with pytest.raises(Conflict):
        writing.draft_its_agreement(session, STAFF, proposal.id, proposal.version, utc_now())
    say(session, proposal)
    agreement = writing.draft_its_agreement(session, STAFF, proposal.id, proposal.version, utc_now())
    assert (agreement.title, agreement.organisation_id) == ("Clean harbour", organisation_id)
    assert proposal.agreement_id == agreement.id
    terms = agreements.get_version(session, STAFF, agreement, 1).terms
    # Each paragraph is one line: a break would begin another paragraph.
    line = next(each for each in terms["purpose"]["text"].splitlines() if each.startswith("Dear"))
    assert line.endswith("from 12 March 2027 on.")
    with pytest.raises(Conflict):
        writing.draft_its_agreement(session, STAFF, proposal.id, proposal.version, utc_now())


def test_what_is_open_says_who_is_waited_for(session, organisation_id):
    sent, countered, draft, settled = (make_proposal(session, organisation_id) for _ in range(4))
    send(session, sent, countered, settled)
    say(session, countered, Reply.COUNTER)
    say(session, settled)
    today = utc_now().date()
    waiting = find_waiting_proposals(session, [organisation_id], today + timedelta(days=9))
    assert {each.id: each.waits_for for each in waiting} == {sent.id: Side.PARTNER, countered.id: Side.US}
    assert find_waiting_proposals(session, [draft.id], today) == []


def test_a_liaison_sees_what_was_sent_to_their_own_organisation(session, organisation_id):
    proposal = make_proposal(session, organisation_id)
    own = make_identity(LIAISON, organisation_id)
    stranger = make_identity(LIAISON, make_organisation(session, name="Stranger").id)
    with pytest.raises(NotFound):
        get_proposal(session, own, proposal.id)
    send(session, proposal)
    assert get_proposal(session, own, proposal.id) is proposal
    with pytest.raises(NotFound):
        get_proposal(session, stranger, proposal.id)
    with pytest.raises(NotFound):
        say(session, proposal, by=stranger)


def test_a_template_refuses_placeholders_that_nothing_stands_behind(session):
    template = make_template(session)
    wrong = templates.Wording(
        title="T", text="{{budget}} {{ nobody }} {{ 7*7 }} {{organisation.__class__}}", fields=FIELDS
    )
    with pytest.raises(Invalid, check=says("Nothing stands behind {{7*7}}, {{nobody}}, {{organisation.__class__}}.")):
        templates.change_template(session, STAFF, template.id, 1, utc_now(), wrong)
    twice = templates.Wording(title="T", text="T", fields=[*FIELDS, {**FIELDS[0]}])
    with pytest.raises(Invalid) as refused:
        templates.add_template(session, STAFF, utc_now(), twice)
    assert "fields.2.name" in refused.value.fields
