"""Use cases: what a KPI is to reach and by when, and changing that with a reason that stays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from sqlalchemy.orm import Session

from services.metrics.alerts.judgement import Goal
from services.metrics.alerts.service import assess, keep_telling
from services.metrics.indicators.models import DECREASE, INCREASE, InterimTarget, Kpi, TargetChange
from services.metrics.indicators.queries import get_kpi, list_goals, list_interims, list_live_signatures
from services.metrics.indicators.terms import Terms, compare_terms, digest_terms, list_terms
from services.metrics.known.queries import list_partners
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Invalid
from shared.fields import plain
from shared.identity import Identity
from shared.messaging.wake import announce


@dataclass(frozen=True, slots=True)
class Interim:
    """Where a KPI should stand on a day on the way; `value` is a level like the target, the baseline included."""

    due_on: date
    value: Decimal


def change_target(
    session: Session,
    by: Identity,
    campaign_id: UUID,
    key: str,
    seen_version: int,
    now: datetime,
    *,
    target: Decimal,
    reason: str,
    interims: Sequence[Interim] = (),
) -> Kpi:
    """The KPI with another target, or others on the way; the former is kept with the reason. Raises `Stale`.

    Interim targets are part of a target: those of the former one end with it.
    """
    kpi = get_kpi(session, by, campaign_id, key)
    require_version(session, kpi, seen_version)
    check_target(kpi.direction, kpi.baseline, target)
    former, terms = kpi.target, read_terms(session, kpi)
    [goal] = list_goals(session, [kpi])
    check_interims(replace(goal, target=target), interims)
    present = [Interim(each.due_on, each.value) for each in list_interims(session, [kpi])]
    if target == former and sorted(interims, key=_due) == present:
        raise Invalid({"target": "This is the target already, and so are those on the way."})
    kpi.target, kpi.updated_at = target, now
    count_anew(session, by, kpi, terms, reason, now, interims)
    # Standings are locked before the history everywhere, so that two who change things can't wait for each other.
    assess(session, list_goals(session, [kpi]), now)
    before, after = {kpi.name: plain(former)}, {kpi.name: plain(target)}
    for subject in (campaign_id, kpi.id):
        note(session, by, "changed a target", subject, at=now, before=before, after=after, reason=reason)
    announce(session, f"campaign:{campaign_id}")
    return kpi


def count_anew(
    session: Session, by: Identity, kpi: Kpi, former: Terms, reason: str, now: datetime, interims: Sequence[Interim]
) -> None:
    """Count another target of the KPI, with these on the way, after its terms changed from the `former`."""
    kpi.target_number += 1
    add_interims(session, kpi, interims, now)
    changed = compare_terms(former, read_terms(session, kpi))
    session.add(
        TargetChange(
            kpi_id=kpi.id,
            number=kpi.target_number,
            former=Decimal(former["target"]),
            target=kpi.target,
            reason=reason,
            terms={name: values for name, values in changed.items() if name != "target"},
            person_name=by.name,
            created_at=now,
        )
    )
    session.flush()
    if not {"target", "baseline", "direction", "unit"} & changed.keys():
        keep_telling(session, kpi.id, kpi.target_number)


def keep_reason(session: Session, by: Identity, kpi: Kpi, former: Terms, reason: str, now: datetime) -> None:
    """After a change: where the `former` terms were signed, count the new ones as another target, with the reason.

    Raises `Invalid` where there is none.
    """
    if not compare_terms(former, read_terms(session, kpi)):
        return
    if not list_live_signatures(session, {kpi.id: digest_terms(former)}):
        return
    if not reason:
        raise Invalid({"reason": "Say why: this was signed, and the signatures end with the change."})
    interims = [Interim(each.due_on, each.value) for each in list_interims(session, [kpi])]
    count_anew(session, by, kpi, former, reason, now, interims)


def add_interims(session: Session, kpi: Kpi, interims: Sequence[Interim], now: datetime) -> None:
    """Make these what the KPI is to reach on the way to its present target; they were checked."""
    session.add_all(
        InterimTarget(
            kpi_id=kpi.id, target_number=kpi.target_number, due_on=each.due_on, value=each.value, created_at=now
        )
        for each in interims
    )
    session.flush()


def read_terms(session: Session, kpi: Kpi) -> Terms:
    """What stands to be signed for the KPI now."""
    return list_terms(kpi, list_goals(session, [kpi])[0], list_interims(session, [kpi]), list_reporters(session, kpi))


def list_reporters(session: Session, kpi: Kpi) -> list[UUID]:
    """The partners that report the KPI: those named, as far as they are in the campaign, or all of its partners."""
    partners = [each.organisation_id for each in list_partners(session, kpi.campaign_id)]
    return [each for each in partners if not kpi.reporters or each in kpi.reporters]


def check_target(direction: str, baseline: Decimal, target: Decimal) -> None:
    """Raise `Invalid` unless getting from `baseline` to `target` is what `direction` calls better."""
    if target == baseline:
        raise Invalid({"target": "The target must differ from the baseline, or there is nothing to reach."})
    if direction == INCREASE and target < baseline:
        raise Invalid({"target": "Where more is better, the target must be above the baseline."})
    if direction == DECREASE and target > baseline:
        raise Invalid({"target": "Where less is better, the target must be below the baseline."})


def check_interims(goal: Goal, interims: Sequence[Interim]) -> None:
    """Raise `Invalid` unless these lead from the goal's baseline to its target, day by day, within its days."""
    ordered = sorted(interims, key=_due)
    for each in ordered:
        if not goal.starts_on <= each.due_on <= goal.ends_on:
            raise Invalid(
                {"interims": f"{each.due_on} is not within the KPI's days, {goal.starts_on} to {goal.ends_on}."}
            )
        if not min(goal.baseline, goal.target) <= each.value <= max(goal.baseline, goal.target):
            ends = f"the baseline, {plain(goal.baseline)}, and the target, {plain(goal.target)}"
            raise Invalid({"interims": f"{plain(each.value)} is not between {ends}."})
    for one, next_ in pairwise(ordered):
        if one.due_on == next_.due_on:
            raise Invalid({"interims": f"{one.due_on} is there twice."})
        if (next_.value - one.value) * goal.needed < 0:
            raise Invalid({"interims": f"On {next_.due_on} it would be further from the target than on {one.due_on}."})


def _due(interim: Interim) -> date:
    return interim.due_on
