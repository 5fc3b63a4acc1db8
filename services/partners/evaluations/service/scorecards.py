"""Use cases: what an evaluator does. First they declare their conflicts of interest, then they score and submit."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from services.partners.evaluations.models import CriteriaVersion, Evaluation, EvaluationRound, Score
from services.partners.evaluations.queries import get_own_evaluation, list_evaluations, list_scores
from services.partners.evaluations.service.rounds import lock_open_round
from services.partners.organisations.queries import name_organisations
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.identity import Identity


class Rating(TypedDict):
    """One criterion as an evaluator rates it: a score from 1 to 5, or None while they have not decided."""

    criterion: str
    score: int | None
    comment: str


def declare_conflicts(
    session: Session, by: Identity, round_id: UUID, conflicts: Mapping[UUID, str], now: datetime
) -> None:
    """The evaluator's conflicts of interest, with what each is; they declare to have none with the others.

    What they have submitted stays as it is. Raises `Invalid` for an organisation that is not theirs to score, and for
    a conflict without words.
    """
    lock_open_round(session, by, round_id)
    own = _list_own(session, by, round_id)
    _check_conflicts(own, conflicts)
    names = name_organisations(session, [each.organisation_id for each in own])
    changed = [each for each in own if not each.is_submitted and _differs(each, conflicts)]
    for each in changed:
        reason = conflicts.get(each.organisation_id)
        each.conflict, each.conflict_reason, each.updated_at = reason is not None, reason or "", now
        if reason is not None:
            told = {"organisation": names[each.organisation_id], "reason": reason}
            note(session, by, "declared a conflict of interest", round_id, at=now, **told)
    free = [names[each.organisation_id] for each in changed if not each.conflict]
    if free:
        told = {"organisations": ", ".join(sorted(free))}
        note(session, by, "declared to have no conflict of interest", round_id, at=now, **told)
    session.flush()


def save_draft(
    session: Session,
    by: Identity,
    round_id: UUID,
    organisation_id: UUID,
    seen_version: int,
    ratings: Sequence[Rating],
    now: datetime,
) -> Evaluation:
    """Keep what the evaluator has so far; criteria that are not given keep what they had.

    Raises `Conflict` before they declared, with a conflict of interest and after they submitted, `Stale` if the draft
    changed since `seen_version`, for instance on their other device.
    """
    round_ = lock_open_round(session, by, round_id)
    own = _get_own(session, by, round_id, organisation_id)
    _require_draft(own)
    require_version(session, own, seen_version)
    keys = {each.key for each in session.get_one(CriteriaVersion, round_.criteria_version_id).criteria}
    unknown = [each["criterion"] for each in ratings if each["criterion"] not in keys]
    if unknown:
        raise Invalid({"scores": f"There is no criterion {unknown[0]} in this round."})
    there = {each.criterion: each for each in list_scores(session, [own.id]).get(own.id, ())}
    for each in ratings:
        score = there.get(each["criterion"])
        if score is None:
            score = there[each["criterion"]] = Score(evaluation_id=own.id, criterion=each["criterion"])
            session.add(score)
        score.score, score.comment = each["score"], each["comment"]
    own.updated_at = now
    session.flush()
    return own


def submit_evaluations(
    session: Session, by: Identity, round_id: UUID, organisation_ids: Collection[UUID], now: datetime
) -> int:
    """Submit the evaluator's drafts on these organisations, for good; returns how many.

    One that was submitted before is passed over. Raises `Invalid` naming the organisations that lack a score.
    """
    round_ = lock_open_round(session, by, round_id)
    own = [_get_own(session, by, round_id, each) for each in organisation_ids]
    drafts = [each for each in own if not each.is_submitted]
    for each in drafts:
        _require_draft(each)
    names = name_organisations(session, [each.organisation_id for each in drafts])
    lacking = sorted(names[each] for each in _find_incomplete(session, round_, drafts))
    if lacking:
        raise Invalid({"organisations": f"Not every criterion has a score yet: {', '.join(lacking)}."})
    for each in drafts:
        each.submitted_at = each.updated_at = now
        told = {"organisation": names[each.organisation_id]}
        note(session, by, "submitted an evaluation", round_id, at=now, **told)
    session.flush()
    return len(drafts)


def reopen_evaluation(
    session: Session, by: Identity, round_id: UUID, organisation_id: UUID, reason: str, now: datetime
) -> Evaluation:
    """Make the evaluator's own submitted evaluation a draft again; the reason stays beside it and in the history."""
    lock_open_round(session, by, round_id)
    own = _get_own(session, by, round_id, organisation_id)
    if not own.is_submitted:
        raise Conflict("This evaluation is not submitted, so there is nothing to reopen.")
    if not reason:
        raise Invalid({"reason": "Say why; everyone who sees the scores will see it."})
    own.submitted_at, own.reopened_at, own.reopened_reason, own.updated_at = None, now, reason, now
    name = name_organisations(session, [organisation_id])[organisation_id]
    note(session, by, "reopened an evaluation", round_id, at=now, organisation=name, reason=reason)
    session.flush()
    return own


def is_complete(scores: Sequence[Score], version: CriteriaVersion) -> bool:
    """Whether every criterion has a score."""
    return {each.key for each in version.criteria} <= {each.criterion for each in scores if each.score is not None}


def _list_own(session: Session, by: Identity, round_id: UUID) -> list[Evaluation]:
    own = [each for each in list_evaluations(session, round_id) if each.person_id == by.person_id]
    if not own:
        raise Forbidden("You are not an evaluator of this round. A coordinator can name you as one.")
    return own


def _get_own(session: Session, by: Identity, round_id: UUID, organisation_id: UUID) -> Evaluation:
    own = get_own_evaluation(session, by, round_id, organisation_id)
    if own is None:
        _list_own(session, by, round_id)
        raise NotFound
    return own


def _require_draft(own: Evaluation) -> None:
    if own.is_submitted:
        raise Conflict("You have submitted this evaluation. To change it, reopen it and say why.")
    if own.conflict is None:
        raise Conflict("First say whether you have a conflict of interest with this organisation.")
    if own.conflict:
        raise Conflict("You declared a conflict of interest with this organisation, so you don't score it.")


def _check_conflicts(own: Sequence[Evaluation], conflicts: Mapping[UUID, str]) -> None:
    theirs = {each.organisation_id: each for each in own}
    for organisation_id, reason in conflicts.items():
        if organisation_id not in theirs:
            raise Invalid({"conflicts": "One of these organisations is not yours to score in this round."})
        if not reason.strip():
            raise Invalid({f"reason-{organisation_id}": "Say in a few words what the conflict of interest is."})
        if theirs[organisation_id].is_submitted:
            raise Invalid({f"reason-{organisation_id}": "You have submitted this evaluation: reopen it first."})


def _differs(own: Evaluation, conflicts: Mapping[UUID, str]) -> bool:
    reason = conflicts.get(own.organisation_id)
    return (own.conflict, own.conflict_reason) != (reason is not None, reason or "")


def _find_incomplete(session: Session, round_: EvaluationRound, drafts: Sequence[Evaluation]) -> list[UUID]:
    version = session.get_one(CriteriaVersion, round_.criteria_version_id)
    scores = list_scores(session, [each.id for each in drafts])
    return [each.organisation_id for each in drafts if not is_complete(scores.get(each.id, ()), version)]
