"""Whom does it move? The lift by tenth of the score, and what choosing visits by the score is worth over choosing at random."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from core.analysis.allocation import AS_USUAL, Wish, allocation_of
from core.analysis.arms import Means, means_of
from core.analysis.contrast import difference
from core.analysis.sequential import PLANNED_VISITS, width_factor
from core.analysis.visits import Bools, Floats, Ints, Row, Visits, visits_of

TENTHS = 10
EACH_ARM_LEAST = 30
EVENTS_LEAST = 10


class Tenth(Struct, frozen=True, kw_only=True):
    """The visits whose score lies in this tenth, lowest first. Shares and lift are of conversions; None where `reason` says what
    is missing."""

    score_from: float
    score_to: float
    visit_count: int
    treated: float | None
    held_back: float | None
    lift: float | None
    low: float | None
    high: float | None
    reason: str = ""


class Share(Struct, frozen=True, kw_only=True):
    """Were only this share of the visits treated, those with the greatest values: extra conversions per visit, of all visits.
    The interval takes the cut as chosen beforehand."""

    treated_share: float
    extra: float
    low: float
    high: float


class Qini(Struct, frozen=True, kw_only=True):
    """`gain`: extra conversions per visit that choosing by the value brings over choosing as many at random, on average over all
    shares that one might treat. Below 0: the other end is moved more. It is in conversions, so it may be told in money."""

    gain: float
    low: float
    high: float
    curve: tuple[Share, ...]


def by_tenth(visits: Visits, period: Ints, planned_count: float = PLANNED_VISITS) -> tuple[Tenth, ...]:
    """The lift in each tenth of the score, within periods. Intervals may be looked at daily, each for itself at 0.05.

    Visits without a score are left out; equal scores are never parted, so there may be fewer than ten.
    """
    scored = ~np.isnan(visits.score)
    kept, periods = visits.of(scored), period[scored]
    if not len(kept.score):
        return ()
    edges = np.unique(np.quantile(kept.score, np.linspace(0, 1, TENTHS + 1)))
    place = np.clip(np.searchsorted(edges, kept.score, side="right") - 1, 0, max(0, len(edges) - 2))
    return tuple(_tenth(kept.of(place == n), periods[place == n], planned_count) for n in np.unique(place))


def _tenth(visits: Visits, period: Ints, planned_count: float) -> Tenth:
    is_usable = _has_both_arms(visits, period)[period]
    part, periods = visits.of(is_usable), np.unique(period[is_usable], return_inverse=True)[1]
    ends = float(visits.score.min()), float(visits.score.max())
    treated = int(part.is_treated.sum())
    smaller = min(treated, len(periods) - treated)
    if smaller < EACH_ARM_LEAST or smaller * part.converted.mean() < EVENTS_LEAST:
        return Tenth(
            score_from=ends[0], score_to=ends[1], visit_count=len(period), treated=None, held_back=None, lift=None,
            low=None, high=None, reason="too few visits, or too few that converted",
        )  # fmt: skip
    means = means_of(part.converted, part.is_treated, periods.astype(np.int64))
    found = difference(means, planned_count=planned_count)
    return Tenth(
        score_from=ends[0], score_to=ends[1], visit_count=len(period), treated=means.treated, held_back=means.held_back,
        lift=found.value, low=found.low, high=found.high,
    )  # fmt: skip


def _has_both_arms(visits: Visits, period: Ints) -> Bools:
    """Which periods [K] hold two visits of each arm at least."""
    counts = np.bincount(period)
    treated = np.bincount(period, visits.is_treated.astype(np.float64), minlength=len(counts))
    result: Bools = np.minimum(treated, counts - treated) >= 2
    return result


def qini(visits: Visits, period: Ints, value: Floats, planned_count: float = PLANNED_VISITS) -> Qini:
    """What choosing by `value` [N] is worth, the greatest first: a score, or a model's guess of the uplift.

    Each visit's effect is estimated without bias from its arm, its period's means and its period's share of treated visits;
    the curve adds them up in the order of the value, the gain is the area between it and the straight line to its end. The
    error is that of a sum of independent contributions, that of the ranks included. Equal values share their mean rank.

    Source: Radcliffe, "Using control groups to target on predicted lift" (2007); Yadlowsky, Fleming, Shah, Brunskill and Wager,
    "Evaluating treatment prioritization rules via rank-weighted average treatment effects" (2025), linear weights.
    """
    effect = _effects(means_of(visits.converted, visits.is_treated, period), visits, period)
    count = len(effect)
    order = np.argsort(-value, kind="stable")
    edges = np.flatnonzero(np.diff(value[order], prepend=np.inf))
    sizes = np.diff(np.append(edges, count))
    ranks = np.empty(count)
    ranks[order] = np.repeat(edges + sizes / 2.0, sizes) / count
    total = float(effect.mean())
    gain = float(((0.5 - ranks) * effect).mean())
    # What a visit changes by standing where it stands: the ranks of all behind it.
    behind = np.empty(count)
    summed = np.append(0.0, np.cumsum(effect[order])) / count
    behind[order] = total - np.repeat((summed[edges] + summed[edges + sizes]) / 2.0, sizes)
    influence = (0.5 - ranks) * effect - gain - (behind - behind.mean())
    half = width_factor(count, planned_count=planned_count) * float(influence.std()) / count**0.5
    curve = tuple(_share(effect, ranks, number / TENTHS, planned_count) for number in range(1, TENTHS + 1))
    return Qini(gain=gain, low=gain - half, high=gain + half, curve=curve)


def _effects(means: Means, visits: Visits, period: Ints) -> Floats:
    """An estimate of each visit's own effect [N]: very noisy, and right on average over any visits chosen without looking at it."""
    counts = np.bincount(period).astype(np.float64)
    result = np.zeros(len(period))
    for arm, sign in ((visits.is_treated, 1.0), (~visits.is_treated, -1.0)):
        size = np.bincount(period, arm.astype(np.float64), minlength=len(counts))
        base = np.bincount(period, np.where(arm, visits.converted, 0.0), minlength=len(counts)) / size
        result += sign * (
            base[period] + np.where(arm, (visits.converted - base[period]) * (counts / size)[period], 0.0)
        )
    return result


def _share(effect: Floats, ranks: Floats, share: float, planned_count: float) -> Share:
    chosen = np.where(ranks <= share, effect, 0.0)
    extra = float(chosen.mean())
    half = width_factor(len(effect), planned_count=planned_count) * float(chosen.std()) / len(effect) ** 0.5
    return Share(treated_share=share, extra=extra, low=extra - half, high=extra + half)


class Moved(Struct, frozen=True, kw_only=True):
    """`tenths`: of the score, lowest first. `by_score`: what choosing the highest scores first is worth; None without scores."""

    tenths: tuple[Tenth, ...] = ()
    by_score: Qini | None = None


def moved(rows: Sequence[Row], wish: Wish = AS_USUAL) -> Moved:
    """Whom it moves, from the rows of `lift_report`, compared within the same periods. Visits without a score are left out."""
    visits, _ = visits_of(rows)
    if not 0 < int(visits.is_treated.sum()) < len(visits.is_treated):
        return Moved()
    kept, period = allocation_of(visits, wish).kept(visits)
    scored = ~np.isnan(kept.score)
    kept, period = kept.of(scored), period[scored]
    usable = _has_both_arms(kept, period)[period] if len(period) else scored[:0]
    if not usable.any():
        return Moved()
    kept, period = kept.of(usable), np.unique(period[usable], return_inverse=True)[1].astype(np.int64)
    return Moved(
        tenths=by_tenth(kept, period, wish.planned_count), by_score=qini(kept, period, kept.score, wish.planned_count)
    )
