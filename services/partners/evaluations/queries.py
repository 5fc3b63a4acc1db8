"""Every SELECT on criteria, rounds and evaluations.

`load_sheet` is the one door to scores: it reads a round as one viewer may see it, so whatever is computed from it -
averages, ranks, charts - tells nobody what they may not know yet.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.partners.evaluations.models import (
    OPEN,
    CriteriaSet,
    CriteriaVersion,
    Criterion,
    Evaluation,
    EvaluationRound,
    Evaluator,
    Score,
)
from services.partners.evaluations.scoring import Card
from services.partners.organisations.queries import name_organisations
from services.partners.people.queries import name_people
from shared.database.paging import Page, fetch_page
from shared.errors import NotFound
from shared.identity import Identity

T = TypeVar("T", EvaluationRound, CriteriaVersion, Evaluation, Evaluator)


@dataclass(frozen=True)
class Progress:
    """How far a round is: evaluations that are settled, of all."""

    settled: int
    total: int


@dataclass(frozen=True)
class Owed:
    """An evaluation of an organisation that an evaluator was asked for by a day that is over."""

    organisation_id: UUID
    round_id: UUID
    title: str
    due_on: date
    evaluator: str


@dataclass(frozen=True)
class Sheet:
    """A round as `viewer_id` may see it. `evaluations` are all of it, for who has submitted and who is waited for;
    `scores`, by evaluation, only those that the viewer may know, and `shown` the organisations whose results they may
    see. Organisations and evaluators are in the order of their names."""

    round: EvaluationRound
    version: CriteriaVersion
    evaluations: Sequence[Evaluation]
    scores: Mapping[UUID, Sequence[Score]]
    names: Mapping[UUID, str]
    evaluators: Mapping[UUID, str]
    shown: Mapping[UUID, str]
    viewer_id: UUID

    @property
    def criteria(self) -> Sequence[Criterion]:
        return self.version.criteria

    @property
    def own(self) -> Sequence[Evaluation]:
        """The viewer's own evaluations."""
        found = {each.organisation_id: each for each in self.evaluations if each.person_id == self.viewer_id}
        return [found[each] for each in self.names if each in found]

    @property
    def is_complete(self) -> bool:
        return _is_complete(self.evaluations)

    def of_organisation(self, organisation_id: UUID) -> Sequence[Evaluation]:
        """Its evaluations; raises `NotFound` if it is not in the round."""
        found = {each.person_id: each for each in self.evaluations if each.organisation_id == organisation_id}
        if not found:
            raise NotFound
        return [found[each] for each in self.evaluators if each in found]

    @property
    def cards(self) -> list[Card]:
        """What was submitted and may be seen, as it is counted."""
        return [
            Card(
                each.organisation_id,
                each.person_id,
                {score.criterion: score.score for score in self.scores[each.id] if score.score is not None},
            )
            for each in self.evaluations
            if each.is_submitted and each.organisation_id in self.shown
        ]


def list_sets(session: Session) -> Sequence[CriteriaSet]:
    return session.scalars(select(CriteriaSet).order_by(CriteriaSet.id)).all()


def get_set(session: Session, set_id: UUID) -> CriteriaSet:
    found = session.get(CriteriaSet, set_id)
    if found is None:
        raise NotFound
    return found


def list_versions(session: Session, set_id: UUID) -> Sequence[CriteriaVersion]:
    """The set's versions, newest first."""
    found = select(CriteriaVersion).where(CriteriaVersion.set_id == set_id)
    return session.scalars(found.order_by(CriteriaVersion.number.desc())).all()


def get_newest_version(session: Session, set_id: UUID) -> CriteriaVersion:
    """What a new round of this set is scored by; raises `NotFound` if there is no such set."""
    found = select(CriteriaVersion).where(CriteriaVersion.set_id == set_id)
    newest = session.scalar(found.order_by(CriteriaVersion.number.desc()).limit(1))
    if newest is None:
        raise NotFound
    return newest


def list_newest_versions(session: Session) -> Mapping[UUID, CriteriaVersion]:
    """The newest version of every set, by the set's id."""
    found = select(CriteriaVersion).join(
        CriteriaSet, (CriteriaSet.id == CriteriaVersion.set_id) & (CriteriaSet.version == CriteriaVersion.number)
    )
    return {each.set_id: each for each in session.scalars(found)}


def count_rounds_by_version(session: Session, set_id: UUID) -> Mapping[UUID, int]:
    """How many rounds use each version of the set; versions without one are left out."""
    found = (
        select(CriteriaVersion.id, func.count())
        .join(EvaluationRound, EvaluationRound.criteria_version_id == CriteriaVersion.id)
        .where(CriteriaVersion.set_id == set_id)
        .group_by(CriteriaVersion.id)
    )
    return dict(session.execute(found).all())


def get_round(session: Session, viewer: Identity, round_id: UUID) -> EvaluationRound:
    """The round; raises `NotFound` if there is none or the viewer is not of the staff."""
    found = session.get(EvaluationRound, round_id) if viewer.is_staff else None
    if found is None:
        raise NotFound
    return found


def get_any_round(session: Session, round_id: UUID) -> EvaluationRound:
    """The round, for the worker."""
    return session.get_one(EvaluationRound, round_id)


def lock_round(session: Session, round_id: UUID) -> None:
    """Make others who want this lock wait until the transaction ends: what may be seen spans the round's rows."""
    session.execute(select(EvaluationRound.id).where(EvaluationRound.id == round_id).with_for_update())


def find_rounds(
    session: Session, *, search: str = "", state: str | None = None, cursor: str | None, limit: int
) -> Page[EvaluationRound]:
    """Rounds, newest first; `search` is a part of the title in any case. The caller has made sure of the permission."""
    found = select(EvaluationRound).where(*_wanted(search, state))
    return fetch_page(session, found, EvaluationRound.id, cursor=cursor, limit=limit)


def count_rounds(session: Session, *, search: str = "", state: str | None = None) -> int:
    return session.scalar(select(func.count()).select_from(EvaluationRound).where(*_wanted(search, state))) or 0


def count_progress(session: Session, round_ids: Sequence[UUID]) -> Mapping[UUID, Progress]:
    """How far each of these rounds is, in one query."""
    settled = func.count().filter(Evaluation.submitted_at.is_not(None) | Evaluation.conflict.is_(True))
    found = select(Evaluation.round_id, settled, func.count()).where(Evaluation.round_id.in_(round_ids))
    rows = session.execute(found.group_by(Evaluation.round_id))
    return {round_id: Progress(done, total) for round_id, done, total in rows}


def count_waiting(session: Session, person_id: UUID, round_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many evaluations each of these rounds still waits for from this person, in one query."""
    found = select(Evaluation.round_id, func.count()).where(
        Evaluation.round_id.in_(round_ids),
        Evaluation.person_id == person_id,
        Evaluation.submitted_at.is_(None),
        Evaluation.conflict.is_not(True),
    )
    return dict(session.execute(found.group_by(Evaluation.round_id)).all())


def count_waiting_by_person(session: Session, round_id: UUID) -> Mapping[UUID, int]:
    """How many evaluations the round still waits for, by evaluator, in one query."""
    found = select(Evaluation.person_id, func.count()).where(
        Evaluation.round_id == round_id, Evaluation.submitted_at.is_(None), Evaluation.conflict.is_not(True)
    )
    return dict(session.execute(found.group_by(Evaluation.person_id)).all())


def list_evaluators(session: Session, round_id: UUID) -> Sequence[Evaluator]:
    return session.scalars(select(Evaluator).where(Evaluator.round_id == round_id).order_by(Evaluator.id)).all()


def list_evaluations(session: Session, round_id: UUID) -> Sequence[Evaluation]:
    """All evaluations of a round, without their scores."""
    return session.scalars(select(Evaluation).where(Evaluation.round_id == round_id).order_by(Evaluation.id)).all()


def get_own_evaluation(session: Session, by: Identity, round_id: UUID, organisation_id: UUID) -> Evaluation | None:
    """The viewer's own evaluation of the organisation, or None if they have none to make."""
    return session.scalar(
        select(Evaluation).where(
            Evaluation.round_id == round_id,
            Evaluation.organisation_id == organisation_id,
            Evaluation.person_id == by.person_id,
        )
    )


def list_scores(session: Session, evaluation_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Score]]:
    """The scores of these evaluations. The caller has made sure that they may be seen."""
    scores: dict[UUID, list[Score]] = {}
    for score in session.scalars(select(Score).where(Score.evaluation_id.in_(evaluation_ids))):
        scores.setdefault(score.evaluation_id, []).append(score)
    return scores


def load_sheet(session: Session, viewer: Identity, round_id: UUID) -> Sheet:
    """The round with as much as the viewer may see; raises `NotFound` like `get_round`."""
    get_round(session, viewer, round_id)
    return load_sheets(session, viewer, [round_id])[0]


def load_sheets(session: Session, viewer: Identity, round_ids: Sequence[UUID]) -> list[Sheet]:
    """These rounds, in this order, in a handful of queries however much they hold. The viewer is of the staff.

    Drafts are their writer's alone. What others submitted on an organisation is seen by an evaluator who has submitted
    their own on it, and by everyone else on the staff once all have submitted or the round is closed.
    """
    rounds = {each.id: each for each in _list_in(session, EvaluationRound, EvaluationRound.id, round_ids)}
    version_ids = [each.criteria_version_id for each in rounds.values()]
    versions = {each.id: each for each in _list_in(session, CriteriaVersion, CriteriaVersion.id, version_ids)}
    evaluations = _list_in(session, Evaluation, Evaluation.round_id, round_ids)
    evaluators = _list_in(session, Evaluator, Evaluator.round_id, round_ids)
    names = name_organisations(session, list({each.organisation_id for each in evaluations}))
    people = name_people(session, list({each.person_id for each in evaluators}))
    visible = {
        each: _find_visible(rounds[each], [one for one in evaluations if one.round_id == each], viewer)
        for each in round_ids
    }
    readable = [
        each.id
        for each in evaluations
        if each.person_id == viewer.person_id or (each.is_submitted and each.organisation_id in visible[each.round_id])
    ]
    scores = list_scores(session, readable)
    return [
        _make_sheet(viewer, rounds[each], versions, evaluations, scores, names, people, evaluators, visible[each])
        for each in round_ids
    ]


def list_rounds_of_organisation(session: Session, organisation_id: UUID, limit: int = 20) -> Sequence[UUID]:
    """The newest rounds that compare this organisation, newest first."""
    found = select(Evaluation.round_id).where(Evaluation.organisation_id == organisation_id).distinct()
    return session.scalars(found.order_by(Evaluation.round_id.desc()).limit(limit)).all()


def select_owed(today: date) -> Select[UUID, date]:
    """(organisation's id, the day that it was asked for by) of every evaluation that is overdue in an open round."""
    return _owed(today).with_only_columns(Evaluation.organisation_id, EvaluationRound.due_on)


def list_owed(session: Session, organisation_ids: Collection[UUID], today: date) -> Sequence[Owed]:
    """The same of these organisations, with who owes them, in two queries; the longest first."""
    found = _owed(today).where(Evaluation.organisation_id.in_(organisation_ids))
    rows = session.execute(found.order_by(EvaluationRound.due_on, EvaluationRound.id, Evaluation.id)).all()
    names = name_people(session, {row.person_id for row in rows})
    return [Owed(row.organisation_id, row.id, row.title, row.due_on, names[row.person_id]) for row in rows]


def find_due_evaluators(session: Session, now: datetime, limit: int) -> Sequence[Evaluator]:
    """Whom to remind by now, locked; another worker's are left out."""
    found = select(Evaluator).where(Evaluator.remind_at <= now).order_by(Evaluator.remind_at).limit(limit)
    return session.scalars(found.with_for_update(skip_locked=True)).all()


def _owed(today: date) -> Select[UUID, UUID, str, date, UUID]:
    return (
        select(
            Evaluation.organisation_id,
            EvaluationRound.id,
            EvaluationRound.title,
            EvaluationRound.due_on,
            Evaluation.person_id,
        )
        .join(EvaluationRound, EvaluationRound.id == Evaluation.round_id)
        .where(
            EvaluationRound.state == OPEN,
            EvaluationRound.due_on < today,
            Evaluation.submitted_at.is_(None),
            Evaluation.conflict.is_not(True),
        )
    )


def _make_sheet(
    viewer: Identity,
    round_: EvaluationRound,
    versions: Mapping[UUID, CriteriaVersion],
    evaluations: Sequence[Evaluation],
    scores: Mapping[UUID, Sequence[Score]],
    names: Mapping[UUID, str],
    people: Mapping[UUID, str],
    evaluators: Sequence[Evaluator],
    visible: Set[UUID],
) -> Sheet:
    own = [each for each in evaluations if each.round_id == round_.id]
    concerned = {each.organisation_id for each in own}
    named = _by_name({each: name for each, name in names.items() if each in concerned})
    return Sheet(
        round=round_,
        version=versions[round_.criteria_version_id],
        evaluations=own,
        scores={each.id: scores[each.id] for each in own if each.id in scores},
        names=named,
        evaluators=_by_name(
            {each.person_id: people[each.person_id] for each in evaluators if each.round_id == round_.id}
        ),
        shown={each: name for each, name in named.items() if each in visible},
        viewer_id=viewer.person_id,
    )


def _find_visible(round_: EvaluationRound, evaluations: Sequence[Evaluation], viewer: Identity) -> Set[UUID]:
    """The organisations of the round whose results the viewer may see."""
    over = not round_.is_open or _is_complete(evaluations)
    return {
        each.organisation_id
        for each in evaluations
        if over or (each.is_submitted and each.person_id == viewer.person_id)
    }


def _is_complete(evaluations: Sequence[Evaluation]) -> bool:
    return bool(evaluations) and all(each.is_settled for each in evaluations)


def _list_in(session: Session, model: type[T], column: InstrumentedAttribute[UUID], ids: Sequence[UUID]) -> Sequence[T]:
    return session.scalars(select(model).where(column.in_(ids)).order_by(model.id)).all()


def _by_name(names: Mapping[UUID, str]) -> dict[UUID, str]:
    return dict(sorted(names.items(), key=lambda pair: (pair[1].casefold(), pair[0])))


def _wanted(search: str, state: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search:
        conditions.append(EvaluationRound.folded_title.contains(search.casefold(), autoescape=True))
    if state:
        conditions.append(EvaluationRound.state == state)
    return conditions
