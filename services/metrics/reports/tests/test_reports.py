"""Composing reports, freezing editions, and what falls due."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.metrics.indicators.service.targets import change_target
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.queries.records import list_locks
from services.metrics.measurements.tests.factories import deliver, report
from services.metrics.reports.document import digest_document, read_document, write_document
from services.metrics.reports.periods import list_periods
from services.metrics.reports.queries import find_reports, get_copy, get_edition, list_copies
from services.metrics.reports.service.composing import compose_report
from services.metrics.reports.service.due import draft_due
from services.metrics.reports.service.editions import acknowledge_report, publish_report, reissue_report
from services.metrics.reports.service.writing import agree_cadence, start_report, write_narrative
from services.metrics.reports.tests.factories import TODAY, freeze, make_report
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from shared.identity import SYSTEM
from shared.testing.databases import Bus
from shared.testing.people import make_identity

NOW = datetime(2028, 3, 1, 12, tzinfo=UTC)
BASE = "https://partners.example.org"


@pytest.fixture
def wheel(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def other(session: Session) -> UUID:
    return make_partner(session, "Captain Trash Wheel")


@pytest.fixture
def campaign(session: Session, wheel: UUID, other: UUID) -> UUID:
    """Two partners; waste is verified when it comes in, hours by hand."""
    campaign_id = make_campaign(session, wheel, other)
    make_kpi(session, campaign_id)
    make_kpi(session, campaign_id, key="hours", name="Hours", unit="h", verification="manual")
    deliver(session, campaign_id, wheel, [report("w1", "4.31"), report("w2", "100", "2015-02-01")])
    deliver(session, campaign_id, other, [report("o1", "0.000000000001", "2015-03-01")])
    deliver(session, campaign_id, wheel, [report("h1", "8", kpi="hours")])
    deliver(session, campaign_id, other, [report("h2", "5", kpi="hours")])
    return campaign_id


def test_a_final_report_holds_every_total_exactly(session: Session, campaign: UUID) -> None:
    document = compose_report(session, SYSTEM, make_report(session, campaign, NOW), NOW, TODAY)
    waste, hours = document.kpis
    assert (waste.verified, waste.value, waste.status) == (Decimal("104.310000000001"),) * 2 + ("off_track",)
    assert [(line.name, line.verified) for line in waste.partners] == [
        ("Mister Trash Wheel", Decimal("104.31")),
        ("Captain Trash Wheel", Decimal("0.000000000001")),
    ]
    assert [line.level for line in waste.months] == [Decimal("4.31"), Decimal("104.31"), waste.value]
    assert (hours.value, hours.verified, hours.provisional) == (0, 0, 13)


def test_a_progress_report_tells_of_its_period_and_of_where_things_stood_at_its_end(
    session: Session, campaign: UUID
) -> None:
    days = {"starts_on": date(2015, 1, 1), "ends_on": date(2015, 2, 28)}
    made = make_report(session, campaign, NOW, "progress", **days)
    waste = compose_report(session, SYSTEM, made, NOW, TODAY).kpis[0]
    assert (waste.period_verified, waste.verified) == (100, Decimal("104.31"))
    assert [line.verified for line in waste.partners] == [100, 0]
    # In February 2015 the campaign was far from over.
    assert not waste.over


def test_a_document_is_read_as_it_was_written(session: Session, campaign: UUID) -> None:
    document = compose_report(session, SYSTEM, make_report(session, campaign, NOW), NOW, TODAY)
    written = write_document(document)
    assert read_document(written) == document
    assert digest_document(written) == digest_document(write_document(read_document(written)))


def test_a_partners_copy_holds_no_other_partners_provisional_figures(
    session: Session, campaign: UUID, wheel: UUID, other: UUID
) -> None:
    edition = freeze(session, make_report(session, campaign, NOW).id, NOW)
    copies = {each.organisation_id: read_document(each.document).kpis[1] for each in list_copies(session, edition.id)}
    assert {key: hours.provisional for key, hours in copies.items()} == {None: 13, wheel: 8, other: 5}
    assert [line.provisional for line in copies[other].partners if line.name == "Mister Trash Wheel"] == [0]
    assert [line.provisional for line in copies[other].months] == [5]


def test_an_edition_stays_as_it_was_when_figures_change(session: Session, campaign: UUID, wheel: UUID) -> None:
    made = make_report(session, campaign, NOW)
    edition = freeze(session, made.id, NOW)
    before = get_copy(session, SYSTEM, edition).digest
    deliver(session, campaign, wheel, [report("w1", "5.31")])
    copy = get_copy(session, SYSTEM, get_edition(session, SYSTEM, made.id))
    assert (copy.digest, digest_document(copy.document)) == (before, before)
    with pytest.raises(Conflict):
        write_narrative(session, SYSTEM, made.id, made.version, NOW, {"summary": "Later"})
    with pytest.raises(Conflict):
        freeze(session, made.id, NOW)


def test_months_that_were_reported_on_are_locked_as_far_as_they_have_begun(session: Session, campaign: UUID) -> None:
    at = datetime(2026, 6, 10, 12, tzinfo=UTC)
    freeze(session, make_report(session, campaign, at).id, at, at.date())
    months = [each.month for each in list_locks(session, campaign)]
    assert (months[0], months[-1], len(months)) == (date(2014, 5, 1), date(2026, 6, 1), 146)


def test_a_second_edition_marks_what_changed_and_why(session: Session, campaign: UUID, wheel: UUID) -> None:
    made = make_report(session, campaign, NOW)
    write_narrative(session, SYSTEM, made.id, made.version, NOW, {"summary": "Four tonnes came out."})
    freeze(session, made.id, NOW)
    deliver(session, campaign, wheel, [report("w1", "5.31")])
    reissue_report(session, SYSTEM, made.id, made.version, NOW, "A scale was wrong")
    write_narrative(session, SYSTEM, made.id, made.version, NOW, {"summary": "Five tonnes came out."})
    document = read_document(get_copy(session, SYSTEM, freeze(session, made.id, NOW)).document)
    assert (document.edition, document.reason) == (2, "A scale was wrong")
    changes = {each.what: (each.before, each.after) for each in document.changes}
    assert changes["verified"] == (Decimal("104.310000000001"), Decimal("105.310000000001"))
    assert changes["2014-05"] == (Decimal("4.31"), Decimal("5.31"))
    assert "provisional" not in changes
    # What changed after its month was reported on is a footnote too.
    (remark,) = document.kpis[0].remarks
    assert (remark.before, remark.after, remark.partners) == (Decimal("4.31"), Decimal("5.31"), ("Mister Trash Wheel",))
    assert [(piece.how, piece.words.strip()) for piece in document.text_changes[0].pieces] == [
        ("removed", "Four"),
        ("added", "Five"),
        ("same", "tonnes came out."),
    ]


def test_a_given_up_target_is_a_footnote(session: Session, campaign: UUID) -> None:
    change_target(session, SYSTEM, campaign, "waste", 1, NOW, target=Decimal(1200), reason="A fourth wheel")
    document = compose_report(session, SYSTEM, make_report(session, campaign, NOW), NOW, TODAY)
    (note,) = document.kpis[0].notes
    assert (note.former, note.target, note.reason) == (1000, 1200, "A fourth wheel")


def test_partners_see_a_report_once_it_is_sent(
    session: Session, campaign: UUID, wheel: UUID, other: UUID, bus: Bus
) -> None:
    liaison = make_identity("liaison", wheel)
    made = make_report(session, campaign, NOW)
    freeze(session, made.id, NOW)
    assert find_reports(session, liaison, campaign, cursor=None, limit=5).items == []
    with pytest.raises(NotFound):
        get_edition(session, liaison, made.id)
    publish_report(session, SYSTEM, made.id, 1, NOW, BASE)
    assert find_reports(session, liaison, campaign, cursor=None, limit=5).items == [made]
    session.commit()
    (event,) = bus.published("report_published")
    assert set(event.data["partners"]) == {str(wheel), str(other)}
    assert [line["value"] for line in event.data["kpis"]] == ["104.310000000001", "0"]
    with pytest.raises(Conflict):
        publish_report(session, SYSTEM, made.id, 1, NOW, BASE)


def test_a_new_edition_reaches_partners_only_when_it_is_sent_too(session: Session, campaign: UUID, wheel: UUID) -> None:
    liaison = make_identity("liaison", wheel)
    made = make_report(session, campaign, NOW)
    freeze(session, made.id, NOW)
    publish_report(session, SYSTEM, made.id, 1, NOW, BASE)
    reissue_report(session, SYSTEM, made.id, made.version, NOW, "Again")
    freeze(session, made.id, NOW)
    assert get_edition(session, liaison, made.id).number == 1
    with pytest.raises(NotFound):
        get_edition(session, liaison, made.id, 2)


def test_saying_twice_that_one_has_read_it_counts_once(session: Session, campaign: UUID, wheel: UUID) -> None:
    liaison = make_identity("liaison", wheel)
    made = make_report(session, campaign, NOW)
    freeze(session, made.id, NOW)
    publish_report(session, SYSTEM, made.id, 1, NOW, BASE)
    first = acknowledge_report(session, liaison, made.id, 1, NOW)
    assert first is acknowledge_report(session, liaison, made.id, 1, NOW)
    with pytest.raises(Forbidden):
        acknowledge_report(session, SYSTEM, made.id, 1, NOW)
    with pytest.raises(NotFound):
        acknowledge_report(session, make_identity("liaison", make_partner(session, "X")), made.id, 1, NOW)


def test_whoever_was_slower_is_told(session: Session, campaign: UUID) -> None:
    made = make_report(session, campaign, NOW)
    seen = made.version
    write_narrative(session, SYSTEM, made.id, seen, NOW, {"summary": "First"})
    with pytest.raises(Stale):
        write_narrative(session, SYSTEM, made.id, seen, NOW, {"summary": "Second"})


def test_there_is_one_report_of_a_kind_for_the_same_days(session: Session, campaign: UUID) -> None:
    make_report(session, campaign, NOW)
    with pytest.raises(Conflict):
        make_report(session, campaign, NOW, starts_on=date(2020, 1, 1))
    with pytest.raises(Invalid):
        start_report(session, SYSTEM, campaign, NOW, kind="progress", starts_on=date(2013, 1, 1))


def test_periods_are_those_of_the_calendar_cut_off_at_the_campaigns_days() -> None:
    assert list(list_periods("quarterly", date(2026, 2, 10), date(2026, 8, 5))) == [
        (date(2026, 2, 10), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 8, 5)),
    ]
    assert list(list_periods("half_yearly", date(2026, 12, 31), date(2027, 1, 1)))[-1][1] == date(2027, 1, 1)
    assert list(list_periods("none", date(2026, 1, 1), date(2027, 1, 1))) == []


def test_reports_fall_due_once_when_the_days_of_grace_are_over(session: Session, campaign: UUID, bus: Bus) -> None:
    agree_cadence(
        session, make_identity(), campaign, 0, NOW, date(2027, 6, 15), rhythm="quarterly", grace_days=14
    )  # fmt: skip

    def due(today: date) -> list[tuple[str, date]]:
        draft_due(session, NOW, today)
        draft_due(session, NOW, today)
        page = find_reports(session, SYSTEM, campaign, cursor=None, limit=50)
        return [(each.kind, each.ends_on) for each in page.items]

    assert due(date(2027, 7, 14)) == []
    assert due(date(2027, 7, 15)) == [("progress", date(2027, 6, 30))]
    # The last quarter ends with the campaign: the final report tells of it.
    assert sorted(due(date(2028, 1, 15))) == [
        ("final", date(2027, 12, 31)), ("progress", date(2027, 6, 30)), ("progress", date(2027, 9, 30)),
    ]  # fmt: skip
    session.commit()
    assert [each.data["kind"] for each in bus.published("report_drafted")] == ["progress", "progress", "final"]


def test_who_an_organisation_was_merged_into_reads_its_copies(
    session: Session, campaign: UUID, wheel: UUID, bus: Bus
) -> None:
    survivor = make_partner(session, "Trash Wheels United")
    made = make_report(session, campaign, NOW)
    freeze(session, made.id, NOW)
    publish_report(session, SYSTEM, made.id, 1, NOW, BASE)
    session.commit()
    bus.hear("saypro.partners.organisations_merged.v1", {"merged_id": wheel, "survivor_id": survivor})
    liaison = make_identity("liaison", survivor)
    assert get_copy(session, liaison, get_edition(session, liaison, made.id)).organisation_id == survivor
