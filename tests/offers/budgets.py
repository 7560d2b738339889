"""Budgets for tests: processes that share one ledger, each with its own loop in the background, and offers to count."""

import asyncio

from core.actions import ByPool, FreeShipping, Honour
from core.engine import Offer
from core.records import Traffic
from core.rules import ActionRule, Rules
from core.session import Session
from server.log.memory import MemoryLedger
from server.offers.budget import Budget, Void
from tests.support.builders import SESSION_ID, START_MS, make_rules

POOL = ByPool(pool="welcome")


class HandClock:
    """The server's clock, set by hand."""

    def __init__(self) -> None:
        self.at_ms = START_MS

    def now_ms(self) -> int:
        return self.at_ms


def ship_rules(budget: int, *, cost: int | None = 400, honour: Honour = POOL) -> Rules:
    """One action with a budget for each day."""
    rule = ActionRule(
        id="ship",
        segments=("on_the_fence",),
        action=FreeShipping(title="Free shipping today", honour=honour),
        cost_minor=cost,
        budget_minor_per_day=budget,
    )
    return make_rules(rule)


class Worker:
    """One process: its budget and its background loop. `kill` ends it as SIGKILL does, `end` in peace."""

    def __init__(self, ledger: MemoryLedger, clock: HandClock, void: Void | None = None) -> None:
        self.budget = Budget(ledger, now_ms=clock.now_ms, void=void)
        self.made_count = 0
        self._task = asyncio.create_task(self.budget.run())

    def offer(
        self, rules: Rules, *, cost: int = 400, traffic: Traffic = "live", session_id: bytes = SESSION_ID
    ) -> bool:
        """Whether an offer of this cost may leave now. Its decision id is its number."""
        if list(self.budget.missing(rules, traffic)):
            return False
        made = Offer(f"{self.made_count:016x}", "ship", {}, 1000, cost)
        session = Session(id=session_id, traffic=traffic)
        if isinstance(self.budget.provide(rules, session, made, now_ms=START_MS), str):
            return False
        self.made_count += 1
        return True

    async def offers(self, rules: Rules, *, cost: int = 400, traffic: Traffic = "live", most: int = 1000) -> int:
        """How many leave until three tries in a row, each after the background had time, were refused."""
        made = refused = 0
        while refused < 3 and made < most:
            if self.offer(rules, cost=cost, traffic=traffic):
                made, refused = made + 1, 0
            else:
                refused += 1
                await asyncio.sleep(1.0)
        return made

    async def kill(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def end(self) -> None:
        await self.kill()
        await self.budget.close()
