"""Two organisations that are one: figures move, totals stay."""

from decimal import Decimal

from sqlalchemy.orm import Session

from services.metrics.indicators.queries import find_kpi
from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner
from services.metrics.known.queries import list_partners
from services.metrics.known.service import merge_organisation
from services.metrics.measurements.queries import list_partner_sums
from services.metrics.measurements.service.merge import merge_figures
from services.metrics.measurements.service.recount import recount_kpi
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import utc_now
from shared.testing.people import make_identity


def test_totals_stay_shares_move_and_a_recount_finds_no_difference(session: Session) -> None:
    now, staff = utc_now(), make_identity()
    kept, merged, other = (make_partner(session) for _each in range(3))
    campaign = make_campaign(session, kept, merged, other)
    make_kpi(session, campaign)
    deliver(session, campaign, kept, [report("a", "1"), report("b", "2")])
    deliver(session, campaign, merged, [report("a", "10"), report("c", "20", "2014-06-16")])
    # A correction leaves a superseded row, which moves too.
    deliver(session, campaign, merged, [report("a", "30")])
    deliver(session, campaign, other, [report("a", "100")])
    kpi = find_kpi(session, campaign, "waste")
    assert kpi is not None
    merge_figures(session, merged, kept, now)
    merge_organisation(session, merged, kept)
    assert stand(session, campaign).verified == Decimal(153)
    assert recount_kpi(session, kpi.id, now) == []
    sums = {each.organisation_id: each.verified for each in list_partner_sums(session, staff, [kpi.id])}
    assert sums == {kept: Decimal(53), other: Decimal(100)}
    assert {each.organisation_id for each in list_partners(session, campaign)} == {kept, other}
    # The survivor's own reference still corrects the survivor's own figure.
    deliver(session, campaign, kept, [report("a", "2")])
    assert stand(session, campaign).verified == Decimal(154)
    assert recount_kpi(session, kpi.id, now) == []


def test_hearing_of_a_merge_again_changes_nothing(session: Session) -> None:
    kept, merged = make_partner(session), make_partner(session)
    campaign = make_campaign(session, merged)
    make_kpi(session, campaign)
    deliver(session, campaign, merged, [report("a", "4")])
    for _time in range(2):
        merge_figures(session, merged, kept, utc_now())
        merge_organisation(session, merged, kept)
    assert stand(session, campaign).verified == Decimal(4)
    assert [each.organisation_id for each in list_partners(session, campaign)] == [kept]
