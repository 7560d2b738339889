"""The precision level: which score to ask for, so that of those above it a given share buys. Statistics only, no torch.

Who chooses a threshold on some sessions and states its precision on the same ones promises too much. Here every session
is judged by a threshold that was chosen without it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.intervals import wilson

Floats = NDArray[np.float64]

FOLDS = 5
CHOSEN_LEAST = 30
"""A threshold is not chosen for fewer sessions above it: the best few of a sample are best by luck."""
HALF_WIDTH_MOST = 0.1
"""A level known less exactly than this is no level."""


DIFFER_MOST = 0.1
"""Five thresholds that choose groups less alike than this are not one threshold."""

Choice = tuple[float, NDArray[np.bool_], int]
"""A threshold, the sessions above it that took no part in choosing it [K], and of how many they are."""


class Level(NamedTuple):
    """From `threshold` on, `size` of the sessions are chosen, of which `precision` buy.

    `chosen` of `sessions` were above the threshold that was chosen without them. `low` and `high` hold the share of buyers
    among as many new sessions in 95 of 100 cases.
    """

    target: float
    threshold: float
    sessions: int
    chosen: int
    size: float
    precision: float
    low: float
    high: float


class Unsupported(NamedTuple):
    """A level that these sessions cannot support, and why, in words."""

    target: float
    reason: str


def level_for(scores: Floats, outcomes: Floats, target: float, seed: int) -> Level | Unsupported:
    """The largest group of sessions [K] of which at least `target` buy.

    The threshold is chosen five times, each time without a fifth of the sessions, and stated on that fifth; where the five
    do not agree, it is chosen on one half and stated on the other. The interval is Wilson's with the variance doubled, because new
    sessions have their own luck.
    """
    count, base = len(scores), float(outcomes.mean()) if len(outcomes) else 0.0
    if not 0.0 < base < 1.0:
        return Unsupported(
            target, f"Of {count:,} sessions {'all' if base else 'none'} bought: there is nothing to tell apart."
        )
    if target <= base:
        return Unsupported(target, f"Of all sessions {100.0 * base:.1f} % buy: a level must ask for more than that.")
    chosen_by = _by_folds(scores, outcomes, target, seed) or _by_halves(scores, outcomes, target, seed)
    if chosen_by is None:
        best = _best_share(scores, outcomes)
        if best >= target:
            return Unsupported(
                target, "Too few sessions buy so often: a part of these sessions does not show them again."
            )
        return Unsupported(
            target,
            f"No group of at least {CHOSEN_LEAST} sessions buys so often: the best known one reaches {100.0 * best:.0f} %.",
        )
    threshold, above, among = chosen_by
    chosen, hits = int(above.sum()), float(outcomes[above].sum())
    low, high = wilson(hits / 2.0, chosen / 2.0)
    share = hits / max(1, chosen)
    if (high - low) / 2.0 > HALF_WIDTH_MOST:
        wanted = int(count * ((high - low) / 2.0 / HALF_WIDTH_MOST) ** 2) + 1
        return Unsupported(
            target,
            f"Only {chosen:,} of {count:,} sessions are above it, so its share of buyers is anything between "
            f"{100.0 * low:.0f} % and {100.0 * high:.0f} %. About {wanted:,} sessions would settle it.",
        )
    if high < target:
        return Unsupported(
            target,
            f"Sessions that took no part in the choice buy less often: {100.0 * share:.0f} %, at most {100.0 * high:.0f} %.",
        )
    return Level(target, threshold, among, chosen, chosen / among, share, low, high)


def _by_folds(scores: Floats, outcomes: Floats, target: float, seed: int) -> Choice | None:
    """The median of five thresholds, each of which judges the fifth that it was chosen without.

    None where the five choose groups that differ much from the median's: where scores come in steps, the figures of one
    step say nothing about another.
    """
    fold = np.random.default_rng(seed).permutation(len(scores)) % FOLDS
    found = [threshold_for(scores[fold != i], outcomes[fold != i], target) for i in range(FOLDS)]
    thresholds = np.array([np.inf if threshold is None else threshold for threshold in found])
    if np.isinf(thresholds).any():
        return None
    above = scores >= thresholds[fold]
    middle = float(np.median(thresholds))
    differ = int((above != (scores >= middle)).sum())
    return (middle, above, len(scores)) if differ <= DIFFER_MOST * above.sum() else None


def _by_halves(scores: Floats, outcomes: Floats, target: float, seed: int) -> Choice | None:
    """A threshold chosen on one half, and the other half's sessions above it."""
    is_first = np.random.default_rng(seed).permutation(len(scores)) % 2 == 0
    threshold = threshold_for(scores[is_first], outcomes[is_first], target)
    if threshold is None:
        return None
    return threshold, (scores >= threshold) & ~is_first, int((~is_first).sum())


def threshold_for(scores: Floats, outcomes: Floats, target: float) -> float | None:
    """The lowest score from which on at least `target` buy, or None. Sessions of one score are taken together."""
    thresholds, hits, taken = _groups(scores, outcomes)
    fits = np.flatnonzero(hits >= target * taken)
    return float(thresholds[fits[-1]]) if len(fits) else None


def _best_share(scores: Floats, outcomes: Floats) -> float:
    _, hits, taken = _groups(scores, outcomes)
    return float((hits / taken).max(initial=0.0))


def _groups(scores: Floats, outcomes: Floats) -> tuple[Floats, Floats, Floats]:
    """Of every group that may be chosen, smallest first: its lowest score, how many of it buy, and how many they are."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    hits, taken = np.cumsum(outcomes[order]), np.arange(1.0, len(scores) + 1.0)
    may = np.append(np.diff(ranked) < 0, True)[: len(scores)] & (taken >= CHOSEN_LEAST)
    return ranked[may], hits[may], taken[may]
