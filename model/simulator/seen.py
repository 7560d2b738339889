"""A visit as it can be seen from outside, page by page: what the oracle reads out of the events and nothing else.

Times are seconds since the page was shown. What a mind thinks is not here; what the shop is like, its owner knows.
"""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from core import events as ev
from core.fields import Item
from model.simulator.shopper import Shopper, Tagging

HIDDEN_AFTER_S = 0.008
"""The tab is told to be hidden so long after the click away."""


class Known(Struct, frozen=True):
    """What the owner of a shop knows without seeing into anybody: the way it is tagged, its prices, its shipping fee."""

    tagging: Tagging
    shipping_minor: int
    prices: tuple[int, ...]

    @classmethod
    def about(cls, shopper: Shopper) -> "Known":
        """The shop in front of this shopper."""
        return cls(shopper.tagging, shopper.shipping_minor, tuple(item.price_minor or 0 for item in shopper.catalogue))


class SeenPage(Struct):
    """One page. `elapsed_s`: its last event, or its end. `departs_s`: when the click away was made, where it was seen.
    `exit_s`: when the pointer left, where it did. `is_over`: the next page was shown, at `elapsed_s`. `can_only`: the
    moves that the click away allows."""

    kind: str
    topic: str
    shown_at_ms: int
    elapsed_s: float = 0.0
    departs_s: float | None = None
    is_over: bool = False
    can_only: str = ""
    is_hidden: bool = False
    exit_s: float | None = None
    item: Item | None = None
    added: Item | None = None
    added_s: float | None = None
    reviews_s: float | None = None
    review_count: int = 0
    image_count: int = 0
    deepest: int = 0
    input_s: list[float] = []
    idle_s: list[tuple[float, int]] = []
    rage_count: int = 0

    @property
    def stayed_s(self) -> float | None:
        """The stay, where it was seen to end: at the click away, or before it as the pointer left. After that she
        lingers, for a time that tells nothing."""
        return self.departs_s if self.exit_s is None else self.exit_s

    @property
    def has_ended(self) -> bool:
        """Nothing more will happen on the page but the way off it."""
        return self.is_over or self.stayed_s is not None

    def longest_gap_s(self, until_s: float) -> float:
        """The longest time without an input of the shopper's."""
        moments = [0.0, *self.input_s, until_s]
        return max(b - a for a, b in pairwise(moments))


class Seen(Struct):
    """A visit so far. `entry`: its first page view. `has_bought`: told by a purchase or by the confirmation page."""

    entry: ev.PageView
    pages: list[SeenPage]
    has_bought: bool = False


def see(events: Sequence[ev.Event], tagging: Tagging) -> Seen | None:
    """The pages of these events, or None before the first page view."""
    seen: Seen | None = None
    for event in events:
        seen = see_next(seen, event, tagging)
    return seen


def see_next(seen: Seen | None, event: ev.Event, tagging: Tagging) -> Seen | None:
    """One event more; `seen` itself is changed. Only its last two pages ever are."""
    if isinstance(event, ev.PageView):
        page = SeenPage(event.page_type, event.topic, event.at_ms)
        if seen is None:
            return Seen(event, [page])
        last = seen.pages[-1]
        last.is_over, last.elapsed_s = True, (event.at_ms - last.shown_at_ms) / 1000
        seen.pages.append(page)
        seen.has_bought = seen.has_bought or event.page_type == "confirmation"
    elif seen is not None:
        page = seen.pages[-1]
        page.elapsed_s = (event.at_ms - page.shown_at_ms) / 1000
        _note(seen, page, event, page.elapsed_s, tagging)
    return seen


def _note(seen: Seen, page: SeenPage, event: ev.Event, at_s: float, tagging: Tagging) -> None:
    match event:
        case ev.Purchase():
            seen.has_bought = True
        case ev.ViewItem(items=items) if items:
            page.item = items[0]
        case ev.AddToCart(items=items) if items:
            _note_addition(seen, items[0], at_s, tagging)
        case ev.ExitIntent():
            page.exit_s = at_s if page.exit_s is None else page.exit_s
        case ev.Scroll() | ev.Click(kind="image") | ev.Idle() | ev.RageClick() | ev.SectionView():
            _note_on_page(page, event, at_s)
        case _:
            _note_departure(page, event, at_s, tagging)


def _note_on_page(page: SeenPage, event: ev.Event, at_s: float) -> None:
    match event:
        case ev.SectionView(name="reviews"):
            page.reviews_s = at_s
        case ev.SectionView(name="review"):
            page.review_count += 1
        case ev.Scroll(percent=percent):
            page.deepest = max(page.deepest, percent)
            page.input_s.append(at_s)
        case ev.Click():
            page.image_count += 1
            page.input_s.append(at_s)
        case ev.Idle(waited_ms=waited_ms):
            page.idle_s.append((at_s, waited_ms))
        case ev.RageClick():
            page.rage_count += 1


def _note_addition(seen: Seen, item: Item, at_s: float, tagging: Tagging) -> None:
    """Where a shop reports additions on the next page, the one before is where it was made."""
    if tagging.adds_on_next_page and len(seen.pages) > 1 and at_s < 1.0:
        before = seen.pages[-2]
        before.added, before.added_s = item, before.departs_s
    else:
        seen.pages[-1].added, seen.pages[-1].added_s = item, at_s


def _note_departure(page: SeenPage, event: ev.Event, at_s: float, tagging: Tagging) -> None:
    """The click away, and what it tells about where it leads: a link, a button towards paying, a chosen product."""
    if isinstance(event, ev.Click) and event.kind == "button" and page.kind == "product":
        # The button of a product page puts it into the cart; the way to the cart is a link.
        if tagging.adds_on_next_page:
            page.added, page.added_s = page.item, at_s
        return
    if isinstance(event, ev.TabHidden):
        page.is_hidden = True
        at_s -= HIDDEN_AFTER_S
    else:
        allows = _allowed_after(event, tagging)
        if not allows:
            return
        page.can_only = allows if not page.can_only or allows == "product" else page.can_only
    page.departs_s = at_s if page.departs_s is None else page.departs_s


def _allowed_after(event: ev.Event, tagging: Tagging) -> str:
    """Empty for what is no click away."""
    match event:
        case ev.Click(kind="link" | "button" as kind):
            return "shop" if kind == "link" else "pay"
        case ev.SelectItem():
            return "product"
        case ev.BeginCheckout():
            return "pay" if tagging.begins_checkout_on_click else ""
        case ev.AddShippingInfo():
            return "" if tagging.reports_shipping_on_arrival else "pay"
        case ev.AddPaymentInfo():
            return "pay"
        case _:
            return ""
