"""What a merchant calls the things that happen in a visit: each event's signal, and the words for it.

To add a signal: give the event another one in `signal_of`, and its words a row in `WORDS`. A test walks both.
"""

from collections.abc import Callable
from typing import NamedTuple

from core import events as ev
from core.hesitation import AFTER_BUYING, CHECKOUT_STEPS, is_at_costs
from core.session import Entry, Session

LONG_LOOK_MS = 60_000

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


EVERYDAY = frozenset({"page", "list", "pick", "stay", "scroll", "click", "section", "other_tab", "device", "source"})
"""Signals of things that are in almost every visit: they may move the score, and say little to a merchant."""


COME_WITH_A_PAGE = (ev.ViewItem, ev.ViewItemList, ev.ViewCart)
"""What the shop reports as a page lands is one thing with the page."""


class Moment(NamedTuple):
    """Events that are called one thing. `page` counts the visit's pages from 1; 0 where it is a thing of the whole visit."""

    signal: str
    page: int
    page_type: str
    events: tuple[ev.Event, ...]


def signal_of(before: Session, event: ev.Event, after: Session) -> tuple[str, bool]:
    """The signal that this event belongs to, and whether each page has its own."""
    name = _ALWAYS.get(type(event))
    if name is not None:
        return name, False
    here = after.page.page_type
    match event:
        case ev.PageView():
            return _of_page(before, event)
        case ev.ViewItem():
            return ("product_again", True) if after.seen.is_repeat_item else ("product_page", True)
        case ev.Search():
            return ("search_in_vain" if event.result_count == 0 else "search"), False
        case ev.Idle():
            if is_at_costs(event, here):
                return "shipping_pause", False
            return ("checkout_pause", False) if here in CHECKOUT_STEPS else ("pause", True)
        case ev.SectionView():
            return _of_section(event)
        case ev.FieldLeft():
            return ("field_filled" if event.is_filled else "field_empty"), False
        case ev.Custom():
            return f"custom:{event.name}", False
    return _on_page(event, here), True


def _on_page(event: ev.Event, page_type: str) -> str:
    """What is done on one page and belongs to it."""
    match event:
        case ev.Dwell():
            return "product_look" if page_type == "product" else "stay"
        case ev.Click():
            return "pictures" if event.kind == "image" else "click"
    return "scroll" if isinstance(event, ev.Scroll) else "page"


_ALWAYS: dict[type[ev.Event], str] = {
    ev.ViewItemList: "list",
    ev.SelectItem: "pick",
    ev.AddToWishlist: "wishlist",
    ev.AddToCart: "cart_add",
    ev.RemoveFromCart: "cart_remove",
    ev.ViewCart: "cart_page",
    ev.BeginCheckout: "checkout",
    ev.AddShippingInfo: "shipping_details",
    ev.AddPaymentInfo: "payment_details",
    ev.Purchase: "purchase",
    ev.Refund: "refund",
    ev.ViewPromotion: "promotion",
    ev.SelectPromotion: "promotion",
    ev.ExitIntent: "exit_intent",
    ev.RageClick: "rage_click",
    ev.TabHidden: "other_tab",
    ev.TabVisible: "other_tab",
}


def _of_page(before: Session, event: ev.PageView) -> tuple[str, bool]:
    kind = event.page_type
    if before.page.page_type in CHECKOUT_STEPS and kind not in (*CHECKOUT_STEPS, *AFTER_BUYING):
        return "checkout_left", False
    if "compar" in event.topic:
        return "comparison", False
    if kind in CHECKOUT_STEPS:
        return ("shipping_step" if kind == "shipping" else "payment_step"), False
    if kind in ("faq", "help"):
        return "help", False
    return ("cart_page", False) if kind == "cart" else ("product_page" if kind == "product" else "page", True)


def _of_section(event: ev.SectionView) -> tuple[str, bool]:
    if event.name.startswith("review"):
        return "reviews", False
    return ("shipping_options" if "shipping" in event.name else "section"), "shipping" not in event.name


_PAGE_WORDS = {
    "home": "the home page", "listing": "a list of products", "product": "a product", "search": "the search page",
    "cart": "the cart", "shipping": "the shipping step", "checkout": "the checkout", "payment": "the payment step",
    "confirmation": "the confirmation", "account": "the account page", "blog": "an article", "faq": "a help page",
    "help": "a help page", "pricing": "the prices", "case_study": "a case study", "content": "an article",
}  # fmt: skip


def _page(m: Moment) -> str:
    return _PAGE_WORDS.get(m.page_type, f"a page of kind {m.page_type}" if m.page_type else "a page")


def _at(m: Moment) -> str:
    return f" (page {m.page})"


def _seconds(ms: int) -> str:
    return f"{round(ms / 1000)} s"


def _longest(m: Moment) -> int:
    return max(
        e.active_ms if isinstance(e, ev.Dwell) else e.waited_ms if isinstance(e, ev.Idle) else 0 for e in m.events
    )


def _times(m: Moment, words: str) -> str:
    """How often, where it was more than once; a page counts once, whatever came with it."""
    pages = sum(isinstance(e, ev.PageView) for e in m.events)
    count = pages or len(m.events)
    return words if count == 1 else f"{words}, {number(count)} times"


def _reviews(m: Moment) -> str:
    read = sum(isinstance(e, ev.SectionView) and e.name == "review" for e in m.events)
    return "opened the reviews" if not read else "read a review" if read == 1 else f"read {number(read)} reviews"


def _product_look(m: Moment) -> str:
    longest = _longest(m)
    if longest >= LONG_LOOK_MS:
        return f"long look at a product ({_seconds(longest)})"
    return f"looked at a product for {_seconds(longest)}" + _at(m)


def _scroll(m: Moment) -> str:
    most = max(e.percent for e in m.events if isinstance(e, ev.Scroll))
    return f"scrolled down {most} % of {_page(m)}" + _at(m)


def _fields(m: Moment, what: str) -> str:
    return f"{what} {'a field' if len(m.events) == 1 else f'{number(len(m.events))} fields'}"


def _is_quoted(m: Moment) -> bool:
    """Shops send this event with the costs as they are shown, or with the choice as it is made."""
    return any(isinstance(e, ev.AddShippingInfo) and e.shipping_minor for e in m.events)


def number(count: int) -> str:
    """As a word up to ten."""
    return _SMALL[count] if count < len(_SMALL) else str(count)


WORDS: dict[str, Callable[[Moment], str]] = {
    "page": lambda m: f"opened {_page(m)}" + _at(m),
    "product_page": lambda m: "looked at a product" + _at(m),
    "product_again": lambda m: "came back to a product" + _at(m),
    "product_look": _product_look,
    "stay": lambda m: f"stayed on {_page(m)} for {_seconds(_longest(m))}" + _at(m),
    "scroll": _scroll,
    "click": lambda m: f"clicked on {_page(m)}" + _at(m),
    "pictures": lambda m: "looked through the pictures" + _at(m),
    "section": lambda m: f"read a part of {_page(m)}" + _at(m),
    "reviews": _reviews,
    "pause": lambda m: f"{_seconds(_longest(m))} pause on {_page(m)}" + _at(m),
    "list": lambda m: "saw a list of products",
    "pick": lambda m: _times(m, "picked a product from a list"),
    "wishlist": lambda m: "put something onto the wish list",
    "cart_add": lambda m: _times(m, "put something into the cart"),
    "cart_remove": lambda m: _times(m, "took something out of the cart"),
    "cart_page": lambda m: "looked into the cart",
    "checkout": lambda m: _times(m, "began the checkout"),
    "checkout_left": lambda m: _times(m, "went back out of the checkout"),
    "checkout_pause": lambda m: f"{_seconds(_longest(m))} pause in the checkout",
    "shipping_step": lambda m: "went on to the shipping step",
    "shipping_options": lambda m: "looked at the shipping options",
    "shipping_pause": lambda m: f"{_seconds(_longest(m))} pause at the shipping options",
    "shipping_details": lambda m: "saw the shipping costs" if _is_quoted(m) else "gave the shipping details",
    "payment_step": lambda m: "went on to pay",
    "payment_details": lambda m: "gave the payment details",
    "field_filled": lambda m: _fields(m, "filled in"),
    "field_empty": lambda m: _fields(m, "left empty"),
    "comparison": lambda m: _times(m, "opened a comparison page"),
    "help": lambda m: _times(m, "opened a help page"),
    "search": lambda m: _times(m, "searched the shop"),
    "search_in_vain": lambda m: _times(m, "searched and found nothing"),
    "promotion": lambda m: "looked at a promotion",
    "exit_intent": lambda m: "moved to leave the page",
    "rage_click": lambda m: "clicked again and again on one spot",
    "other_tab": lambda m: "went to another tab",
    "purchase": lambda m: "bought",
    "refund": lambda m: "was given a refund",
}  # fmt: skip
"""By signal, what the merchant reads. Amounts and counts are those of the events themselves."""


def words_of(moment: Moment) -> str:
    """The words for one moment. A shop's own event is called by the name that the shop gave it."""
    kind, _, own = moment.signal.partition(":")
    return _times(moment, f"the shop's own event {own}") if kind == "custom" else WORDS[kind](moment)


_SOURCES = {
    "direct": "came directly", "organic_search": "came from a search engine", "paid": "came through an advert",
    "social": "came from a social network", "email": "came from an e-mail", "referral": "came from another site",
}  # fmt: skip
_DEVICES = {"desktop": "on a computer", "mobile": "on a phone", "tablet": "on a tablet"}


def entry_signals(entry: Entry) -> list[tuple[str, str, str]]:
    """What the visit began with and what can be taken away: signal, words, and the field of the page view."""
    found = []
    if entry.is_new_visitor is not None:
        name = "new_visitor" if entry.is_new_visitor else "returning_visitor"
        found.append((name, "new visitor" if entry.is_new_visitor else "was here before", "is_new_visitor"))
    if entry.source in _SOURCES:
        found.append(("source", _SOURCES[entry.source], "source"))
    if entry.device in _DEVICES:
        found.append(("device", _DEVICES[entry.device], "device"))
    return found
