"""What either arm's visits did on average: by period, so that a ramp does no harm, and with the score held equal.

Each mean comes with what every visit contributed to its error (its influence), so whatever is made of the means, a
difference, a ratio, a value per order, has its error from the same numbers, and the two arms' errors may go together.
"""

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
    counts = np.bincount(period).astype(np.float64)
    centred = None
    if covariates is not None and covariates.shape[1]:
        centred = covariates - _by_period(covariates, period, counts)[period]
    influence = np.zeros((2, len(values)))
    means, squares, sizes = np.zeros(2), np.zeros((2, len(counts))), np.zeros((2, len(counts)))
    for number, rows in enumerate((np.flatnonzero(is_treated), np.flatnonzero(~is_treated))):
        own, left = period[rows], values[rows]
        size = np.bincount(own, minlength=len(counts)).astype(np.float64)
        if centred is not None:
            influence[number] = centred @ _slopes(left, centred[rows], own, size)
            left = left - influence[number][rows]
        base = np.bincount(own, left, minlength=len(counts)) / size
        residual = left - base[own]
        # n / (n - 1) makes the mean square of the residuals Neyman's unbiased variance.
        influence[number, rows] += residual * (counts / np.sqrt(size * np.maximum(size - 1.0, 1.0)))[own]
        means[number] = base @ counts / counts.sum()
        squares[number], sizes[number] = np.bincount(own, residual**2, minlength=len(counts)), size
    together = squares.sum(axis=0) / np.maximum(counts - 2.0, 1.0)
    lacking = np.maximum(0.0, together - squares / np.maximum(sizes - 1.0, 1.0))
    unseen: Floats = (counts**2 * lacking / sizes).sum(axis=1) / counts.sum() ** 2
    return Means(float(means[0]), float(means[1]), influence, unseen)


def per_unit(totals: Means, units: Means) -> Means:
    """Means of a ratio, such as revenue per order from revenue and orders per visit.

    Source: the delta method, Deng, Knoblich and Lu, "Applying the delta method in metric analytics" (2018).
    """
    treated, held_back = totals.treated / units.treated, totals.held_back / units.held_back
    ratio = np.array([[treated], [held_back]])
    unit = np.array([[units.treated], [units.held_back]])
    unseen = (totals.unseen + ratio[:, 0] ** 2 * units.unseen) / unit[:, 0] ** 2
    return Means(treated, held_back, (totals.influence - ratio * units.influence) / unit, unseen)


def _by_period(columns: Floats, period: Ints, counts: Floats) -> Floats:
    """The means of each column in each period [K, P]."""
    sums = [np.bincount(period, weights=column, minlength=len(counts)) for column in columns.T]
    result: Floats = np.array(sums).T / counts[:, None]
    return result


def _slopes(values: Floats, covariates: Floats, period: Ints, counts: Floats) -> Floats:
    """Least squares of one arm's values on its covariates, within periods [P]."""
    sizes = np.maximum(counts, 1.0)
    x = covariates - _by_period(covariates, period, sizes)[period]
    y = values - _by_period(values[:, None], period, sizes)[period, 0]
    slopes: Floats = np.linalg.lstsq(x.T @ x, x.T @ y, rcond=None)[0]
    return slopes
