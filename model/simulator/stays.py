"""How likely it is that a page looked as it did, for each kind of shopper, pace and stillness: the oracle's likelihoods.

Shapes: [intents, paces] or [intents, paces, 2 still]. Densities share their units wherever they are compared. What
is seen is taken a little coarser than it is (when scroll marks came is left out): that keeps the answer right on
average and costs only sharpness.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from model.simulator.intents import Parameters
from model.simulator.seen import SeenPage
from model.simulator.shopper import Tagging
from model.simulator.visit import LOAD_MS, STAY_LEAST_S, STAY_MOST_S, STAY_UNNAMED_S

Array = NDArray[np.float64]
PACES = 32
LOAD_S = LOAD_MS[0] / 1000, LOAD_MS[1] / 1000
MARK_LATE_S = 0.06
"""A mark may come this much after the page's end was due, and the click away after it."""
READ_PLACES = 0.35 + 0.5 / np.array([2.0, 3.0, 4.0, 5.0])
"""Where in the stay the reviews come into view, by how many single ones follow (none to three)."""
DEEP_SHARE = 2 / 9
"""Of pages that are not read to the reviews: those scrolled to the last mark all the same."""
IMAGES = (0.6, 0.2, 0.2)
"""How many pictures are clicked: none, one, two; with reviews two more."""
_QUIET_S, _STEP_PAUSE_S, _SHOCK_SPREAD = 15.0, (10.0, 40.0), 0.7
_QUICK_MOST_S = 4.0
_EXACT_S = 0.003
ADDS_AT = 0.6 + 0.35 * (np.arange(8) + 0.5) / 8
"""Where in the stay an addition happens: eight places of equal weight."""


class Paces(NamedTuple):
    """The quadrature over the pace: middle of each cell, and its weight."""

    logs: Array
    weights: Array


def paces_of(parameters: Parameters) -> Paces:
    pace = parameters.pace
    edges = np.linspace(np.log(pace.least), np.log(pace.most), PACES + 1)
    below = ndtr((edges - pace.middle) / pace.spread)
    below[0], below[-1] = 0.0, 1.0
    return Paces((edges[1:] + edges[:-1]) / 2, np.diff(below))


class Stay:
    """The stay on one page type, without pauses: log-normal around median and pace, cut at both ends."""

    def __init__(self, parameters: Parameters, paces: Paces, kind: str, slow: float = 1.0) -> None:
        medians = [n.stay_s.get(kind, STAY_UNNAMED_S) for n in parameters.intents.values()]
        self._middle = np.log(np.array(medians) * slow)[:, None] + paces.logs
        self._spread = parameters.pages.stay_spread

    def below(self, seconds: float | Array) -> Array:
        """P(stay <= seconds)."""
        at = np.asarray(seconds, dtype=np.float64)
        share = ndtr((np.log(np.maximum(at, 1e-9)) - self._middle) / self._spread)
        return np.asarray(np.where(at < STAY_LEAST_S, 0.0, np.where(at >= STAY_MOST_S, 1.0, share)))

    def above(self, seconds: float | Array) -> Array:
        return 1.0 - self.below(seconds)

    def between(self, low: float | Array, high: float | Array) -> Array:
        return np.maximum(self.below(high) - self.below(low), 0.0)


class End(NamedTuple):
    """The end of a stay lies in this range of seconds: narrow where it was seen, as wide as loading where not."""

    low: float
    high: float

    @classmethod
    def of(cls, page: SeenPage) -> "End":
        if page.stayed_s is not None:
            return cls(page.stayed_s - MARK_LATE_S, page.stayed_s + 0.002)
        return cls(page.elapsed_s - LOAD_S[1], page.elapsed_s - LOAD_S[0])


def reads_shares(parameters: Parameters, tagging: Tagging, page: SeenPage) -> tuple[Array, Array]:
    """For a product page that is over: the weight that it was read to the reviews, and that it was not [intents, 1]."""
    share = np.array([n.reviews_share for n in parameters.intents.values()])[:, None]
    if tagging.reports_sections:
        is_read = page.reviews_s is not None
        return share * is_read, (1.0 - share) * (not is_read)
    yes, no = 1.0, 1.0
    if page.added is None or page.deepest >= 90:
        is_deep = page.deepest >= 90
        yes, no = float(is_deep), DEEP_SHARE if is_deep else 1.0 - DEEP_SHARE
    if tagging.reports_clicks:
        yes *= IMAGES[page.image_count - 2] if 2 <= page.image_count <= 4 else 0.0
        no *= IMAGES[page.image_count] if page.image_count <= 2 else 0.0
    return share * yes, (1.0 - share) * no


def stay_of(stay: Stay, end: End, *, is_cut: bool) -> Array:
    """A page that was over in this range; `is_cut`: by an addition, which takes the browser away."""
    if is_cut:
        cut_s, at = 0.05, ADDS_AT[:, None, None]
        return np.asarray(stay.between((end.low - cut_s) / at, (end.high - cut_s) / at).mean(axis=0))
    return stay.between(end.low, end.high)


def product_in_view(stay: Stay, reading: Stay, share: Array, tagging: Tagging, page: SeenPage, at_s: Array) -> Array:
    """A product page that still goes on at each of `at_s` [A]: [A, intents, paces]. `share` [intents, 1] is read to the
    reviews."""
    at = at_s[:, None, None]
    if page.reviews_s is not None:
        whole_s = page.reviews_s / READ_PLACES[min(page.review_count, 3) :]
        seen = reading.between(0.98 * whole_s[:, None, None], 1.02 * whole_s[:, None, None])
        goes_on = (1.02 * whole_s > at_s[:, None]).astype(np.float64)
        return np.asarray(share * np.tensordot(goes_on, seen, axes=1))
    if not tagging.reports_sections:
        return np.asarray(share * reading.above(at) + (1.0 - share) * stay.above(at))
    unseen = reading.above(at[:, None] / READ_PLACES[:, None, None]).mean(axis=1)
    return np.asarray(share * unseen + (1.0 - share) * stay.above(at))


def added_in_view(stay: Stay, reading: Stay, share: Array, page: SeenPage) -> Array:
    """A product page that goes on after its addition was seen: that is somewhere in 0.6 to 0.95 of the stay."""
    whole_s = (page.added_s or 0.0) / ADDS_AT
    whole = whole_s[1.02 * whole_s > page.elapsed_s][:, None, None]
    read = reading.between(0.98 * whole, 1.02 * whole).sum(axis=0)
    unread = stay.between(0.98 * whole, 1.02 * whole).sum(axis=0) * (page.reviews_s is None)
    return np.asarray(share * read + (1.0 - share) * unread)


def silence(parameters: Parameters, page: SeenPage, length_s: float) -> Array:
    """Silence on a page that is no step and is over [intents, 1, 2 still]: a pause, or a shopper who never moves."""
    pauses = np.array([n.pause_share for n in parameters.intents.values()])[:, None, None] * (length_s > 20.0)
    still = np.array([0.0, 1.0]) * (page.longest_gap_s(length_s) > _QUIET_S)
    return np.asarray(pauses + (1.0 - pauses) * still if page.idle_s else (1.0 - pauses) * (1.0 - still))


def step_page(parameters: Parameters, stay: Stay, page: SeenPage) -> Array:
    """A step towards paying, over or not: [intents, paces, 2 still, 2], the last for no shock and a shock."""
    pages, end = parameters.pages, End.of(page) if page.has_ended else None
    first = next((at for at, waited in page.idle_s if waited == 15_000), None)
    is_still_only = first is not None and any(abs(first - _QUIET_S - t) < _EXACT_S for t in (0.0, *page.input_s))
    until = page.elapsed_s if end is None else end.high
    gap = page.longest_gap_s(until) > _QUIET_S
    if is_still_only:
        plain = (1.0 - pages.step_pause_share) * _ends(stay, end, page.elapsed_s, 0.0)
        calm = plain[:, :, None] * np.array([0.0, 1.0])
        # A fright is a pause of its own, and then no other silence is told.
        frightened = np.zeros_like(calm)
    elif first is not None:
        base = 2.0 * (first - _QUIET_S)
        seen = stay.between(base - 0.02, base + 0.02)[:, :, None] * np.ones(2)
        low, high = _pause_range(page, end, base, first)
        calm = seen * pages.step_pause_share * _step_pause(low, high)
        frightened = seen * (1.0 - pages.shock_quick_share) * _shock_pause(parameters, low, high)
    else:
        plain = (1.0 - pages.step_pause_share) * _ends(stay, end, page.elapsed_s, 0.0)
        calm = plain[:, :, None] * np.array([1.0, 0.0 if gap else 1.0])
        calm = calm + (pages.step_pause_share * _quiet(stay, end, page, _step_pause))[:, :, None]
        quick = np.mean([_ends(stay, end, page.elapsed_s, p) for p in (0.5, 1.5, 2.5, 3.5)], axis=0)
        slow = _quiet(stay, end, page, lambda a, b: _shock_pause(parameters, a, b))
        share = pages.shock_quick_share
        frightened = (share * quick + (1.0 - share) * slow)[:, :, None] * np.ones(2)
    raged = (0.0, 0.04) if page.rage_count else (1.0, 0.96 if end is not None else 1.0)
    return np.stack([calm * raged[0], frightened * raged[1]], axis=-1)


def _ends(stay: Stay, end: End | None, elapsed_s: float, pause_s: float) -> Array:
    """The stay when so much of the page was a pause: over in the range, or not over yet."""
    if end is None:
        return stay.above(elapsed_s - pause_s)
    return stay.between(end.low - pause_s, end.high - pause_s)


def _quiet(stay: Stay, end: End | None, page: SeenPage, pause: Callable[[float, float], float]) -> Array:
    """A pause without a mark: too short for one, or not that far yet. It begins in the middle of the stay."""
    edges = np.linspace(0.0, _QUIET_S, 9)
    short = sum(pause(a, b) * _ends(stay, end, page.elapsed_s, (a + b) / 2) for a, b in pairwise(edges))
    if end is not None:
        return np.asarray(short)
    to_come = pause(_QUIET_S, np.inf) * stay.above(max(0.0, 2.0 * (page.elapsed_s - _QUIET_S)))
    return np.asarray(short + to_come)


def _pause_range(page: SeenPage, end: End | None, base_s: float, first_s: float) -> tuple[float, float]:
    """How long the pause was, from the marks that were seen and, where the page is over, from what is left."""
    if end is not None:
        return max(end.low - base_s, _QUIET_S), max(end.high - base_s, _QUIET_S)
    has_long = any(waited == 45_000 for _, waited in page.idle_s)
    low = max(45.0 if has_long else _QUIET_S, page.elapsed_s - base_s)
    return low, np.inf if has_long or page.elapsed_s < first_s + 30.0 else 45.0


def _step_pause(low: float, high: float) -> float:
    least, most = _STEP_PAUSE_S
    return max(0.0, min(high, most) - max(low, least)) / (most - least)


def _shock_pause(parameters: Parameters, low: float, high: float) -> float:
    middle = np.log(parameters.pages.shock_pause_s)
    below, above = (ndtr((np.log(max(at, 1e-9)) - middle) / _SHOCK_SPREAD) for at in (low, high))
    return float(above - below)
