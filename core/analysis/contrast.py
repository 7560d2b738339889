"""Treatment less held back, and one over the other, with an interval that may be looked at every day."""

from collections.abc import Callable
from math import inf, sqrt
from typing import NamedTuple

from core.analysis.arms import Means
from core.analysis.sequential import ALPHA, PLANNED_VISITS, always_valid_p, width_factor

RATIO_MOST = 1e4
"""An upper end above this is no end: the held-back visits did too little to divide by."""
_HALVINGS = 60


class Difference(NamedTuple):
    """`p_value` may be looked at daily, like the interval. `fixed_low`, `fixed_high`: for one look at a planned end."""

    value: float
    low: float
    high: float
    standard_error: float
    p_value: float
    fixed_low: float
    fixed_high: float


class Ratio(NamedTuple):
    """Treated over held back, less 1: 0.12 is 12 % more. `high` is None where no upper end can be given."""

    value: float
    low: float
    high: float | None


def difference(means: Means, alpha: float = ALPHA, planned_count: float = PLANNED_VISITS) -> Difference:
    """Treated less held back."""
    covariance, count = means.covariance(), means.influence.shape[1]
    value = means.treated - means.held_back
    error = sqrt(max(0.0, float(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1])))
    half, fixed = error * width_factor(count, alpha, planned_count), error * _FIXED
    p_value = always_valid_p(value / error, count, planned_count) if error > 0 else 1.0
    return Difference(value, value - half, value + half, error, p_value, value - fixed, value + fixed)


_FIXED = 1.959964


def relative(means: Means, alpha: float = ALPHA, planned_count: float = PLANNED_VISITS) -> Ratio | None:
    """How much more, as a share of what the held-back visits did. None where they did nothing, or less than nothing.

    The interval holds every ratio r for which treated - r x held back is not further from 0 than its own interval reaches
    (Fieller 1954), so it leaves 0 out exactly where the difference's does, needs no approximation of a ratio, and can
    be looked at daily for the same reason.
    """
    if means.held_back <= 0:
        return None
    covariance, count = means.covariance(), means.influence.shape[1]
    factor = width_factor(count, alpha, planned_count)

    def excess(ratio: float) -> float:
        """Above 0 where the ratio is left out."""
        variance = covariance[0, 0] - 2.0 * ratio * covariance[0, 1] + ratio**2 * covariance[1, 1]
        return abs(means.treated - ratio * means.held_back) - factor * sqrt(max(0.0, float(variance)))

    best = means.treated / means.held_back
    least = 0.0 if means.treated >= 0 else best - RATIO_MOST
    low = least if excess(least) <= 0 else _crossing(excess, least, best)
    # A bounded interval has an end at which treated - r x held back is as surely below 0 as its slope is.
    high = best + RATIO_MOST
    top = _crossing(excess, high, best) if excess(high) > 0 else inf
    return Ratio(best - 1.0, low - 1.0, None if top == inf else top - 1.0)


def _crossing(excess: Callable[[float], float], outside: float, inside: float) -> float:
    """Where the interval ends, between a ratio that is left out and one that is in."""
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2.0
        if excess(middle) > 0:
            outside = middle
        else:
            inside = middle
    return inside
