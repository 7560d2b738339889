"""What a shopper of the world does, by seed: pages, events and pauses. What the network does has no part in it."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from core import events as ev
from core.fields import Item

Make = Callable[[int, int], ev.Event]
"""An event from its seq and its time."""

PAGE_TYPES = ("home", "listing", "product", "product", "product", "cart", "search", "blog", "checkout")


class Move(NamedTuple):
    """After a pause the shopper does this."""

    pause_s: float
    make: Make


class Visit(NamedTuple):
    """One page. `is_restored`: the page before it came back out of the browser's cache, with its own stream."""

    page_type: str
    moves: tuple[Move, ...]
    is_restored: bool


def _item(chance: Random) -> tuple[Item, ...]:
    return (Item(f"sku-{chance.randrange(6)}", f"kind-{chance.randrange(3)}", chance.randrange(500, 9000)),)


def _move(chance: Random) -> Make:
    items, percent, length = _item(chance), chance.randrange(101), chance.randrange(1, 30)
    makes: tuple[Make, ...] = (
        lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=2000),
        lambda q, t: ev.Dwell(seq=q, at_ms=t, active_ms=10_000),
        lambda q, t: ev.Idle(seq=q, at_ms=t, waited_ms=5000),
        lambda q, t: ev.ExitIntent(seq=q, at_ms=t),
        lambda q, t: ev.SectionView(seq=q, at_ms=t, name="reviews", visible_ms=1500),
        lambda q, t: ev.Scroll(seq=q, at_ms=t, percent=percent),
        lambda q, t: ev.Click(seq=q, at_ms=t, kind="button"),
        lambda q, t: ev.Search(seq=q, at_ms=t, term_length=length, result_count=3),
        lambda q, t: ev.ViewItem(seq=q, at_ms=t, currency="EUR", items=items),
        lambda q, t: ev.AddToCart(seq=q, at_ms=t, currency="EUR", items=items),
        lambda q, t: ev.RemoveFromCart(seq=q, at_ms=t, currency="EUR", items=items),
        lambda q, t: ev.Custom(seq=q, at_ms=t, name="size_chart"),
    )
    return chance.choice(makes)


def make_visits(chance: Random, *, pages: int) -> list[Visit]:
    """A journey of that many pages, three to eight moves each."""
    visits: list[Visit] = []
    for page in range(pages):
        moves = tuple(Move(chance.uniform(0.1, 4.0), _move(chance)) for _ in range(chance.randrange(3, 9)))
        visits.append(Visit(chance.choice(PAGE_TYPES), moves, page > 0 and chance.random() < 0.15))
    return visits
