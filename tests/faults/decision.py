"""The worked example's decision 1,000 times while other visits are played: from its event into a socket to its offer out of it.

Each repeat is a visit of its own whose whole way is played first. The clock is the client's, on the same machine, so what
is measured holds the network stack and two codecs as well.
"""

import argparse
import asyncio
import sys
import time
from hashlib import sha256
from typing import Any

import numpy as np
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from model.simulator import wire
from tests.e2e.scenario_sent import documents_of
from tests.e2e.scenario_shop import RULES, Event, Shop, open_shop
from tests.model.scenario import session
from tests.support.stack import running_stack

REPEATS = 1000
AT_ONCE = 16
"""Visits that are played side by side: what each decision has to wait behind."""
PROMISE_MS = 100.0

# As in the scenario, but for as many offers as are measured.
_BUDGET = ("budget_minor_per_day = 500000", "budget_minor_per_day = 500000000")


def run(options: argparse.Namespace) -> dict[str, Any]:
    with running_stack() as stack:
        rules = stack.data.parent / "scenario.toml"
        rules.write_text(RULES.read_text(encoding="utf-8").replace(*_BUDGET), encoding="utf-8")
        shop = asyncio.run(open_shop(stack, rules))
        started = time.monotonic()
        seen = asyncio.run(_measured(shop))
        seconds = time.monotonic() - started
    p50, p99 = (float(np.percentile(seen, q)) for q in (50, 99))
    return {
        "passed": len(seen) == REPEATS and p99 <= PROMISE_MS,
        "decisions": len(seen),
        "p50_ms": round(p50, 2),
        "p99_ms": round(p99, 2),
        "max_ms": round(max(seen), 2),
        "events_per_s_beside": round(REPEATS * len(session()) / seconds),
    }


async def _measured(shop: Shop) -> list[float]:
    gate = asyncio.Semaphore(AT_ONCE)
    return list(await asyncio.gather(*(_one(shop, number, gate) for number in range(REPEATS))))


async def _one(shop: Shop, number: int, gate: asyncio.Semaphore) -> float:
    """Milliseconds from the last dwell's frame to the offer."""
    events = _events(shop, number)
    documents = documents_of(events)
    last = documents[-1].pop()
    async with (
        gate,
        connect(
            f"{shop.stream_url}?site={shop.key}",
            subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
            compression=None,
            proxy=None,
            open_timeout=30,
        ) as socket,
    ):
        hello = wire.hello(
            site_key=shop.key,
            session_id=shop.session_id(f"repeat {number}"),
            stream=last[0],
            sent_at_ms=last[1].at_ms,
            token=None,
            traffic="simulated",
            wants_notices=False,
        )
        await socket.send(hello)
        for document in documents:
            await socket.send(_frame(document))
        await _until_acked(socket, last)
        frame = _frame([last])
        sent_s = time.perf_counter()
        await socket.send(frame)
        await _until_offered(socket)
        if number % 100 == 0:
            print(".", end="", file=sys.stderr, flush=True)
        return 1000 * (time.perf_counter() - sent_s)


def _events(shop: Shop, number: int) -> list[Event]:
    """The scenario with pages of this visit's own."""

    def stream_of(stream: bytes) -> bytes:
        return stream[:2] + sha256(f"{number}".encode() + stream).digest()[:12]

    return [(stream_of(stream), replace(event, at_ms=event.at_ms + shop.shift_ms)) for stream, event in session()]


def _frame(events: list[Event]) -> bytes:
    return wire.events([(events[0][0], 0, [wire.event(event) for _, event in events])])


async def _until_acked(socket: ClientConnection, last: Event) -> None:
    """Until all but the last event is folded and logged. No offer may have come by then."""
    stream, event = last
    async for data in socket:
        assert isinstance(data, bytes)
        answer = wire.frame(data)
        assert not isinstance(answer, wire.Action), "an offer before the decision point"
        if isinstance(answer, wire.Ack) and dict(answer.covered).get(stream, 0) >= event.seq - 1:
            return


async def _until_offered(socket: ClientConnection) -> None:
    async for data in socket:
        assert isinstance(data, bytes)
        if isinstance(wire.frame(data), wire.Action):
            return
    raise AssertionError("the connection ended without an offer")
