"""What a KPI's sums come to, by its aggregation.

sum            what was reported, added up
count          how many figures were reported
mean           the average of the figures
weighted_mean  the same, each figure weighed by what came with it (a score, by the number of people asked)
latest         each partner's newest figure, added over the partners: for stocks, such as members or hectares held
minimum        the smallest figure
maximum        the largest figure
ratio          one KPI divided by another
formula        an expression over other KPIs

A sum and a count begin at the baseline, since they tell what was added to it; the others are a level themselves.
Where there is nothing to work with, as with no figure or a division by nothing, there is no level: None, never 0.
"""

from decimal import Context, Decimal
from typing import Final

AGGREGATIONS = SUM, COUNT, MEAN, WEIGHTED_MEAN, LATEST, MINIMUM, MAXIMUM, RATIO, FORMULA = (
    "sum",
    "count",
    "mean",
    "weighted_mean",
    "latest",
    "minimum",
    "maximum",
    "ratio",
    "formula",
)
#: Added to the baseline.
ADDED: Final = frozenset({SUM, COUNT})
#: One of the figures, which can't be had by adding and taking away.
PICKED: Final = frozenset({LATEST, MINIMUM, MAXIMUM})
#: Worked out from other KPIs; nobody reports them.
DERIVED: Final = frozenset({RATIO, FORMULA})
#: Those that partners report.
REPORTED: Final = tuple(each for each in AGGREGATIONS if each not in DERIVED)
#: A mean or a ratio is no exact number; so many digits tell it.
SHARES: Final = Context(prec=28)


def find_level(aggregation: str, amount: Decimal, figures: int, weight: Decimal) -> Decimal | None:
    """What `figures` figures come to; `amount` is their sum, or the one that was picked, or what was worked out.

    For a weighted mean `amount` is the sum of weighted values and `weight` that of the weights.
    """
    if not figures:
        return Decimal(0) if aggregation in ADDED else None
    if aggregation == COUNT:
        return Decimal(figures)
    if aggregation == MEAN:
        return SHARES.divide(amount, Decimal(figures))
    if aggregation == WEIGHTED_MEAN:
        return SHARES.divide(amount, weight) if weight else None
    return amount
