"""What people did is kept, in order, and nobody can change it unseen."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, select, update

from shared.clock import new_id, utc_now
from shared.database.history import ERASED, HistoryEntry, erase_entry, list_history, note, verify_chain
from shared.database.versions import require_version
from shared.errors import Stale
from shared.testing.example.app import add_entry
from shared.testing.people import make_identity


@pytest.fixture
def chain(session):
    """Five entries about one thing."""
    subject = new_id()
    for number in range(5):
        note(
            session, make_identity(), f"did {number}", subject, at=utc_now(), number=number, nested={"z": [1], "a": "é"}
        )
    session.commit()
    return subject


def test_the_newest_comes_first_and_only_of_what_was_asked_for(session, chain):
    note(session, make_identity(), "did something else", new_id(), at=utc_now())
    assert [entry.action for entry in list_history(session, chain, limit=3)] == ["did 4", "did 3", "did 2"]


def test_an_untouched_history_is_whole_in_any_session(session, chain, database):
    with database.transaction(write=False) as reading:
        assert verify_chain(reading) is None


def test_an_empty_history_is_whole(session):
    assert verify_chain(session) is None


@pytest.mark.parametrize(
    "change",
    [
        {"action": "did nothing"},
        {"person_name": "Somebody Else"},
        {"person_id": None},
        {"subject": new_id()},
        {"detail": {"number": 7}},
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"hash": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_found(session, chain, change):
    session.execute(update(HistoryEntry).where(HistoryEntry.number == 3).values(**change))
    session.expire_all()
    # A forged hash shows in the entry itself, as does whatever the hash covers.
    assert verify_chain(session) == 3
    session.rollback()


@pytest.mark.parametrize(("removed", "broken_at"), [(1, 2), (3, 4), (5, 5)])
def test_a_removed_entry_is_found_even_the_last(session, chain, removed, broken_at):
    session.execute(delete(HistoryEntry).where(HistoryEntry.number == removed))
    assert verify_chain(session) == broken_at
    session.rollback()


def test_what_was_noted_in_another_time_zone_is_the_same_instant(session):
    at = datetime(2027, 3, 12, 23, 30, tzinfo=timezone(timedelta(hours=2)))
    subject = new_id()
    note(session, None, "closed", subject, at=at)
    session.commit()
    session.expire_all()
    assert verify_chain(session) is None
    (entry,) = list_history(session, subject)
    assert entry.at == at
    assert (entry.person_id, entry.person_name) == (None, "SayPro")


def test_what_is_rolled_back_leaves_no_gap(session, chain, database):
    with pytest.raises(ZeroDivisionError), database.transaction() as failing:
        note(failing, make_identity(), "never happened", chain, at=utc_now())
        raise ZeroDivisionError
    note(session, make_identity(), "did 5", chain, at=utc_now())
    session.commit()
    assert session.scalars(select(HistoryEntry.number).order_by(HistoryEntry.number)).all() == [1, 2, 3, 4, 5, 6]
    assert verify_chain(session) is None


def test_many_at_once_make_one_chain(database):
    subject, failures = new_id(), []

    def write():
        try:
            for _ in range(5):
                with database.transaction() as session:
                    note(session, make_identity(), "did", subject, at=utc_now())
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.transaction(write=False) as session:
        assert len(list_history(session, subject)) == 20
        assert verify_chain(session) is None


def test_a_stale_change_names_who_was_faster(session):
    entry = add_entry(session, new_id(), "Beach")
    require_version(session, entry, 1)
    note(session, make_identity(name="Sipho Dlamini"), "renamed it", entry.id, at=utc_now())
    with pytest.raises(Stale, match="Sipho Dlamini renamed it") as caught:
        require_version(session, entry, 0)
    assert caught.value.extra == {"current_version": 1, "your_version": 0}


def test_a_stale_change_without_a_history_is_refused_too(session):
    entry = add_entry(session, new_id(), "Beach")
    with pytest.raises(Stale, match="Someone changed it"):
        require_version(session, entry, 2)


def test_an_erased_entry_loses_the_words_and_the_chain_stays_whole(session, chain):
    entry = session.get(HistoryEntry, 3)
    erase_entry(entry, ERASED, {}, utc_now())
    session.flush()
    assert verify_chain(session) is None
    # Nothing is left by which a guessed name could be confirmed.
    assert entry.salt is None


@pytest.mark.parametrize("change", [{"action": "did nothing"}, {"seal": "0" * 64}, {"person_id": None}])
def test_what_was_done_is_protected_also_where_somebody_was_erased(session, chain, change):
    erase_entry(session.get(HistoryEntry, 3), ERASED, {}, utc_now())
    session.flush()
    session.execute(update(HistoryEntry).where(HistoryEntry.number == 3).values(**change))
    session.expire_all()
    assert verify_chain(session) == 3


def test_entries_from_before_there_were_seals_verify_and_can_be_erased(session, monkeypatch):
    monkeypatch.setattr("shared.database.history._seal", lambda entry: None)
    for number in range(3):
        note(session, make_identity(), f"did {number}", new_id(), at=utc_now(), number=number)
    monkeypatch.undo()
    note(session, make_identity(), "did another", new_id(), at=utc_now())
    assert verify_chain(session) is None
    erase_entry(session.get(HistoryEntry, 2), ERASED, {}, utc_now())
    session.flush()
    assert verify_chain(session) is None
    session.execute(update(HistoryEntry).where(HistoryEntry.number == 1).values(person_name="Somebody Else"))
    session.expire_all()
    assert verify_chain(session) == 1
