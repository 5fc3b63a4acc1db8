"""Partners' deliveries on their way into the ledger."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.service.targets import change_target
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.queries import list_month_sums, list_partner_sums
from services.metrics.measurements.service.intake import PATIENCE, Submission, take_submissions
from services.metrics.measurements.service.verdicts import reject_figures
from services.metrics.measurements.tests.factories import deliver, make_submission, reasons, report, stand
from shared.clock import new_id, utc_now
from shared.messaging.subscriptions import NotYet
from shared.testing.databases import Bus
from shared.testing.people import make_identity


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    make_kpi(session, campaign_id)
    return campaign_id


def test_reported_figures_add_up_to_the_last_digit(session: Session, campaign: UUID, partner: UUID) -> None:
    items = [report("a", "0.1"), report("b", "0.2"), report("c", "999999999999999999.000000000001")]
    assert deliver(session, campaign, partner, items).recorded == 3
    assert stand(session, campaign).verified == Decimal("999999999999999999.300000000001")


def test_the_same_reference_with_the_same_value_changes_nothing(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "4.31")])
    again = deliver(session, campaign, partner, [report("a", "4.310")])
    assert (again.recorded, again.rejected) == (1, [])
    assert stand(session, campaign).verified == Decimal("4.31")
    assert len(session.scalars(select(Measurement)).all()) == 1


def test_a_corrected_figure_replaces_the_old_one_and_the_old_one_is_kept(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "4.31")])
    deliver(session, campaign, partner, [report("a", "5.31")])
    assert stand(session, campaign).verified == Decimal("5.31")
    former, latter = session.scalars(select(Measurement).order_by(Measurement.id)).all()
    assert (former.value, former.status, former.superseded_by) == (Decimal("4.31"), "superseded", latter.id)
    assert (latter.value, latter.status) == (Decimal("5.31"), "verified")


def test_a_corrected_period_moves_the_figure_to_another_month(session: Session, campaign: UUID, partner: UUID) -> None:
    deliver(session, campaign, partner, [report("a", "2", "2014-05-16")])
    deliver(session, campaign, partner, [report("a", "2", "2014-06-16")])
    sums = list_month_sums(session, make_identity(), [stand(session, campaign).kpi_id])
    assert {each.month: each.verified for each in sums} == {date(2014, 5, 1): 0, date(2014, 6, 1): 2}


def test_a_reference_twice_in_one_delivery_is_a_correction_in_order(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    submission = deliver(session, campaign, partner, [report("a", "1"), report("a", "2"), report("a", "3")])
    assert submission.recorded == 3
    assert stand(session, campaign).verified == 3
    assert [each.status for each in session.scalars(select(Measurement).order_by(Measurement.id))] == [
        "superseded",
        "superseded",
        "verified",
    ]


def test_two_partners_may_use_the_same_reference(session: Session, partner: UUID) -> None:
    other = make_partner(session, "Captain Trash Wheel")
    campaign = make_campaign(session, partner, other)
    make_kpi(session, campaign)
    deliver(session, campaign, partner, [report("a", "1")])
    deliver(session, campaign, other, [report("a", "2")])
    sums = list_partner_sums(session, make_identity(), [stand(session, campaign).kpi_id])
    assert {each.organisation_id: each.verified for each in sums} == {partner: 1, other: 2}


def test_a_batch_of_deliveries_is_taken_in_order(session: Session, campaign: UUID, partner: UUID, bus: Bus) -> None:
    batch = [make_submission(campaign, partner, [report("a", str(value))]) for value in (1, 2, 3)]
    take_submissions(session, batch, utc_now())
    assert stand(session, campaign).verified == 3
    session.commit()
    told = [each.data["submission_id"] for each in bus.published("submission_processed")]
    assert told == [str(each.submission_id) for each in batch]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (report(kpi="no_such_kpi"), 'no KPI with the key "no_such_kpi"'),
        (report(kpi={"$ne": 1}), "no text (dict)"),
        (report(kpi=None), "null"),
        (report(kpi="x\x00\ud800"), '"x??"'),
        (report(value="NA"), "'NA' is not a number"),
        (report(value=""), "not a number"),
        (report(value="1,5"), "not a number"),
        (report(value="NaN"), "not a number"),
        (report(value="sNaN"), "not a number"),
        (report(value="-Infinity"), "not a number"),
        (report(value="1_000"), "not a number"),
        (report(value="٤"), "not a number"),
        (report(value=4.31), "as a string"),
        (report(value=True), "as a string"),
        (report(value="9" * 41), "at most 40 characters"),
        (report(value="1e999999999"), "18 digits"),
        (report(value="1e-999999999"), "18 digits"),
        (report(value="1000000000000000000"), "18 digits"),
        (report(day="16/5/2014"), "period_start is not a calendar date"),
        (report(day="2014-02-30"), "period_start is not a calendar date"),
        (report(day="20140516"), "period_start is not a calendar date"),
        (report(period_end=None), "period_end is not a calendar date"),
        (report(day="0214-05-16"), "before 1900"),
        (report(period_end="2014-05-15"), "ends before it starts"),
        (report(period_end="2099-01-01"), "still to come"),
        (report(reference=""), "reference of your own"),
        (report(reference="a\x00b"), "reference of your own"),
        (report(reference="\ud800"), "reference of your own"),
        (report(reference="r" * 201), "reference of your own"),
        (report(reference=7), "reference of your own"),
        ("not an object", "not an object"),
        ([], "not an object"),
        (None, "not an object"),
    ],
)
def test_an_odd_item_is_refused_with_its_place_and_a_reason_and_its_neighbours_are_recorded(
    session: Session, campaign: UUID, partner: UUID, bus: Bus, item: Any, words: str
) -> None:
    submission = deliver(session, campaign, partner, [report("first", "1"), item, report("last", "2")])
    assert [each.index for each in submission.rejected] == [1]
    assert words in submission.rejected[0].reason
    assert (submission.recorded, stand(session, campaign).verified) == (2, 3)
    session.commit()
    (told,) = bus.published("submission_processed")
    assert told.data["recorded"] == 2
    assert told.data["rejected"] == [{"index": 1, "reason": submission.rejected[0].reason}]


def test_a_period_may_end_tomorrow_because_clocks_differ(session: Session, campaign: UUID, partner: UUID) -> None:
    tomorrow = (utc_now().date() + timedelta(days=1)).isoformat()
    assert deliver(session, campaign, partner, [report(day=tomorrow)]).recorded == 1


@pytest.mark.parametrize("sent", ["no id", 17, None, ["x"], "", "\x00"])
def test_a_delivery_that_names_no_campaign_is_refused_item_by_item(session: Session, partner: UUID, sent: Any) -> None:
    data = {"campaign": sent, "measurements": [report("a"), report("b")]}
    submission = Submission(new_id(), partner, utc_now(), data)
    take_submissions(session, [submission], utc_now())
    assert [each.index for each in submission.rejected] == [0, 1]
    assert all("not a partner of a campaign" in reason for reason in reasons(submission))


def test_an_organisation_that_is_not_in_the_campaign_is_told_the_same_as_of_one_that_does_not_exist(
    session: Session, campaign: UUID
) -> None:
    stranger, nowhere = make_partner(session, "Stranger"), new_id()
    refused = deliver(session, campaign, stranger, [report()])
    unknown = deliver(session, nowhere, stranger, [report()])
    assert reasons(refused)[0].replace(str(campaign), "") == reasons(unknown)[0].replace(str(nowhere), "")
    assert not session.scalars(select(Measurement)).all()


def test_a_delivery_that_overtook_the_news_of_its_campaign_waits_for_it_but_not_for_long(
    session: Session, partner: UUID
) -> None:
    received = utc_now()
    early = make_submission(new_id(), partner, [report()], received_at=received)
    with pytest.raises(NotYet):
        take_submissions(session, [early], received)
    take_submissions(session, [early], received + PATIENCE)
    assert len(early.rejected) == 1


def test_measurements_that_are_no_list_are_refused_as_a_whole(session: Session, campaign: UUID, partner: UUID) -> None:
    submission = deliver(session, campaign, partner, {"kpi": "waste"})
    assert (submission.recorded, reasons(submission)) == (0, ["measurements is not a list of figures."])


def test_figures_under_manual_verification_are_provisional(session: Session, partner: UUID) -> None:
    campaign = make_campaign(session, partner)
    make_kpi(session, campaign, verification="manual")
    deliver(session, campaign, partner, [report("a", "7")])
    standing = stand(session, campaign)
    assert (standing.verified, standing.provisional, standing.status) == (0, 7, "no_data")


def test_a_rejected_figure_sent_again_stays_rejected_and_says_why(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "431")])
    figure = session.scalars(select(Measurement)).one()
    reject_figures(session, make_identity(), campaign, [figure.id], "The comma slipped.", utc_now())
    assert stand(session, campaign).verified == 0
    again = deliver(session, campaign, partner, [report("a", "431")])
    assert (again.recorded, "The comma slipped." in reasons(again)[0]) == (0, True)
    assert deliver(session, campaign, partner, [report("a", "4.31")]).recorded == 1
    assert stand(session, campaign).verified == Decimal("4.31")


def test_reaching_the_target_is_told_once_for_each_target(
    session: Session, campaign: UUID, partner: UUID, bus: Bus
) -> None:
    deliver(session, campaign, partner, [report("a", "999")])
    deliver(session, campaign, partner, [report("b", "1")])
    deliver(session, campaign, partner, [report("b", "0")])
    deliver(session, campaign, partner, [report("b", "1.5")])
    session.commit()
    (told,) = bus.published("kpi_target_reached")
    assert (told.data["key"], told.data["value"], told.data["target"]) == ("waste", "1000", "1000")
    assert told.data["organisation_ids"] == [str(partner)]
    change_target(
        session, make_identity(), campaign, "waste", 1, utc_now(), target=Decimal(2000), reason="It went so well."
    )
    deliver(session, campaign, partner, [report("c", "5000")])
    session.commit()
    assert [each.data["target"] for each in bus.published("kpi_target_reached")] == ["1000", "2000"]


def test_a_change_of_status_is_told_with_its_reason(session: Session, campaign: UUID, partner: UUID, bus: Bus) -> None:
    deliver(session, campaign, partner, [report("a", "1")])
    session.commit()
    (told,) = bus.published("kpi_status_changed")
    assert (told.data["before"], told.data["after"]) == ("no_data", "off_track")
    assert told.data["reason"].startswith("0% of the target at ")


def test_a_delivery_heard_from_the_bus_reaches_the_dashboard(
    session: Session, campaign: UUID, partner: UUID, bus: Bus
) -> None:
    session.commit()
    bus.hear(
        "saypro.partners.submission_accepted.v1",
        {
            "submission_id": str(new_id()),
            "organisation_id": str(partner),
            "kind": "measurements.reported",
            "received_at": utc_now().isoformat(),
            "data": {"campaign": str(campaign), "measurements": [report()]},
        },
    )
    assert stand(session, campaign).verified == Decimal("4.31")
