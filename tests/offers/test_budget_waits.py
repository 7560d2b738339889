"""What one visit or a store that hangs may not do to everybody else's budget."""

import asyncio

import msgspec

from core.rules import Money
from core.session import Session
from server.log.memory import MemoryLedger
from server.store.pool import StoreUnavailable
from tests.offers.budgets import HandClock, Worker, ship_rules
from tests.support.builders import SESSION_ID, START_MS
from tests.support.loop import virtually


@virtually
async def test_one_large_cart_that_the_budget_has_no_room_for_keeps_no_smaller_one_waiting() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(1000, cost=None)
    worker = Worker(ledger, clock)
    assert await worker.offers(rules, cost=100, most=5) == 5
    for huge in (900, 10**9):
        assert await worker.offers(rules, cost=huge) == 0
        assert await worker.offers(rules, cost=100, most=2) == 2
    assert await worker.offers(rules, cost=100) == 1
    await worker.kill()


@virtually
async def test_before_a_fee_is_quoted_free_shipping_is_refused_at_what_sending_costs() -> None:
    rules = msgspec.structs.replace(ship_rules(1000, cost=None), money=Money(shipping_cost_minor=600))
    worker = Worker(MemoryLedger(), HandClock())
    assert await worker.offers(rules, cost=100, most=1) == 1
    session = Session(id=SESSION_ID)
    assert worker.budget.refuses(rules, session, "ship", now_ms=START_MS) == "no_budget", "as it would be in treatment"
    await asyncio.sleep(1.0)
    assert worker.budget.refuses(rules, session, "ship", now_ms=START_MS) is None
    await worker.kill()


@virtually
async def test_a_store_that_hangs_keeps_no_lease_waiting() -> None:
    async def hangs(site_id: str, decision_id: str, session_id: bytes) -> bool:
        await asyncio.sleep(5.0)
        raise StoreUnavailable("it hangs")

    rules = ship_rules(40 * 400)
    worker = Worker(MemoryLedger(), HandClock(), hangs)
    assert await worker.offers(rules, most=10) == 10
    for number in range(10):
        worker.budget.withheld(rules, Session(id=SESSION_ID), f"{number:016x}")
    await asyncio.sleep(6.0)
    assert await worker.offers(rules) == 30, "what was withheld stays counted, and the rest is leased"
    await worker.kill()
