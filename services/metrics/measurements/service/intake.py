"""From partners' submissions to the ledger, many at a time.

A batch costs a fixed number of statements however many figures it holds: it looks up KPIs and current figures,
then writes the ledger and the sums, all in the consumer's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings
from services.metrics.events import Rejected, SubmissionProcessed
from services.metrics.indicators.queries import Name, list_names
from services.metrics.known.queries import list_partnerships
from services.metrics.measurements.items import Item, Refused, quote, read_item
from services.metrics.measurements.models import PROVISIONAL, REJECTED, SUPERSEDED, VERIFIED, Measurement
from services.metrics.measurements.queries import Current, Key, map_current
from services.metrics.measurements.service.rollups import Moves, apply_moves
from shared.clock import new_id
from shared.database.bulk import insert_rows, update_rows
from shared.messaging.outbox import record
from shared.messaging.subscriptions import NotYet

#: For so long after it came, a delivery for a campaign that we don't know its sender in waits for news of it: the
#: campaign's service may have stopped just then, and its news come only when it is started again.
PATIENCE = timedelta(minutes=1)


@dataclass(slots=True)
class Submission:
    """One delivery of a partner, as it was received, and what became of its items."""

    submission_id: UUID
    organisation_id: UUID
    received_at: datetime
    data: Mapping[str, Any]
    #: Only to be checked: its good items count as recorded, and nothing of it is.
    trial: bool = False
    recorded: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    items: list[tuple[int, Item]] = field(default_factory=list)
    #: The campaign that the figures are for, if what stands there is an id at all.
    campaign_id: UUID | None = field(init=False)

    def __post_init__(self) -> None:
        try:
            self.campaign_id = UUID(self.data["campaign"])
        except (KeyError, ValueError, TypeError, AttributeError):
            self.campaign_id = None

    @property
    def reported(self) -> list[Any]:
        found = self.data.get("measurements")
        return found if isinstance(found, list) else []

    def refuse(self, index: int, reason: str) -> None:
        self.rejected.append(Rejected(index, reason))


def take_submissions(
    session: Session, submissions: Sequence[Submission], now: datetime, clock: datetime | None = None
) -> None:
    """Bring these deliveries into the ledger, in order, and publish what became of each.

    The record is made as of `now`, which in a replay is past; `clock` is the present, by default the same. Raises
    `NotYet` for a delivery that came moments ago from an organisation that its campaign isn't known to have.
    """
    if not submissions:
        return
    automatic = _read_items(session, submissions, now.date(), clock or now)
    for trial in (each for each in submissions if each.trial):
        trial.recorded, trial.items = len(trial.items), []
    keys = {_key_of(each, item) for each in submissions for _index, item in each.items}
    # From here on nobody else moves these KPIs' figures, so what is read as current stays so.
    standings = lock_standings(session, {key[0] for key in keys})
    ledger = _Ledger(map_current(session, keys), automatic, now)
    for submission in submissions:
        for index, item in submission.items:
            ledger.enter(submission, index, item)
    ledger.write(session)
    if ledger.moves.places:
        apply_moves(session, standings, ledger.moves, now)
    for each in submissions:
        rejected = sorted(each.rejected, key=lambda one: one.index)
        record(session, SubmissionProcessed(each.submission_id, each.organisation_id, each.recorded, rejected), now=now)


def _read_items(
    session: Session, submissions: Sequence[Submission], today: date, clock: datetime
) -> Mapping[UUID, bool]:
    """Check every item; returns which of the KPIs take figures as verified."""
    campaigns = {each.campaign_id for each in submissions if each.campaign_id is not None}
    members = list_partnerships(session, campaigns, {each.organisation_id for each in submissions})
    names = list_names(session, {campaign for campaign, _organisation in members})
    keys: dict[UUID, dict[str, Name]] = {}
    for name in names:
        keys.setdefault(name.campaign_id, {})[name.key] = name
    for submission in submissions:
        campaign = submission.campaign_id
        if campaign is None or (campaign, submission.organisation_id) not in members:
            _refuse_all(submission, campaign, clock)
            continue
        if not isinstance(submission.data.get("measurements"), list):
            submission.refuse(0, "measurements is not a list of figures.")
        known = keys.get(campaign, {})
        for index, raw in enumerate(submission.reported):
            try:
                submission.items.append((index, read_item(raw, known, today)))
            except Refused as refused:
                submission.refuse(index, str(refused))
    return {name.kpi_id: name.is_automatic for name in names}


def _refuse_all(submission: Submission, campaign: UUID | None, clock: datetime) -> None:
    if campaign is not None and clock - submission.received_at < PATIENCE:
        raise NotYet(f"no news yet that organisation {submission.organisation_id} is in campaign {campaign}")
    wanted = quote(submission.data.get("campaign"))
    reason = f"You are not a partner of a campaign with the id {wanted}. Look for the id on the campaign's page."
    for index in range(max(1, len(submission.reported))):
        submission.refuse(index, reason)


def _key_of(submission: Submission, item: Item) -> Key:
    return (item.kpi_id, submission.organisation_id, item.reference)


class _Ledger:
    """The entries that one batch makes, with the corrections among them."""

    def __init__(self, current: dict[Key, Current], automatic: Mapping[UUID, bool], now: datetime) -> None:
        self.moves = Moves()
        self._current = current
        self._automatic = automatic
        self._now = now
        self._new: dict[UUID, dict[str, Any]] = {}
        self._superseded: list[dict[str, Any]] = []

    def enter(self, submission: Submission, index: int, item: Item) -> None:
        """Take one figure: as new, as a correction of what its reference named so far, or as said before."""
        key = _key_of(submission, item)
        before = self._current.get(key)
        if before is not None:
            if (before.value, before.weight, before.period_start, before.period_end) == item.said:
                self._repeat(submission, index, before)
                return
            self.moves.add(key[0], key[1], before.period_end, before.value, before.weight, before.status, -1)
        status = VERIFIED if self._automatic[item.kpi_id] else PROVISIONAL
        entry_id = new_id()
        if before is not None:
            self._supersede(before.id, entry_id)
        self._new[entry_id] = {
            "id": entry_id,
            "created_at": self._now,
            "kpi_id": item.kpi_id,
            "organisation_id": submission.organisation_id,
            "submission_id": submission.submission_id,
            "reference": item.reference,
            "value": item.value,
            "weight": item.weight,
            "period_start": item.period_start,
            "period_end": item.period_end,
            "status": status,
            "superseded_by": None,
        }
        self._current[key] = Current(
            entry_id, item.value, item.period_start, item.period_end, status, None, item.weight
        )
        self.moves.add(item.kpi_id, submission.organisation_id, item.period_end, item.value, item.weight, status)
        submission.recorded += 1

    def write(self, session: Session) -> None:
        """Write it all; what was superseded first, since a reference names one current figure."""
        update_rows(session, Measurement, self._superseded)
        insert_rows(session, Measurement, list(self._new.values()))

    def _repeat(self, submission: Submission, index: int, before: Current) -> None:
        if before.status == REJECTED:
            submission.refuse(index, f"This figure was rejected: {before.reason} Send it with a corrected value.")
        else:
            submission.recorded += 1

    def _supersede(self, former: UUID, latter: UUID) -> None:
        if former in self._new:
            self._new[former] |= {"status": SUPERSEDED, "superseded_by": latter}
        else:
            self._superseded.append({"id": former, "status": SUPERSEDED, "superseded_by": latter})
