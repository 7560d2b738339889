"""What was bought and looked at becomes recommendations and numbers of buyers: true ones, or none."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from core import events as ev
from core.rules import Rules, bind
from core.rules_text import parse_rules
from server.offers.counting import Counting
from server.offers.shelf import STALE_MS, Shelf
from server.store.catalogue import CatalogueRow, ask_for_assortment, save_products
from server.store.privacy_scan import scan_for_personal_data
from server.writer.frames import FrameStore
from tests.store.shopping import NOW, NOW_MS, keep, loaded, offer_of, seen, shopping
from tests.store.visits import NOON_MS, SALT, shop

RULES = """
[goals.purchase]
event = "purchase"
""" + "".join(
    f"""
[[actions]]
id = "{name}"
segments = ["on_the_fence"]
[actions.action]
{action}
"""
    for name, action in {
        "buyers": 'type = "social_proof"\ntitle = "{count} bought this today"',
        "week": 'type = "social_proof"\ntitle = "{count} bought this in a week"\nwindow_hours = 168\nat_least = 7',
        "bought": 'type = "upsell"\ntitle = "Goes with it"\npick = "also_bought"',
        "viewed": 'type = "upsell"\ntitle = "Others looked at"\npick = "also_viewed"',
        "guide": 'type = "content"\ntitle = "How to choose"\nurl = "https://shop.example/guide"',
    }.items()
)
LAMP = seen(*shopping("lamp"))


async def rules_of(url: str) -> Rules:
    return await shop(url, RULES)


def buyers(shelf: Shelf, rules: Rules, action_id: str = "buyers", *, now_ms: int = NOW_MS) -> Any:
    """What the page is told of the lamp's buyers: a number, or why none."""
    answer = shelf.provide(rules, LAMP, offer_of(action_id), now_ms=now_ms)
    refused = dict(shelf.unfit(rules, LAMP, now_ms=now_ms))
    assert (action_id in refused) == isinstance(answer, str), "what is refused must be known before it is chosen"
    return answer if isinstance(answer, str) else answer["count"]


async def sell(store: FrameStore, rules: Rules, numbers: range, **kept: Any) -> None:
    for number in numbers:
        await keep(store, rules, number, shopping("lamp", "rug", buys=["lamp"], order=f"T-{number}"), **kept)


# shows: G4
async def test_four_buyers_are_not_spoken_of_and_five_are(store: FrameStore, postgres_url: str) -> None:
    rules = await rules_of(postgres_url)
    await sell(store, rules, range(1, 5))
    assert buyers(await loaded(postgres_url), rules) == "nothing_to_show"
    await sell(store, rules, range(5, 6))
    shelf = await loaded(postgres_url)
    given = shelf.provide(rules, LAMP, offer_of("buyers"), now_ms=NOW_MS)
    assert given == {"count": 5, "hours": 24}
    assert buyers(shelf, rules, "week") == "nothing_to_show", "that action asks for seven"
    rug = seen(*shopping("rug"))
    assert shelf.provide(rules, rug, offer_of("buyers"), now_ms=NOW_MS) == "nothing_to_show"
    left = seen(*shopping("lamp"), ev.PageView(seq=9, at_ms=NOON_MS + 60_000, page_type="category"))
    assert shelf.provide(rules, left, offer_of("buyers"), now_ms=NOW_MS) == "nothing_to_show"


# shows: G4
async def test_an_order_counts_once_however_often_its_page_was_opened_and_however_many_pieces_it_has(
    store: FrameStore, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    await sell(store, rules, range(1, 6))
    for number in range(6, 16):
        again = shopping("lamp", buys=["lamp", "lamp"], order="T-1", start_ms=NOON_MS + number * 60_000)
        await keep(store, rules, number, again)
    assert buyers(await loaded(postgres_url), rules) == 5


# shows: G4
@pytest.mark.parametrize("traffic", ["preview", "simulated", "replayed"])
async def test_orders_of_previews_and_played_visits_do_not_count(
    traffic: str, store: FrameStore, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    await sell(store, rules, range(1, 5))
    await sell(store, rules, range(5, 12), traffic=traffic)
    assert buyers(await loaded(postgres_url), rules) == "nothing_to_show"
    await sell(store, rules, range(12, 13))
    assert buyers(await loaded(postgres_url), rules) == 5


async def test_simulated_orders_count_on_a_demo_site_alone(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    await connection.execute("UPDATE config.sites SET is_demo = true")
    await sell(store, rules, range(1, 4), traffic="simulated")
    await sell(store, rules, range(4, 7))
    await sell(store, rules, range(7, 20), traffic="preview")
    assert buyers(await loaded(postgres_url), rules) == 6


# shows: G4
async def test_a_machines_orders_do_not_count(store: FrameStore, postgres_url: str) -> None:
    rules = await rules_of(postgres_url)
    await sell(store, rules, range(1, 6))
    fast = [f"p-{n}" for n in range(12)]
    for number in range(6, 9):
        await keep(store, rules, number, shopping(*fast, buys=["lamp"], order=f"B-{number}", page_ms=300))
    await keep(store, rules, 9, shopping(buys=["lamp"], order="B-9"))
    many = shopping("lamp", buys=["lamp"], order="M-0")
    for order in range(1, 6):
        at_ms = many[-1].at_ms + 5_000
        many.append(msgspec.structs.replace(many[-1], seq=len(many) + 1, at_ms=at_ms, transaction_id=f"M-{order}"))
    await keep(store, rules, 10, many)
    assert buyers(await loaded(postgres_url), rules) == 5


async def test_a_refunded_order_counts_no_more(store: FrameStore, postgres_url: str) -> None:
    rules = await rules_of(postgres_url)
    await sell(store, rules, range(1, 7))
    assert buyers(await loaded(postgres_url), rules) == 6
    back = ev.Refund(seq=1, at_ms=NOON_MS + 600_000, transaction_id="T-3", value_minor=1, currency="EUR")
    await keep(store, rules, 50, [back])
    assert buyers(await loaded(postgres_url), rules) == 5


async def test_the_window_moves_on_and_a_count_that_grows_old_is_not_shown(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    await sell(store, rules, range(1, 9))
    shelf = await loaded(postgres_url)
    assert buyers(shelf, rules, now_ms=NOW_MS + STALE_MS) == 8
    assert buyers(shelf, rules, now_ms=NOW_MS + STALE_MS + 1) == "nothing_to_show", (
        "the store is away, or nobody counts"
    )
    later = NOW + timedelta(hours=23)
    later_ms = NOW_MS + 23 * 3_600_000
    shelf = await loaded(postgres_url, later)
    assert buyers(shelf, rules, now_ms=later_ms) == "nothing_to_show", "more than 24 hours ago"
    assert buyers(shelf, rules, "week", now_ms=later_ms) == 8
    # The same counts again: only their time is new, and the shelf takes it up.
    again = later + timedelta(minutes=20)
    await Counting(postgres_url).count(again)
    await shelf.load()
    assert buyers(shelf, rules, "week", now_ms=later_ms + 20 * 60_000) == 8
    assert await scan_for_personal_data(connection) == []


async def test_a_browser_whose_clock_runs_ahead_does_not_keep_an_order_recent(
    store: FrameStore, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    hours = 3_600_000
    for number in range(1, 7):
        ahead = shopping("lamp", buys=["lamp"], order=f"T-{number}", start_ms=NOON_MS)
        await keep(store, rules, number, ahead, received_after_ms=-20 * hours)
    shelf = await loaded(postgres_url)
    assert buyers(shelf, rules) == 6
    assert buyers(await loaded(postgres_url, NOW + timedelta(hours=3)), rules, now_ms=NOW_MS + 3 * hours) == (
        "nothing_to_show"
    )


# shows: G1
async def test_what_is_bought_and_looked_at_together_is_recommended_with_what_the_merchant_says_of_it(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    for number in range(1, 5):
        await keep(store, rules, number, shopping("lamp", "bulb", buys=["lamp", "cable"], order=f"T-{number}"))
        await keep(store, rules, number + 10, shopping("cable", "vase"))
    feed = [
        CatalogueRow(
            item_id="cable", title="A cable", url="https://shop.example/cable", price_minor=900, currency="EUR"
        )
    ]
    await save_products(connection, rules.site_id, feed, "feed")
    shelf = await loaded(postgres_url)
    card = {"item_id": "cable", "title": "A cable", "url": "https://shop.example/cable", "price_minor": 900}
    assert shelf.provide(rules, LAMP, offer_of("bought"), now_ms=NOW_MS) == {"product": {**card, "currency": "EUR"}}
    # Nobody has told of the bulb but events: its page is there, a title is not.
    bulb = {"item_id": "bulb", "url": "https://shop.example/p/bulb", "price_minor": 1_900, "currency": "EUR"}
    assert shelf.provide(rules, LAMP, offer_of("viewed"), now_ms=NOW_MS) == {"product": bulb}
    assert shelf.provide(rules, LAMP, offer_of("guide"), now_ms=NOW_MS) == {}
    assert await scan_for_personal_data(connection) == []


async def test_a_product_that_is_sold_out_or_in_the_cart_is_not_offered_and_the_next_import_is_taken_up(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    for number in range(1, 5):
        await keep(store, rules, number, shopping("lamp", "rug", buys=["lamp", "rug"], order=f"T-{number}"))
    shelf = await loaded(postgres_url)
    assert shelf.provide(rules, LAMP, offer_of("bought"), now_ms=NOW_MS)["product"]["item_id"] == "rug"  # type: ignore[index]
    in_cart = seen(
        *shopping("lamp"), ev.AddToCart(seq=3, at_ms=NOON_MS + 5_000, items=shopping("rug")[1].items)  # type: ignore[union-attr]
    )  # fmt: skip
    assert shelf.provide(rules, in_cart, offer_of("bought"), now_ms=NOW_MS) == "nothing_to_show"
    sold_out = [CatalogueRow(item_id="rug", is_in_stock=False)]
    await save_products(connection, rules.site_id, sold_out, "feed")
    await Counting(postgres_url).count(NOW + timedelta(minutes=1))
    await shelf.load()
    assert isinstance(shelf.provide(rules, LAMP, offer_of("bought"), now_ms=NOW_MS), dict), "not counted again yet"
    await ask_for_assortment(connection, rules.site_id)
    await Counting(postgres_url).count(NOW + timedelta(minutes=2))
    await shelf.load()
    assert shelf.provide(rules, LAMP, offer_of("bought"), now_ms=NOW_MS) == "nothing_to_show"


async def test_one_visit_alone_cannot_plant_a_price_or_a_page(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    for number in range(1, 5):
        await keep(store, rules, number, shopping("lamp", start_ms=NOON_MS))
    await keep(store, rules, 9, shopping("lamp", start_ms=NOON_MS + 600_000, price_minor=1))
    await keep(store, rules, 10, shopping("ghost", price_minor=1))
    await Counting(postgres_url).count(NOW)
    rows = await connection.fetch("SELECT item_id, price_minor, url, category FROM marts.catalogue ORDER BY item_id")
    assert [tuple(row) for row in rows] == [
        ("ghost", None, None, None),
        ("lamp", 1_900, "https://shop.example/p/lamp", "lamps"),
    ]


async def test_a_machine_that_looks_at_everything_makes_no_neighbours(store: FrameStore, postgres_url: str) -> None:
    rules = await rules_of(postgres_url)
    everything = ["lamp", "odd", *(f"p-{n}" for n in range(10))]
    for number in range(1, 6):
        await keep(store, rules, number, shopping(*everything, page_ms=200))
    for number in range(10, 13):
        await keep(store, rules, number, shopping("lamp", "bulb"))
        await keep(store, rules, number + 10, shopping("odd"))
    shelf = await loaded(postgres_url)
    answer = shelf.provide(rules, LAMP, offer_of("viewed"), now_ms=NOW_MS)
    assert isinstance(answer, dict)
    assert answer["product"]["item_id"] == "bulb"


async def test_a_site_without_products_or_counts_says_so_before_anything_is_chosen(postgres_url: str) -> None:
    rules = await rules_of(postgres_url)
    nothing = [(name, "nothing_to_show") for name in ("buyers", "week", "bought", "viewed")]
    shelf = Shelf(postgres_url)
    assert list(shelf.missing(rules, "live")) == nothing
    counted = await loaded(postgres_url)
    assert list(counted.missing(rules, "live")) == nothing[2:], "numbers are counted, if of nothing"
    assert list(counted.unfit(rules, LAMP, now_ms=NOW_MS)) == nothing
    other = bind(parse_rules(RULES), site_id="other", holdout_salt=SALT)
    assert list(counted.missing(other, "live")) == nothing


async def test_a_store_that_is_away_is_said_and_waited_for() -> None:
    nowhere = "postgresql://127.0.0.1:1/none"
    shelf, counting = Shelf(nowhere), Counting(nowhere)
    tasks = [asyncio.create_task(shelf.run(0.01)), asyncio.create_task(counting.run(0.01))]
    async with asyncio.timeout(10):
        while not (shelf.problems() and counting.problems()):
            await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert "loaded" in shelf.problems()[0]


async def test_two_that_count_at_once_do_not_count_in_each_others_way(store: FrameStore, postgres_url: str) -> None:
    rules = await rules_of(postgres_url)
    await sell(store, rules, range(1, 6))
    await asyncio.gather(*(Counting(postgres_url).count(NOW) for _ in range(3)))
    shelf = Shelf(postgres_url)
    await shelf.load()
    assert buyers(shelf, rules) == 5
