"""Daily budgets over several processes: never exceeded, whoever crashes, and used up where nobody does."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from core.actions import ByCode
from core.cart import Cart
from core.engine import Offer
from core.session import Session
from server.log.memory import MemoryLedger
from tests.offers.budgets import HandClock, Worker, ship_rules
from tests.support.builders import SESSION_ID, START_MS
from tests.support.loop import run_virtually, virtually

DAY_MS = 24 * 60 * 60 * 1000
TO_MIDNIGHT_MS = DAY_MS - START_MS % DAY_MS


async def ended(*workers: Worker) -> None:
    for worker in workers:
        await worker.kill()


@virtually
async def test_four_processes_use_up_one_budget_and_no_more() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(100 * 400)
    workers = [Worker(ledger, clock) for _ in range(4)]
    made = await asyncio.gather(*(worker.offers(rules) for worker in workers))
    assert sum(made) == 100
    await ended(*workers)


@virtually
async def test_a_small_budget_reaches_every_process() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(4 * 400)
    workers = [Worker(ledger, clock) for _ in range(4)]
    assert [worker.offer(rules) for worker in workers] == [False] * 4, (
        "nobody has a lease yet, and nobody waits for one"
    )
    await asyncio.sleep(1.0)
    assert [worker.offer(rules) for worker in workers] == [True] * 4
    await asyncio.sleep(1.0)
    assert [worker.offer(rules) for worker in workers] == [False] * 4
    await ended(*workers)


@settings(max_examples=40, deadline=None)
@given(
    budget=st.integers(0, 5000),
    costs=st.lists(st.integers(0, 900), min_size=1, max_size=60),
    killed=st.sets(st.integers(0, 59), max_size=6),
)
def test_whatever_offers_cost_and_whoever_is_killed_the_budget_holds(
    budget: int, costs: list[int], killed: set[int]
) -> None:
    async def main() -> int:
        ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(budget, cost=None)
        workers = [Worker(ledger, clock) for _ in range(4)]
        spent = 0
        for turn, cost in enumerate(costs):
            number = turn % 4
            if turn in killed:
                await workers[number].kill()
                workers[number] = Worker(ledger, clock)
            if workers[number].offer(rules, cost=cost):
                spent += cost
            if turn % 3 == 0:
                await asyncio.sleep(0.1)
        await ended(*workers)
        return spent

    assert run_virtually(main(), seed=1) <= budget


@virtually
async def test_what_a_killed_process_had_in_hand_is_lost_and_what_one_hands_back_is_not() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(20 * 4000)
    killed, ending, last = (Worker(ledger, clock) for _ in range(3))
    for worker in (killed, ending):
        assert await worker.offers(rules, most=1) == 1
    await killed.kill()
    await ending.end()
    assert await last.offers(rules) == 200 - 10 - 1
    await last.kill()


@virtually
async def test_a_new_day_in_utc_is_a_new_budget_and_yesterdays_rest_is_none_of_it() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(2 * 400)
    worker = Worker(ledger, clock)
    assert await worker.offers(rules, most=1) == 1
    clock.at_ms += TO_MIDNIGHT_MS - 1
    assert await worker.offers(rules, most=1) == 1
    assert await worker.offers(rules) == 0
    clock.at_ms += 1
    assert await worker.offers(rules) == 2
    await worker.kill()


@virtually
async def test_an_offer_given_back_as_the_day_ends_is_no_money_of_the_next_day() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(400)
    worker = Worker(ledger, clock)
    assert await worker.offers(rules, most=1) == 1
    clock.at_ms += TO_MIDNIGHT_MS
    session, made = Session(id=SESSION_ID), Offer(f"{0:016x}", "ship", {}, 1000, 400)
    worker.budget.give_back(rules, session, made)
    worker.budget.give_back(rules, session, made)
    assert await worker.offers(rules) == 1
    await worker.kill()


@virtually
async def test_an_action_without_a_budget_gives_nothing_back_to_that_of_another_under_the_same_decision() -> None:
    rules, session = ship_rules(400), Session(id=SESSION_ID)
    worker = Worker(MemoryLedger(), HandClock())
    assert await worker.offers(rules) == 1
    other = Offer(f"{0:016x}", "other", {}, 1000, 400)
    assert worker.budget.provide(rules, session, other, now_ms=START_MS) == {}
    worker.budget.give_back(rules, session, other)
    assert await worker.offers(rules) == 0
    await worker.kill()


@virtually
async def test_simulated_visits_use_up_a_budget_of_their_own_and_previews_none() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(3 * 400)
    worker = Worker(ledger, clock)
    assert await worker.offers(rules, traffic="simulated") == 3
    assert await worker.offers(rules, traffic="preview", most=50) == 50
    assert await worker.offers(rules, traffic="live") == 3
    assert await worker.offers(rules, traffic="live") == 0
    assert await worker.offers(rules, traffic="preview", most=1) == 1
    await worker.kill()


@virtually
async def test_with_the_log_down_a_lease_in_hand_is_used_up_and_then_nothing_is_offered() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(40 * 400)
    worker = Worker(ledger, clock)
    assert await worker.offers(rules, most=1) == 1
    ledger.is_available = False
    assert await worker.offers(rules) == 1, "a lease is a twentieth: two offers"
    [problem] = worker.budget.problems()
    assert "budgets are not reached" in problem
    ledger.is_available = True
    await asyncio.sleep(1.0)
    assert worker.budget.problems() == []
    assert await worker.offers(rules) == 38
    await worker.kill()


@virtually
async def test_a_budget_that_is_made_smaller_during_the_day_holds_for_what_is_in_hand() -> None:
    ledger, clock = MemoryLedger(), HandClock()
    workers = [Worker(ledger, clock) for _ in range(2)]
    for worker in workers:
        assert await worker.offers(ship_rules(100 * 400), most=2) == 2
    made = [await worker.offers(ship_rules(5 * 400)) for worker in workers]
    assert sum(made) == 1
    made = [await worker.offers(ship_rules(7 * 400)) for worker in workers]
    assert sum(made) == 2
    await ended(*workers)


class Tickets:
    """Which offers' tickets were made void; `claimed` ones cannot be."""

    def __init__(self, claimed: str = "") -> None:
        self.void: list[str] = []
        self.claimed = claimed

    async def __call__(self, site_id: str, decision_id: str, session_id: bytes) -> bool:
        self.void.append(decision_id)
        return decision_id != self.claimed


@virtually
async def test_a_withheld_offers_cost_returns_once_its_ticket_is_void_and_only_once() -> None:
    tickets, rules = Tickets(), ship_rules(2 * 400)
    worker = Worker(MemoryLedger(), HandClock(), tickets)
    assert await worker.offers(rules) == 2
    session = Session(id=SESSION_ID)
    for _ in range(3):
        worker.budget.withheld(rules, session, f"{1:016x}")
    assert await worker.offers(rules) == 1
    assert tickets.void == [f"{1:016x}"]
    assert await worker.offers(rules) == 0
    await worker.kill()


@virtually
async def test_a_page_gets_nothing_back_for_what_it_has_claimed_has_in_hand_or_is_anothers() -> None:
    pooled, coded = ship_rules(400), ship_rules(400, honour=ByCode(code="SHIP"))
    liar = Worker(MemoryLedger(), HandClock(), Tickets(claimed=f"{0:016x}"))
    thief, reader = (Worker(MemoryLedger(), HandClock(), Tickets()) for _ in range(2))
    for worker, rules, session_id in (
        (liar, pooled, SESSION_ID), (thief, pooled, b"x" * 16), (reader, coded, SESSION_ID),
    ):  # fmt: skip
        assert await worker.offers(rules) == 1
        worker.budget.withheld(rules, Session(id=session_id), f"{0:016x}")
        assert await worker.offers(rules) == 0
    await ended(liar, thief, reader)


@virtually
async def test_what_a_visits_own_cost_would_pass_is_refused_in_control_as_in_treatment_and_takes_nothing() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(1000, cost=None)
    worker = Worker(ledger, clock)
    assert await worker.offers(rules, cost=700, most=1) == 1
    await asyncio.sleep(1.0)

    def refused(fee: int, action_id: str = "ship") -> str | None:
        held = Session(id=SESSION_ID, cart=Cart(shipping_minor=fee))
        return worker.budget.refuses(rules, held, action_id, now_ms=START_MS)

    assert refused(200) == "no_budget", "a lease is a twentieth; more is on its way"
    await asyncio.sleep(1.0)
    assert refused(200) is None
    assert refused(600) == "no_budget"
    assert refused(600, "other") is None
    await asyncio.sleep(1.0)
    assert refused(200) is None, "nothing was taken"
    assert list(worker.budget.missing(rules, "live")) == [], "what is left is enough for a smaller one"
    await worker.kill()


@virtually
async def test_a_lease_of_a_site_that_nobody_visits_here_goes_back() -> None:
    ledger, clock, rules = MemoryLedger(), HandClock(), ship_rules(20 * 4000)
    quiet, busy = (Worker(ledger, clock) for _ in range(2))
    assert await quiet.offers(rules, most=1) == 1
    await asyncio.sleep(100.0)
    assert await busy.offers(rules) == 199
    await ended(quiet, busy)
