"""What scores add up to: weighted score, spread, disagreement and ranking.

The linear additive model of multi-criteria analysis (Department for Communities and Local Government,
"Multi-criteria analysis: a manual", 2009, section 5.5.4; Fishburn 1967):

    S(e, o) = sum over c of w(c) * s(e, o, c) / sum over c of w(c)     one evaluator's score of an organisation
    S(o)    = mean over e of S(e, o)                                   the organisation's score

with s from 1 to 5, so that S lies from 1 to 5 too and only the proportions of the weights matter. A mean over those who
scored is not pulled down by one who did not: how many scored is told beside it. The spread is the standard deviation of
S(e, o) over the evaluators there are, who are all of them and no sample (division by n). Everything is computed in
fractions and rounded once, half to even, to two places; ranks compare the fractions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

#: Evaluators whose scores of a criterion lie this far apart should talk about it.
DISAGREEMENT: Final = 2
_PLACES: Final = 100


@dataclass(frozen=True, slots=True)
class Card:
    """A submitted evaluation: an evaluator's score (1 to 5) of an organisation by criterion."""

    organisation_id: UUID
    evaluator_id: UUID
    scores: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion of one organisation: the mean to two places, and the evaluators at either end."""

    mean: Decimal
    lowest: int
    highest: int
    lowest_by: Sequence[UUID]
    highest_by: Sequence[UUID]

    @property
    def is_disputed(self) -> bool:
        return self.highest - self.lowest >= DISAGREEMENT


@dataclass(frozen=True, slots=True)
class OrganisationResult:
    """One organisation's result. Without a card it has neither score nor rank. Figures have two places."""

    organisation_id: UUID
    name: str
    exact: Fraction | None = None
    rank: int | None = None
    is_tied: bool = False
    spread: Decimal | None = None
    by_evaluator: Mapping[UUID, Decimal] = field(default_factory=dict)
    by_criterion: Mapping[str, CriterionResult] = field(default_factory=dict)

    @property
    def score(self) -> Decimal | None:
        return None if self.exact is None else round_fraction(self.exact)

    @property
    def lowest(self) -> Decimal | None:
        return min(self.by_evaluator.values(), default=None)

    @property
    def highest(self) -> Decimal | None:
        return max(self.by_evaluator.values(), default=None)

    @property
    def disputed(self) -> Sequence[str]:
        """The keys of the criteria that evaluators disagree on."""
        return [key for key, each in self.by_criterion.items() if each.is_disputed]


def weigh(scores: Mapping[str, int], weights: Mapping[str, Decimal]) -> Fraction:
    """S(e, o): `scores` has every criterion of `weights`, which are not negative and not all zero."""
    total = sum(map(Fraction, weights.values()))
    return sum((Fraction(weight) * scores[key] for key, weight in weights.items()), Fraction()) / total


def rank_organisations(
    names: Mapping[UUID, str], cards: Sequence[Card], weights: Mapping[str, Decimal]
) -> list[OrganisationResult]:
    """Every organisation of `names`, best first; equal scores share a rank (1, 2, 2, 4) and stand by name, then id.

    Those without a card come last. The order of `cards` changes nothing.
    """
    by_organisation: dict[UUID, list[Card]] = {each: [] for each in names}
    for card in cards:
        by_organisation[card.organisation_id].append(card)
    results = [_sum_up(each, names[each], found, weights) for each, found in by_organisation.items()]
    results.sort(key=lambda each: (each.exact is None, -(each.exact or 0), each.name.casefold(), each.organisation_id))
    return _number(results)


def round_fraction(value: Fraction) -> Decimal:
    """`value` to two places, half to even."""
    return Decimal(round(value * _PLACES)).scaleb(-2)


def _sum_up(
    organisation_id: UUID, name: str, cards: Sequence[Card], weights: Mapping[str, Decimal]
) -> OrganisationResult:
    if not cards:
        return OrganisationResult(organisation_id, name)
    totals = {card.evaluator_id: weigh(card.scores, weights) for card in cards}
    mean = sum(totals.values(), Fraction()) / len(totals)
    variance = sum(((each - mean) ** 2 for each in totals.values()), Fraction()) / len(totals)
    return OrganisationResult(
        organisation_id,
        name,
        exact=mean,
        spread=round_fraction(Fraction((Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt())),
        by_evaluator={each: round_fraction(total) for each, total in sorted(totals.items())},
        by_criterion={key: _sum_up_criterion(key, cards) for key in weights},
    )


def _sum_up_criterion(key: str, cards: Sequence[Card]) -> CriterionResult:
    scores = {card.evaluator_id: card.scores[key] for card in cards}
    lowest, highest = min(scores.values()), max(scores.values())
    return CriterionResult(
        round_fraction(Fraction(sum(scores.values()), len(scores))),
        lowest,
        highest,
        sorted(each for each, score in scores.items() if score == lowest),
        sorted(each for each, score in scores.items() if score == highest),
    )


def _number(results: Sequence[OrganisationResult]) -> list[OrganisationResult]:
    scored = [each.exact for each in results if each.exact is not None]
    numbered = []
    for each in results:
        if each.exact is None:
            numbered.append(each)
            continue
        rank = scored.index(each.exact) + 1
        numbered.append(replace(each, rank=rank, is_tied=scored.count(each.exact) > 1))
    return numbered
