"""A round's results as one viewer may see them, with the round's weights or with those that the viewer tries out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from marshmallow import ValidationError

from services.partners.evaluations.models import Criterion, Evaluation
from services.partners.evaluations.queries import Sheet, list_rounds_of_organisation, load_sheets
from services.partners.evaluations.scoring import OrganisationResult, rank_organisations
from shared.errors import Invalid
from shared.fields import parse_exact
from shared.identity import Identity

_MOST: Final = Decimal(100)


@dataclass(frozen=True)
class Standing:
    """An organisation's result beside who gave it: `evaluations` are all of it, in the order of evaluators' names."""

    result: OrganisationResult
    evaluations: Sequence[Evaluation]

    @property
    def scored_by(self) -> int:
        return len(self.result.by_evaluator)

    @property
    def expected(self) -> int:
        return len(self.evaluations) - self.conflicts

    @property
    def conflicts(self) -> int:
        return sum(bool(each.conflict) for each in self.evaluations)

    @property
    def is_short(self) -> bool:
        """Whether fewer scored it than could have."""
        return self.scored_by < self.expected


def compute_standings(sheet: Sheet, weights: Mapping[str, Decimal]) -> list[Standing]:
    """The organisations that the viewer may see, best first."""
    by_organisation: dict[UUID, list[Evaluation]] = {}
    for each in sorted(sheet.evaluations, key=lambda each: list(sheet.evaluators).index(each.person_id)):
        by_organisation.setdefault(each.organisation_id, []).append(each)
    results = rank_organisations(sheet.shown, sheet.cards, weights)
    return [Standing(each, by_organisation[each.organisation_id]) for each in results]


def list_past(session: Any, viewer: Identity, organisation_id: UUID) -> list[tuple[Sheet, Standing | None]]:
    """The newest rounds that compare this organisation, newest first; without a standing where the viewer may not see
    it yet. The caller has made sure that they may see the organisation."""
    sheets = load_sheets(session, viewer, list_rounds_of_organisation(session, organisation_id))
    past = []
    for sheet in sheets:
        standings = compute_standings(sheet, round_weights(sheet.criteria))
        past.append((sheet, next((each for each in standings if each.result.organisation_id == organisation_id), None)))
    return past


def round_weights(criteria: Sequence[Criterion]) -> dict[str, Decimal]:
    return {each.key: each.weight for each in criteria}


def read_weights(criteria: Sequence[Criterion], wanted: Mapping[str, str]) -> dict[str, Decimal]:
    """The criteria's weights, those in `wanted` (key -> number) replaced; raises `Invalid` naming what can't be used.

    They need not add up to 100: only their proportions count. All zero would leave nothing to score by.
    """
    weights, problems = round_weights(criteria), {}
    for key, text in wanted.items():
        if key not in weights:
            problems[key] = "There is no such criterion in this round."
            continue
        try:
            weights[key] = parse_exact(text)
        except ValidationError:
            problems[key] = "Write a number from 0 to 100."
            continue
        if not 0 <= weights[key] <= _MOST:
            problems[key] = "Write a number from 0 to 100."
    if not problems and not any(weights.values()):
        problems[criteria[0].key] = "Give at least one criterion a weight above 0."
    if problems:
        raise Invalid(problems)
    return weights


def dump_standing(standing: Standing) -> dict[str, Any]:
    """As `OrganisationResultSchema` shows it."""
    result = standing.result
    return {
        "organisation_id": result.organisation_id,
        "name": result.name,
        "rank": result.rank,
        "is_tied": result.is_tied,
        "score": result.score,
        "spread": result.spread,
        "lowest": result.lowest,
        "highest": result.highest,
        "scored_by": standing.scored_by,
        "expected": standing.expected,
        "conflicts": standing.conflicts,
        "criteria": [
            {
                "key": key,
                "mean": each.mean,
                "lowest": each.lowest,
                "highest": each.highest,
                "is_disputed": each.is_disputed,
            }
            for key, each in result.by_criterion.items()
        ],
    }
