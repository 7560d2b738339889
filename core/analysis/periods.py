"""When did the share of treated visits change? Visits are compared within a period of one allocation only.

A ramp treats few visits at first and many later. Whoever pools them compares late visits with early ones, and a good week
looks like a good offer (Simpson's paradox). Within a period of one allocation the arms differ by chance alone, so the
periods' differences, weighted by their visits, are the effect whatever the weeks did.
"""

import numpy as np
from msgspec import Struct

from core.analysis.visits import Bools, Floats, Ints

SPLIT_AT = 20.0
"""Twice the log-likelihood that one change must gain. Of experiments that never changed, about one in 500 is split by chance,
which harms nothing: two periods of one allocation say together what one says."""
PERIOD_VISITS_LEAST = 20
PERIODS_MOST = 100
GROUPS = 20
EACH_ARM_LEAST = 5
"""In a period with fewer visits of an arm their spread cannot be told, and it is left out."""
DECIMALS = 6
BLUR_MOST = 1.5
"""How much more variance the answer may have for being about more visits: a fifth more width."""


def from_probabilities(probability: Floats) -> Ints:
    """The period of each visit [N], from the probability that was logged with it. Times of one probability are one period.

    Where there are very many, neighbours are taken together, about as many visits in each (Rosenbaum and Rubin 1984).
    """
    values, period = np.unique(np.round(probability, DECIMALS), return_inverse=True)
    if len(values) > PERIODS_MOST:
        ends = np.unique(np.quantile(probability, np.linspace(0, 1, GROUPS + 1)[1:-1]))
        period = np.searchsorted(ends, probability)
        period = np.unique(period, return_inverse=True)[1]
    return period.astype(np.int64)


def from_arms(decided_at_s: Floats, is_treated: Bools) -> Ints:
    """The period of each visit [N], found from who was treated when; `decided_at_s` is in order.

    Binary segmentation: the change that explains most is taken if it explains enough, then each side is searched again.
    Visits of one moment are never parted. Source: Scott and Knott (1974), Vostrikova (1981); likelihood ratio of two binomials.
    """
    edges = np.append(np.flatnonzero(np.diff(decided_at_s, prepend=-np.inf)), len(decided_at_s)).astype(np.int64)
    treated = np.append(0, np.cumsum(is_treated)).astype(np.float64)[edges]
    cuts: list[int] = []
    parts = [(0, len(edges) - 1)]
    while parts and len(cuts) < PERIODS_MOST - 1:
        low, high = parts.pop()
        at = _best_cut(edges, treated, low, high)
        if at is not None:
            cuts.append(int(edges[at]))
            parts += [(low, at), (at, high)]
    return np.searchsorted(np.sort(np.array(cuts, dtype=np.int64)), np.arange(len(decided_at_s)), side="right").astype(
        np.int64
    )


def refined(period: Ints, decided_at_s: Floats, is_treated: Bools) -> Ints:
    """The periods [N], each cut where the share of treated visits changed within it, which it should not have."""
    result = np.zeros(len(period), dtype=np.int64)
    count = 0
    for number in np.unique(period):
        rows = period == number
        within = from_arms(decided_at_s[rows], is_treated[rows])
        result[rows] = within + count
        count += int(within.max()) + 1
    return result


def _best_cut(edges: Ints, treated: Floats, low: int, high: int) -> int | None:
    """Where between two edges the share changes most surely, as an edge's number; None where it does not."""
    inner = np.arange(low + 1, high)
    left, right = (edges[inner] - edges[low]).astype(np.float64), (edges[high] - edges[inner]).astype(np.float64)
    is_long = (left >= PERIOD_VISITS_LEAST) & (right >= PERIOD_VISITS_LEAST)
    if not is_long.any():
        return None
    inner, left, right = inner[is_long], left[is_long], right[is_long]
    hits, all_hits = treated[inner] - treated[low], treated[high] - treated[low]
    whole = _log_likelihood(np.array([all_hits]), np.array([float(edges[high] - edges[low])]))
    gained = 2.0 * (_log_likelihood(hits, left) + _log_likelihood(all_hits - hits, right) - whole)
    best = int(np.argmax(gained))
    return int(inner[best]) if gained[best] > SPLIT_AT else None


def _log_likelihood(hits: Floats, count: Floats) -> Floats:
    share = np.clip(hits / count, 1e-300, 1.0)
    rest = np.clip(1.0 - hits / count, 1e-300, 1.0)
    result: Floats = hits * np.log(share) + (count - hits) * np.log(rest)
    return result


class Period(Struct, frozen=True, kw_only=True):
    """One allocation. Times in seconds since 1970. `is_counted`: whether its visits are part of the lift, else `reason` says
    why not."""

    from_s: float
    to_s: float
    visit_count: int
    treated_count: int
    is_counted: bool
    reason: str


def judge(period: Ints, decided_at_s: Floats, is_treated: Bools) -> list[Period]:
    """Each period with whether it can say anything, in the order of their numbers.

    Where nearly everybody is treated, or nobody, a few visits speak for many, and the answer's spread would be theirs. Such
    periods are left out, the thinnest first, until the answer's variance is at most `BLUR_MOST` times the least that
    any choice of periods would give it, everybody's outcome being equally uncertain: after Crump, Hotz, Imbens and Mitnik,
    "Dealing with limited overlap in estimation of average treatment effects" (2009). It looks at shares alone, never at what
    the visits did.
    """
    counts = np.bincount(period).astype(np.float64)
    treated = np.bincount(period, weights=is_treated.astype(np.float64))
    has_both = np.minimum(treated, counts - treated) >= EACH_ARM_LEAST
    spread = np.full(len(counts), np.inf)
    spread[has_both] = counts[has_both] ** 2 / (treated[has_both] * (counts[has_both] - treated[has_both]))
    limit = _limit(spread[has_both], counts[has_both])
    result = []
    for number in range(len(counts)):
        at = decided_at_s[period == number]
        reason = ""
        if not has_both[number]:
            reason = "too few visits of one arm to compare"
        elif spread[number] > limit:
            reason = "so few visits of one arm that they would blur the rest"
        result.append(
            Period(
                from_s=float(at.min()),
                to_s=float(at.max()),
                visit_count=int(counts[number]),
                treated_count=int(treated[number]),
                is_counted=not reason,
                reason=reason,
            )
        )
    return result


def _limit(spread: Floats, counts: Floats) -> float:
    """The greatest 1 / (p (1 - p)) that is kept: the variance of the answer is sum(n / (p (1 - p))) / sum(n)^2 of what is."""
    if not len(spread):
        return float("inf")
    order = np.argsort(spread)
    variance = np.cumsum(spread[order] * counts[order]) / np.cumsum(counts[order]) ** 2
    return float(spread[order][np.flatnonzero(variance <= BLUR_MOST * variance.min())[-1]])
