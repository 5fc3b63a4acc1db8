"""What is odd about a figure, seen against what the same partner reported for the same KPI before.

An outlier is told by the modified z-score of Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (ASQC Basic
References in Quality Control, volume 16, 1993): M = 0.6745 (x - median) / MAD, with the median of absolute deviations
from the median; they call |M| > 3.5 a potential outlier. Median and MAD hardly move with an outlier among the past
figures themselves, which mean and standard deviation do. Where more than half of the past is one and the same value the
MAD is 0; then their advice is the mean absolute deviation, M = (x - median) / (1.253314 MeanAD).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from statistics import median

#: So many figures of the past count, and with fewer there is no opinion.
MOST_PAST, LEAST_PAST = 24, 6
LIMIT = Decimal("3.5")
#: The same value so often in a row, under different references, looks like copying.
ROW = 3
#: A score is an estimate: so many digits tell it.
_ABOUT = Context(prec=28)


@dataclass(frozen=True, slots=True)
class Outlier:
    """How far a value is from what was usual: `score` is the modified z-score."""

    median: Decimal
    score: Decimal
    past: int


def find_outlier(value: Decimal, past: Sequence[Decimal]) -> Outlier | None:
    """The value as an outlier against `past`, of which the last 24 count; None if it is none or nobody can say."""
    past = past[-MOST_PAST:]
    if len(past) < LEAST_PAST:
        return None
    middle = median(past)
    deviations = [abs(_ABOUT.subtract(each, middle)) for each in past]
    spread = median(deviations)
    if spread:
        spread = _ABOUT.divide(spread, Decimal("0.6745"))
    else:
        mean = _ABOUT.divide(sum(deviations, Decimal(0)), Decimal(len(deviations)))
        spread = _ABOUT.multiply(mean, Decimal("1.253314"))
    if not spread:
        # All the same so far: there is no measure of how much is much.
        return None
    score = _ABOUT.divide(_ABOUT.subtract(value, middle), spread)
    return Outlier(middle, score, len(past)) if abs(score) > LIMIT else None


def is_repeated(value: Decimal, past: Sequence[Decimal]) -> bool:
    """Whether the value is the third of the same in a row, after `past`. Told once for a row; zeros are common."""
    row = past[-ROW:]
    before = row[-(ROW - 1) :]
    same = bool(value) and len(before) == ROW - 1 and all(each == value for each in before)
    return same and not (len(row) == ROW and row[0] == value)
