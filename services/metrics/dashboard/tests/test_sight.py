"""What a partner sees of another's provisional figures on the board."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from services.metrics.dashboard.queries import read_board
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.known.service import keep_agreement
from services.metrics.measurements.tests.factories import deliver, report
from shared.clock import new_id
from shared.testing.people import make_identity


def test_a_board_holds_what_agreements_in_force_on_its_day_share(session: Session) -> None:
    wheel, other = make_partner(session), make_partner(session, "Captain Trash Wheel")
    campaign = make_campaign(session, wheel, other)
    make_kpi(session, campaign, verification="manual")
    deliver(session, campaign, wheel, [report("w", "5")])
    keep_agreement(
        session, new_id(), datetime(2026, 6, 1, tzinfo=UTC), organisation_id=wheel, starts_on=date(2026, 6, 15),
        ends_on=None, shares_provisional=True,
    )  # fmt: skip
    viewer = make_identity("liaison", other)
    (before,) = read_board(session, viewer, campaign, date(2026, 6, 14)).kpis
    (after,) = read_board(session, viewer, campaign, date(2026, 6, 15)).kpis
    assert (before.provisional, [each.provisional for each in before.series]) == (0, [0])
    assert (after.provisional, [each.provisional for each in after.series]) == (5, [5])
