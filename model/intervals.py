"""How sure a figure is: intervals of shares by Wilson, of everything else by drawing sessions again. Statistics only, no torch."""

from collections.abc import Iterator, Mapping
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from model.evaluate import ECE_BINS

Floats = NDArray[np.float64]
Interval = tuple[float, float]

Z95 = 1.959964
ROUNDS = 400
ROUNDS_LEAST = 200
"""Of many sessions an interval is narrow, and fewer rounds place its ends as well."""
DRAWN_MOST = 4_000_000
AT_ONCE = 200_000
"""Numbers drawn in all at most, and in one chunk: one that stays in the processor's cache."""
LUCK_ROUNDS = 4_000
MEASURES = ("auroc", "auprc", "brier", "ece")


def wilson(hits: float, of: float, z: float = Z95) -> Interval:
    """The interval of a share of which `hits` of `of` are known; (0, 1) where nothing is.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    if of <= 0:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    centre = (share + spread / 2.0) / (1.0 + spread)
    half = z * sqrt(share * (1.0 - share) / of + spread / (4.0 * of)) / (1.0 + spread)
    # Of none and of all the ends are exactly 0 and 1; rounding must not put the share itself outside.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def drawn_again(scores: Mapping[str, Floats], outcomes: Floats, seed: int) -> dict[str, dict[str, Floats]]:
    """Each model's measures over the same sessions drawn again and again, with replacement: model -> measure -> [R].

    The same sessions are drawn for every model, so differences of two models' columns are paired. A measure that has no
    meaning in a draw (nobody bought) is nan there.
    """
    parts: dict[str, list[dict[str, Floats]]] = {name: [] for name in scores}
    for counts in _draws(len(outcomes), seed):
        for name, values in scores.items():
            parts[name].append(_measured(values, outcomes, counts))
    return {
        name: {measure: np.concatenate([part[measure] for part in drawn]) for measure in MEASURES}
        for name, drawn in parts.items()
    }


def between(measured: float, drawn: Floats, measure: str = "") -> Interval:
    """The 95 % interval from the measured value and its drawn ones.

    Percentiles; for `ece` mirrored at the measured value, because what is drawn again has the noise of the data twice and
    is too large by about as much as the measured value itself. It never leaves the measured value out.
    Source: Davison and Hinkley, "Bootstrap Methods and their Application" (1997), 5.2.
    """
    known = drawn[~np.isnan(drawn)]
    if len(known) == 0:
        return measured, measured
    low, high = (float(end) for end in np.quantile(known, (0.025, 0.975)))
    if measure == "ece":
        low, high = 2.0 * measured - high, 2.0 * measured - low
    return min(low, measured), max(high, measured)


def luck(scores: Floats) -> float:
    """The calibration error that true chances [K] stay below in 39 of 40 samples: what the outcomes' own noise makes of it.

    A group's buyers are a sum of independent draws, so the distance from its chances is about normal with the sum of their
    variances.
    """
    parts = np.array_split(np.sort(scores), ECE_BINS)
    spread = np.sqrt(np.array([(part * (1.0 - part)).sum() for part in parts]))
    drawn = np.abs(np.random.default_rng(1).normal(size=(LUCK_ROUNDS, ECE_BINS)) * spread).sum(axis=1) / len(scores)
    return float(np.quantile(drawn, 0.975))


def _draws(count: int, seed: int) -> Iterator[Floats]:
    """How often each session was drawn, chunk by chunk [B, K]."""
    chance = np.random.default_rng(seed)
    rounds = max(ROUNDS_LEAST, min(ROUNDS, DRAWN_MOST // max(1, count)))
    at_once = max(1, min(rounds, AT_ONCE // max(1, count)))
    for start in range(0, rounds, at_once):
        size = min(at_once, rounds - start)
        drawn = [np.bincount(chance.integers(0, count, count), minlength=count) for _ in range(size)]
        yield np.array(drawn, dtype=np.float64)


def _measured(scores: Floats, outcomes: Floats, counts: Floats) -> dict[str, Floats]:
    """The measures of `model.evaluate`, for sessions that count `counts` [B, K] times."""
    order = np.argsort(scores, kind="stable")
    values, bought, times = scores[order], outcomes[order], counts[:, order]
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf))
    hits, misses = times * bought, times * (1.0 - bought)
    if len(starts) < len(values):
        hits, misses = np.add.reduceat(hits, starts, axis=1), np.add.reduceat(misses, starts, axis=1)
    all_hits, all_misses = hits.sum(axis=1), misses.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.cumsum(misses, axis=1) - misses
        auroc = (hits * (below + misses / 2.0)).sum(axis=1) / (all_hits * all_misses)
        found = np.cumsum(hits[:, ::-1], axis=1)
        chosen = found + np.cumsum(misses[:, ::-1], axis=1)
        precision = np.divide(found, chosen, out=np.zeros_like(found), where=chosen > 0)
        auprc = (hits[:, ::-1] * precision).sum(axis=1) / all_hits
    auroc[(all_hits == 0) | (all_misses == 0)] = np.nan
    total = counts.sum(axis=1)
    return {
        "auroc": auroc,
        "auprc": auprc,
        "brier": (times * (values - bought) ** 2).sum(axis=1) / total,
        "ece": _calibration_error(times, values - bought, total),
    }


def _calibration_error(times: Floats, gaps: Floats, total: Floats) -> Floats:
    """As `model.evaluate.ece`: bins of equal count over the drawn sessions, which stand in the order of their scores."""
    middle = np.cumsum(times, axis=1) - times / 2.0
    bins = np.minimum((middle * (ECE_BINS / total[:, None])).astype(np.int64), ECE_BINS - 1)
    places = bins + ECE_BINS * np.arange(len(times))[:, None]
    sums = np.bincount(places.ravel(), weights=(times * gaps).ravel(), minlength=ECE_BINS * len(times))
    result: Floats = np.abs(sums.reshape(len(times), ECE_BINS)).sum(axis=1) / total
    return result
