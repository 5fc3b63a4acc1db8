"""Use cases: KPIs that take their figures from partners' other reports, so that what is reported once counts."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.levels import SUM
from services.metrics.indicators.queries import Name, Source, list_names, list_sources
from services.metrics.indicators.service.sources import keep_source
from services.metrics.known.queries import PATIENCE, list_partnerships
from services.metrics.measurements.items import Refused, read_item
from services.metrics.measurements.models import CONTRIBUTION, COVERAGE, HOURS
from services.metrics.measurements.service.entry import Entry, enter_items, find_name
from services.metrics.measurements.service.intake import Submission
from services.metrics.measurements.service.ledger import Origin
from shared.database.history import note
from shared.errors import Invalid
from shared.identity import Identity
from shared.messaging.subscriptions import NotYet


@dataclass(frozen=True)
class ReportKind:
    """A kind of partners' reports: the list of its items, what of an item can be counted, and the day it is about."""

    items: str
    measures: tuple[str, ...]
    day: str


ITEMS = "items"
#: By source, as the ledger names it.
KINDS = {
    HOURS: ReportKind("volunteer_hours", ("hours", "people", ITEMS), "on"),
    CONTRIBUTION: ReportKind("contributions", ("amount", "quantity", ITEMS), "given_on"),
    COVERAGE: ReportKind("coverage", ("reach", ITEMS), "published_on"),
}
#: By the name of the kind in partners' submissions.
REPORTED = {
    "volunteer_hours.reported": HOURS,
    "contributions.reported": CONTRIBUTION,
    "coverage.reported": COVERAGE,
}


def set_source(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    key: str,
    now: datetime,
    *,
    source: str | None,
    measure: str = ITEMS,
    only_kind: str | None = None,
    only_unit: str = "",
) -> None:
    """Let the KPI take its figures from these reports from now on, or from measurements again (`source` None).

    Raises `Invalid` by field: only for sums, and with a unit where amounts or quantities are added up.
    """
    name = find_name(session, by, campaign_id, key)
    if source is not None:
        if name.aggregation != SUM:
            raise Invalid({"source": "Only a KPI whose figures are added up can take them from other reports."})
        if measure not in KINDS[source].measures:
            raise Invalid({"measure": f"Of these reports one can count: {', '.join(KINDS[source].measures)}."})
        if measure in ("amount", "quantity") and not only_unit:
            raise Invalid({"only_unit": "Say in which unit or currency: others can't be added to it."})
    keep_source(session, Source(name.kpi_id, name.campaign_id, source or "", measure, only_kind or "", only_unit))
    after = {"source": source or "measurements", "measure": measure if source else ""}
    note(session, by, "changed where a KPI takes its figures from", campaign_id, at=now, kpi=key, **after)


def take_reports(
    session: Session, reports: Sequence[tuple[str, Submission]], now: datetime, clock: datetime | None = None
) -> None:
    """Enter what these reports, each with its kind, hold for KPIs that take their figures from them.

    Raises `NotYet` as `take_submissions` does. An item that fits no KPI is passed over: its sender is owed no verdict.
    """
    campaigns = {each.campaign_id for _kind, each in reports if each.campaign_id is not None}
    sources = list_sources(session, campaigns)
    members = list_partnerships(session, campaigns, {each.organisation_id for _kind, each in reports})
    names = {name.kpi_id: name for name in list_names(session, campaigns)} if sources else {}
    for kind, submission in reports:
        for source in sources:
            if source.campaign_id != submission.campaign_id or source.source != REPORTED[kind] or submission.trial:
                continue
            if (submission.campaign_id, submission.organisation_id) in members:
                entries = _read_entries(names[source.kpi_id], source, submission, now)
                enter_items(session, names[source.kpi_id], entries, now)
            elif (clock or now) - submission.received_at < PATIENCE:
                raise NotYet(f"no news yet that organisation {submission.organisation_id} is in its campaign")


def _read_entries(name: Name, source: Source, submission: Submission, now: datetime) -> list[Entry]:
    kind = KINDS[source.source]
    told = submission.data.get(kind.items)
    origin = Origin(source.source, submission_id=submission.submission_id)
    entries = []
    for item in told if isinstance(told, list) else []:
        value = _read_value(source, item) if isinstance(item, dict) else None
        if value is None:
            continue
        day = item.get(kind.day) or submission.received_at.date().isoformat()
        reference = f"{source.source} {item.get('reference')}"[:200]
        raw = {"kpi": name.key, "value": value, "period_start": day, "period_end": day, "reference": reference}
        # What can't be counted, such as a day that is still to come, stays where it was reported.
        with suppress(Refused):
            read = read_item(raw, {name.key: name}, now.date(), reported=False)
            entries.append((submission.organisation_id, read, origin))
    return entries


def _read_value(source: Source, item: Mapping[str, Any]) -> str | None:
    """What of the item is counted, as text; None if it isn't meant."""
    if source.only_kind and item.get("kind") != source.only_kind:
        return None
    unit = item.get("currency") if source.measure == "amount" else item.get("unit")
    if source.only_unit and source.measure != ITEMS and source.source == CONTRIBUTION and unit != source.only_unit:
        return None
    value = 1 if source.measure == ITEMS else item.get(source.measure)
    return None if value is None else str(value)
