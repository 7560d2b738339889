"""Four gateways, one budget: shoppers who replay tokens and pages that lie, through the front door and in virtual time."""

import asyncio
from random import Random

from msgspec.structs import replace

from core import events as ev
from core.actions import ByPool, FreeShipping
from core.fields import Item
from core.rules import ActionRule, Choosing, bind
from core.wire import Ack, ActionFrame
from server.log.memory import MemoryLedger
from server.offers.budget import Budget
from server.offers.stock import PoolStock, Stock
from server.offers.ticket import Ticket
from server.offers.tickets import Tickets
from tests.core.journey import FixedScorer
from tests.offers.claiming import make_ticket_sealer
from tests.support.builders import SITE_ID, START_MS, frame, hello, make_rules, make_sites
from tests.support.loop import run_virtually, virtually
from tests.support.stage import Stage
from tests.support.world import Clock

COST, OFFERS = 500, 30
SEALER = make_ticket_sealer()
RULE = ActionRule(
    id="welcome",
    segments=("on_the_fence",),
    action=FreeShipping(title="Free shipping today", honour=ByPool(pool="welcome")),
    cost_minor=COST,
    budget_minor_per_day=COST * OFFERS,
    deadline_minutes=15,
)
RULES = make_rules(RULE)
RULES = bind(replace(RULES, choosing=Choosing(by="order")), site_id=SITE_ID, holdout_salt="salt")


class House:
    """Gateways over one ledger. `tickets` has each ticket that left, by decision; `void` those that were made void."""

    def __init__(self, *, codes: int = 1000, control_share: float = 0.0) -> None:
        self.ledger, self.codes, self.void = MemoryLedger(), codes, list[str]()
        rules = RULES if not control_share else replace(RULES, arms=replace(RULES.arms, control_share=control_share))
        self.sites = make_sites(bind(rules, site_id=SITE_ID, holdout_salt="salt"))
        self.stages: list[Stage] = []
        self._loops: list[list[asyncio.Task[None]]] = []

    async def open(self, count: int) -> "House":
        for _ in range(count):
            await self.add()
        return self

    async def add(self) -> None:
        now_ms = Clock(asyncio.get_running_loop()).now_ms
        budget, stock = Budget(self.ledger, now_ms=now_ms, void=self._void), Stock(self._stock)
        await stock.refresh()
        stage = Stage(sites=self.sites, scorer=FixedScorer(leverage=0.6), supplies=(budget, Tickets(SEALER, stock)))
        self.stages.append(await stage.start())
        self._loops.append([asyncio.create_task(budget.run()), asyncio.create_task(stock.run())])

    async def kill(self, number: int) -> None:
        """SIGKILL, and another process takes its place."""
        self.stages.pop(number).gateway.abort()
        loops = self._loops.pop(number)
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops)
        await self.add()

    async def close(self) -> None:
        while self.stages:
            self.stages.pop().gateway.abort()
            for loop in self._loops.pop():
                loop.cancel()

    async def _void(self, site_id: str, decision_id: str, session_id: bytes) -> bool:
        self.void.append(decision_id)
        return True

    async def _stock(self) -> list[PoolStock]:
        return [PoolStock(SITE_ID, "welcome", 1000, self.codes)]


def page(stream: bytes, *, rests: int = 5) -> bytes:
    """Four pages with a product of a known price, and rests, each of which may bring the offer."""
    item = Item("sku-1", price_minor=60_000)
    events: list[ev.Event] = [
        ev.PageView(seq=n + 1, at_ms=START_MS + n * 10_000, page_type="product") for n in range(4)
    ]
    events.append(ev.ViewItem(seq=5, at_ms=START_MS + 31_000, currency="EUR", value_minor=60_000, items=(item,)))
    events += [ev.Dwell(seq=6 + n, at_ms=START_MS + (34 + 4 * n) * 1000, active_ms=3000) for n in range(rests)]
    return frame(*events, stream=stream)


async def visit(
    stage: Stage, number: int, *, token: bytes | None = None, says_withheld: bool = False
) -> tuple[list[ActionFrame], list[bytes]]:
    """One session's page on one gateway: the offers that left, and the tokens that it was given."""
    session_id, stream = number.to_bytes(16, "big"), START_MS.to_bytes(8, "big")[:2] + number.to_bytes(12, "big")
    connection, peer = stage.join(hello(session_id=session_id, stream=stream, token=token))
    connection.receive(page(stream))
    assert await connection.acked(5.0)
    offers = peer.of(ActionFrame)
    if offers and says_withheld:
        told = ev.ActionWithheld(
            seq=11, at_ms=START_MS + 60_000, decision_id=offers[0].decision_id, action_id="welcome", reason="typing"
        )
        for seq in (11, 12, 13):
            connection.receive(frame(replace(told, seq=seq), stream=stream))
        assert await connection.acked(5.0)
    connection.closed()
    return offers, [ack.token for ack in peer.of(Ack)]


# shows: F2
def test_over_four_processes_with_replays_forgeries_lies_and_crashes_the_budget_holds() -> None:
    async def main(seed: int) -> tuple[int, int, int]:
        chance, house = Random(seed), await House().open(4)
        left: list[ActionFrame] = []
        for number in range(90):
            if number % 20 == 19:
                await house.kill(chance.randrange(4))
            stage = chance.choice(house.stages)
            offers, tokens = await visit(stage, number, says_withheld=number % 5 == 0)
            left += offers
            if number % 3 == 0:  # the same page again, with no token, an old one, and one that is another's
                for token in (None, *tokens[:1], b"\x02\x01" + bytes(100)):
                    left += (await visit(chance.choice(house.stages), number, token=token))[0]
            await asyncio.sleep(0.2)
        await house.close()
        assert len(house.void) == len(set(house.void))
        return len(left), len(house.void), house.ledger.swap_count

    for seed in range(3):
        left, void, swaps = run_virtually(main(seed), seed=seed)
        assert left - void <= OFFERS
        assert left - void >= OFFERS - 5, "one offer's cost is lost for each process that was killed, at most"
        assert void > 0
        assert swaps > 0


@virtually
async def test_a_ticket_opens_for_its_own_visit_alone_and_says_what_was_promised() -> None:
    house = await House().open(1)
    await visit(house.stages[0], 1)
    await asyncio.sleep(1.0)
    [offer], _ = await visit(house.stages[0], 2)
    sealed = SEALER.open(offer.params["claim"], site_id=SITE_ID, session_id=(2).to_bytes(16, "big"))
    now_ms = house.stages[0].clock.now_ms()
    assert isinstance(sealed, Ticket)
    assert (sealed.decision_id, sealed.action_id, sealed.pool) == (offer.decision_id, "welcome", "welcome")
    assert (sealed.amount_minor, sealed.currency, sealed.traffic) == (COST, "EUR", "live")
    assert sealed.deadline_ms is not None
    assert 15 * 60_000 - 5_000 <= sealed.deadline_ms - now_ms <= 15 * 60_000
    assert "code" not in offer.params["honour"]
    await house.close()


@virtually
async def test_an_empty_pool_is_a_reason_and_costs_no_budget_and_control_has_no_ticket() -> None:
    empty, held = await House(codes=0).open(1), await House(control_share=1.0).open(1)
    for house in (empty, held):
        await visit(house.stages[0], 1)
        await asyncio.sleep(1.0)
        offers, _ = await visit(house.stages[0], 2)
        assert offers == []
    last = empty.stages[0].rows[-1]
    assert ("welcome", "no_codes") in last.unavailable
    reasons = [row.decision.reason for row in empty.stages[0].rows if row.decision is not None]
    assert "no_codes" in reasons
    chosen = [row.decision for row in held.stages[0].rows if row.decision is not None and row.decision.action_id]
    assert {(decision.arm, decision.is_delivered) for decision in chosen} == {("control", False)}
    leased = sum(entry.value for entry in held.ledger.numbers.values())
    assert leased == COST * OFFERS // 20, "one lease, which nothing was taken of"
    for house in (empty, held):
        await house.close()
