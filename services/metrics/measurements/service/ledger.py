"""Entering figures into the ledger: as new, as corrections of what their reference named so far, or as said before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.service import Standings
from services.metrics.measurements.items import Item
from services.metrics.measurements.models import (
    PROVISIONAL,
    REJECTED,
    RETURNED,
    SUBMISSION,
    SUPERSEDED,
    VERIFIED,
    Measurement,
    Restatement,
)
from services.metrics.measurements.queries import Current, Key
from services.metrics.measurements.service.rollups import Moves
from shared.clock import new_id
from shared.database.bulk import insert_rows, update_rows


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a figure comes from, and who entered it if a member of staff did."""

    source: str = SUBMISSION
    submission_id: UUID | None = None
    claim_id: UUID | None = None
    person_name: str | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """A figure before or after a change, as a restatement tells it; only what counts has a value."""

    month: date
    value: Decimal
    status: str

    @property
    def counts(self) -> bool:
        return self.status in (VERIFIED, PROVISIONAL)


class Ledger:
    """The entries that one batch makes, with the corrections among them.

    `standings` are those of the KPIs, locked by the caller; `campaigns` has each KPI's campaign.
    """

    def __init__(
        self, current: dict[Key, Current], standings: Standings, campaigns: Mapping[UUID, UUID], now: datetime
    ) -> None:
        self.moves = Moves()
        self._current = current
        self._restatements = Restatements(standings, campaigns, now)
        self._now = now
        self._new: dict[UUID, dict[str, Any]] = {}
        # Of columns that few figures use: where none of a batch does, they are left to the database.
        self._seldom: dict[UUID, dict[str, Any]] = {}
        self._superseded: list[dict[str, Any]] = []

    def enter(self, organisation_id: UUID, item: Item, origin: Origin, *, automatic: bool) -> str | None:
        """Take one figure; returns why it is refused, if it is: what was rejected stays so until it is corrected.

        `automatic` if it counts as verified. What was returned may be sent again unchanged with a note that says why
        it is right; someone then looks at it again.
        """
        key = (item.kpi_id, organisation_id, item.reference)
        before = self._current.get(key)
        status = VERIFIED if automatic else PROVISIONAL
        if before is not None and before.said == item.said:
            if before.status == REJECTED:
                return f"This figure was rejected: {before.reason} Send it with a corrected value."
            if before.status != RETURNED:
                return None
            if item.note is None:
                return f"This figure was returned: {before.reason} Correct it, or add a note that says why it is right."
            status = PROVISIONAL
        entry_id = new_id()
        if before is not None:
            where = (item.kpi_id, organisation_id, before.period_end, before.value, before.weight)
            self.moves.add(*where, before.status, -1, parts=before.parts)
            self._supersede(before.id, entry_id)
        self._new[entry_id] = self._row(entry_id, organisation_id, item, origin, status)
        self._current[key] = Current(
            entry_id,
            item.value,
            item.period_start,
            item.period_end,
            status,
            None,
            item.weight,
            item.parts,
            item.parts_note,
        )
        where = (item.kpi_id, organisation_id, item.period_end, item.value, item.weight)
        self.moves.add(*where, status, parts=item.parts)
        return None

    def write(self, session: Session) -> None:
        """Write it all; what was superseded first, since a reference names one current figure."""
        update_rows(session, Measurement, self._superseded)
        rows = list(self._new.values())
        used = sorted({name for each in self._seldom.values() for name in each})
        for row in rows if used else ():
            given = self._seldom.get(row["id"], {})
            row |= {name: given.get(name, False if name == "restated" else None) for name in used}
        insert_rows(session, Measurement, rows)
        self._restatements.write(session)

    def _row(self, entry_id: UUID, organisation_id: UUID, item: Item, origin: Origin, status: str) -> dict[str, Any]:
        seldom: dict[str, Any] = {
            "parts": item.parts,
            "parts_note": item.parts_note,
            "note": item.note,
            "evidence": item.evidence,
        }
        seldom |= {
            "claim_id": origin.claim_id,
            "restated": self._restate(entry_id, organisation_id, item, origin, status),
        }
        if any(seldom.values()):
            self._seldom[entry_id] = {name: value for name, value in seldom.items() if value}
        return {
            "id": entry_id,
            "created_at": self._now,
            "kpi_id": item.kpi_id,
            "organisation_id": organisation_id,
            "submission_id": origin.submission_id,
            "source": origin.source,
            "reference": item.reference,
            "value": item.value,
            "weight": item.weight,
            "period_start": item.period_start,
            "period_end": item.period_end,
            "status": status,
            "superseded_by": None,
        }

    def _restate(self, entry_id: UUID, organisation_id: UUID, item: Item, origin: Origin, status: str) -> bool:
        """Note the entry if it concerns a locked month; returns whether it does."""
        if not self._restatements.concern(item.kpi_id):
            return False
        before = self._current.get((item.kpi_id, organisation_id, item.reference))
        was = Side(before.period_end.replace(day=1), before.value, before.status) if before else None
        now = Side(item.period_end.replace(day=1), item.value, status)
        why = item.note or ("corrected" if before else "came late")
        return self._restatements.add((item.kpi_id, organisation_id, entry_id), was, now, why, origin.person_name)

    def _supersede(self, former: UUID, latter: UUID) -> None:
        if former in self._new:
            self._new[former] |= {"status": SUPERSEDED, "superseded_by": latter}
        else:
            self._superseded.append({"id": former, "status": SUPERSEDED, "superseded_by": latter})


class Restatements:
    """What changes in months that were reported on."""

    def __init__(self, standings: Standings, campaigns: Mapping[UUID, UUID], now: datetime) -> None:
        self._locked: dict[UUID, Collection[str]] = {
            kpi_id: set(each.locked_months) for kpi_id, each in standings.items() if each.locked_months
        }
        self._campaigns = campaigns
        self._now = now
        self._rows: list[dict[str, Any]] = []

    def concern(self, kpi_id: UUID) -> bool:
        """Whether the KPI has locked months at all."""
        return kpi_id in self._locked

    def add(
        self, place: tuple[UUID, UUID, UUID], before: Side | None, after: Side, reason: str, person_name: str | None
    ) -> bool:
        """Note the change of a figure, `place` being its KPI, its partner and its id, if it concerns a locked month.

        Returns whether it does. What moves from one month to another is told for each of them that is locked.
        """
        kpi_id, organisation_id, figure_id = place
        if not self.concern(kpi_id):
            return False
        before = before if before and before.counts else None
        counted = after if after.counts else None
        months = sorted({each.month for each in (before, counted) if each})
        locked = [month for month in months if month.isoformat()[:7] in self._locked[kpi_id]]
        for month in locked:
            was = before if before and before.month == month else None
            then = counted if counted and counted.month == month else None
            self._rows.append(
                {
                    "id": new_id(),
                    "created_at": self._now,
                    "campaign_id": self._campaigns[kpi_id],
                    "kpi_id": kpi_id,
                    "organisation_id": organisation_id,
                    "month": month,
                    "figure_id": figure_id,
                    "before": was.value if was else None,
                    "before_status": was.status if was else None,
                    "after": then.value if then else None,
                    "after_status": then.status if then else after.status,
                    "reason": reason,
                    "person_name": person_name,
                }
            )
        return bool(locked)

    def write(self, session: Session) -> None:
        insert_rows(session, Restatement, self._rows)
