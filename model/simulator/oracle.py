"""The true chance to buy after any events, nothing being shown: P(buys | what can be seen), for the simulated shop.

A forward filter over what is hidden (the kind of visit, the pace, whether she reads without moving, and the mind:
steady, wavering, back to pay), page by page, by the generator's own shares; then the chance to buy from each hidden
state (`chain`), averaged. What does not depend on anything hidden (the hour, form fields, loading times) cancels.

Where the events hold more than is used here (when scroll marks came, say), the answer is the chance given the coarser
facts: still right on average, a little less sharp. What no shopper of this shop could do is left out of account.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import events as ev
from core.fields import Item
from model.simulator import chain
from model.simulator.belief import Belief, normal
from model.simulator.chain import Shop, Values
from model.simulator.intents import LEAVE, Parameters
from model.simulator.parameters import load_parameters
from model.simulator.seen import Known, Seen, SeenPage, see, see_next

Array = NDArray[np.float64]


class Minds(NamedTuple):
    """What may be behind a visit, as weights that add up to 1: [intents, paces, 2 still, 4 modes], and for a product page
    apart: `adding` ends with an addition that nobody saw yet. `buys` [same]: the chance to buy of each."""

    resting: Array
    adding: Array
    buys_resting: Array
    buys_adding: Array

    @property
    def chance(self) -> float:
        total = self.resting.sum() + self.adding.sum()
        return float(((self.resting * self.buys_resting).sum() + (self.adding * self.buys_adding).sum()) / total)


def chance_to_buy(events: Sequence[ev.Event], known: Known, parameters: Parameters | None = None) -> float:
    """P(this visit buys | these events). `known`: what the shop's owner knows of the shop.

    Raises:
        ValueError: there is no page view among the events, so no visit has begun.
    """
    seen = see(events, known.tagging)
    if seen is None:
        raise ValueError("a visit begins with a page view")
    return Watch(known, parameters or load_parameters()).chance(seen)


def chances_along(
    events: Iterable[ev.Event], known: Known, parameters: Parameters | None = None
) -> Iterator[float | None]:
    """`chance_to_buy` after each event, at a fraction of the cost; None before the first page view."""
    seen, watching = None, Watch(known, parameters or load_parameters())
    for event in events:
        seen = see_next(seen, event, known.tagging)
        yield None if seen is None else watching.chance(seen)


def minds_behind(events: Sequence[ev.Event], known: Known, parameters: Parameters | None = None) -> Minds:
    """Every hidden state with its weight and its chance to buy. Raises as `chance_to_buy`."""
    seen = see(events, known.tagging)
    if seen is None:
        raise ValueError("a visit begins with a page view")
    return Watch(known, parameters or load_parameters()).minds(seen)


def _is_gone(seen: Seen, known: Known) -> bool:
    """The tab was hidden without a click that leads on: without an offer nothing follows."""
    page, tagging = seen.pages[-1], known.tagging
    is_end = page.is_hidden and not page.can_only and page.added is None
    return is_end and (tagging.is_spa or tagging.reports_clicks)


class Watch:
    """Somebody who watches one visit."""

    def __init__(self, known: Known, parameters: Parameters) -> None:
        self._known, self._belief = known, Belief(known, parameters)
        self._kept: list[tuple[tuple[Array, int, str], Item | None]] = []
        """The belief's state as each page was shown, and what the page before it was known to have added."""

    def chance(self, seen: Seen) -> float:
        if seen.has_bought:
            return 1.0
        return 0.0 if _is_gone(seen, self._known) else self.minds(seen).chance

    def minds(self, seen: Seen, odds: chain.Odds = ()) -> Minds:
        """May be called again with the same visit after more events: what is over is not gone through again.

        `odds`: the chances to buy are those of shoppers whose odds of going on to pay are multiplied from now on.
        """
        belief = self._belief
        if not self._kept:
            belief.enter(seen.entry)
            self._kept.append((belief.state, None))
        count = len(seen.pages)
        if count == len(self._kept) and count > 1 and self._kept[-1][1] is not seen.pages[-2].added:
            self._kept.pop()  # the page before this one was told late to have ended with an addition
        belief.state = self._kept[-1][0]
        for page, following in pairwise(seen.pages[len(self._kept) - 1 :]):
            belief.arrive(page)
            belief.over(page, following.kind)
            self._kept.append((belief.state, page.added))
        belief.arrive(seen.pages[-1])
        return self._now(seen.pages[-1], count, is_desktop=seen.entry.device == "desktop", odds=odds)

    def _now(self, page: SeenPage, count: int, *, is_desktop: bool, odds: chain.Odds) -> Minds:
        resting, adding = self._belief.looked(page)
        values = _values(self._belief.shop, self._belief.cart_minor, self._known, odds)
        has_added = page.added is not None
        stays_on = values.on_leaving(count, page.kind, extra=0, has_just_added=has_added)[:, None, None, :]
        if page.stayed_s is None:
            adds_on = values.on_leaving(count, page.kind, extra=1, has_just_added=True)[:, None, None, :]
            return Minds(resting, adding, stays_on, adds_on)
        weights, buys = self._departing(page, count, values, is_desktop=is_desktop)
        weighted = normal(resting * weights[:, None, None, :], resting)
        return Minds(weighted, adding * 0.0, buys[:, None, None, :], buys[:, None, None, :])

    def _departing(self, page: SeenPage, count: int, values: Values, *, is_desktop: bool) -> tuple[Array, Array]:
        """For a page that was clicked away, or whose pointer left: how likely that was, and the chance to buy after it
        [intents, 4 modes]. Where the click tells the way, what the pointer did tells nothing more."""
        moves, kinds = self._belief.moves(page), self._belief.shop.kinds
        steps = (*self._belief.shop.steps, chain.CONFIRMATION)
        elsewhere = tuple(kind for kind in kinds if kind not in steps)
        allowed = {"": kinds, "pay": steps, "product": ("product",)}.get(page.can_only, elsewhere)
        after = values.on_arrival(count + 1)[0]
        weights, buys = np.zeros((2, len(self._belief.intents), 4))
        for to in allowed:
            weights += moves[to].sum(axis=2)
            buys += (moves[to] * after[:, kinds.index(to)][:, None, :]).sum(axis=2)
        if not page.can_only:
            goes, leaves = self._pointer_shares(page, is_desktop=is_desktop)
            weights, buys = goes * weights + leaves * moves[LEAVE].sum(axis=2), goes * buys
        return weights, np.divide(buys, weights, out=np.zeros_like(weights), where=weights > 0)

    def _pointer_shares(self, page: SeenPage, *, is_desktop: bool) -> tuple[float, float]:
        """Of those who go on and of those who leave, the share whose pointer did what it did on this page."""
        pages = self._belief.parameters.pages
        if page.exit_s is not None:
            return pages.pointer_wanders_share, pages.pointer_leaves_share
        return 1.0 - is_desktop * pages.pointer_wanders_share, 1.0 - is_desktop * pages.pointer_leaves_share


_kept: dict[tuple[object, ...], Values] = {}
_KEPT_MOST = 32
"""A visit needs one for each change of its cart, and no other visit needs the same: more would only fill memory."""


def _values(shop: Shop, cart_minor: int, known: Known, odds: chain.Odds) -> Values:
    key = (id(shop.parameters), shop.steps, shop.adds_on_next_page, cart_minor, known, odds)
    if key not in _kept:
        if len(_kept) >= _KEPT_MOST:
            _kept.clear()
        _kept[key] = Values(
            shop, cart_minor=cart_minor, shipping_minor=known.shipping_minor, prices=known.prices, odds=odds
        )
    return _kept[key]
