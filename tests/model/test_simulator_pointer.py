"""The pointer that leaves a desktop's window: where she goes as well as where she ends, and what an offer then does."""

from collections import Counter
from itertools import pairwise

import pytest
from msgspec.structs import replace

from core import events as ev
from model.simulator.parameters import load_parameters
from model.simulator.play import Happening, Play
from model.simulator.pointer import LINGER_MS
from model.simulator.shopper import Shopper, draw_shopper

START_MS = 1_767_225_600_000
DECISION = "0123456789abcdef"
Pages = list[list[ev.Event]]


def visit(shopper: Shopper, offer: str = "") -> tuple[list[Happening], int, bool]:
    """The whole visit; with `offer`, this kind of action is shown as the pointer first leaves. Also the page on which
    that was (-1: none), and whether the cart held something then."""
    play, happenings, place, has_cart = Play(shopper, START_MS), [], -1, False
    happening = play.next()
    while happening is not None:
        happenings.append(happening)
        if offer and place < 0 and isinstance(happening.event, ev.ExitIntent):
            place, has_cart = len(pages_of(happenings)) - 1, play.mind.has_cart
            play.offer(DECISION, "an-offer", offer)
        happening = play.next()
    return happenings, place, has_cart


def has_bought(happenings: list[Happening]) -> bool:
    return any(isinstance(event, ev.Purchase) for _, event in happenings)


@pytest.fixture(scope="module")
def visits() -> list[tuple[Shopper, list[Happening]]]:
    shoppers = [draw_shopper(seed) for seed in range(3000)]
    return [(shopper, visit(shopper)[0]) for shopper in shoppers]


Visits = list[tuple[Shopper, list[Happening]]]


def pages_of(happenings: list[Happening]) -> Pages:
    """The events page by page, up to the one that tells the purchase."""
    pages: Pages = []
    for _, event in happenings:
        if isinstance(event, ev.PageView) and event.page_type == "confirmation":
            break
        if isinstance(event, ev.PageView):
            pages.append([])
        pages[-1].append(event)
    return pages


def kind_of(page: list[ev.Event]) -> str:
    return page[0].page_type if isinstance(page[0], ev.PageView) else ""


def exits_on(page: list[ev.Event]) -> int:
    return sum(isinstance(event, ev.ExitIntent) for event in page)


def in_shop_with(wanders: float, leaves: float, seed: int) -> Shopper:
    shop = load_parameters()
    pages = replace(shop.pages, pointer_wanders_share=wanders, pointer_leaves_share=leaves)
    return draw_shopper(seed, replace(shop, pages=pages))


def test_the_pointer_leaves_before_the_end_and_on_pages_that_lead_on_as_often_as_the_shop_says(visits: Visits) -> None:
    goes_on, ends, elsewhere = [], [], []
    for shopper, happenings in visits:
        exits = [exits_on(page) for page in pages_of(happenings)]
        if shopper.device != "desktop":
            elsewhere += exits
            continue
        goes_on += exits if has_bought(happenings) else exits[:-1]
        ends += [] if has_bought(happenings) else exits[-1:]
    pages = load_parameters().pages
    assert set(goes_on) == set(ends) == {0, 1}
    assert set(elsewhere) == {0}, "no pointer, no leaving with it"
    for exits, share in ((goes_on, pages.pointer_wanders_share), (ends, pages.pointer_leaves_share)):
        error = (share * (1.0 - share) / len(exits)) ** 0.5
        assert abs(sum(exits) / len(exits) - share) < 3.0 * error + 0.005, "0.005: some additions leave no time for it"


def test_she_lingers_after_the_pointer_left_and_does_nothing_on_the_page_meanwhile(visits: Visits) -> None:
    went_on = 0
    for _, happenings in visits:
        for before, after in pairwise([event for _, event in happenings]):
            if isinstance(before, ev.ExitIntent):
                went_on += isinstance(after, ev.Click)
                assert after.at_ms - before.at_ms >= LINGER_MS
    assert went_on > 100


def test_how_often_the_pointer_leaves_changes_nothing_about_where_she_goes() -> None:
    exits: Counter[float] = Counter()
    for seed in range(150):
        walks = []
        for share in (0.0, 1.0):
            happenings, _, _ = visit(in_shop_with(share, share, seed))
            kinds = [(e.page_type, e.topic) for _, e in happenings if isinstance(e, ev.PageView)]
            walks.append((kinds, has_bought(happenings)))
            exits[share] += sum(exits_on(page) for page in pages_of(happenings))
        assert walks[0] == walks[1]
    assert exits[1.0] > exits[0.0] == 0


def test_an_offer_as_the_pointer_leaves_is_seen_on_that_page_and_holds_only_who_clicks_it_with_a_cart() -> None:
    seen: Counter[str] = Counter()
    for seed in range(4000):
        shopper = draw_shopper(seed)
        if shopper.device != "desktop" or shopper.intent_name != "on_the_fence":
            continue
        without = pages_of(visit(shopper)[0])
        happenings, place, has_cart = visit(shopper, "free_shipping")
        pages = pages_of(happenings)
        if place < 0:
            continue
        names = [ev.name_of(event) for event in pages[place]]
        assert "action_shown" in names
        assert exits_on(pages[place]) == 1
        if len(without) > place + 1:
            seen["goes on"] += 1
            assert kind_of(pages[place + 1]) == kind_of(without[place + 1]), "she had made up her mind where to"
        elif len(pages) > place + 1:
            seen["held back"] += 1
            assert has_cart
            assert "action_clicked" in names
    assert seen["goes on"] > 50
    assert seen["held back"] > 5
