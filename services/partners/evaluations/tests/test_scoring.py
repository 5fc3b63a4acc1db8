"""What scores add up to: the properties that hold for any scores and any weights."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.partners.evaluations.scoring import Card, rank_organisations, round_fraction, weigh

KEYS = ("a", "b", "c", "d")
ORGANISATIONS = {UUID(int=number): name for number, name in enumerate(("Aqua", "Bay", "Coast", "Dune"), start=1)}
EVALUATORS = [UUID(int=number) for number in range(101, 106)]

WEIGHTS = st.fixed_dictionaries(
    {key: st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False) for key in KEYS}
).filter(lambda weights: any(weights.values()))
SCORES = st.fixed_dictionaries({key: st.integers(1, 5) for key in KEYS})
CARDS = st.dictionaries(
    st.tuples(st.sampled_from(list(ORGANISATIONS)), st.sampled_from(EVALUATORS)), SCORES, max_size=12
).map(lambda found: [Card(organisation, evaluator, scores) for (organisation, evaluator), scores in found.items()])


@given(SCORES, WEIGHTS, st.decimals("0.01", 1000, places=2))
def test_only_the_proportions_of_the_weights_count(scores, weights, factor):
    assert weigh(scores, {key: weight * factor for key, weight in weights.items()}) == weigh(scores, weights)


@given(SCORES, WEIGHTS)
def test_a_score_lies_between_the_lowest_and_the_highest_given(scores, weights):
    weighty = [scores[key] for key in KEYS if weights[key]]
    assert min(weighty) <= weigh(scores, weights) <= max(weighty)


@given(SCORES, WEIGHTS, st.sampled_from(KEYS))
def test_a_better_score_never_makes_an_organisation_worse(scores, weights, key):
    better = {**scores, key: min(5, scores[key] + 1)}
    assert weigh(better, weights) >= weigh(scores, weights)


@given(CARDS, WEIGHTS, st.randoms())
def test_the_order_of_the_cards_changes_nothing(cards, weights, random):
    shuffled = random.sample(cards, len(cards))
    assert rank_organisations(ORGANISATIONS, shuffled, weights) == rank_organisations(ORGANISATIONS, cards, weights)


@given(CARDS, WEIGHTS)
def test_ranks_follow_the_scores_and_equal_scores_share_one(cards, weights):
    results = rank_organisations(ORGANISATIONS, cards, weights)
    assert {each.organisation_id for each in results} == set(ORGANISATIONS)
    scored = [each for each in results if each.exact is not None]
    assert results[: len(scored)] == scored, "those without a score come last"
    for each in scored:
        assert each.rank == 1 + sum(other.exact > each.exact for other in scored)
        assert each.is_tied == (sum(other.exact == each.exact for other in scored) > 1)
    assert all(each.rank is None and each.score is None for each in results[len(scored) :])


@given(CARDS, WEIGHTS)
def test_figures_stay_within_their_bounds(cards, weights):
    for each in rank_organisations(ORGANISATIONS, cards, weights):
        if each.exact is not None:
            assert 1 <= each.lowest <= each.score <= each.highest <= 5
            # Popoviciu's inequality, with what rounding to two places may add.
            assert 0 <= each.spread <= (each.highest - each.lowest) / 2 + Decimal("0.015")
            assert all(1 <= one.lowest <= one.mean <= one.highest <= 5 for one in each.by_criterion.values())


def test_a_worked_example():
    weights = {"a": Decimal(50), "b": Decimal(30), "c": Decimal(20), "d": Decimal(0)}
    aqua, bay = list(ORGANISATIONS)[:2]
    cards = [
        Card(aqua, EVALUATORS[0], {"a": 5, "b": 4, "c": 3, "d": 1}),  # 4.3
        Card(aqua, EVALUATORS[1], {"a": 4, "b": 2, "c": 3, "d": 5}),  # 3.2
        Card(bay, EVALUATORS[0], {"a": 3, "b": 3, "c": 4, "d": 1}),  # 3.2
    ]
    first, second = rank_organisations({aqua: "Aqua", bay: "Bay"}, cards, weights)
    assert (first.score, first.lowest, first.highest) == (Decimal("3.75"), Decimal("3.20"), Decimal("4.30"))
    assert first.spread == Decimal("0.55")
    assert list(first.disputed) == ["b", "d"]
    assert (first.by_criterion["b"].lowest_by, first.by_criterion["b"].highest_by) == ([EVALUATORS[1]], [EVALUATORS[0]])
    assert (second.rank, second.score, second.spread) == (2, Decimal("3.20"), Decimal("0.00"))


def test_what_rounding_makes_equal_is_no_tie():
    weights = {"a": Decimal("99.99"), "b": Decimal("0.01")}
    aqua, bay = list(ORGANISATIONS)[:2]
    cards = [Card(aqua, EVALUATORS[0], {"a": 4, "b": 4}), Card(bay, EVALUATORS[0], {"a": 4, "b": 5})]
    first, second = rank_organisations({aqua: "Aqua", bay: "Bay"}, cards, weights)
    assert (first.name, first.rank, second.rank, first.is_tied) == ("Bay", 1, 2, False)
    assert first.score == second.score == Decimal("4.00")


def test_halves_are_rounded_to_even():
    assert [round_fraction(Fraction(number, 1000)) for number in (3125, 3135)] == [Decimal("3.12"), Decimal("3.14")]
