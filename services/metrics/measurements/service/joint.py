"""Use cases: work that several partners did together, counted once, and entries that take an overlap out."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.levels import SUM
from services.metrics.indicators.queries import Name
from services.metrics.measurements.models import ADJUSTMENT, JOINT, JointClaim
from services.metrics.measurements.queries.records import find_claim
from services.metrics.measurements.service.entry import check_item, enter_items, find_name, require_partners
from services.metrics.measurements.service.ledger import Origin
from shared.clock import new_id
from shared.database.history import note
from shared.database.types import EXACT
from shared.errors import Conflict, Invalid
from shared.fields import plain
from shared.identity import Identity

#: The finest that the ledger keeps.
_FINEST = Decimal("1e-12")


def enter_joint_claim(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    now: datetime,
    *,
    kpi: str,
    claimant_id: UUID,
    shares: Mapping[UUID, Decimal],
    value: Decimal,
    period_start: date,
    period_end: date,
    reference: str,
    note_text: str,
) -> JointClaim:
    """Enter what several partners did together as each one's share of it.

    `shares` of all of them, the claimant's too, add up to 1 or to 100. What rounding leaves is the claimant's. Raises
    `Invalid` by field, and `Conflict` where the claimant's claim of this reference still counts.
    """
    name = _find_sum(session, by, campaign_id, kpi)
    require_partners(session, campaign_id, list(shares), "shares")
    parts = split_value(value, shares, claimant_id)
    if find_claim(session, name.kpi_id, claimant_id, reference) is not None:
        raise Conflict("This partner has a joint claim with this reference already. Reject it first to enter another.")
    claim = JointClaim(
        id=new_id(),
        created_at=now,
        kpi_id=name.kpi_id,
        claimant_id=claimant_id,
        reference=reference,
        value=value,
        shares=[
            {"organisation_id": str(each), "share": plain(shares[each]), "value": plain(part)}
            for each, part in parts.items()
        ],
        period_start=period_start,
        period_end=period_end,
        note=note_text,
        person_name=by.name,
    )
    session.add(claim)
    session.flush()
    origin = Origin(JOINT, claim_id=claim.id, person_name=by.name)
    days = {"period_start": period_start.isoformat(), "period_end": period_end.isoformat()}
    raw = {"kpi": kpi, **days, "reference": f"{reference} ({claim.id.hex[-12:]})", "note": note_text}
    entries = [(each, check_item({**raw, "value": plain(part)}, name, now), origin) for each, part in parts.items()]
    enter_items(session, name, entries, now)
    told = {"kpi": kpi, "value": plain(value), "reference": reference}
    for subject in (campaign_id, claim.id):
        note(session, by, "entered a joint claim", subject, at=now, **told)
    return claim


def enter_adjustment(
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
    reason: str,
) -> UUID:
    """Take an overlap out of a partner's figures (or put something in), for `reason`; returns the entry's id.

    It counts at once, because it is ours. Raises `Invalid` by field.
    """
    name = _find_sum(session, by, campaign_id, kpi)
    require_partners(session, campaign_id, [organisation_id], "organisation_id")
    if not value:
        raise Invalid({"value": "An adjustment of nothing changes nothing."})
    days = {"period_start": period_start.isoformat(), "period_end": period_end.isoformat()}
    reference = f"adjustment {new_id().hex[-12:]}"
    item = check_item({"kpi": kpi, "value": plain(value), **days, "reference": reference, "note": reason}, name, now)
    entry = (organisation_id, item, Origin(ADJUSTMENT, person_name=by.name))
    figure_id = enter_items(session, name, [entry], now, automatic=True)[0][0]
    for subject in (campaign_id, figure_id):
        note(session, by, "entered an adjustment", subject, at=now, kpi=kpi, value=plain(value), reason=reason)
    return figure_id


def split_value(value: Decimal, shares: Mapping[UUID, Decimal], claimant_id: UUID) -> dict[UUID, Decimal]:
    """Each partner's part of `value`, exact: rounded towards nothing, and the claimant has what that leaves.

    Raises `Invalid` for shares that do not add up to 1 or to 100.
    """
    if claimant_id not in shares or len(shares) < 2:
        raise Invalid({"shares": "Give a share to at least two partners, one of them who reported it."})
    if any(share <= 0 for share in shares.values()):
        raise Invalid({"shares": "Each share must be more than 0."})
    whole = Decimal(0)
    for share in shares.values():
        whole = EXACT.add(whole, share)
    if whole not in (1, 100):
        raise Invalid({"shares": f"The shares add up to {plain(whole)}, not to 100 (or to 1)."})
    parts, rest = {}, value
    for organisation_id, share in shares.items():
        if organisation_id != claimant_id:
            # Dividing by 1 or by 100 is exact.
            part = EXACT.multiply(value, EXACT.divide(share, whole)).quantize(_FINEST, ROUND_DOWN, context=_ROUNDING)
            parts[organisation_id], rest = part, EXACT.subtract(rest, part)
    return {claimant_id: rest, **parts}


_ROUNDING = EXACT.copy()
_ROUNDING.clear_traps()


def _find_sum(session: Session, by: Identity, campaign_id: UUID, kpi: str) -> Name:
    name = find_name(session, by, campaign_id, kpi)
    if name.aggregation != SUM:
        raise Invalid({"kpi": "Only figures that are added up can be shared or adjusted."})
    return name
