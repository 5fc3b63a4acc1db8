"""Use case: figures that we enter ourselves, for a partner that told us by other ways than a report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.queries import lock_standings
from services.metrics.indicators.queries import Name, list_names
from services.metrics.known.queries import get_campaign, list_partnerships
from services.metrics.measurements.items import Item, Refused, read_item
from services.metrics.measurements.models import STAFF, Measurement
from services.metrics.measurements.queries import map_current
from services.metrics.measurements.queries.records import get_figure
from services.metrics.measurements.service.ledger import Ledger, Origin
from services.metrics.measurements.service.rollups import apply_moves
from shared.clock import new_id
from shared.database.history import note
from shared.errors import Conflict, Invalid
from shared.fields import plain
from shared.files import StoredFile
from shared.identity import Identity

#: A partner's figure, as it is to stand in the ledger.
Entry = tuple[UUID, Item, Origin]


def enter_figure(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    now: datetime,
    *,
    kpi: str,
    organisation_id: UUID,
    value: Decimal,
    period_start: date,
    period_end: date,
    weight: Decimal | None = None,
    reference: str | None = None,
    parts: Mapping[str, Mapping[str, Decimal]] | None = None,
    parts_note: str | None = None,
    note_text: str | None = None,
    link: str | None = None,
    file: StoredFile | None = None,
) -> UUID:
    """Enter a partner's figure; returns its id.

    A reference that the partner used already is corrected. Evidence is a file or a link. Raises `Invalid` by field,
    `Conflict` where this very figure was rejected or returned.
    """
    name = find_name(session, by, campaign_id, kpi)
    require_partners(session, campaign_id, [organisation_id], "organisation_id")
    if link and file:
        raise Invalid({"link": "Give either a file or a link."})
    raw = {
        "kpi": kpi,
        "value": plain(value),
        "weight": None if weight is None else plain(weight),
        "period_start": period_start.isoformat(),
        "period_end": period_end.isoformat(),
        "reference": reference or f"ours {new_id().hex[-12:]}",
        "parts": {key: {each: plain(of) for each, of in given.items()} for key, given in (parts or {}).items()},
        "parts_note": parts_note,
        "note": note_text,
        "evidence": link,
    }
    item = check_item(raw, name, now, file)
    figure_id, refused = enter_items(session, name, [(organisation_id, item, Origin(STAFF, person_name=by.name))], now)[
        0
    ]
    if refused:
        raise Conflict(refused)
    told = {"kpi": name.key, "value": plain(item.value), "reference": item.reference}
    for subject in (campaign_id, figure_id):
        note(session, by, "entered a figure", subject, at=now, **told)
    return figure_id


def find_name(session: Session, by: Identity, campaign_id: UUID, key: str) -> Name:
    """What stands behind a KPI's key; raises `NotFound` for the campaign and `Invalid` for the key."""
    get_campaign(session, by, campaign_id)
    for name in list_names(session, [campaign_id]):
        if name.key == key:
            return name
    raise Invalid({"kpi": "This campaign has no KPI with this key."})


def require_partners(session: Session, campaign_id: UUID, organisations: Sequence[UUID], field: str) -> None:
    """Raise `Invalid` for `field` unless all of them are partners of the campaign."""
    found = list_partnerships(session, [campaign_id], organisations)
    if {organisation for _campaign, organisation in found} != set(organisations):
        raise Invalid({field: "Choose among the campaign's partners."})


def check_item(raw: Mapping[str, Any], name: Name, now: datetime, file: StoredFile | None = None) -> Item:
    """The item in `raw`, checked like a partner's; raises `Invalid` naming the field."""
    try:
        item = read_item(raw, {name.key: name}, now.date(), reported=False)
    except Refused as refused:
        raise Invalid({refused.field: str(refused)}) from refused
    return replace(item, evidence=_describe(file)) if file else item


def enter_items(
    session: Session, name: Name, entries: Sequence[Entry], now: datetime, *, automatic: bool | None = None
) -> list[tuple[UUID, str | None]]:
    """Write entries of one KPI; returns the id of each and why it is refused, if it is.

    They count as verified where the KPI's figures do when they come in, or as `automatic` says.
    """
    if not entries:
        return []
    standings = lock_standings(session, [name.kpi_id])
    current = map_current(
        session, {(name.kpi_id, organisation, item.reference) for organisation, item, _from in entries}
    )
    ledger = Ledger(current, standings, {name.kpi_id: name.campaign_id}, now)
    counts = name.is_automatic if automatic is None else automatic
    refusals = [ledger.enter(organisation, item, origin, automatic=counts) for organisation, item, origin in entries]
    ledger.write(session)
    if ledger.moves.places:
        apply_moves(session, standings, ledger.moves, now)
    ids = [current[(name.kpi_id, organisation, item.reference)].id for organisation, item, _from in entries]
    return list(zip(ids, refusals, strict=True))


def add_evidence(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    figure_id: UUID,
    now: datetime,
    *,
    link: str | None = None,
    file: StoredFile | None = None,
) -> Measurement:
    """Add what shows a figure to be true: a link or a file. Raises `Conflict` where it has evidence already."""
    figure = get_figure(session, by, campaign_id, figure_id)
    if bool(link) == bool(file):
        raise Invalid({"link": "Give either a file or a link."})
    if figure.evidence is not None:
        raise Conflict("This figure has evidence already, which stays with it.")
    figure.evidence = _describe(file) if file else {"link": link}
    session.flush()
    note(session, by, "added evidence", figure_id, at=now, evidence=file.name if file else str(link))
    return figure


def _describe(file: StoredFile) -> dict[str, Any]:
    return {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256}
