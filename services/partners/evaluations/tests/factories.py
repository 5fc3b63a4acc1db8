"""Rounds and evaluations for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.evaluations.models import CriteriaSet, EvaluationRound
from services.partners.evaluations.queries import get_own_evaluation, list_sets
from services.partners.evaluations.service.criteria import create_set, ensure_default_set
from services.partners.evaluations.service.rounds import create_round
from services.partners.evaluations.service.scorecards import declare_conflicts, save_draft, submit_evaluations
from services.partners.organisations.tests.factories import make_organisation
from services.partners.people.service import add_person
from shared.clock import utc_now
from shared.identity import COORDINATOR, Identity
from shared.testing.people import make_identity

#: The default criteria in order, each with a score.
KEYS = ("mission_fit", "values", "past_initiatives", "reputation", "reach", "expertise", "community_presence")


@dataclass(frozen=True)
class Scene:
    """A round with its evaluators and organisations; `outsider` is a coordinator who is no evaluator of it."""

    round: EvaluationRound
    evaluators: Sequence[Identity]
    organisations: Sequence[UUID]
    outsider: Identity


def make_criteria(session: Session, name: str) -> CriteriaSet:
    """A set of two criteria, each of whose texts holds `name`."""
    told = [
        {"name": f"{name} {part}", "weight": Decimal(50), "one": f"Bad {name}", "five": f"Good {name}"} for part in "ab"
    ]
    return create_set(session, make_identity(name=name), utc_now(), name=f"{name} criteria", criteria=told)


def make_staff(session: Session, name: str, role: str = COORDINATOR) -> Identity:
    """A member of the staff who can sign in."""
    email = f"{name.replace(' ', '.').lower()}@example.org"
    person = add_person(
        session, None, utc_now(), name=name, email=email, role=role, organisation_id=None, locale="en", time_zone=None
    )
    return make_identity(role, person_id=person.id, name=name, email=email)


def make_scene(
    session: Session,
    *,
    evaluators: Sequence[str] = ("Ayanda", "Bongani", "Chipo"),
    organisations: Sequence[str | UUID] = ("Aqua Trust", "Bay Watch"),
    declared: bool = True,
    set_id: UUID | None = None,
    **changes: Any,
) -> Scene:
    """An open round by the default criteria or `set_id`, due in two weeks; with `declared` nobody has a conflict."""
    now = utc_now()
    if set_id is None:
        ensure_default_set(session, now)
        set_id = list_sets(session)[0].id
    people = [make_staff(session, name) for name in evaluators]
    made = [make_organisation(session, name=each).id if isinstance(each, str) else each for each in organisations]
    outsider = make_identity()
    details: dict[str, Any] = {"title": "Clean-up partners", "due_on": now.date() + timedelta(days=14), **changes}
    round_ = create_round(
        session, outsider, now, set_id=set_id, evaluators=[each.person_id for each in people],
        organisations=made, **details,
    )  # fmt: skip
    if declared:
        for each in people:
            declare_conflicts(session, each, round_.id, {}, now)
    return Scene(round_, people, made, outsider)


def rate(scores: Sequence[int]) -> list[Any]:
    """Ratings of the default criteria in their order; fewer scores leave the last ones out."""
    return [
        {"criterion": key, "score": score, "comment": ""}
        for key, score in zip(KEYS[: len(scores)], scores, strict=True)
    ]


def write_draft(session: Session, scene: Scene, who: Identity, organisation_id: UUID, scores: Sequence[int]) -> None:
    own = get_own_evaluation(session, who, scene.round.id, organisation_id)
    assert own is not None
    save_draft(session, who, scene.round.id, organisation_id, own.version, rate(scores), utc_now())


def submit(
    session: Session, scene: Scene, who: Identity, organisation_id: UUID, scores: Sequence[int] | int, now: datetime
) -> None:
    """Score every criterion with `scores` (one number: all the same) and submit."""
    write_draft(session, scene, who, organisation_id, [scores] * 7 if isinstance(scores, int) else scores)
    submit_evaluations(session, who, scene.round.id, [organisation_id], now)
