"""What settle stores of an order's margin, from all that is known of it; and that everything reads this one figure."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from core.fields import Item
from core.rules import Rules
from server.orders.ledger import OrderLedger
from server.orders.notice import Notice, ToldOrder, ToldRefund
from server.orders.secrets import SecretSealer
from server.store import migrate
from server.store.lifts import choice_rows
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.store.visits import NOON, RULES, events_of, frame_of, records_of, session_of, shop

LATER = NOON + timedelta(days=1)
SHOP = RULES.replace('id = "free-shipping"', 'id = "free-shipping"\ncost_minor = 0')
"""It is chosen before any price is known, as one that costs may not be."""
MONEY = "\n[money]\nmargin_share = 0.4\nshipping_cost_minor = 300\n"
LAMP = (Item("lamp", price_minor=3_000, quantity=2), Item("rug", price_minor=4_000))
CATALOGUE = """
    INSERT INTO marts.catalogue (site_id, item_id, price_minor, margin_minor, currency, source, seen_at)
    VALUES ('shop', 'lamp', 3000, 1200, $1, 'feed', now())
"""
CLAIM = """
    INSERT INTO marts.claims (site_id, session_id, action_id, decision_id, traffic, claimed_at, amount_minor, currency, code)
    SELECT site_id, session_id, action_id, decision_id, traffic, decided_at, $1, 'EUR', 'TEN'
    FROM marts.decisions WHERE action_id <> '' AND NOT is_after_first_choice
"""


@pytest.fixture
async def rules(postgres_url: str) -> Rules:
    return await shop(postgres_url, SHOP + MONEY)


async def bought(store: FrameStore, rules: Rules, *, number: int = 1, value_minor: int = 10_000, **of: Any) -> None:
    """A visit in which free shipping was chosen, and an order of two lamps and a rug with 4.90 paid for sending."""
    events = events_of(order=f"A-{number}", value_minor=value_minor)
    told = replace(events[-1], shipping_minor=490, items=LAMP, **of)
    await store.store(frame_of(records_of([*events[:-1], told], rules, number=number, arm="treatment")))


async def margins(url: str, connection: asyncpg.Connection) -> list[Any]:
    """What the outcome, the visit, the row for `fifthclick lift` and the experiments' rows say: all the same."""
    await Settler(url).settle(LATER)
    [outcome] = await connection.fetch(
        "SELECT margin_minor FROM marts.outcomes WHERE goal = 'purchase' AND is_first_choice"
    )
    [session] = await connection.fetch("SELECT margin_minor FROM marts.sessions")
    await connection.execute("UPDATE marts.sessions SET is_arm_forced = false")
    [row] = await connection.fetch("SELECT margin_minor FROM marts.lift_rows WHERE goal = 'purchase'")
    [choice] = await choice_rows(connection, "shop", "free-shipping", traffic="live")
    return [outcome[0], session[0], row[0], choice.margin_minor]


def told(value_minor: int, **of: Any) -> ToldOrder:
    at = NOON + timedelta(hours=1)
    return ToldOrder(None, at, at, None, value_minor, 490, 1_900, "EUR", (), 3)._replace(**of)


async def tell(url: str, order: ToldOrder, *refunds: ToldRefund) -> None:
    ledger = OrderLedger(url, SecretSealer({1: b"1" * 32}, 1))
    try:
        assert await ledger.keep("shop", "api", Notice("A-1", order, refunds), LATER)
    finally:
        await ledger.close()


# shows: I1 H3
async def test_one_figure_is_stored_and_everything_reads_it(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await bought(store, rules)
    # 40 % of 100.00, and 4.90 paid for a parcel of 3.00.
    assert await margins(postgres_url, connection) == [4_190] * 4


async def test_the_catalogue_s_cost_counts_where_it_has_one_in_the_order_s_currency(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await connection.execute(CATALOGUE, "EUR")
    await bought(store, rules)
    # Two lamps cost 36.00; the rug 60 % of 40.00.
    assert await margins(postgres_url, connection) == [10_000 - 3_600 - 2_400 + 490 - 300] * 4


async def test_a_cost_in_another_currency_says_nothing(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await connection.execute(CATALOGUE, "USD")
    await bought(store, rules)
    assert await margins(postgres_url, connection) == [4_190] * 4


async def test_a_visit_that_bought_nothing_earned_nothing(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await store.store(frame_of(records_of(events_of(), rules, arm="treatment")))
    assert await margins(postgres_url, connection) == [0] * 4


async def test_a_code_is_taken_off_once(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await bought(store, rules, value_minor=9_000, coupon="TEN")
    await connection.execute(CLAIM, 1_000)
    await connection.execute("UPDATE marts.decisions SET action_type = 'incentive'")
    # Goods of 100.00 for 90.00 cost 60.00.
    assert await margins(postgres_url, connection) == [9_000 - 6_000 + 490 - 300] * 4
    assert await connection.fetchval("SELECT given_minor FROM marts.lift_rows WHERE goal = 'purchase'") == 1_000


async def test_free_shipping_costs_the_fee(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await bought(store, rules, coupon="TEN")
    await connection.execute("UPDATE raw.events SET shipping_minor = NULL WHERE event_type = 'purchase'")
    await connection.execute("UPDATE marts.orders SET shipping_minor = NULL")
    await connection.execute(CLAIM, 490)
    assert await margins(postgres_url, connection) == [4_000 - 490] * 4


async def test_the_shop_s_word_holds_with_its_goods_cost_and_its_refund(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await bought(store, rules)
    await tell(postgres_url, told(12_390, goods_cost_minor=5_500))
    # 123.90 with 4.90 of shipping and 19.00 of tax in it.
    assert await margins(postgres_url, connection) == [10_000 - 5_500 + 490 - 300] * 4
    await tell(
        postgres_url, told(12_390, goods_cost_minor=5_500), ToldRefund("r", 6_195, None, NOON + timedelta(days=1))
    )
    assert await margins(postgres_url, connection) == [round((10_000 - 5_500 + 490) / 2) - 300] * 4


async def test_a_cancelled_order_earns_nothing(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await bought(store, rules)
    cancelled_at = NOON + timedelta(hours=2)
    await tell(postgres_url, told(12_390, cancelled_at=cancelled_at, changed_at=cancelled_at))
    assert await margins(postgres_url, connection) == [0] * 4


async def test_what_nobody_can_say_is_null_and_not_nothing(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await bought(store, rules)
    await connection.execute("UPDATE raw.events SET rules_version = repeat('0', 16)")
    assert await margins(postgres_url, connection) == [None] * 4


async def test_an_order_of_two_tellings_is_settled_to_the_same_margin_again(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await connection.execute(CATALOGUE, "EUR")
    await bought(store, rules)
    first = await margins(postgres_url, connection)
    await connection.execute("UPDATE raw.session_touches SET settled_at = NULL")
    assert await margins(postgres_url, connection) == first


async def test_visits_of_before_are_settled_again_where_all_of_them_is_still_there(
    postgres_url: str, store: FrameStore, connection: asyncpg.Connection, rules: Rules
) -> None:
    await bought(store, rules)
    await bought(store, rules, number=2)
    await store.store(frame_of(records_of(events_of(), rules, number=3)))
    await Settler(postgres_url).settle(LATER)
    # As the version before left them; of the second visit retention has taken the beginning.
    await connection.execute(
        "UPDATE marts.sessions SET margin_minor = NULL; UPDATE marts.outcomes SET margin_minor = NULL"
    )
    await connection.execute("DELETE FROM raw.events WHERE session_id = $1 AND seq < 4", UUID(bytes=session_of(2)))
    made_good = (migrate.FOLDER / "0042_goods_cost.sql").read_text().partition("UPDATE marts.sessions")
    await connection.execute("UPDATE marts.sessions" + made_good[2])
    await Settler(postgres_url).settle(LATER)
    found = await connection.fetch("SELECT session_id, margin_minor FROM marts.sessions")
    assert {row[0].bytes: row[1] for row in found} == {session_of(1): 4_190, session_of(2): None, session_of(3): 0}
    kept = await connection.fetchrow(
        "SELECT margin_minor, is_converted FROM marts.outcomes WHERE is_first_choice AND goal = 'purchase' AND session_id = $1",
        UUID(bytes=session_of(2)),
    )
    assert tuple(kept) == (None, True)
