"""The part of the demo's story in which the staff compares organisations: a round that is over, and one that runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.partners.evaluations.queries import get_own_evaluation, list_sets
from services.partners.evaluations.service.criteria import ensure_default_set
from services.partners.evaluations.service.rounds import close_round, create_round, shortlist_organisations
from services.partners.evaluations.service.scorecards import (
    Rating,
    declare_conflicts,
    reopen_evaluation,
    save_draft,
    submit_evaluations,
)
from services.partners.organisations.service import register_organisation
from shared.identity import Identity

#: In the order of the default criteria: mission fit, values, past initiatives, reputation, reach, expertise, presence.
KEYS: Final = ("mission_fit", "values", "past_initiatives", "reputation", "reach", "expertise", "community_presence")
#: Name, kind, and the scores by Naledi, Themba and Grace; None where a conflict of interest keeps one from scoring.
RIVERS: Final = (
    ("Liesbeek River Friends", "community_group", ("5445355", "5444345", "4545255")),
    ("Blue Catchment Alliance", "ngo", ("4455443", "5355542", "3453444")),
    ("Harbour Youth Divers", "charity", ("4335254", "2334243", None)),
    ("Cape Watershed Institute", "school", ("3444352", "3544351", "3443452")),
    ("Clearwater Logistics", "company", ("2333432", "2232421", "4333432")),
)
SCHOOLS: Final = (
    ("Stories on Wheels", "charity"),
    ("Mother Tongue Press", "company"),
    ("Phambili Learning Centre", "ngo"),
    ("Saturday School Network", "community_group"),
)
COMMENTS: Final = {
    "mission_fit": "Its strategy names the same stretch of coast and the same goal.",
    "past_initiatives": "Two clean-up seasons with counted results; the report is in the file.",
    "community_presence": "Ten volunteers from the neighbourhood came to the site visit.",
}
CONFLICT: Final = "My sister coaches their junior team."


def tell_evaluations(session: Any, staff: Sequence[Identity], now: datetime) -> None:
    """Two rounds by the three people of `staff`: closed with a shortlist six weeks ago, and due in nine days."""
    ensure_default_set(session, now)
    set_id = list_sets(session)[0].id
    _tell_closed_round(session, staff, set_id, now - timedelta(weeks=8))
    _tell_open_round(session, staff, set_id, now - timedelta(days=5))


def _tell_closed_round(session: Any, staff: Sequence[Identity], set_id: UUID, at: datetime) -> None:
    ids = _register(session, staff[1], RIVERS, at)
    later = at + timedelta(days=11)
    made = create_round(
        session, staff[1], at, title="Partners for the river mouth", set_id=set_id,
        due_on=(at + timedelta(days=10)).date(), evaluators=[each.person_id for each in staff],
        organisations=list(ids.values()),
    )  # fmt: skip
    for number, who in enumerate(staff):
        own = {ids[name]: scores[number] for name, _kind, scores in RIVERS}
        conflicts = {each: CONFLICT for each, digits in own.items() if digits is None}
        declare_conflicts(session, who, made.id, conflicts, at + timedelta(days=1))
        for organisation_id, digits in own.items():
            if digits is not None:
                _score(session, who, made.id, organisation_id, digits, at + timedelta(days=2 + number))
        scored = [each for each, digits in own.items() if digits is not None]
        submit_evaluations(session, who, made.id, scored, at + timedelta(days=4 + number))
    _change_a_score(session, staff[1], made.id, ids["Clearwater Logistics"], at + timedelta(days=8))
    close_round(session, staff[0], made.id, later)
    best = [ids["Liesbeek River Friends"], ids["Blue Catchment Alliance"]]
    reason = "First and second of the round; both know the river mouth and the people who live there."
    shortlist_organisations(session, staff[1], made.id, best, reason, later + timedelta(days=1))


def _tell_open_round(session: Any, staff: Sequence[Identity], set_id: UUID, at: datetime) -> None:
    ids = _register(session, staff[1], SCHOOLS, at)
    made = create_round(
        session, staff[1], at, title="Reading partners for the next school year", set_id=set_id,
        due_on=(at + timedelta(days=14)).date(), evaluators=[each.person_id for each in staff],
        organisations=list(ids.values()),
    )  # fmt: skip
    first, second, third, _fourth = ids.values()
    for who in staff[:2]:
        declare_conflicts(session, who, made.id, {}, at + timedelta(days=1))
    for organisation_id, digits in ((first, "5444345"), (second, "3345342"), (third, "4544445")):
        _score(session, staff[1], made.id, organisation_id, digits, at + timedelta(days=2))
    submit_evaluations(session, staff[1], made.id, [first, second, third], at + timedelta(days=3))
    _score(session, staff[0], made.id, first, "4454445", at + timedelta(days=3))
    submit_evaluations(session, staff[0], made.id, [first], at + timedelta(days=3))
    _score(session, staff[0], made.id, second, "234", at + timedelta(days=4))


def _register(session: Any, by: Identity, told: Sequence[tuple[Any, ...]], at: datetime) -> Mapping[str, UUID]:
    at -= timedelta(days=2)
    return {
        name: register_organisation(session, by, at, name=name, kind=kind, country="ZA", website=None).id
        for name, kind, *_scores in told
    }


def _score(session: Any, who: Identity, round_id: UUID, organisation_id: UUID, digits: str, at: datetime) -> None:
    own = get_own_evaluation(session, who, round_id, organisation_id)
    assert own is not None, "the story's people are evaluators of its rounds"
    ratings: list[Rating] = [
        {"criterion": key, "score": int(digit), "comment": COMMENTS.get(key, "") if digit == "5" else ""}
        for key, digit in zip(KEYS[: len(digits)], digits, strict=True)
    ]
    save_draft(session, who, round_id, organisation_id, own.version, ratings, at)


def _change_a_score(session: Any, who: Identity, round_id: UUID, organisation_id: UUID, at: datetime) -> None:
    reason = "I had the figures of another company in front of me when I scored its reach."
    reopen_evaluation(session, who, round_id, organisation_id, reason, at)
    _score(session, who, round_id, organisation_id, "2232321", at)
    submit_evaluations(session, who, round_id, [organisation_id], at)
