"""The browser's purchase is a hint, the server's order the truth: one order, at what it came to, whoever tells of it first."""

import itertools
from datetime import timedelta

import pytest
from msgspec.structs import replace

from server.writer.frames import FrameStore
from tests.orders.telling import Teller, our_order, session_text, shopify_order, woocommerce_order
from tests.orders.visiting import DAY, OUTCOMES, SESSIONS, at, settled, visited
from tests.store.tables import everything
from tests.store.visits import NOON, NOON_MS, RULES_UNSTORED, events_of, frame_of, records_of, session_of


# shows: I3
async def test_browser_and_server_tell_of_one_order_and_the_server_s_word_holds(
    teller: Teller, store: FrameStore
) -> None:
    await visited(store, order="A-1")
    assert await teller.rows("SELECT source, value_minor, is_tracked FROM marts.orders") == [("browser", 4_200, True)]
    await teller.tell("api", our_order("A-1", value_minor=5_000))
    await settled(teller)
    assert await teller.rows("SELECT source, value_minor, is_tracked FROM marts.orders") == [("server", 5_000, True)]
    assert await teller.rows(SESSIONS) == [(True, 1, 5_000, "EUR")]
    assert await teller.rows(OUTCOMES) == [(True, 5_000, False)]


async def test_whichever_is_told_first_the_rows_are_the_same(teller: Teller, store: FrameStore) -> None:
    refund = {"order_id": "A-1", "refunds": [{"refund_id": "r", "refunded_minor": 700, "refunded_at": at(2)}]}

    async def browser() -> None:
        await visited(store, order="A-1")

    async def server() -> None:
        await teller.tell("api", our_order("A-1", value_minor=5_000, session_id=session_text(1), changed_at=at(1)))

    async def older() -> None:
        await teller.tell("api", our_order("A-1", value_minor=1, changed_at=at(0.5)))

    async def refunded() -> None:
        await teller.tell("api", refund)

    async def settle() -> None:
        await settled(teller, NOON + 3 * DAY)

    found = []
    for steps in itertools.permutations((browser, server, older, refunded)):
        for step in (*steps, settle):
            await step()
        found.append(
            [await teller.rows(q) for q in ("SELECT source, net_minor, placed_at FROM marts.orders", SESSIONS)]
        )
        await teller.connection.execute(
            "TRUNCATE raw.events, raw.session_touches, raw.server_orders, raw.server_refunds, marts.orders,"
            " marts.sessions, marts.outcomes, marts.decisions, marts.rollups"
        )
    assert len(found) == 24
    assert found[0][0][0][:2] == ("server", 4_300)
    assert found[0][1] == [(True, 1, 4_300, "EUR")]
    assert found == [found[0]] * 24


async def test_an_order_that_no_browser_told_of_counts_for_the_visit_that_the_shop_keeps(
    teller: Teller, store: FrameStore
) -> None:
    await visited(store)
    await settled(teller)
    [before] = await teller.rows("SELECT event_count, ended_at FROM marts.sessions")
    assert await teller.rows(OUTCOMES) == [(False, 0, False)]
    await teller.tell("shopify", shopify_order(note_attributes=[{"name": "_fifthclick_session", "value": session_text(1)}],
                                               created_at=at(2), updated_at=at(2)))  # fmt: skip
    await settled(teller, NOON + 3 * DAY)
    assert await teller.rows(SESSIONS) == [(True, 1, 4_200, "EUR")]
    assert await teller.rows(OUTCOMES) == [(True, 4_200, False)]
    assert await teller.rows("SELECT event_count, ended_at FROM marts.sessions") == [before], "an order is no event"
    assert await teller.rows("SELECT sum(revenue_minor) FROM marts.rollups") == [(4_200,)]


async def test_an_order_of_a_visit_that_comes_before_the_visit_s_rows_is_found_by_settle(
    teller: Teller, store: FrameStore
) -> None:
    await teller.tell("api", our_order("A-1", session_id=session_text(1), placed_at=at(0.1)))
    await store.store(frame_of(records_of(events_of(), RULES_UNSTORED, traffic="preview")))
    await settled(teller)
    assert await teller.rows("SELECT traffic FROM marts.orders") == [("preview",)]
    assert await teller.rows(SESSIONS) == [(True, 1, 4_200, "EUR")]


async def test_an_order_of_an_unknown_visit_is_kept_and_joins_nothing(teller: Teller, store: FrameStore) -> None:
    await visited(store)
    await teller.tell("api", our_order("A-1"))
    await teller.tell("api", our_order("A-2", session_id=session_text(99)))
    await settled(teller)
    assert await teller.rows("SELECT order_id, traffic FROM marts.orders ORDER BY 1") == [
        ("A-1", "live"),
        ("A-2", "live"),
    ]
    assert await teller.rows(SESSIONS) == [(False, 0, 0, None)]


@pytest.mark.parametrize("session", [session_text(1), None], ids=["with the visit", "by another purchase"])
async def test_a_purchase_under_another_name_in_a_visit_with_the_server_s_order_is_not_counted_beside_it(
    session: str | None, teller: Teller, store: FrameStore
) -> None:
    await visited(store, order="#1001")
    if session is None:
        again = [replace(events_of(order="A-1")[-1], seq=1, at_ms=NOON_MS + 90_000)]
        await store.store(frame_of(records_of(again, RULES_UNSTORED, page=2)))
    await teller.tell("api", our_order("A-1", session_id=session))
    assert await teller.rows("SELECT order_id, source FROM marts.orders") == [("A-1", "server")]
    await settled(teller)
    assert await teller.rows(SESSIONS) == [(True, 1, 4_200, "EUR")]


async def test_two_orders_of_one_visit_that_the_server_told_of_both_count(teller: Teller, store: FrameStore) -> None:
    await visited(store, order="A-1")
    await teller.tell("api", our_order("A-1"))
    await teller.tell("api", our_order("A-2", session_id=session_text(1), value_minor=800))
    await settled(teller)
    assert await teller.rows(SESSIONS) == [(True, 2, 5_000, "EUR")]


async def test_refunds_net_out_once_and_a_cancellation_is_the_whole_order(teller: Teller, store: FrameStore) -> None:
    await visited(store, order="5000001")
    paid = {"kind": "refund", "status": "success", "amount": "2.00", "currency": "EUR"}
    refund = {"id": 9, "created_at": at(1), "transactions": [paid]}
    await teller.tell("shopify", {**refund, "order_id": 5_000_001})
    await teller.tell("shopify", shopify_order(refunds=[refund], updated_at=at(1)))
    await teller.tell("shopify", {**refund, "order_id": 5_000_001})
    await settled(teller)
    assert await teller.rows(SESSIONS) == [(True, 1, 4_000, "EUR")]
    await teller.tell("shopify", shopify_order(refunds=[refund], updated_at=at(2), cancelled_at=at(2)))
    await settled(teller, NOON + 3 * DAY)
    assert await teller.rows(SESSIONS) == [(True, 1, 0, "EUR")]
    assert await teller.rows("SELECT refunded_minor, net_minor FROM marts.orders") == [(4_200, 0)]


async def test_an_order_that_woocommerce_takes_back_counts_again(teller: Teller, store: FrameStore) -> None:
    await visited(store, order="701")
    for minutes, status, net in ((1, "processing", 4_200), (2, "cancelled", 0), (3, "processing", 4_200)):
        changed = f"{NOON + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}"
        await teller.tell("woocommerce", woocommerce_order(status=status, date_modified_gmt=changed))
        assert await teller.rows("SELECT net_minor FROM marts.orders") == [(net,)]


async def test_settling_again_changes_nothing_with_orders_of_every_kind(teller: Teller, store: FrameStore) -> None:
    for number in range(1, 7):
        await visited(store, number, order=f"A-{number}" if number % 2 else None)
    for number in range(1, 9):
        session = session_text(number) if number % 3 else None
        await teller.tell("api", our_order(f"A-{number}", session_id=session, placed_at=at(0.1)))
    await settled(teller)
    once = await everything(teller.connection)
    await teller.connection.execute("UPDATE raw.session_touches SET settled_at = NULL")
    await settled(teller)
    assert await everything(teller.connection) == once


async def test_the_code_that_an_order_used_is_joined_to_its_claim(teller: Teller, store: FrameStore) -> None:
    await visited(store)
    await teller.connection.execute(
        "INSERT INTO marts.claims (site_id, session_id, action_id, decision_id, traffic, claimed_at, pool, code)"
        " VALUES ('shop', $1, 'welcome', '0123456789abcdef', 'live', $2, 'spring', 'SPRING-1')",
        session_of(1).hex(),
        NOON,
    )
    await settled(teller)
    await teller.tell("api", our_order("A-1", coupons=["OTHER", "spring-1"], placed_at=at(0.1)))
    assert await teller.rows("SELECT coupon FROM marts.orders") == [("spring-1",)]
    await settled(teller)
    assert await teller.rows("SELECT redeemed_order_id FROM marts.claims") == [("A-1",)]


async def test_coverage_says_what_browsers_missed_and_whose_visit_nobody_knows(
    teller: Teller, store: FrameStore
) -> None:
    await visited(store, 1, order="A-1")
    await visited(store, 2, arm="control")
    await visited(store, 3, order="B-9")
    for number, session in enumerate((None, session_text(2), session_text(77), None), start=1):
        await teller.tell("api", our_order(f"A-{number}", session_id=session, placed_at=at(0.1)))
    await settled(teller)
    [found] = await teller.rows(
        "SELECT server_order_count, tracked_order_count, tracked_share, unjoined_order_count, unjoined_share,"
        " browser_only_order_count FROM marts.order_coverage"
    )
    assert [float(value) for value in found] == [4, 1, 0.25, 2, 0.5, 1]
    by_arm = await teller.rows(
        "SELECT arm, order_count, server_order_count, tracked_share FROM marts.orders_joined_by_arm ORDER BY arm"
    )
    assert [(arm, n, m, None if share is None else float(share)) for arm, n, m, share in by_arm] == [
        ("control", 1, 1, 0.0),
        ("treatment", 2, 1, 1.0),
        ("unjoined", 2, 2, 0.0),
    ]
