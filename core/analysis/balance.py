"""Is this the experiment that was meant? Where it is not, no lift is claimed, whatever the numbers say.

A sample-ratio fault means that visits of one arm are lost or doubled on their way, and those that are lost are never
average ones. Source: Fabijan et al., "Diagnosing sample ratio mismatch in online controlled experiments" (2019), who
also set p < 0.001; Kohavi, Tang and Xu (2020), chapter 21.
"""

from math import sqrt

import numpy as np
from msgspec import Struct
from scipy.stats import binom, chi2, norm

from core.analysis.arms import means_of
from core.analysis.contrast import difference
from core.analysis.visits import Bools, Floats, Ints

FAULT_BELOW = 0.001
BOTH_ARMS_MOST = 0.01
"""The share of visits seen in both arms from which on nothing is claimed."""
USUAL_CONTROLS = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.25, 1 / 3, 0.5)
"""Shares that go without one action, or that are held out: what people set."""
USUAL = tuple(sorted({*USUAL_CONTROLS, *(1 - share for share in USUAL_CONTROLS), 0.15, 0.3, 0.4, 0.6, 0.7, 0.85}))
"""Shares that are treated. Where none was logged, the nearest is taken for what was meant. Nothing stands between .4 and .6 but a
half: so near to it nobody sets a share, and there visits of one arm are lost."""

GUESSED_PERIODS_MOST = 5
"""A share that changes every day goes through shares that nobody calls usual: there is nothing to guess then."""
_EXACT_BELOW = 25.0
_LEAST = 1e-300


class Ratio(Struct, frozen=True, kw_only=True):
    """A period's count against what was meant. Times in seconds since 1970."""

    from_s: float
    to_s: float
    visit_count: int
    treated_count: int
    treated_share: float
    expected_share: float
    p_value: float


class SampleRatio(Struct, frozen=True, kw_only=True):
    """`p_value`: of all periods together. `basis`: whether the shares that were meant were `logged` with each visit, `given`
    by whoever asked, `guessed` as the nearest usual ones, or `unknown`: then nothing was checked."""

    is_ok: bool
    p_value: float
    basis: str
    treated_share: float
    expected_share: float
    periods: tuple[Ratio, ...]


def usual_share(share: float) -> float:
    """The share that was meant, if it was one of the usual ones: all and none where nobody is otherwise."""
    return share if share in (0.0, 1.0) else min(USUAL, key=lambda usual: abs(usual - share))


def guessed(is_treated: Bools, is_holdout: Bools, period: Ints) -> Floats | None:
    """The share meant to be treated in each period [K], guessed from what was seen; None where it changed too often for that.

    A usual holdout and a usual control of the rest where the arms fit both: 81 % treated is a holdout of 10 % and a control of
    10 %. Else a usual share of all visits: the finer the shares that may be meant, the more faults would fit one of them.
    """
    counts = np.bincount(period)
    if len(counts) > GUESSED_PERIODS_MOST:
        return None
    treated, held = np.bincount(period, weights=is_treated), np.bincount(period, weights=is_holdout)
    shares = []
    for count, hits, out in zip(counts, treated, held, strict=True):
        rest = count - out
        held_out, without = _nearest_control(out / count), _nearest_control((rest - hits) / rest if rest else 0.0)
        if 0 < out < count - hits and _fits(out, count, held_out) and _fits(rest - hits, rest, without):
            shares.append((1.0 - held_out) * (1.0 - without))
        else:
            shares.append(usual_share(hits / count))
    return np.array(shares)


def _nearest_control(share: float) -> float:
    return min(USUAL_CONTROLS, key=lambda usual: abs(usual - share))


def _fits(seen: float, count: float, share: float) -> bool:
    return _p_value(round(seen), count * share, count * share * (1.0 - share), round(count)) >= FAULT_BELOW


def sample_ratio(decided_at_s: Floats, is_treated: Bools, period: Ints, expected: Floats, basis: str) -> SampleRatio:
    """Are as many treated as were meant, in each period and in all? `expected` [N]: each visit's share that was meant.

    Pearson's chi-square by period (exact where counts are small), the sum of them for all; a period alone is a fault where it
    would be one among so many (Bonferroni). Where a share of 0 or 1 was meant, a single visit that is otherwise is a fault.
    """
    periods, total = [], 0.0
    for number in range(int(period.max()) + 1 if len(period) else 0):
        rows = period == number
        meant, seen = float(expected[rows].sum()), int(is_treated[rows].sum())
        count = int(rows.sum())
        p_value = _p_value(seen, meant, float((expected[rows] * (1.0 - expected[rows])).sum()), count)
        total += float(chi2.isf(max(p_value, _LEAST), 1))
        periods.append(
            Ratio(
                from_s=float(decided_at_s[rows].min()),
                to_s=float(decided_at_s[rows].max()),
                visit_count=count,
                treated_count=seen,
                treated_share=seen / count,
                expected_share=meant / count,
                p_value=p_value,
            )
        )
    p_value = float(chi2.sf(total, len(periods))) if periods else 1.0
    worst = min((p.p_value for p in periods), default=1.0)
    return SampleRatio(
        is_ok=p_value >= FAULT_BELOW and worst * len(periods) >= FAULT_BELOW,
        p_value=p_value,
        basis=basis,
        treated_share=float(is_treated.mean()) if len(is_treated) else 0.0,
        expected_share=float(expected.mean()) if len(expected) else 0.0,
        periods=tuple(sorted(periods, key=lambda p: p.from_s)),
    )


def _p_value(seen: int, meant: float, variance: float, count: int) -> float:
    if variance <= 0:
        return 1.0 if abs(seen - meant) < 0.5 else 0.0
    if variance >= _EXACT_BELOW:
        return float(chi2.sf((seen - meant) ** 2 / variance, 1))
    tails = binom.cdf(seen, count, meant / count), binom.sf(seen - 1, count, meant / count)
    return min(1.0, 2.0 * float(min(tails)))


class ScoreBalance(Struct, frozen=True, kw_only=True):
    """The scores as of the decision are older than the arm: a difference between the arms is a fault of the assignment."""

    is_ok: bool
    p_value: float
    treated_mean: float
    held_back_mean: float


def score_balance(score: Floats, is_treated: Bools, period: Ints) -> ScoreBalance | None:
    """Are the arms' scores alike within periods? None where every score is the same. A z test of post-stratified means."""
    if np.ptp(score) == 0:
        return None
    means = means_of(score, is_treated, period)
    found = difference(means)
    p_value = float(2.0 * norm.sf(abs(found.value) / found.standard_error)) if found.standard_error > 0 else 1.0
    return ScoreBalance(
        is_ok=p_value >= FAULT_BELOW, p_value=p_value, treated_mean=means.treated, held_back_mean=means.held_back
    )


def claims_too_often(claim_count: int, experiment_count: int, alpha: float = 0.05) -> bool:
    """Whether A/A experiments claim more often than alpha, with so many of them that it is no accident (p < 0.001).

    An A/A self-test splits a shop's own held-back visits at random and asks for a lift that cannot be there.
    """
    mean, spread = alpha * experiment_count, sqrt(alpha * (1.0 - alpha) * experiment_count)
    return bool(experiment_count and norm.sf((claim_count - 0.5 - mean) / spread) < FAULT_BELOW)
