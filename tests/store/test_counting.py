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
from server.store.privacy_scan import scan_for_personal_data
from server.writer.frames import FrameStore
from tests.store.shopping import LAMP, NOW, NOW_MS, RULES, keep, loaded, offer_of, rules_of, seen, shopping
from tests.store.visits import NOON_MS, SALT


def buyers(shelf: Shelf, rules: Rules, action_id: str = "buyers", *, now_ms: int = NOW_MS) -> Any:
    """What the page is told of the lamp's buyers: a number, or why none."""
    answer = shelf.provide(rules, LAMP, offer_of(action_id), now_ms=now_ms)
    refused = shelf.refuses(rules, LAMP, action_id, now_ms=now_ms)
    assert (answer if isinstance(answer, str) else None) == refused, "what is held back is refused alike"
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


async def test_a_site_without_products_or_counts_says_so_before_anything_is_chosen(postgres_url: str) -> None:
    rules = await rules_of(postgres_url)
    nothing = [(name, "nothing_to_show") for name in ("buyers", "week", "bought", "viewed")]
    shelf = Shelf(postgres_url)
    assert list(shelf.missing(rules, "live")) == nothing
    counted = await loaded(postgres_url)
    assert list(counted.missing(rules, "live")) == nothing[2:], "numbers are counted, if of nothing"
    assert [(name, counted.refuses(rules, LAMP, name, now_ms=NOW_MS)) for name, _ in nothing] == nothing
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
