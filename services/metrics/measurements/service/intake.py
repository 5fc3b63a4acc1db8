"""From partners' submissions to the ledger, many at a time.

A batch costs a fixed number of statements however many figures it holds: it looks up KPIs and current figures,
then writes the ledger and the sums, all in the consumer's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings, map_standings
from services.metrics.events import Rejected, SubmissionProcessed
from services.metrics.indicators.queries import Name, list_names
from services.metrics.known.queries import PATIENCE, list_partnerships
from services.metrics.measurements.items import Item, Refused, quote, read_item
from services.metrics.measurements.queries import map_current
from services.metrics.measurements.service.ledger import Ledger, Origin
from services.metrics.measurements.service.rollups import apply_moves
from shared.messaging.outbox import record
from shared.messaging.subscriptions import NotYet

#: A partner's figure, as it is to stand in the ledger.
Entry = tuple[UUID, Item, Origin]


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
    names = _read_items(session, submissions, now.date(), clock or now)
    for trial in (each for each in submissions if each.trial):
        trial.recorded, trial.items = len(trial.items), []
    entries, places = [], []
    for submission in submissions:
        origin = Origin(submission_id=submission.submission_id)
        entries += [(submission.organisation_id, item, origin) for _index, item in submission.items]
        places += [(submission, index) for index, _item in submission.items]
    for (submission, index), refused in zip(places, enter_all(session, entries, names, now), strict=True):
        if refused:
            submission.refuse(index, refused)
        else:
            submission.recorded += 1
    for each in submissions:
        rejected = sorted(each.rejected, key=lambda one: one.index)
        record(session, SubmissionProcessed(each.submission_id, each.organisation_id, each.recorded, rejected), now=now)


def enter_all(
    session: Session, entries: Sequence[Entry], names: Mapping[UUID, Name], now: datetime, *, trial: bool = False
) -> list[str | None]:
    """Write these figures into the ledger, in order, and move the sums; returns why each is refused, if it is.

    `names` has their KPIs by id. A `trial` only finds out what would be refused.
    """
    keys = {(item.kpi_id, organisation_id, item.reference) for organisation_id, item, _origin in entries}
    kpi_ids = {key[0] for key in keys}
    # From here on nobody else moves these KPIs' figures, so what is read as current stays so.
    standings = map_standings(session, kpi_ids) if trial else lock_standings(session, kpi_ids)
    campaigns = {name.kpi_id: name.campaign_id for name in names.values()}
    ledger = Ledger(map_current(session, keys), standings, campaigns, now)
    refusals = [
        ledger.enter(organisation_id, item, origin, automatic=names[item.kpi_id].is_automatic)
        for organisation_id, item, origin in entries
    ]
    if not trial:
        ledger.write(session)
        if ledger.moves.places:
            apply_moves(session, standings, ledger.moves, now)
    return refusals


def _read_items(
    session: Session, submissions: Sequence[Submission], today: date, clock: datetime
) -> Mapping[UUID, Name]:
    """Check every item; returns what partners call the KPIs, by id."""
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
    return {name.kpi_id: name for name in names}


def _refuse_all(submission: Submission, campaign: UUID | None, clock: datetime) -> None:
    if campaign is not None and clock - submission.received_at < PATIENCE:
        raise NotYet(f"no news yet that organisation {submission.organisation_id} is in campaign {campaign}")
    wanted = quote(submission.data.get("campaign"))
    reason = f"You are not a partner of a campaign with the id {wanted}. Look for the id on the campaign's page."
    for index in range(max(1, len(submission.reported))):
        submission.refuse(index, reason)
