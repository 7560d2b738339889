"""What either arm's visits did on average: by period, so that a ramp does no harm, and with the score held equal.

Each mean comes with what every visit contributed to its error (its influence), so whatever is made of the means, a
difference, a ratio, a value per order, has its error from the same numbers, and the two arms' errors may go together.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.analysis.visits import Bools, Floats, Ints


class Means(NamedTuple):
    """Treated and held back. `influence` [2, N]: what each visit contributes to the error of either mean, summing to about 0;
    the mean of the products is N times the covariance of the two means. `unseen` [2]: variance that an arm must be given beyond
    what it showed."""

    treated: float
    held_back: float
    influence: Floats
    unseen: Floats

    def covariance(self) -> Floats:
        """Of the two means [2, 2]."""
        count = self.influence.shape[1]
        result: Floats = self.influence @ self.influence.T / count**2 + np.diag(self.unseen)
        return result


def means_of(values: Floats, is_treated: Bools, period: Ints, covariates: Floats | None = None) -> Means:
    """The arms' means of `values` [N], each period weighted by its visits (post-stratification).

    Every period must hold two visits of each arm at least. `covariates` [N, P] are known at the decision, such as the score:
    in each arm the values are regressed on them within periods, and either mean is moved to what it would be had both
    arms the covariates of all visits. Randomisation alone makes this right, however badly a line fits.

    Source: post-stratification, Miratrix, Sekhon and Yu (2013); covariates, Lin, "Agnostic notes on regression adjustments
    to experimental data" (2013): a slope for each arm; a score at the decision as covariate is the CUPED of Deng, Xu, Kohavi and
    Walker (2013). The variance within periods is Neyman's, with n - 1, and in no arm less than that of both arms together: a
    small arm that happens to hold few orders, or no large one, looks as if it were sure of it. Without this floor 90:10 on
    skewed revenue claims a lift in one of ten experiments without any (measured by `python -m bench statistics`).
    """
    arms = [is_treated, ~is_treated]
    counts = np.bincount(period).astype(np.float64)
    adjust = np.zeros((2, len(values)))
    if covariates is not None and covariates.shape[1]:
        centred = covariates - _by_period(covariates, period, counts)[period]
        for number, arm in enumerate(arms):
            adjust[number] = centred @ _slopes(values, covariates, arm, period)
    means, influence, unseen = [], np.empty((2, len(values))), np.zeros(2)
    together = _spread(values, adjust, arms, period, counts)
    for number, arm in enumerate(arms):
        arm_counts = np.bincount(period, weights=arm, minlength=len(counts))
        left = values - adjust[number]
        base = np.bincount(period, weights=np.where(arm, left, 0.0), minlength=len(counts)) / arm_counts
        # n / (n - 1) makes the mean square of the residuals Neyman's unbiased variance.
        scale = counts / arm_counts * np.sqrt(arm_counts / np.maximum(arm_counts - 1.0, 1.0))
        influence[number] = adjust[number] + np.where(arm, (left - base[period]) * scale[period], 0.0)
        own = np.bincount(period, weights=np.where(arm, left - base[period], 0.0) ** 2, minlength=len(counts))
        lacking = np.maximum(0.0, together - own / np.maximum(arm_counts - 1.0, 1.0))
        unseen[number] = float((counts**2 * lacking / arm_counts).sum()) / counts.sum() ** 2
        means.append(float(base @ counts / counts.sum()))
    return Means(means[0], means[1], influence, unseen)


def per_unit(totals: Means, units: Means) -> Means:
    """Means of a ratio, such as revenue per order from revenue and orders per visit.

    Source: the delta method, Deng, Knoblich and Lu, "Applying the delta method in metric analytics" (2018).
    """
    treated, held_back = totals.treated / units.treated, totals.held_back / units.held_back
    ratio = np.array([[treated], [held_back]])
    unit = np.array([[units.treated], [units.held_back]])
    unseen = (totals.unseen + ratio[:, 0] ** 2 * units.unseen) / unit[:, 0] ** 2
    return Means(treated, held_back, (totals.influence - ratio * units.influence) / unit, unseen)


def _spread(values: Floats, adjust: Floats, arms: Sequence[Bools], period: Ints, counts: Floats) -> Floats:
    """The variance of both arms' values together in each period, each about its own arm's mean [K]."""
    squares = np.zeros(len(counts))
    for number, arm in enumerate(arms):
        left = np.where(arm, values - adjust[number], 0.0)
        arm_counts = np.bincount(period, weights=arm, minlength=len(counts))
        sums = np.bincount(period, weights=left, minlength=len(counts))
        squares += np.bincount(period, weights=left**2, minlength=len(counts)) - sums**2 / arm_counts
    result: Floats = np.maximum(squares, 0.0) / np.maximum(counts - 2.0, 1.0)
    return result


def _by_period(columns: Floats, period: Ints, counts: Floats) -> Floats:
    """The means of each column in each period [K, P]."""
    sums = [np.bincount(period, weights=column, minlength=len(counts)) for column in columns.T]
    result: Floats = np.array(sums).T / counts[:, None]
    return result


def _slopes(values: Floats, covariates: Floats, arm: Bools, period: Ints) -> Floats:
    """Least squares of the values on the covariates among one arm's visits, within periods [P]."""
    own = period[arm]
    counts = np.maximum(np.bincount(own, minlength=int(period.max()) + 1), 1).astype(np.float64)
    x = covariates[arm] - _by_period(covariates[arm], own, counts)[own]
    y = values[arm] - _by_period(values[arm][:, None], own, counts)[own, 0]
    slopes: Floats = np.linalg.lstsq(x, y, rcond=None)[0]
    return slopes
