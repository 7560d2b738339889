"""The search for ordered patterns of page types that go with buying, or with leaving: found on one half, checked on the other.

A pattern is two to four page types in this order, with other pages allowed in between, within the first ten page views and
before the purchase: what comes later is not known in time. A visit holds a pattern once or not at all.

Gaps are allowed because shops differ in the pages between two steps; the price is that long visits hold more patterns.
The search is PrefixSpan's (Pei et al., "Mining Sequential Patterns by Pattern-Growth", 2004), with positions in place of
copied rests. Every pattern that is common enough counts as tried, whether it is shown or not.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.dataset import Encoded
from model.intervals import wilson
from model.report.exact import benjamini_hochberg, fisher, holm

Ints = NDArray[np.int64]
Codes = tuple[int, ...]

CLICKS_SEEN = 10
STEPS_LEAST, STEPS_MOST = 2, 4
SHOWN = 20
SHARE_LEAST, SESSIONS_LEAST = 0.01, 30
"""A pattern of fewer visits is not tried: it could hardly be shown, and would cost the others their say."""
ALPHA = 0.05
OVERLAP_MOST = 0.8
"""Two patterns that share more of their visits than this are one finding; the weaker one is left out."""


class Walks(NamedTuple):
    """Shapes: S sessions, C page codes. `following` [S, 11, C]: the place after the next such page from a place on, 0
    where there is none. `has_bought` [S]."""

    codes: Codes
    following: NDArray[np.int8]
    has_bought: NDArray[np.bool_]

    def holders(self, pattern: Codes) -> NDArray[np.bool_]:
        """Which sessions hold it [S]."""
        at = np.zeros(len(self.has_bought), dtype=np.int8)
        holds = np.ones(len(at), dtype=np.bool_)
        for code in pattern:
            at = self.following[np.arange(len(at)), at, self.codes.index(code)]
            holds &= at > 0
        return holds


class Counted(NamedTuple):
    """How the visits that hold a pattern ended, beside all visits of the same half. No rate where there is none."""

    sessions: int
    support: float
    bought: int
    buy_rate: float | None
    low: float | None
    high: float | None
    lift: float | None


class Pattern(NamedTuple):
    """`adjusted_p` is corrected for every pattern tried, `checked_p` (one-sided, on the other half) for those shown."""

    steps: Codes
    found: Counted
    checked: Counted
    p: float
    adjusted_p: float
    checked_p: float

    @property
    def is_found(self) -> bool:
        return self.adjusted_p <= ALPHA

    @property
    def holds_up(self) -> bool:
        """Found on one half, and on sessions that took no part in finding it the same way round."""
        return self.is_found and self.checked_p <= ALPHA


class Mined(NamedTuple):
    """The strongest patterns, those that are bought from most first; and how many were tried for it."""

    patterns: tuple[Pattern, ...]
    tried: int
    found_on: int
    checked_on: int
    base_rate: float


def walks_of(sessions: Sequence[Encoded], codes: Codes) -> Walks:
    """Where each page type comes next, from every place of every visit."""
    pages = np.full((len(sessions), CLICKS_SEEN), -1, dtype=np.int64)
    for row, session in enumerate(sessions):
        seen = session.pages[: session.open_steps][session.is_click[: session.open_steps]][:CLICKS_SEEN]
        pages[row, : len(seen)] = seen
    following = np.zeros((len(sessions), CLICKS_SEEN + 1, len(codes)), dtype=np.int8)
    for place in reversed(range(CLICKS_SEEN)):
        following[:, place] = following[:, place + 1]
        rows, which = np.nonzero(pages[:, place, None] == np.array(codes, dtype=np.int64)[None, :])
        following[rows, place, which] = place + 1
    return Walks(codes, following, np.array([session.has_bought for session in sessions], dtype=np.bool_))


def grown(walks: Walks, least: int) -> Iterator[tuple[Codes, int, int]]:
    """Every pattern that at least so many sessions hold: its steps, how many hold it, how many of these bought."""
    everyone = np.arange(len(walks.has_bought))
    stack: list[tuple[Codes, Ints, NDArray[np.int8]]] = [((), everyone, np.zeros(len(everyone), dtype=np.int8))]
    while stack:
        steps, rows, at = stack.pop()
        after = walks.following[rows, at]
        counts = (after > 0).sum(axis=0)
        # A pattern is never held by more than its beginning is: what is too rare is not grown on.
        for place in np.flatnonzero(counts >= least):
            pattern = (*steps, walks.codes[place])
            here = after[:, place] > 0
            if len(pattern) >= STEPS_LEAST:
                yield pattern, int(counts[place]), int(walks.has_bought[rows[here]].sum())
            if len(pattern) < STEPS_MOST:
                stack.append((pattern, rows[here], after[here, place]))


def mine(find: Sequence[Encoded], check: Sequence[Encoded], shown: int = SHOWN) -> Mined:
    """The patterns of `find` that say most about buying, each checked on `check`.

    Fisher's exact test, two-sided, corrected for all tried by Benjamini and Hochberg (1995); the check is one-sided in
    the direction found, corrected for those shown by Holm (1979).
    """
    least = max(SESSIONS_LEAST, round(SHARE_LEAST * len(find)))
    seen: Ints = np.unique(np.concatenate([s.pages[s.is_click] for s in (*find, *check)]))
    codes = tuple(int(code) for code in seen)
    walks, others = walks_of(find, codes), walks_of(check, codes)
    tried = sorted(grown(walks, least))
    total, buyers = len(find), int(walks.has_bought.sum())
    held = np.array([count for _, count, _ in tried], dtype=np.int64)
    bought = np.array([count for _, _, count in tried], dtype=np.int64)
    # Of patterns that the same visits hold, the longest says most.
    lengths = np.array([len(steps) for steps, _, _ in tried], dtype=np.int64)
    more, less = fisher(bought, held, buyers, total)
    p = np.minimum(1.0, 2.0 * np.minimum(more, less))
    adjusted = benjamini_hochberg(p)
    ranked, is_more = np.lexsort((-lengths, -held, p)), more <= less
    at = _of_both_sides(walks, [one[0] for one in tried], ranked, is_more, shown)
    checked = [_counted(others, tried[i][0]) for i in at]
    other_buyers = int(others.has_bought.sum())
    sides = fisher(
        np.array([c.bought for c in checked]), np.array([c.sessions for c in checked]), other_buyers, len(check)
    )
    checked_p = holm(np.where(is_more[at], sides[0], sides[1]))
    patterns = [
        Pattern(
            tried[i][0], _counted(walks, tried[i][0]), checked[k], float(p[i]), float(adjusted[i]), float(checked_p[k])
        )
        for k, i in enumerate(at)
    ]
    patterns.sort(key=lambda one: (-(one.found.lift or 0.0), one.steps))
    return Mined(tuple(patterns), len(tried), total, len(check), buyers / max(1, total))


def _of_both_sides(
    walks: Walks, patterns: Sequence[Codes], ranked: Ints, is_more: NDArray[np.bool_], shown: int
) -> list[int]:
    """The strongest places, a quarter of them for what speaks against buying: else the last steps to an order fill the list."""
    for_buying, against = ranked[is_more[ranked]], ranked[~is_more[ranked]]
    first = _distinct(walks, patterns, for_buying, shown - shown // 4)
    others = _distinct(walks, patterns, against, shown - len(first))
    if len(others) < shown // 4:
        first = _distinct(walks, patterns, for_buying, shown - len(others))
    return [*first, *others]


def _distinct(walks: Walks, patterns: Sequence[Codes], ranked: Ints, shown: int) -> list[int]:
    """The first so many places of `ranked` that say something that those before do not.

    Left out: nearly the same visits as one before; and a longer form of one before that is bought from no more and no
    less often than that one already says.
    """
    chosen: list[tuple[int, NDArray[np.bool_]]] = []
    for place in ranked.tolist():
        own = walks.holders(patterns[place])
        low, high = wilson(int(walks.has_bought[own].sum()), int(own.sum()))
        is_told = any(
            (own & other).sum() > OVERLAP_MOST * (own | other).sum()
            or (is_part(patterns[earlier], patterns[place]) and low <= walks.has_bought[other].mean() <= high)
            for earlier, other in chosen
        )
        if not is_told:
            chosen.append((place, own))
        if len(chosen) == shown:
            break
    return [place for place, _ in chosen]


def is_part(part: Codes, whole: Codes) -> bool:
    """Whether `whole` goes through the steps of `part` in their order, with or without others in between."""
    steps = iter(whole)
    return all(step in steps for step in part)


def _counted(walks: Walks, pattern: Codes) -> Counted:
    holds = walks.holders(pattern)
    sessions, bought = int(holds.sum()), int(walks.has_bought[holds].sum())
    support = sessions / max(1, len(holds))
    base = float(walks.has_bought.mean()) if len(holds) else 0.0
    if not sessions:
        return Counted(0, support, 0, None, None, None, None)
    low, high = wilson(bought, sessions)
    return Counted(sessions, support, bought, bought / sessions, low, high, bought / sessions / base if base else None)
