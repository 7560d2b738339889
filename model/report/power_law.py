"""A learning curve as a power law, and how far it may be believed: loss(n) = floor + scale * n ** -rate.

Source: Hestness et al., "Deep Learning Scaling is Predictable, Empirically" (2017); fitted to small samples and
extrapolated as in Figueroa et al., "Predicting sample size required for classification performance" (2012), where a
larger sample counts more.
"""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit

Floats = NDArray[np.float64]
POINTS_LEAST = 4
"""Three figures are fitted: fewer points would always agree with them."""
RATES = (0.05, 2.0)
"""What was ever found lies within; outside, the floor and the scale are one figure under two names."""


class PowerLaw(NamedTuple):
    floor: float
    scale: float
    rate: float

    def at(self, sessions: float) -> float:
        """The loss that so many sessions lead to."""
        return float(self.floor + self.scale * sessions**-self.rate)

    def sessions_for(self, loss: float) -> float:
        """How many sessions lead to this loss; infinity where none do."""
        if loss <= self.floor or self.scale <= 0.0:
            return float("inf")
        return float((self.scale / (loss - self.floor)) ** (1.0 / self.rate))


def fit_power_law(sizes: Sequence[int], losses: Sequence[float]) -> PowerLaw | None:
    """The law that is nearest to these points; None of too few, or where it cannot be found."""
    if len(sizes) < POINTS_LEAST:
        return None
    counts, values = np.array(sizes, dtype=np.float64), np.array(losses, dtype=np.float64)
    # In units of the first point: else the scale of a steep law is astronomical, and the search does not find it.
    units = counts / counts[0]
    drop = max(1e-4, float(values[0] - values[-1]))
    start = (max(0.0, float(values[-1]) - 0.1 * drop), drop, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        try:
            found, _ = curve_fit(
                lambda n, floor, scale, rate: floor + scale * n**-rate,
                units,
                values,
                p0=start,
                sigma=1.0 / np.sqrt(units),
                bounds=((0.0, 0.0, RATES[0]), (np.inf, np.inf, RATES[1])),
            )
        except RuntimeError:
            return None
    floor, scale, rate = (float(figure) for figure in found)
    return PowerLaw(floor, scale * float(counts[0]) ** rate, rate)


def sessions_between(sizes: Sequence[int], losses: Sequence[float], loss: float) -> tuple[float, float]:
    """The least and the most sessions for this loss that the laws say which leave out one point each.

    The jackknife is no interval of 95 %, but it tells whether an answer hangs on a single point.
    """
    answers = []
    for left_out in range(len(sizes)):
        kept = [i for i in range(len(sizes)) if i != left_out]
        law = fit_power_law([sizes[i] for i in kept], [losses[i] for i in kept])
        answers.append(float("inf") if law is None else law.sessions_for(loss))
    return min(answers), max(answers)
