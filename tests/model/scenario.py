"""The worked example, event by event: the session that the product's own texts describe, and its neighbours.

Premium headphones, three reviews, the cart, 45 seconds in front of the shipping costs, back out of the checkout, and a
comparison page: at 8:23 the question is what the visit is worth. Clicks are page views: listing, product, cart,
shipping, product, blog.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

from core import events as ev
from core.fields import Item
from model.simulator.seen import Known
from model.simulator.shopper import Tagging

START_MS = 1_767_225_600_000
PRICE_MINOR, CHEAP_MINOR, SHIPPING_MINOR = 29_900, 8_900, 999
TAGGING = Tagging(
    steps=("shipping", "payment"), has_view_cart=True, adds_on_next_page=True, begins_checkout_on_click=True
)
MARKS_S = (2, 5, 10, 20, 30, 60, 120, 300)

Draft = tuple[float, type[ev.Event], dict[str, Any]]


class Told(NamedTuple):
    """What is told of the session. All true is the worked example; each that is not is a neighbour."""

    has_pause: bool = True
    compares: bool = True
    is_premium: bool = True
    is_new: bool = True
    reads: bool = True


def known_of(told: Told) -> Known:
    """The shop: its other products cost a little more and a little less than the one that is looked at."""
    price = _price(told)
    return Known(TAGGING, SHIPPING_MINOR, tuple(price * (70 + 5 * i) // 100 for i in range(12)))


def neighbours() -> list[Told]:
    """Twenty: each fact changed alone, each pair, and five threes."""
    facts = Told._fields
    groups = [*combinations(facts, 1), *combinations(facts, 2), *list(combinations(facts, 3))[:5]]
    return [Told()._replace(**dict.fromkeys(group, False)) for group in groups]


def session(told: Told = Told()) -> list[tuple[bytes, ev.Event]]:  # noqa: B008 - a frozen value
    """(stream, event) up to the decision point. Each page is a document of its own, numbered from 1."""
    happened = []
    for document, drafts in enumerate(_pages(told)):
        stream = b"\x50\x00" + document.to_bytes(12, "big")
        for seq, (at_s, kind, fields) in enumerate(sorted(drafts, key=lambda draft: draft[0]), start=1):
            happened.append((stream, kind(seq=seq, at_ms=START_MS + round(1000 * at_s), **fields)))
    return happened


def _price(told: Told) -> int:
    return PRICE_MINOR if told.is_premium else CHEAP_MINOR


def _pages(told: Told) -> Iterator[list[Draft]]:
    items = (Item("headphones", "headphones", _price(told)),)
    money = {"currency": "USD", "value_minor": _price(told), "items": items}
    yield [
        _view(told, 0, "listing", "wireless-headphones", source="organic_search"),
        (0.05, ev.ViewItemList, {"list_id": "results", "currency": "USD", "items": items * 6}),
        *_dwells(0, 47),
        *((34, ev.Scroll, {"percent": mark}) for mark in (25, 50)),
        (47.2, ev.Click, {"kind": "link"}),
        (47.202, ev.SelectItem, {"list_id": "results", **money}),
    ]
    reviews: list[Draft] = [(213, ev.SectionView, {"name": "reviews", "visible_ms": 1000})]
    reviews += [(at_s, ev.SectionView, {"name": "review", "visible_ms": 15_000}) for at_s in (220, 245, 270)]
    yield [
        _view(told, 48, "product", "headphones"),
        (48.05, ev.ViewItem, money),
        *_dwells(48, 297),
        *((at_s, ev.Click, {"kind": "image"}) for at_s in ((75, 110, 150) if told.reads else (75, 110))),
        *(reviews if told.reads else []),
        (297.2, ev.Click, {"kind": "button"}),
        (297.25, ev.Click, {"kind": "link"}),
    ]
    yield [
        _view(told, 298, "cart", ""),
        (298.004, ev.AddToCart, money),
        (298.05, ev.ViewCart, money),
        *_dwells(298, 320),
        (320, ev.Click, {"kind": "button"}),
        (320.003, ev.BeginCheckout, money),
    ]
    leaves_s = 401.2 if told.has_pause else 365.2
    idles = [(365.0, 15_000), (395.0, 45_000)] if told.has_pause else []
    yield [
        _view(told, 345, "shipping", ""),
        (350, ev.SectionView, {"name": "shipping_options", "visible_ms": 2000}),
        *_dwells(345, leaves_s),
        *((at_s, ev.Idle, {"waited_ms": ms, "section": "shipping_options"}) for at_s, ms in idles),
        (leaves_s, ev.Click, {"kind": "link"}),
    ]
    back_s = leaves_s + 0.8
    yield [
        _view(told, back_s, "product", "headphones", navigation="back"),
        (back_s + 0.05, ev.ViewItem, money),
        *_dwells(back_s, back_s + 70.2),
        *([(back_s + 70.2, ev.Click, {"kind": "link"})] if told.compares else []),
    ]
    if told.compares:
        yield [_view(told, back_s + 71, "blog", "comparison"), *_dwells(back_s + 71, back_s + 101.02)]


def _view(
    told: Told, at_s: float, kind: str, topic: str, *, source: str = "internal", navigation: str = "navigate"
) -> Draft:
    fields = {"page_type": kind, "path": f"/{kind}", "topic": topic, "source": source, "navigation": navigation}
    return at_s, ev.PageView, fields | {"device": "desktop", "local_hour": 20, "is_new_visitor": told.is_new}


def _dwells(shown_s: float, until_s: float) -> list[Draft]:
    return [(shown_s + s + 0.01, ev.Dwell, {"active_ms": 1000 * s}) for s in MARKS_S if shown_s + s < until_s]
