"""The reasons to hesitate that can be planted, each as a change of behaviour: where she goes, where she stops, what she
fills in, what her searches find.

To add one: a row in `PLANTS`, with what changes the shopper, what changes the events where the walk alone does not show
it, and what the visit must show to count as planted. Nothing here may say its name to whoever reads the events.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from msgspec.structs import replace

from core import events as ev
from model.simulator.intents import WAVERING, Intent
from model.simulator.shopper import Shopper

Events = Sequence[tuple[bytes, ev.Event]]
FORM_PAGES = ("checkout", "payment")
GIVES_UP_SHARE = 0.6


class Plant(NamedTuple):
    """`change`: the shopper as the friction makes her. `touch`: the events as it makes them. `shows`: the visit has it."""

    change: Callable[[Shopper], Shopper]
    touch: Callable[[Events, Shopper, Random], Events]
    shows: Callable[[Events, Shopper], bool]


def _changed(shopper: Shopper, intent: Callable[[Intent], Intent], **paying: Any) -> Shopper:
    shop = shopper.parameters
    intents = {name: intent(one) for name, one in shop.intents.items()}
    return replace(shopper, parameters=replace(shop, intents=intents, paying=replace(shop.paying, **paying)))


def calm(shopper: Shopper) -> Shopper:
    return _changed(shopper, lambda n: replace(n, friction_share=0.0, friction_per_percent=0.0))


def _drawn_to(intent: Intent, page_type: str, share: float, *rows: str) -> Intent:
    """So much of what leads away from each page (or from `rows`) now leads to `page_type`."""
    moves = {}
    for row, weights in intent.moves.items():
        total = sum(weights.values())
        kept = {name: (1.0 - share) * weight / total for name, weight in weights.items()}
        is_moved = row != WAVERING and (not rows or row in rows)
        moves[row] = kept | {page_type: kept.get(page_type, 0.0) + share} if is_moved else weights
    return replace(intent, moves=moves)


def _hasty(intent: Intent) -> Intent:
    """Somebody who means to buy: what frightens her off is still to come."""
    willing = replace(intent, add_share=0.9, go_on_share=0.97, step_share=0.97)
    return _drawn_to(
        _drawn_to(willing, "product", 0.5, "home", "listing", "search", "blog", "faq"), "listing", 0.2, "home"
    )


def _untouched(events: Events, shopper: Shopper, chance: Random) -> Events:
    return events


def _pages(events: Events) -> list[list[tuple[bytes, ev.Event]]]:
    """The events page by page."""
    pages: list[list[tuple[bytes, ev.Event]]] = []
    for stream, event in events:
        if isinstance(event, ev.PageView):
            pages.append([])
        pages[-1].append((stream, event))
    return pages


def _kind(page: Sequence[tuple[bytes, ev.Event]]) -> str:
    view = page[0][1]
    return view.page_type if isinstance(view, ev.PageView) else ""


# Shipping costs: she comes to the step that names them, stalls, and turns back into the shop.


def _minds_shipping(shopper: Shopper) -> Shopper:
    changed = _changed(shopper, lambda n: replace(_hasty(n), friction_share=1.0, waver_leave=0.1), go_on_anyway=0.0)
    has_page = "shipping" in shopper.tagging.steps
    pages = changed.parameters.pages
    pages = replace(pages, shock_quick_share=pages.shock_quick_share if has_page else 0.0)
    return replace(changed, parameters=replace(changed.parameters, pages=pages))


def _costs_in_view(events: Events, shopper: Shopper, chance: Random) -> Events:
    """In a shop without a page of its own for shipping the silence is over that part of the page."""
    step = _cost_step(shopper)
    touched: list[tuple[bytes, ev.Event]] = []
    for page in _pages(events):
        for stream, event in page:
            is_there = isinstance(event, ev.Idle) and _kind(page) == step != "shipping"
            touched.append((stream, replace(event, section="shipping_options") if is_there else event))
    return touched


def _cost_step(shopper: Shopper) -> str:
    return "shipping" if "shipping" in shopper.tagging.steps else shopper.tagging.steps[0]


def _turns_back(events: Events, shopper: Shopper) -> bool:
    steps, step = (*shopper.tagging.steps, "confirmation"), _cost_step(shopper)
    pages = _pages(events)
    turned = [page for page, after in pairwise(pages) if _kind(page) == step and _kind(after) not in steps]
    waited = any(isinstance(event, ev.Idle) for page in turned for _, event in page)
    return bool(turned) and (waited or step == "shipping")


# The form: fields left empty again and again, buttons that do nothing; most give up.


def _fights_the_form(events: Events, shopper: Shopper, chance: Random) -> Events:
    pages = _pages(events)
    place = next((i for i, page in enumerate(pages) if _kind(page) in FORM_PAGES), None)
    if place is None:
        return events
    page = pages[place]
    first_ms, last_ms = page[0][1].at_ms, page[-1][1].at_ms
    extra: list[tuple[int, type[ev.Event], dict[str, Any]]] = []
    for _ in range(chance.choice((3, 3, 4, 5))):
        extra.append(
            (
                chance.randint(first_ms, last_ms),
                ev.FieldLeft,
                {"is_filled": False, "spent_ms": chance.randint(500, 6000)},
            )
        )
    if chance.random() < 0.5:
        extra.append((chance.randint(first_ms, last_ms), ev.RageClick, {"click_count": chance.randint(3, 6)}))
    pages[place] = _with(page, extra)
    kept = pages[: place + 1] if chance.random() < GIVES_UP_SHARE else pages
    return [entry for page in kept for entry in page]


def _with(
    page: Sequence[tuple[bytes, ev.Event]], extra: Sequence[tuple[int, type[ev.Event], dict[str, Any]]]
) -> list[tuple[bytes, ev.Event]]:
    """A page with more events, in the order of their times; their numbers are not right yet."""
    stream = page[0][0]
    more = [kind(seq=0, at_ms=at_ms, **fields) for at_ms, kind, fields in extra]
    ordered = sorted([event for _, event in page] + more, key=lambda event: event.at_ms)
    return [(stream, event) for event in ordered]


def _has_fought(events: Events, shopper: Shopper) -> bool:
    return any(_kind(page) in FORM_PAGES for page in _pages(events))


# Searching: one search after the other, and nothing found.


def _searches(intent: Intent) -> Intent:
    drawn = _drawn_to(_drawn_to(intent, "search", 0.6), "search", 0.5, "search")
    return replace(drawn, add_share=0.0)


def _finds_nothing(events: Events, shopper: Shopper, chance: Random) -> Events:
    return [(s, replace(e, result_count=0) if isinstance(e, ev.Search) else e) for s, e in events]


# Questions: help pages, in between a product, and help again.


def _asks(intent: Intent) -> Intent:
    return replace(_drawn_to(intent, "faq", 0.5), add_share=0.05 * intent.add_share)


def _some_help(events: Events, shopper: Shopper, chance: Random) -> Events:
    """Some of what is looked up stands on help pages rather than in the FAQ."""

    def other(event: ev.Event) -> ev.Event:
        is_faq = isinstance(event, ev.PageView) and event.page_type == "faq"
        return replace(event, page_type="help", path="/help") if is_faq and chance.random() < 0.4 else event

    return [(stream, other(event)) for stream, event in events]


def _count(events: Events, *page_types: str, topic: str = "") -> int:
    views = [event for _, event in events if isinstance(event, ev.PageView)]
    return sum(view.page_type in page_types and view.topic.startswith(topic) for view in views)


# Comparing: a product, and then what others say about it and its like.


def _compares(intent: Intent) -> Intent:
    drawn = _drawn_to(
        _drawn_to(intent, "blog", 0.6, "product", "blog"), "product", 0.5, "home", "listing", "search", "faq"
    )
    return replace(drawn, compares_share=0.95, add_share=0.05 * intent.add_share)


def _has_compared(events: Events, shopper: Shopper) -> bool:
    looked = next((i for i, (_, event) in enumerate(events) if isinstance(event, ev.ViewItem)), len(events))
    return _count(events[looked:], "blog", topic="comparison") >= 2


# Price: the same two products, again and again, and neither goes into the cart.


def _hesitates(shopper: Shopper) -> Shopper:
    drawn = _changed(shopper, lambda n: replace(_drawn_to(n, "product", 0.6), add_share=0.0))
    return replace(drawn, catalogue=shopper.catalogue[:2])


def _comes_back(events: Events, shopper: Shopper) -> bool:
    looks = [event.items[0].item_id for _, event in events if isinstance(event, ev.ViewItem) and event.items]
    return len(looks) - len(set(looks)) >= 3


def _walks(change: Callable[[Intent], Intent]) -> Callable[[Shopper], Shopper]:
    return lambda shopper: _changed(shopper, change)


PLANTS: dict[str, Plant] = {
    "shipping_cost": Plant(_minds_shipping, _costs_in_view, _turns_back),
    "form_trouble": Plant(_walks(_hasty), _fights_the_form, _has_fought),
    "search_trouble": Plant(
        _walks(_searches), _finds_nothing, lambda e, _: sum(isinstance(event, ev.Search) for _, event in e) >= 2
    ),
    "comparison_research": Plant(_walks(_compares), _untouched, _has_compared),
    "open_question": Plant(_walks(_asks), _some_help, lambda e, _: _count(e, "faq", "help") >= 3),
    "price_doubt": Plant(_hesitates, _untouched, _comes_back),
}
"""The names are those of `core.frictions`."""
