"""Keeping from which reports a KPI takes its figures."""

from sqlalchemy.orm import Session

from services.metrics.indicators.models import KpiSource
from services.metrics.indicators.queries import Source


def keep_source(session: Session, wanted: Source) -> None:
    """Let the KPI take its figures from there from now on; without a `source`, from measurements again."""
    kept = session.get(KpiSource, wanted.kpi_id)
    if not wanted.source:
        if kept is not None:
            session.delete(kept)
    else:
        if kept is None:
            kept = KpiSource(kpi_id=wanted.kpi_id)
            session.add(kept)
        kept.source, kept.measure = wanted.source, wanted.measure
        kept.only_kind, kept.only_unit = wanted.only_kind, wanted.only_unit
    session.flush()
