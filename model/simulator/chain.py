"""The chance to buy from each state of a mind, nothing being shown: an absorbing chain, solved backwards page by page.

The generator (`walk`, `play`) moves by these same shares, so the answers are exact, but for one thing: how much more
is put into the cart later is known here only on average, two additions deep.
"""

from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from model.simulator.intents import LEAVE, WAVERING, Intent, Parameters, Weights
from model.simulator.parameters import PLACES
from model.simulator.play import PAGES_MOST
from model.simulator.walk import with_odds

Array = NDArray[np.float64]
NORMAL, RETURNED, WAVERS, SHOCKED = range(4)
"""Modes of a mind. The first three can arrive on a page; a shock is over when its page is."""
MODES = 3
CONFIRMATION = "confirmation"
EXTRA_MOST = 2


class Shop(NamedTuple):
    """What decides where walks lead in one shop. `steps`: towards paying. Hashable but for the parameters."""

    parameters: Parameters
    steps: tuple[str, ...]
    adds_on_next_page: bool

    @property
    def kinds(self) -> tuple[str, ...]:
        return (*PLACES, *self.steps, CONFIRMATION)

    @property
    def shock_step(self) -> str:
        return "shipping" if "shipping" in self.steps else self.steps[0]


Odds = tuple[float, ...]
"""For each intent, what offers did to the odds of going on to pay. Empty: nothing was shown."""


def moves_of(shop: Shop, kind: str, *, has_cart: bool, has_just_added: bool, odds: Odds = ()) -> dict[str, Array]:
    """As `_moves_of`, kept."""
    key = (id(shop.parameters), shop.steps, shop.adds_on_next_page, has_cart, has_just_added, kind, odds)
    if key not in _kept_moves:
        # The parameters are kept with what follows from them: an id is only theirs while they live.
        moves = _moves_of(shop, kind, has_cart=has_cart, has_just_added=has_just_added, odds=odds)
        _kept_moves[key] = shop.parameters, moves
    return _kept_moves[key][1]


_kept_moves: dict[tuple[object, ...], tuple[Parameters, dict[str, Array]]] = {}


def _moves_of(shop: Shop, kind: str, *, has_cart: bool, has_just_added: bool, odds: Odds) -> dict[str, Array]:
    """Where the page `kind` leads: for each target the shares [intents, 4 modes before, 3 modes after].

    What is missing to 1 in all targets together leaves; `LEAVE` itself is among the targets.
    """
    intents = [_moved(n, odds[i] if odds else 1.0) for i, n in enumerate(shop.parameters.intents.values())]
    moves = {to: np.zeros((len(intents), 4, MODES)) for to in (*shop.kinds, LEAVE)}
    for i, intent in enumerate(intents):
        if kind in shop.steps:
            _from_step(moves, i, intent, shop, kind, odds[i] if odds else 1.0)
            continue
        _from_shop(moves, i, intent, shop, kind, has_cart=has_cart, has_just_added=has_just_added)
        _wavering(moves, i, intent, shop, kind)
    return moves


def _moved(intent: Intent, odds: float) -> Intent:
    """The intent of somebody whose odds of going on to pay were multiplied, as `walk` multiplies them."""
    ends = intent.waver_return + intent.waver_leave
    if odds == 1.0 or ends <= 0.0:
        return intent if odds == 1.0 else replace(intent, go_on_share=with_odds(intent.go_on_share, odds))
    returns = ends * with_odds(intent.waver_return / ends, odds)
    go_on = with_odds(intent.go_on_share, odds)
    return replace(intent, go_on_share=go_on, waver_return=returns, waver_leave=ends - returns)


def _from_step(moves: dict[str, Array], i: int, intent: Intent, shop: Shop, kind: str, odds: float) -> None:
    paying, place = shop.parameters.paying, shop.steps.index(kind)
    onward = shop.steps[place + 1] if place + 1 < len(shop.steps) else CONFIRMATION
    for mode, share in ((NORMAL, intent.step_share), (RETURNED, paying.steady_after_return)):
        moves[onward][i, mode, mode] = share
        moves["cart"][i, mode, mode] = (1.0 - share) * paying.back_to_cart
        moves[LEAVE][i, mode, mode] = (1.0 - share) * (1.0 - paying.back_to_cart)
    go_on = with_odds(paying.go_on_anyway, odds)
    moves[onward][i, SHOCKED, RETURNED] = go_on
    # As she turns round she leaves as often as ever: offers count from the next page on.
    leaves = list(shop.parameters.intents.values())[i].waver_leave
    moves[LEAVE][i, SHOCKED, WAVERS] = (1.0 - go_on) * leaves
    for to, share in _shares(intent.moves[WAVERING]).items():
        moves[to][i, SHOCKED, WAVERS] += (1.0 - go_on) * (1.0 - leaves) * share


def _from_shop(
    moves: dict[str, Array], i: int, intent: Intent, shop: Shop, kind: str, *, has_cart: bool, has_just_added: bool
) -> None:
    paying = shop.parameters.paying
    for mode in (NORMAL, RETURNED):
        if has_just_added and shop.adds_on_next_page:
            moves["cart"][i, mode, mode] = 1.0
            continue
        if kind == "cart" and has_cart:
            ahead, share = shop.steps[0], paying.steady_after_return if mode == RETURNED else intent.go_on_share
        else:
            ahead = "cart"
            share = (paying.cart_after_add if has_just_added else paying.cart_later) if has_cart else 0.0
        moves[ahead][i, mode, mode] += share
        for to, part in _shares(intent.moves.get(kind, intent.moves["faq"])).items():
            moves[to][i, mode, mode] += (1.0 - share) * part


def _wavering(moves: dict[str, Array], i: int, intent: Intent, shop: Shop, kind: str) -> None:
    moves[shop.steps[0] if kind == "cart" else "cart"][i, WAVERS, RETURNED] += intent.waver_return
    moves[LEAVE][i, WAVERS, WAVERS] += intent.waver_leave
    for to, share in _shares(intent.moves[WAVERING]).items():
        moves[to][i, WAVERS, WAVERS] += (1.0 - intent.waver_return - intent.waver_leave) * share


def _shares(weights: Weights) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def shock_shares(shop: Shop, *, shipping_minor: int, cart_minor: Array, odds: Odds = ()) -> Array:
    """For carts of these values [...] the chance that the first sight of the costs stops her [intents, ...]."""
    percent = 100.0 * shipping_minor / np.maximum(cart_minor, 1.0)
    intents = shop.parameters.intents.values()
    shares = np.array([np.minimum(0.9, n.friction_share + n.friction_per_percent * percent) for n in intents])
    if not odds:
        return shares
    factor = np.array(odds).reshape(-1, *(1,) * (shares.ndim - 1))
    moved: Array = (shares / factor) / (1.0 - shares + shares / factor)
    return moved


class Values:
    """`on_arrival(n)` [1 + EXTRA_MOST, intents, kinds, 3 modes]: the chance to buy as page n (from 1) is shown, by how
    many items more than now are in the cart. `on_leaving` gives it for the end of a page. `odds`: what offers did by now.
    """

    def __init__(
        self, shop: Shop, *, cart_minor: int, shipping_minor: int, prices: tuple[int, ...], odds: Odds = ()
    ) -> None:
        self.shop, self._has_cart, self._odds = shop, cart_minor > 0, odds
        self._shock = _shock_by_extra(shop, cart_minor, shipping_minor, prices, odds)
        self._by_page = self._solve()

    def on_arrival(self, page: int) -> Array:
        return self._by_page[min(page, PAGES_MOST)]

    def on_leaving(self, page: int, kind: str, *, extra: int, has_just_added: bool) -> Array:
        """[intents, 4 modes]: page n, of this kind, is over; where it leads is not decided yet."""
        table = _table(self.shop, self._has_cart or extra > 0, has_just_added, self._odds)
        place = self.shop.kinds.index(kind) if kind in self.shop.kinds else self.shop.kinds.index("faq")
        if page >= PAGES_MOST:
            return np.zeros((*table.shape[:1], 4))
        after = self.on_arrival(page + 1)[min(extra, EXTRA_MOST)].reshape(table.shape[0], -1)
        leaving: Array = np.einsum("imx,ix->im", table[:, place], after)
        return leaving

    def _solve(self) -> dict[int, Array]:
        shop, kinds = self.shop, self.shop.kinds
        intents = list(shop.parameters.intents.values())
        product, shock = kinds.index("product"), kinds.index(shop.shock_step)
        second = shop.parameters.paying.second_add
        end = np.zeros((1 + EXTRA_MOST, len(intents), len(kinds), MODES))
        end[:, :, kinds.index(CONFIRMATION)] = 1.0
        by_page: dict[int, Array] = {PAGES_MOST: end}
        for page in range(PAGES_MOST - 1, 0, -1):
            after, now = by_page[page + 1], end.copy()
            for extra in range(1 + EXTRA_MOST):
                has_cart = self._has_cart or extra > 0
                left = self._left(after[extra], has_cart, has_just_added=False)
                added = self._left(after[min(extra + 1, EXTRA_MOST)], True, has_just_added=True)
                now[extra] = left[:, :, :MODES]
                add = np.array([n.add_share * (second if has_cart else 1.0) for n in intents])[:, None]
                now[extra, :, product, :WAVERS] = (1 - add) * left[:, product, :WAVERS] + add * added[
                    :, product, :WAVERS
                ]
                stops = self._shock[extra]
                now[extra, :, shock, NORMAL] = (1 - stops) * left[:, shock, NORMAL] + stops * left[:, shock, SHOCKED]
                now[extra, :, kinds.index(CONFIRMATION)] = 1.0
            by_page[page] = now
        return by_page

    def _left(self, after: Array, has_cart: bool, *, has_just_added: bool) -> Array:
        """[intents, kinds, 4]."""
        table = _table(self.shop, has_cart, has_just_added, self._odds)
        flat = after.reshape(after.shape[0], -1)
        return np.asarray((table.reshape(table.shape[0], -1, flat.shape[1]) @ flat[:, :, None])[:, :, 0]).reshape(
            table.shape[:3]
        )


def _shock_by_extra(
    shop: Shop, cart_minor: int, shipping_minor: int, prices: tuple[int, ...], odds: Odds
) -> list[Array]:
    """[intents] for each number of additions to come, averaged over what they may be."""
    one = np.array(prices, dtype=np.float64)
    values = [np.array([float(cart_minor)]), cart_minor + one, (cart_minor + one[:, None] + one[None, :]).ravel()]
    return [shock_shares(shop, shipping_minor=shipping_minor, cart_minor=v, odds=odds).mean(axis=1) for v in values]


_tables: dict[tuple[object, ...], tuple[Parameters, Array]] = {}


def _table(shop: Shop, has_cart: bool, has_just_added: bool, odds: Odds) -> Array:
    """All moves of a shop at once: [intents, kinds, 4 modes before, kinds x 3 modes after]."""
    key = (id(shop.parameters), shop.steps, shop.adds_on_next_page, has_cart, has_just_added, odds)
    if key not in _tables:
        rows = []
        for kind in shop.kinds:
            has_just = has_just_added and kind == "product"
            moves = moves_of(shop, kind, has_cart=has_cart, has_just_added=has_just, odds=odds)
            rows.append(np.stack([moves[to] for to in shop.kinds], axis=2))
        table = np.stack(rows, axis=1)
        _tables[key] = shop.parameters, table.reshape(*table.shape[:3], -1)
    return _tables[key][1]
