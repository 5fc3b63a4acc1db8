"""Use cases: setting up rounds, reminding evaluators, closing, and shortlisting from the ranking."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.partners.evaluations.models import CLOSED, Evaluation, EvaluationRound, Evaluator, Score
from services.partners.evaluations.queries import (
    count_waiting_by_person,
    find_due_evaluators,
    get_any_round,
    get_newest_version,
    get_round,
    list_evaluations,
    list_evaluators,
    lock_round,
)
from services.partners.mails import Action, request_mail
from services.partners.organisations.queries import list_stages, lock_stages, name_organisations
from services.partners.organisations.service import change_stages
from services.partners.people.queries import list_staff, name_people
from shared.database.history import note
from shared.database.versions import require_version
from shared.errors import Conflict, Invalid
from shared.identity import Identity
from shared.web.filters import format_date

MOST_ORGANISATIONS: Final = 100
MOST_EVALUATORS: Final = 20
#: Reminders go out in the morning of these days, counted from the due day, and then every week.
REMINDED_ON: Final = (-7, -3, 0)
REMINDED_AT_ONCE: Final = 50
SHORTLISTED: Final = "shortlisted"
#: The stages from which the shortlist is a step forward.
BEFORE_SHORTLIST: Final = frozenset({"prospect", "dormant", "ended", "declined"})
_MORNING: Final = time(6, tzinfo=UTC)


def create_round(
    session: Session,
    by: Identity,
    now: datetime,
    *,
    title: str,
    set_id: UUID,
    due_on: date,
    evaluators: Collection[UUID],
    organisations: Collection[UUID] = (),
) -> EvaluationRound:
    """A round by the set's newest version, open at once; raises `Invalid` naming what cannot be used."""
    _check_staff(session, evaluators)
    version = get_newest_version(session, set_id)
    made = EvaluationRound(criteria_version_id=version.id, due_on=due_on, created_at=now, updated_at=now)
    made.rename(title)
    session.add(made)
    session.flush()
    note(session, by, "opened the round", made.id, at=now, title=title, criteria=f"{version.name} {version.number}")
    _add_evaluators(session, made, set(evaluators), now)
    if organisations:
        add_organisations(session, by, made.id, organisations, now)
    return made


def change_round(
    session: Session,
    by: Identity,
    round_id: UUID,
    seen_version: int,
    now: datetime,
    *,
    title: str,
    due_on: date,
    evaluators: Collection[UUID],
) -> EvaluationRound:
    """The round with these details; who has submitted something cannot be taken off. Raises `Stale`, `Conflict`."""
    round_ = lock_open_round(session, by, round_id)
    require_version(session, round_, seen_version)
    present = {each.person_id for each in list_evaluators(session, round_id)}
    added, removed = set(evaluators) - present, present - set(evaluators)
    _check_staff(session, added)
    if not present - removed | added:
        raise Invalid({"evaluators": "Name at least one evaluator."})
    _remove_evaluators(session, round_, removed)
    _add_evaluators(session, round_, added, now)
    before = {"title": round_.title, "due_on": round_.due_on.isoformat()}
    after = {"title": title, "due_on": due_on.isoformat()}
    names = name_people(session, added | removed)
    before["evaluators"] = ", ".join(sorted(names[each] for each in removed))
    after["evaluators"] = ", ".join(sorted(names[each] for each in added))
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return round_
    if round_.due_on != due_on:
        for each in list_evaluators(session, round_id):
            each.remind_at = plan_reminder(due_on, now)
    round_.due_on, round_.updated_at = due_on, now
    round_.rename(title)
    note(
        session, by, "changed the round", round_id, at=now,
        before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip
    session.flush()
    return round_


def add_organisations(
    session: Session, by: Identity, round_id: UUID, organisation_ids: Collection[UUID], now: datetime
) -> int:
    """Compare these as well; returns how many were not in the round yet. Raises `Invalid` for one that is unknown."""
    round_ = lock_open_round(session, by, round_id)
    present = {each.organisation_id for each in list_evaluations(session, round_id)}
    added = sorted(set(organisation_ids) - present)
    names = name_organisations(session, added)
    if len(names) < len(added):
        raise Invalid({"organisations": "One of these organisations is not known here."})
    if len(present) + len(added) > MOST_ORGANISATIONS:
        raise Invalid({"organisations": f"A round compares up to {MOST_ORGANISATIONS} organisations."})
    people = [each.person_id for each in list_evaluators(session, round_id)]
    _add_evaluations(session, round_, added, people, now)
    if added:
        note(session, by, "added organisations", round_id, at=now, organisations=", ".join(names.values()))
    return len(added)


def remove_organisation(session: Session, by: Identity, round_id: UUID, organisation_id: UUID, now: datetime) -> None:
    """Compare it no longer; raises `Conflict` once someone has submitted an evaluation of it."""
    lock_open_round(session, by, round_id)
    gone = [each for each in list_evaluations(session, round_id) if each.organisation_id == organisation_id]
    if any(each.is_submitted for each in gone):
        raise Conflict("An evaluation of this organisation was submitted, and what was submitted is kept.")
    if gone:
        _delete_evaluations(session, gone)
        name = name_organisations(session, [organisation_id])[organisation_id]
        note(session, by, "removed an organisation", round_id, at=now, organisation=name)


def close_round(session: Session, by: Identity, round_id: UUID, now: datetime) -> EvaluationRound:
    """End the scoring for good: from now on the whole staff sees every submitted score, and drafts count no more."""
    lock_round(session, round_id)
    round_ = get_round(session, by, round_id)
    session.refresh(round_)
    if not round_.is_open:
        return round_
    round_.state, round_.closed_at, round_.updated_at = CLOSED, now, now
    for each in list_evaluators(session, round_id):
        each.remind_at = None
    waiting = sum(not each.is_settled for each in list_evaluations(session, round_id))
    note(session, by, "closed the round", round_id, at=now, missing=waiting)
    session.flush()
    return round_


def remind_due_evaluators(session: Session, now: datetime) -> bool:
    """The due job: remind whoever is due of what they have not submitted; True if there may be more."""
    due = find_due_evaluators(session, now, REMINDED_AT_ONCE)
    for each in due:
        round_ = get_any_round(session, each.round_id)
        _remind(session, round_, [each], now)
        each.remind_at = plan_reminder(round_.due_on, now)
    session.flush()
    return len(due) == REMINDED_AT_ONCE


def remind_evaluators(session: Session, by: Identity, round_id: UUID, now: datetime) -> Sequence[UUID]:
    """Remind everyone who is waited for at once; returns who they are. Raises `Conflict` if the round is closed."""
    round_ = lock_open_round(session, by, round_id)
    reminded = _remind(session, round_, list_evaluators(session, round_id), now)
    if reminded:
        names = ", ".join(sorted(name_people(session, reminded).values()))
        note(session, by, "reminded evaluators", round_id, at=now, evaluators=names)
    return reminded


def shortlist_organisations(
    session: Session, by: Identity, round_id: UUID, organisation_ids: Collection[UUID], reason: str, now: datetime
) -> int:
    """Move these organisations of the round to the stage "shortlisted", each with the reason; returns how many moved.

    Those that are further along already stay where they are. Raises `Invalid` for one that is not in the round.
    """
    get_round(session, by, round_id)
    if not set(organisation_ids) <= {each.organisation_id for each in list_evaluations(session, round_id)}:
        raise Invalid({"organisations": "One of these organisations is not in this round."})
    there = lock_stages(session, by, sorted(set(organisation_ids)))
    moved = [each for each, stage in there.items() if stage in BEFORE_SHORTLIST]
    if moved:
        change_stages(session, by, moved, SHORTLISTED, reason, now)
        names = ", ".join(sorted(name_organisations(session, moved).values()))
        note(session, by, "shortlisted organisations", round_id, at=now, organisations=names, reason=reason)
    return len(moved)


def sort_for_shortlist(session: Session, organisation_ids: Sequence[UUID]) -> tuple[list[UUID], list[UUID]]:
    """Those that shortlisting would move, and those that are further along already; in the order given."""
    stages = list_stages(session, organisation_ids)
    moving = [each for each in organisation_ids if stages[each] in BEFORE_SHORTLIST]
    return moving, [each for each in organisation_ids if each not in moving]


def lock_open_round(session: Session, by: Identity, round_id: UUID) -> EvaluationRound:
    """The round, locked until the transaction ends; raises `Conflict` if it is closed."""
    get_round(session, by, round_id)
    lock_round(session, round_id)
    round_ = get_round(session, by, round_id)
    session.refresh(round_)
    if not round_.is_open:
        raise Conflict("This round is closed, and its results were seen: nothing about it changes any more.")
    return round_


def plan_reminder(due_on: date, now: datetime) -> datetime:
    """The morning of the next reminder after `now`."""
    days = [datetime.combine(due_on + timedelta(days=each), _MORNING) for each in REMINDED_ON]
    later = [each for each in days if each > now]
    if later:
        return later[0]
    weeks = (now - days[-1]) // timedelta(weeks=1) + 1
    return days[-1] + timedelta(weeks=weeks)


def _remind(
    session: Session, round_: EvaluationRound, evaluators: Sequence[Evaluator], now: datetime
) -> Sequence[UUID]:
    waiting = count_waiting_by_person(session, round_.id)
    reminded = []
    people = {each.id: each for each in list_staff(session)}
    for evaluator in evaluators:
        count, person = waiting.get(evaluator.person_id, 0), people.get(evaluator.person_id)
        if count and person is not None:
            request_mail(
                session,
                person.addressee,
                f"Your evaluations for “{round_.title}”",
                [
                    f"{_count(count)} still to come from you in the round “{round_.title}”, "
                    f"due on {format_date(round_.due_on, 'en')}.",
                    "The other evaluators' scores stay hidden from you until you have submitted your own.",
                ],
                now,
                about=round_.id,
                because="you are named as an evaluator of this round",
                action=Action("Score the organisations", f"/partners/evaluations/{round_.id}"),
            )
            reminded.append(person.id)
    return reminded


def _count(evaluations: int) -> str:
    return "One evaluation is" if evaluations == 1 else f"{evaluations} evaluations are"


def _check_staff(session: Session, person_ids: Collection[UUID]) -> None:
    if not set(person_ids) <= {each.id for each in list_staff(session)}:
        raise Invalid({"evaluators": "Evaluators are members of the staff who can sign in. Choose from the list."})


def _add_evaluators(session: Session, round_: EvaluationRound, person_ids: Iterable[UUID], now: datetime) -> None:
    people = sorted(person_ids)
    remind_at = plan_reminder(round_.due_on, now)
    session.add_all(
        Evaluator(round_id=round_.id, person_id=each, remind_at=remind_at, created_at=now) for each in people
    )
    organisations = sorted({each.organisation_id for each in list_evaluations(session, round_.id)})
    _add_evaluations(session, round_, organisations, people, now)


def _add_evaluations(
    session: Session, round_: EvaluationRound, organisations: Sequence[UUID], people: Sequence[UUID], now: datetime
) -> None:
    session.add_all(
        Evaluation(
            round_id=round_.id, organisation_id=organisation_id, person_id=person_id, created_at=now, updated_at=now
        )
        for organisation_id in organisations
        for person_id in people
    )
    session.flush()


def _remove_evaluators(session: Session, round_: EvaluationRound, person_ids: Collection[UUID]) -> None:
    gone = [each for each in list_evaluations(session, round_.id) if each.person_id in person_ids]
    if any(each.is_submitted for each in gone):
        raise Invalid({"evaluators": "Who has submitted an evaluation stays an evaluator of this round."})
    _delete_evaluations(session, gone)
    for each in list_evaluators(session, round_.id):
        if each.person_id in person_ids:
            session.delete(each)
    session.flush()


def _delete_evaluations(session: Session, gone: Sequence[Evaluation]) -> None:
    session.execute(delete(Score).where(Score.evaluation_id.in_([each.id for each in gone])))
    for each in gone:
        session.delete(each)
    session.flush()
