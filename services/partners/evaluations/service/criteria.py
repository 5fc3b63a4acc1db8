"""Use cases: sets of criteria. A change makes a new version; what was scored by an older one keeps it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.evaluations.defaults import DEFAULT_CRITERIA, DEFAULT_NAME
from services.partners.evaluations.models import FULL_WEIGHT, CriteriaSet, CriteriaVersion, Criterion
from services.partners.evaluations.queries import get_newest_version, get_set, list_sets
from shared.clock import new_id
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Invalid
from shared.fields import plain
from shared.identity import Identity

MOST_CRITERIA: Final = 20


def ensure_default_set(session: Session, now: datetime) -> None:
    """Make the default criteria in a database that has none; whatever was made of them since stays as it is."""
    if not list_sets(session):
        _make_set(session, None, now, DEFAULT_NAME, DEFAULT_CRITERIA)


def create_set(
    session: Session, by: Identity, now: datetime, *, name: str, criteria: Sequence[Mapping[str, Any]]
) -> CriteriaSet:
    """A new set; raises `Invalid` if the weights do not add up to 100."""
    return _make_set(session, by, now, name, _read_criteria(criteria, ()))


def change_set(
    session: Session,
    by: Identity,
    set_id: UUID,
    seen_version: int,
    now: datetime,
    *,
    name: str,
    criteria: Sequence[Mapping[str, Any]],
) -> CriteriaSet:
    """A new version of the set; raises `Stale` if it changed since `seen_version`, `Invalid` like `create_set`.

    A criterion keeps its `key` to say that it is still the same one; without a key it is a new one.
    """
    found = get_set(session, set_id)
    require_version(session, found, seen_version)
    newest = get_newest_version(session, set_id)
    read = _read_criteria(criteria, [each.key for each in newest.criteria])
    if (name, read) == (newest.name, list(newest.criteria)):
        return found
    found.name, found.updated_at = name, now
    session.flush()
    _add_version(session, found, read, now)
    note(session, by, "made a new version of the criteria", set_id, at=now, name=name, number=found.version)
    return found


def _make_set(
    session: Session, by: Identity | None, now: datetime, name: str, criteria: Sequence[Criterion]
) -> CriteriaSet:
    made = CriteriaSet(name=name, created_at=now, updated_at=now)
    session.add(made)
    session.flush()
    _add_version(session, made, criteria, now)
    note(session, by, "made the criteria", made.id, at=now, name=name)
    return made


def _add_version(session: Session, found: CriteriaSet, criteria: Sequence[Criterion], now: datetime) -> None:
    told = [
        {"key": each.key, "name": each.name, "weight": plain(each.weight), "one": each.one, "five": each.five}
        for each in criteria
    ]
    session.add(CriteriaVersion(set_id=found.id, number=found.version, name=found.name, told=told, created_at=now))
    session.flush()


def _read_criteria(given: Sequence[Mapping[str, Any]], known: Sequence[str]) -> list[Criterion]:
    if not 1 <= len(given) <= MOST_CRITERIA:
        raise Invalid({"criteria": f"Name between one and {MOST_CRITERIA} criteria."})
    names = [each["name"].casefold() for each in given]
    if len(set(names)) < len(names):
        raise Invalid({"criteria": "Two criteria have the same name. Each needs one of its own."})
    total = sum((each["weight"] for each in given), Decimal(0))
    if total != FULL_WEIGHT:
        raise Invalid({"criteria": f"The weights add up to {plain(total)}; they have to add up to 100."})
    keys = [each.get("key") or new_id().hex for each in given]
    if len(set(keys)) < len(keys) or any(each.get("key") and each["key"] not in known for each in given):
        raise Invalid({"criteria": "Leave out the key of a criterion that this set did not have before."})
    return [
        Criterion(key, each["name"], Decimal(plain(each["weight"])), each["one"], each["five"])
        for key, each in zip(keys, given, strict=True)
    ]
