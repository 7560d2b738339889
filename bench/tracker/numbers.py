"""Medians with intervals, a ratio of medians, and a slope: what turns many readings into a figure."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 7
RESAMPLES = 2000
Sample = NDArray[np.float64]


def median(values: Sequence[float]) -> dict[str, Any]:
    """The median with its 95 % bootstrap interval, and of how many readings it is."""
    low, high = _interval([values], lambda drawn: np.median(drawn[0], axis=1))
    return {"median": float(np.median(values)), "low": low, "high": high, "readings": len(values)}


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, Any]:
    """Median over median, with its 95 % bootstrap interval."""
    low, high = _interval([ours, theirs], lambda drawn: np.median(drawn[0], axis=1) / np.median(drawn[1], axis=1))
    return {"ratio": float(np.median(ours) / np.median(theirs)), "low": low, "high": high}


def _interval(samples: Sequence[Sequence[float]], figure: Callable[[list[Sample]], Sample]) -> tuple[float, float]:
    random = np.random.default_rng(SEED)
    drawn = [random.choice(np.asarray(values, dtype=np.float64), (RESAMPLES, len(values))) for values in samples]
    low, high = np.quantile(figure(drawn), (0.025, 0.975))
    return float(low), float(high)


def slope(xs: Sequence[float], ys: Sequence[float]) -> dict[str, float]:
    """How much y grows for each x, as the median over all pairs (Theil and Sen): one full garbage heap does not tip it."""
    pairs = [(ys[j] - ys[i]) / (xs[j] - xs[i]) for i in range(len(xs)) for j in range(i + 1, len(xs))]
    low, high = np.quantile(pairs, (0.1, 0.9))
    return {"slope": float(np.median(pairs)), "low": float(low), "high": float(high)}
