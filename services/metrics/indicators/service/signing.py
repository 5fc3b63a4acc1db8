"""Use cases: both sides sign what a KPI is to reach; a change of that needs a reason, and the signatures end."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.indicators.models import Kpi
from services.metrics.indicators.queries import list_goals, list_interims, list_live_signatures
from services.metrics.indicators.terms import Terms, compare_terms, digest_terms, list_terms
from services.metrics.known.queries import list_partners
from shared.errors import Invalid
from shared.identity import Identity


def read_terms(session: Session, kpi: Kpi) -> Terms:
    """What stands to be signed for the KPI now."""
    return list_terms(kpi, list_goals(session, [kpi])[0], list_interims(session, [kpi]), list_reporters(session, kpi))


def list_reporters(session: Session, kpi: Kpi) -> list[UUID]:
    """The partners that report the KPI: those named, as far as they are in the campaign, or all of its partners."""
    partners = [each.organisation_id for each in list_partners(session, kpi.campaign_id)]
    return [each for each in partners if not kpi.reporters or each in kpi.reporters]


def keep_reason(session: Session, by: Identity, kpi: Kpi, former: Terms, reason: str, now: datetime) -> None:
    """After a change: where the `former` terms were signed, make the new ones another target and keep the reason.

    Raises `Invalid` where there is none.
    """
    changed = compare_terms(former, read_terms(session, kpi))
    if not changed or not list_live_signatures(session, kpi.id, digest_terms(former)):
        return
    if not reason:
        raise Invalid({"reason": "Say why: this was signed, and the signatures end with the change."})
    number_anew(session, by, kpi, former, reason, now, dict(changed))


def number_anew(
    session: Session, by: Identity, kpi: Kpi, former: Terms, reason: str, now: datetime, terms: dict[str, Any]
) -> None:
    """Count another target of the KPI, whose terms were `former` and differ in `terms`, and keep the reason."""
    raise NotImplementedError
