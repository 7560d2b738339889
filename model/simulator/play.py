"""One visit as it unfolds in virtual time: give the next event, take an offer, give the next event.

The training set and the live player are this same code; without offers a visit depends on its seed alone.
"""

import heapq
from random import Random
from typing import Any, NamedTuple

from msgspec import structs

from core import events as ev
from core.fields import Item
from model.simulator import pointer, shop
from model.simulator.intents import BUY, LEAVE
from model.simulator.reaction import react
from model.simulator.shopper import Shopper, pick
from model.simulator.visit import LOAD_MS, Draft, spend
from model.simulator.walk import Mind, add_share, next_move, shock_share

PAGES_MOST = 40
SHOWN_AFTER_MS = 120


class Happening(NamedTuple):
    """`document` counts the page loads from 0: a stream each. A shop without page loads has one."""

    document: int
    event: ev.Event


class Play:
    """A visit of `shopper` that began at `start_ms` (browser's clock)."""

    def __init__(self, shopper: Shopper, start_ms: int = 0) -> None:
        self.shopper = shopper
        self.mind = Mind()
        self.now_ms = start_ms
        self.document = -1
        self.taken: list[str] = []
        self._chance = Random(f"visit:{shopper.seed}")
        self._moods = Random(f"moods:{shopper.seed}")
        self._pointer = Random(f"pointer:{shopper.seed}")
        self._queue: list[tuple[int, int, type[ev.Event], dict[str, Any]]] = []
        self._order = 0
        self._seq = 0
        self._pages = 0
        self._page_at_ms = self._leaves_at_ms = start_ms
        self._item: Item | None = None
        self._next_item: Item | None = None
        self._cart: shop.Cart = []
        self._unreported: Item | None = None
        self._step = -1
        self._is_over = False
        self._away: pointer.Away | None = None
        self._arrive(pick(self._chance, shopper.intent.lands_on), "navigate")

    @property
    def cart_minor(self) -> int:
        """What the cart is worth, or was when it was bought."""
        return shop.value_minor(self._cart)

    def next(self) -> Happening | None:
        """The next event, or None when the visit is over."""
        while not self._queue:
            if self._is_over:
                return None
            self._leave()
        at_ms, _, kind, fields = heapq.heappop(self._queue)
        self.now_ms = max(self.now_ms, at_ms)
        if kind is ev.PageView and fields["navigation"] != "spa":
            self.document, self._seq = self.document + 1, 0
        self._seq += 1
        event = kind(seq=self._seq, at_ms=self.now_ms, **fields)
        if kind is ev.Purchase:
            self.mind.has_bought = True
        return Happening(self.document, event)

    @classmethod
    def resumed(
        cls, shopper: Shopper, mind: Mind, cart: shop.Cart, *, pages: int, seed: str, is_pointer_away: bool = False
    ) -> "Play":
        """A visit in the middle: on the page and in the state that `mind` holds, `pages` page views so far. What is on
        that page has been seen; what comes next is drawn from `seed`. The last of `cart` may not be reported yet.

        Raises:
            ValueError: `is_pointer_away`, and in this state it leaves no page.
        """
        play = cls(shopper)
        play._queue.clear()
        play.mind, play._cart, play._pages, play._chance = structs.replace(mind), list(cart), pages, Random(seed)
        steps = shopper.tagging.steps
        play._step = steps.index(mind.page_type) if mind.page_type in steps else -1
        is_on_its_way = mind.has_just_added and shopper.tagging.adds_on_next_page
        play._unreported = cart[-1] if is_on_its_way else None
        if is_pointer_away and play._may_point():
            move, play.mind = pointer.move_of_one_away(play._chance, shopper, play.mind)
            play._away = pointer.Away(move, play.mind.odds)
        return play

    def reseed(self, seed: str) -> None:
        """From here on other chance decides than in the visit that this is a copy of."""
        self._chance, self._moods, self._pointer = (Random(f"{seed}:{part}") for part in ("visit", "moods", "pointer"))

    def goes_on_to_buy(self) -> bool:
        """The rest of the visit without its events: whether it buys."""
        while not any(kind is ev.Purchase for _, _, kind, _ in self._queue):
            if self._is_over:
                return False
            self.now_ms = max([self.now_ms, *(entry[0] for entry in self._queue)])
            self._queue.clear()
            self._leave()
        return True

    def offer(self, decision_id: str, action_id: str, action_type: str) -> None:
        """An offer reached the page that is on screen: it is shown, and may be answered before the shopper goes on."""
        if self._is_over and not self._queue:
            return
        ids = {"decision_id": decision_id, "action_id": action_id}
        shown_ms = self.now_ms + SHOWN_AFTER_MS
        self._push(shown_ms, ev.ActionShown, ids | {"after_ms": SHOWN_AFTER_MS, "slot": "corner"})
        reaction = react(self._moods, self.shopper.intent, action_type)
        at_ms = shown_ms + reaction.after_ms
        self.mind.odds *= reaction.odds
        self.taken += [action_type] if reaction.event is ev.ActionClicked else []
        if reaction.event is not None:
            self._push(at_ms, reaction.event, ids)
        self._leaves_at_ms = max(self._leaves_at_ms, at_ms + 200)

    def _push(self, at_ms: int, kind: type[ev.Event], fields: dict[str, Any]) -> None:
        self._order += 1
        heapq.heappush(self._queue, (at_ms, self._order, kind, fields))

    def _push_drafts(self, base_ms: int, drafts: list[Draft]) -> None:
        for draft in drafts:
            self._push(base_ms + draft.after_ms, draft.type, draft.fields)

    def _arrive(self, kind: str, navigation: str) -> None:
        shopper, chance, mind = self.shopper, self._chance, self.mind
        self._pages += 1
        self._page_at_ms = self._leaves_at_ms
        mind.page_type, mind.has_just_added = kind, False
        is_step = kind in shopper.tagging.steps
        is_first_step = is_step and self._step == 0
        if is_step and kind == ("shipping" if "shipping" in shopper.tagging.steps else shopper.tagging.steps[0]):
            costs = shock_share(
                shopper.intent, mind, shipping_minor=shopper.shipping_minor, cart_minor=shop.value_minor(self._cart)
            )
            mind.is_shocked = chance.random() < costs
        self._item = self._product() if kind == "product" else None
        topic = self._item.category if self._item is not None else ""
        view = shop.view(chance, shopper, kind, topic, navigation, is_first=self._pages == 1)
        self._push(self._page_at_ms, ev.PageView, view)
        if self._unreported is not None:
            self._push(self._page_at_ms + 4, ev.AddToCart, shop.money(shopper, [self._unreported]))
            self._unreported = None
        arrival = shop.arrival(chance, shopper, kind, self._item, self._cart, is_first_step=is_first_step)
        self._push_drafts(self._page_at_ms, arrival)
        will_add = self._item is not None and chance.random() < add_share(
            shopper.intent, shopper.parameters.paying, mind
        )
        page = spend(chance, shopper, mind, item=self._item, will_add=will_add)
        self._leaves_at_ms = self._page_at_ms + page.stay_ms
        self._push_drafts(self._page_at_ms, page.drafts)
        if page.added is not None:
            self._add(page.added, self._page_at_ms + int(page.stay_ms * chance.uniform(0.6, 0.95)))

    def _product(self) -> Item:
        """A product: the one that was clicked, often one that was looked at before when the shopper wavers."""
        chosen, self._next_item = self._next_item, None
        if chosen is not None:
            return chosen
        if self._cart and self.mind.is_wavering:
            return self._cart[0]
        return self._chance.choice(self.shopper.catalogue)

    def _add(self, item: Item, at_ms: int) -> None:
        self._cart.append(item)
        self.mind.has_cart = self.mind.has_just_added = True
        if self.shopper.tagging.reports_clicks:
            self._push(at_ms, ev.Click, {"kind": "button"})
        if self.shopper.tagging.adds_on_next_page:
            self._unreported = item
            self._leaves_at_ms = at_ms + 50
            self._queue = [entry for entry in self._queue if entry[0] <= at_ms + 50]
            heapq.heapify(self._queue)
        else:
            self._push(at_ms + 2, ev.AddToCart, shop.money(self.shopper, [item]))

    def _leave(self) -> None:
        """The page has nothing more to tell: where to go is decided; she lingers perhaps, and a click leads there."""
        shopper, mind, chance = self.shopper, self.mind, self._chance
        away, self._away = self._away, None
        move = self._decide() if away is None else away.move
        self._leaves_at_ms = max(self._leaves_at_ms, self.now_ms)
        if away is None and self._points(move):
            return
        if away is not None and move == LEAVE and mind.odds > away.odds and mind.has_cart:
            # An offer since the pointer left makes her think again about a cart that she has.
            mind.is_wavering = True
            move = self._decide()
        if move == LEAVE:
            self._end()
            return
        self._next_item = chance.choice(shopper.catalogue) if move == "product" and not mind.is_wavering else None
        self._push_drafts(
            self._leaves_at_ms, shop.departure(shopper, mind.page_type, move, self._next_item, self._cart)
        )
        if shopper.tagging.hides_on_leaving and not shopper.tagging.is_spa:
            self._push(self._leaves_at_ms + 8, ev.TabHidden, {})
        self._leaves_at_ms += chance.randrange(*LOAD_MS)
        self._arrive(*self._landing(mind.page_type, move))

    def _landing(self, kind: str, move: str) -> tuple[str, str]:
        """The page type that a move leads to, and how the browser gets there."""
        steps = self.shopper.tagging.steps
        if move == BUY:
            self._step = self._step + 1 if kind in steps else 0
            move = steps[self._step] if self._step < len(steps) else "confirmation"
        if self.shopper.tagging.is_spa:
            return move, "spa"
        is_back = kind in steps and move in ("product", "cart", "listing") and self._chance.random() < 0.5
        return move, "back" if is_back else "navigate"

    def _decide(self) -> str:
        if self._unreported is not None:
            return "cart"
        move = next_move(self._chance, self.shopper, self.mind)
        return LEAVE if self._pages >= PAGES_MOST else move

    def _may_point(self) -> bool:
        """An addition that takes the browser away leaves no time for it, and nothing is at stake after a purchase."""
        return not self.mind.has_bought and self._unreported is None and self._pages < PAGES_MOST

    def _points(self, move: str) -> bool:
        """Whether the pointer leaves before this move. Then she lingers, and what appears may get one more thought."""
        if self.shopper.device != "desktop" or not self._may_point():
            return False
        # A stream of its own: where she goes does not hang on how often the pointer left.
        if self._pointer.random() >= pointer.leaving_share(self.shopper.parameters.pages, move):
            return False
        self._away = pointer.Away(move, self.mind.odds)
        self._push(self._leaves_at_ms, ev.ExitIntent, {"trigger": "pointer"})
        self._leaves_at_ms += pointer.LINGER_MS
        return True

    def _end(self) -> None:
        self._is_over = True
        if self.shopper.tagging.hides_on_leaving:
            self._push(self._leaves_at_ms + 8, ev.TabHidden, {})
