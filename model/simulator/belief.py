"""What may be going on in a shopper's mind, given what was seen so far: the forward filter under the oracle.

One step a page: what it says as it is shown, what was done on it and how long it took, where it led.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core import events as ev
from model.simulator import chain, stays
from model.simulator.chain import MODES, SHOCKED, WAVERS, Shop
from model.simulator.intents import Parameters
from model.simulator.seen import Known, SeenPage

Array = NDArray[np.float64]


class Belief:
    """`weights` [intents, paces, 2 still, 3 modes] as the latest page is shown, given everything before it. `cart_minor`
    and `first_item` are the cart's, which can be seen."""

    def __init__(self, known: Known, parameters: Parameters) -> None:
        self.known, self.parameters = known, parameters
        self.intents = list(parameters.intents.values())
        self.shop = Shop(parameters, known.tagging.steps, known.tagging.adds_on_next_page)
        self.paces = stays.paces_of(parameters)
        self.cart_minor, self.first_item = 0, ""
        self.weights = self._prior()

    @property
    def state(self) -> "tuple[Array, int, str]":
        return self.weights, self.cart_minor, self.first_item

    @state.setter
    def state(self, state: "tuple[Array, int, str]") -> None:
        self.weights, self.cart_minor, self.first_item = state

    def _prior(self) -> Array:
        shares = np.array([n.share for n in self.intents])
        still = self.parameters.pace.still_share
        prior = np.zeros((len(shares), stays.PACES, 2, MODES))
        prior[..., 0] = np.einsum("i,k,s->iks", shares / shares.sum(), self.paces.weights, [1 - still, still])
        return prior

    def _weigh(self, factors: Sequence[float]) -> None:
        """What a fact says about the kind of visit."""
        self.weights = normal(self.weights * np.array(factors)[:, None, None, None], self.weights)

    def enter(self, entry: ev.PageView) -> None:
        self._weigh([n.lands_on.get(entry.page_type, 0.0) / sum(n.lands_on.values()) for n in self.intents])
        self._weigh([n.sources.get(entry.source, 0.0) / sum(n.sources.values()) for n in self.intents])
        if entry.device in ("mobile", "tablet", "desktop"):
            is_mobile = entry.device == "mobile"
            self._weigh([n.mobile_share if is_mobile else 1.0 - n.mobile_share for n in self.intents])
        if entry.is_new_visitor is not None:
            is_new = entry.is_new_visitor
            self._weigh([1.0 - n.returning_share if is_new else n.returning_share for n in self.intents])

    def arrive(self, page: SeenPage) -> None:
        if page.kind == "blog":
            compares = page.topic == "comparison"
            self._weigh([n.compares_share if compares else 1.0 - n.compares_share for n in self.intents])
        if page.kind == "product" and page.item is not None and self.cart_minor:
            # Who wavers looks again at what she has chosen; the others look at anything.
            by_mode = np.full(MODES, 1.0 / len(self.known.prices))
            by_mode[WAVERS] = float(page.item.item_id == self.first_item)
            self.weights = normal(self.weights * by_mode, self.weights)

    def over(self, page: SeenPage, to: str) -> None:
        """Over the page, its end and the way to the next one."""
        resting, _ = self.looked(page)
        moves = self.moves(page)
        plain = np.einsum("iksm,imn->iksn", resting, moves[to]) if to in moves else self.weights * 0.0
        self.weights = normal(plain, self.weights)

    def moves(self, page: SeenPage) -> dict[str, Array]:
        has_added = page.added is not None
        return chain.moves_of(self.shop, page.kind, has_cart=self.cart_minor > 0, has_just_added=has_added)

    def looked(self, page: SeenPage) -> tuple[Array, Array]:
        """Weights [intents, paces, 2, 4 modes] after what was seen of the page: as it is, and with an addition to come.
        An addition that was seen is in the first, and from now on in the cart."""
        belief = np.concatenate([self.weights, np.zeros_like(self.weights[..., :1])], axis=-1)
        nothing = np.zeros_like(belief)
        if page.kind in self.shop.steps:
            return normal(self._step(page, belief), belief), nothing
        stay = stays.Stay(self.parameters, self.paces, page.kind)
        if page.kind == "product":
            return self._product(page, belief, stay)
        if not page.has_ended:
            return normal(belief * stay.above(page.elapsed_s)[:, :, None, None], belief), nothing
        end = stays.End.of(page)
        seen = stays.stay_of(stay, end, is_cut=False)[:, :, None] * stays.silence(self.parameters, page, end.high)
        return normal(belief * seen[..., None], belief), nothing

    def _step(self, page: SeenPage, belief: Array) -> Array:
        stay = stays.Stay(self.parameters, self.paces, page.kind)
        seen = stays.step_page(self.parameters, stay, page)
        stops = np.zeros(len(self.intents))
        if page.kind == self.shop.shock_step:
            cart = np.array(float(self.cart_minor))
            stops = chain.shock_shares(self.shop, shipping_minor=self.known.shipping_minor, cart_minor=cart)
        weights = belief * seen[..., :1]
        weights[..., SHOCKED] = belief[..., 0] * stops[:, None, None] * seen[..., 1]
        weights[..., 0] *= (1.0 - stops)[:, None, None]
        return weights

    def _product(self, page: SeenPage, belief: Array, stay: stays.Stay) -> tuple[Array, Array]:
        tagging, pages = self.known.tagging, self.parameters.pages
        reading = stays.Stay(self.parameters, self.paces, page.kind, pages.reading_slows)
        again = self.parameters.paying.second_add if self.cart_minor else 1.0
        adds = np.array([n.add_share * again for n in self.intents])[:, None, None, None] * np.array(
            [1.0, 1.0, 0.0, 0.0]
        )
        is_over = page.has_ended or (tagging.adds_on_next_page and page.added is not None)
        if page.added is not None:
            self.first_item = self.first_item or page.added.item_id
            self.cart_minor += page.added.price_minor or 0
        if is_over:
            seen = self._product_over(page, stay, reading)
            return normal(
                belief * (adds if page.added is not None else 1.0 - adds) * seen[..., None], belief
            ), belief * 0
        share = np.array([n.reviews_share for n in self.intents])[:, None]
        if page.added is not None:
            seen = stays.added_in_view(stay, reading, share, page)
            return normal(belief * adds * seen[:, :, None, None], belief), belief * 0
        moments = page.elapsed_s / np.array([1.0, *stays.ADDS_AT])
        going = stays.product_in_view(stay, reading, share, tagging, page, moments)[..., None, None]
        resting = belief * (1.0 - adds) * going[0]
        adding = belief * adds * going[1:].mean(axis=0)
        if resting.sum() + adding.sum() <= 0.0:
            return belief * (1.0 - adds), belief * adds
        return resting, adding

    def _product_over(self, page: SeenPage, stay: stays.Stay, reading: stays.Stay) -> Array:
        is_cut = page.added is not None and self.known.tagging.adds_on_next_page
        yes, no = stays.reads_shares(self.parameters, self.known.tagging, page)
        end = stays.End.of(page)
        if is_cut and page.added_s is not None and not page.has_ended:
            end = stays.End(page.added_s, page.added_s + stays.MARK_LATE_S)
        seen = yes * stays.stay_of(reading, end, is_cut=is_cut) + no * stays.stay_of(stay, end, is_cut=is_cut)
        if is_cut:
            return np.asarray(seen[:, :, None] * np.ones(2))
        return np.asarray(seen[:, :, None] * stays.silence(self.parameters, page, end.high))


def normal(weights: Array, otherwise: Array) -> Array:
    """The weights so that they add up to 1; where nobody could have done that, the ones before."""
    total = weights.sum()
    return np.asarray(weights / total) if total > 0.0 else otherwise
