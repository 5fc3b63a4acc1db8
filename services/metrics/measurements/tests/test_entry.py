"""Figures that we enter ourselves."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.metrics.indicators.tests.factories import make_campaign, make_kpi, make_partner, part_kpi
from services.metrics.measurements.models import Measurement
from services.metrics.measurements.queries.records import get_figure, list_chain, list_verdicts
from services.metrics.measurements.service.entry import add_evidence, enter_figure
from services.metrics.measurements.service.verdicts import reject_figures
from services.metrics.measurements.tests.factories import deliver, report, stand
from shared.clock import new_id, utc_now
from shared.database.history import list_history
from shared.errors import Conflict, Invalid, NotFound
from shared.files import StoredFile
from shared.testing.people import make_identity

STAFF = make_identity()
PAPER = StoredFile("slip.pdf", "application/pdf", 12, "a" * 64)


@pytest.fixture
def partner(session: Session) -> UUID:
    return make_partner(session)


@pytest.fixture
def campaign(session: Session, partner: UUID) -> UUID:
    campaign_id = make_campaign(session, partner)
    part_kpi(session, make_kpi(session, campaign_id, verification="manual"))
    return campaign_id


def enter(session: Session, campaign: UUID, partner: UUID, **changes: Any) -> UUID:
    given = {
        "kpi": "waste", "organisation_id": partner, "value": Decimal("4.5"),
        "period_start": date(2014, 5, 1), "period_end": date(2014, 5, 31), **changes,
    }  # fmt: skip
    return enter_figure(session, STAFF, campaign, utc_now(), **given)


def test_an_entered_figure_stands_in_the_ledger_with_its_source_and_evidence(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    figure_id = enter(session, campaign, partner, file=PAPER, note_text="On the phone.")
    figure = get_figure(session, STAFF, campaign, figure_id)
    assert (figure.source, figure.status, figure.note) == ("staff", "provisional", "On the phone.")
    assert figure.evidence is not None
    assert figure.evidence["sha256"] == PAPER.sha256
    assert stand(session, campaign).provisional == Decimal("4.5")
    assert [each.action for each in list_history(session, figure_id)] == ["entered a figure"]


def test_it_may_correct_what_a_partner_reported_and_the_chain_tells(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    deliver(session, campaign, partner, [report("a", "7")])
    first = session.scalars(select(Measurement)).one()
    reject_figures(session, STAFF, campaign, [first.id], "No.", utc_now())
    second = enter(session, campaign, partner, reference="a")
    third = enter(session, campaign, partner, reference="a", value=Decimal(5))
    figure = get_figure(session, STAFF, campaign, second)
    chain = list_chain(session, STAFF, figure)
    assert [each.id for each in chain] == [third, second, first.id]
    assert [each.status for each in chain] == ["provisional", "superseded", "superseded"]
    assert [(each.status, each.reason) for each in list_verdicts(session, [first.id])] == [("rejected", "No.")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kpi": "nothing"}, "kpi"),
        ({"organisation_id": new_id()}, "organisation_id"),
        ({"period_end": date(2014, 4, 1)}, "period_end"),
        ({"period_end": date(2999, 4, 1)}, "period_end"),
        ({"reference": "x" * 201}, "reference"),
        ({"parts": {"sex": {"f": Decimal(1)}}}, "parts_note"),
        ({"link": "https://example.org/a", "file": PAPER}, "link"),
        ({"link": "http://example.org/a b"}, "link"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(
    session: Session, campaign: UUID, partner: UUID, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        enter(session, campaign, partner, **changes)
    assert list(refused.value.fields) == [field]


def test_evidence_is_added_once_and_stays(session: Session, campaign: UUID, partner: UUID) -> None:
    figure_id = enter(session, campaign, partner)
    with pytest.raises(Invalid):
        add_evidence(session, STAFF, campaign, figure_id, utc_now())
    add_evidence(session, STAFF, campaign, figure_id, utc_now(), link="https://example.org/slip")
    with pytest.raises(Conflict):
        add_evidence(session, STAFF, campaign, figure_id, utc_now(), file=PAPER)


def test_a_figure_of_another_campaign_or_of_a_stranger_is_not_found(
    session: Session, campaign: UUID, partner: UUID
) -> None:
    figure_id = enter(session, campaign, partner)
    other = make_campaign(session, partner, title="Another")
    with pytest.raises(NotFound):
        get_figure(session, STAFF, other, figure_id)
    with pytest.raises(NotFound):
        get_figure(session, make_identity("liaison", new_id()), campaign, figure_id)
    assert get_figure(session, make_identity("liaison", partner), campaign, figure_id).id == figure_id
