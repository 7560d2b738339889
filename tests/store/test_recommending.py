"""Recommendations from what live visits looked at and bought, with what the merchant says of each product."""

from datetime import timedelta

import asyncpg

from core import events as ev
from server.offers.counting import Counting
from server.offers.shelf import Shelf
from server.store.catalogue import CatalogueRow, ask_for_assortment, save_products
from server.store.privacy_scan import scan_for_personal_data
from server.writer.frames import FrameStore
from tests.store.shopping import LAMP, NOW, NOW_MS, keep, loaded, offer_of, rules_of, seen, shopping
from tests.store.visits import NOON_MS


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


async def test_a_small_shops_new_products_are_taken_up_within_minutes(store: FrameStore, postgres_url: str) -> None:
    rules = await rules_of(postgres_url)
    counting, shelf = Counting(postgres_url), Shelf(postgres_url)
    await counting.count(NOW)
    await shelf.load()
    assert shelf.provide(rules, LAMP, offer_of("viewed"), now_ms=NOW_MS) == "nothing_to_show"
    for number in range(1, 5):
        await keep(store, rules, number, shopping("lamp", "bulb"))
    await counting.count(NOW + timedelta(minutes=2))
    await shelf.load()
    assert shelf.provide(rules, LAMP, offer_of("viewed"), now_ms=NOW_MS)["product"]["item_id"] == "bulb"  # type: ignore[index]


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


async def test_a_page_on_which_several_products_are_looked_at_is_the_page_of_none(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await rules_of(postgres_url)
    for number in range(1, 5):
        quick_views = shopping("lamp", "bulb", "rug")
        on_a_list = [e for e in quick_views if not isinstance(e, ev.PageView) or e.seq == 1]
        await keep(store, rules, number, on_a_list)
        await keep(store, rules, number + 10, shopping("vase"))
    await Counting(postgres_url).count(NOW)
    rows = await connection.fetch("SELECT item_id FROM marts.catalogue WHERE url IS NOT NULL")
    assert [row["item_id"] for row in rows] == ["vase"]
    assert await connection.fetchval("SELECT count(*) FROM marts.catalogue") == 4


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
