"""For how long an order counts for its visit, and a refund for its order; and that a browser's clock has no say in it."""

from datetime import timedelta

import asyncpg
import pytest

from core.outcomes import OUTCOME_WINDOW_MS, REFUND_WINDOW_MS
from server.writer.frames import FrameStore
from tests.orders.telling import Teller, our_order, session_text
from tests.orders.visiting import DAY, OUTCOMES, SESSIONS, at, settled, visited
from tests.store.visits import NOON, NOON_MS, RULES_UNSTORED, events_of, frame_of, records_of


@pytest.mark.parametrize("days", [6.9, 7.1])
async def test_an_order_counts_for_its_visit_for_seven_days(days: float, teller: Teller, store: FrameStore) -> None:
    await visited(store)
    await teller.tell("api", our_order("A-1", session_id=session_text(1), placed_at=at(days)))
    await settled(teller, NOON + 8 * DAY)
    counts = days < 7
    assert await teller.rows(SESSIONS) == [(counts, int(counts), 4_200 * counts, "EUR" if counts else None)]
    [(is_converted, _, is_final)] = await teller.rows(OUTCOMES)
    assert (is_converted, is_final) == (counts, not counts)


async def test_an_order_from_before_the_choice_is_none_of_its_doing_whatever_the_browser_s_clock_says(
    teller: Teller, store: FrameStore
) -> None:
    hour_ms = 3_600_000
    # The browser's clock is an hour slow: by its own count the choice came an hour before it did.
    events = events_of(start_ms=NOON_MS - hour_ms)
    await store.store(frame_of(records_of(events, RULES_UNSTORED, arm="treatment", received_after_ms=hour_ms)))
    early, late = NOON + timedelta(seconds=1), NOON + timedelta(seconds=59)
    await teller.tell("api", our_order("A-1", session_id=session_text(1), placed_at=early.isoformat()))
    await settled(teller)
    assert await teller.rows(OUTCOMES) == [(False, 0, False)]
    await teller.tell("api", our_order("A-2", session_id=session_text(1), placed_at=late.isoformat()))
    await settled(teller)
    assert await teller.rows(OUTCOMES) == [(True, 4_200, False)]


async def test_a_refund_in_another_currency_is_not_subtracted(teller: Teller) -> None:
    refunds = [{"refund_id": "r", "refunded_minor": 100, "currency": "USD", "refunded_at": at(1)}]
    await teller.tell("api", our_order("A-1", refunds=refunds))
    assert await teller.rows("SELECT net_minor FROM marts.orders") == [(4_200,)]


async def test_after_thirty_days_a_refund_changes_the_order_and_no_outcome(teller: Teller, store: FrameStore) -> None:
    await visited(store, order="A-1")
    for number, days in enumerate((29.0, 31.0)):
        told = [{"refund_id": f"r{number}", "refunded_minor": 1_000, "refunded_at": at(days)}]
        await teller.tell("api", our_order("A-1", refunds=told))
    await settled(teller, NOON + 29 * DAY)
    assert await teller.rows(OUTCOMES) == [(True, 3_200, False)]
    await settled(teller, NOON + 31 * DAY)
    assert await teller.rows(OUTCOMES) == [(True, 3_200, True)]
    assert await teller.rows("SELECT net_minor, outcome_minor FROM marts.orders") == [(2_200, 3_200)]


@pytest.mark.parametrize(
    ("function", "days"), [("outcome_window", OUTCOME_WINDOW_MS), ("refund_window", REFUND_WINDOW_MS)]
)
async def test_the_windows_are_one_number_for_core_and_sql(
    function: str, days: int, connection: asyncpg.Connection
) -> None:
    assert await connection.fetchval(f"SELECT marts.{function}()") == timedelta(milliseconds=days)
