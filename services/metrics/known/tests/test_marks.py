from datetime import UTC, date, datetime

from services.metrics.known.queries import list_marks
from shared.clock import new_id

CAMPAIGN = new_id()
FIRST, SECOND = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC)


def test_decisions_and_milestones_are_marked_in_the_order_of_their_days(session, bus):
    milestone = {"milestone_id": new_id(), "campaign_id": CAMPAIGN, "title": "Launch", "active": True}
    bus.hear(
        "saypro.campaigns.milestone_changed.v1", {**milestone, "due_on": "2026-06-09", "reached_on": None}, time=FIRST
    )
    decision = {"decision_id": new_id(), "campaign_id": CAMPAIGN, "title": "Twice a week", "text": "", "holds": True}
    bus.hear("saypro.campaigns.decision_recorded.v1", {**decision, "decided_on": "2026-06-05"}, time=FIRST)
    found = [(each.title, each.day, each.done) for each in list_marks(session, CAMPAIGN)]
    assert found == [("Twice a week", date(2026, 6, 5), True), ("Launch", date(2026, 6, 9), False)]


def test_the_latest_news_of_a_mark_counts_in_whatever_order_they_come(session, bus):
    told = {"decision_id": new_id(), "campaign_id": CAMPAIGN, "title": "New words", "text": "", "holds": True}
    bus.hear("saypro.campaigns.decision_recorded.v1", {**told, "decided_on": "2026-06-05"}, time=SECOND)
    late = {**told, "title": "Old words", "decided_on": "2026-06-05"}
    bus.hear("saypro.campaigns.decision_recorded.v1", late, time=FIRST)
    assert [each.title for each in list_marks(session, CAMPAIGN)] == ["New words"]
    session.rollback()
    third = datetime(2026, 6, 3, tzinfo=UTC)
    withdrawn = {**told, "holds": False, "decided_on": "2026-06-05"}
    bus.hear("saypro.campaigns.decision_recorded.v1", withdrawn, time=third)
    assert list_marks(session, CAMPAIGN) == []
