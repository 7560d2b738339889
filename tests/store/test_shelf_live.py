"""The shelf behind the live part: what an offer shows comes from the catalogue, and without one it is not chosen."""

from collections.abc import Sequence

from core.engine import Offer, Turn, advance
from core.rules import Rules
from core.session import Session
from server.live.offering import Offering
from server.live.ports import SystemClock
from server.offers.shelf import Shelf
from server.writer.frames import FrameStore
from tests.store.shopping import keep, loaded, shopping
from tests.store.visits import NOON_MS, SCORER, events_of, shop, stream_of

RECOMMENDING = """
[goals.purchase]
event = "purchase"
[arms]
holdout_share = 0.0
new_action_share = 0.0
no_holdout_because = "a test of what is shown"
[choosing]
by = "order"
[[actions]]
id = "goes-with-it"
segments = ["on_the_fence"]
[actions.action]
type = "upsell"
title = "You may like this"
pick = "also_viewed"
"""


def offers_of(rules: Rules, shelf: Shelf) -> tuple[list[Offer], set[tuple[str, str]]]:
    """The offers of one visit, and what was logged as not to be had."""
    offering = Offering([shelf], SystemClock())
    session, stream = Session(id=b"l" * 16), stream_of(1)
    offers: list[Offer] = []
    unavailable: set[tuple[str, str]] = set()
    for event in events_of(pages=8):
        offering.begin_wave()
        turn = Turn(session, stream, event, rules, offering.unavailable(rules, "live"))
        [step] = advance([turn], SCORER)
        turn, step = offering.settle(turn, step, SCORER)
        session = step.session
        unavailable |= set(turn.unavailable)
        offers += [step.offer] if step.offer is not None else []
    return offers, unavailable


async def sold_together(store: FrameStore, rules: Rules, items: Sequence[str]) -> None:
    for number in range(1, 5):
        await keep(store, rules, number, shopping(*items, start_ms=NOON_MS))


# shows: G1
async def test_an_offer_carries_the_product_that_goes_with_the_visit(store: FrameStore, postgres_url: str) -> None:
    rules = await shop(postgres_url, RECOMMENDING)
    await sold_together(store, rules, [f"sku-{page}" for page in range(8)] + ["bulb"])
    offers, unavailable = offers_of(rules, await loaded(postgres_url))
    assert unavailable == set()
    assert offers[0].action_id == "goes-with-it"
    product = offers[0].params["product"]
    assert product["url"].startswith("https://shop.example/p/")
    assert offers[0].params["title"] == "You may like this", "the action's own words stay"


# shows: G1
# shows: G1
async def test_a_cross_sell_carries_up_to_three_products_each_once(store: FrameStore, postgres_url: str) -> None:
    wanted = RECOMMENDING.replace('type = "upsell"', 'type = "cross_sell"')
    rules = await shop(postgres_url, wanted)
    await sold_together(store, rules, [f"sku-{page}" for page in range(8)] + ["bulb", "lamp", "desk"])
    offers, unavailable = offers_of(rules, await loaded(postgres_url))
    assert unavailable == set()
    products = offers[0].params["products"]
    assert len({product["item_id"] for product in products}) == len(products) == 3
    assert all(product["url"].startswith("https://shop.example/p/") for product in products)
    assert "product" not in offers[0].params


async def test_without_a_catalogue_the_action_is_not_chosen_and_the_record_says_why(postgres_url: str) -> None:
    rules = await shop(postgres_url, RECOMMENDING)
    assert offers_of(rules, Shelf(postgres_url)) == ([], {("goes-with-it", "nothing_to_show")})
