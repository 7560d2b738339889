"""Simulated shoppers straight into the tables: the simulator, the engine and the writer, without sockets and log between."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import asyncpg

from core.engine import Turn, advance, record_of
from core.records import Frame, Record
from core.rules import Rules
from core.scoring import Scorer
from core.session import Session
from model.simulator.play import Play
from model.simulator.shopper import draw_shopper
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.store.visits import NOON

DAYS = 10
VISITS = 700

TWO_ACTIONS = """
[goals.purchase]
event = "purchase"
[arms]
new_action_share = 0.0
holdout_share = 0.4
[segments]
likely_to_buy_at = 0.75
on_the_fence_at = 0.05
[[actions]]
id = "free-shipping"
segments = ["on_the_fence"]
[actions.action]
type = "free_shipping"
title = "Free shipping on this order"
honour = { by = "code", code = "SHIP" }
[[actions]]
id = "guide"
segments = ["unlikely_to_buy"]
[actions.action]
type = "content"
title = "How to choose"
url = "https://shop.example/guide"
"""


class _Visit:
    """One shopper on the way, with the state of the session."""

    def __init__(self, seed: int, now: datetime) -> None:
        start = now - timedelta(days=1 + seed % DAYS, minutes=(seed * 37) % 1_200)
        self.play = Play(draw_shopper(seed), int(start.timestamp() * 1000))
        self.session = Session(id=sha256(f"session {seed}".encode()).digest()[:16], traffic="simulated")
        self._day = (self.play.now_ms // 86_400_000).to_bytes(2, "big")
        self._seed = seed

    def turn(self, rules: Rules) -> Turn | None:
        happening = self.play.next()
        if happening is None:
            return None
        stream = self._day + sha256(f"page {self._seed} {happening.document}".encode()).digest()[:12]
        return Turn(self.session, stream, happening.event, rules)


def records_of_shoppers(seeds: Sequence[int], rules: Rules, scorer: Scorer, now: datetime = NOON) -> Iterator[Record]:
    """The records of these shoppers' visits on the days before `now`: as many sessions at a time as the scorer takes."""
    waiting = [_Visit(seed, now) for seed in seeds]
    active: list[_Visit] = []
    while waiting or active:
        while waiting and len(active) < scorer.max_batch:
            active.append(waiting.pop())
        turns = [(visit, turn) for visit in active if (turn := visit.turn(rules)) is not None]
        active = [visit for visit, _ in turns]
        steps = advance([turn for _, turn in turns], scorer) if turns else []
        for (visit, turn), step in zip(turns, steps, strict=True):
            visit.session = step.session
            if step.offer is not None:
                answer = step.answer
                assert answer is not None
                visit.play.offer(step.offer.decision_id, step.offer.action_id, answer.action_type)
            yield record_of(turn, step, received_at_ms=turn.event.at_ms + 15, latency_us=900)


async def fill(url: str, seeds: Sequence[int], rules: Rules, scorer: Scorer, now: datetime = NOON) -> int:
    """Play, store and settle these shoppers' visits. Gives the number of events."""
    connection = await asyncpg.connect(url)
    try:
        store = FrameStore(connection)
        await store.prepare()
        records = list(records_of_shoppers(seeds, rules, scorer, now))
        for at in range(0, len(records), 1_000):
            await store.store(Frame(tuple(records[at : at + 1_000])))
    finally:
        await connection.close()
    await Settler(url).settle(now)
    return len(records)
