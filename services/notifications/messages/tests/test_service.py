import pytest

from services.notifications.messages import queries, service
from services.notifications.messages.models import State
from services.notifications.messages.tests.factories import make_message, make_sign_in_message
from shared.database.history import list_history
from shared.errors import Conflict, NotFound
from shared.identity import LIAISON
from shared.testing.people import make_identity


def test_the_same_key_makes_one_message(session):
    first = make_message(session, key="target:1")
    assert make_message(session, key="target:1") is None
    assert make_message(session, key="target:2").id != first.id


def test_a_failed_message_is_sent_again_on_a_persons_word_and_twice_is_once(session, now):
    message, by = make_message(session), make_identity()
    service.note_refused(session, message, "550 no", now)
    for _ in range(2):
        service.resend_message(session, by, message.id, now)
    assert (message.state, message.due_at, message.problem) == (State.QUEUED, now, None)
    assert [each.outcome for each in queries.list_deliveries(session, message.id)] == ["resent", "refused", "queued"]
    assert [entry.action for entry in list_history(session, message.id)] == ["sent the message again"]


def test_a_dismissed_message_waits_for_nobody_any_more(session, now):
    message, by = make_message(session), make_identity()
    service.note_uncertain(session, message, None, "cut off", now)
    assert queries.count_troubled(session) == 1
    for _ in range(2):
        service.dismiss_message(session, by, message.id, now)
    assert message.state == State.DISMISSED
    assert queries.list_troubled(session) == []
    with pytest.raises(Conflict):
        service.resend_message(session, by, message.id, now)


@pytest.mark.parametrize("state", [State.SENT, State.CAPTURED, State.SENDING])
def test_what_is_out_or_on_its_way_is_neither_sent_again_nor_dismissed(session, now, state):
    message, by = make_message(session), make_identity()
    message.state = state
    for act in (service.resend_message, service.dismiss_message):
        with pytest.raises(Conflict):
            act(session, by, message.id, now)


def test_a_sign_in_mail_that_failed_is_not_sent_again_once_its_link_is_forgotten(session, now):
    message = make_sign_in_message(session)
    service.note_refused(session, message, "550 no", now)
    assert message.secret is None
    with pytest.raises(Conflict):
        service.resend_message(session, make_identity(), message.id, now)


def test_a_word_that_comes_late_changes_nothing_that_a_person_settled(session, now):
    message = make_message(session)
    service.note_uncertain(session, message, None, "cut off", now)
    assert service.find_sending(session, message.id) is message
    service.dismiss_message(session, make_identity(), message.id, now)
    assert service.find_sending(session, message.id) is None


def test_a_liaison_finds_only_what_is_addressed_to_them(session, now):
    message = make_message(session)
    addressee = make_identity(LIAISON, person_id=message.recipient_id)
    other = make_identity(LIAISON)
    assert queries.get_message(session, addressee, message.id) is message
    assert queries.count_messages(session, addressee) == 1
    assert queries.count_messages(session, other) == 0
    assert queries.find_messages(session, other, limit=10).items == []
    with pytest.raises(NotFound):
        queries.get_message(session, other, message.id)
