"""Open-loop load: events leave on schedule whether or not answers came, and latency runs from the scheduled time.

A closed loop waits for the slow answers and so hides them (coordinated omission).
"""

import asyncio
import os
import time
from collections.abc import Callable
from typing import NamedTuple

import msgpack
import numpy as np

from bench.sockets import LoadSocket, connect

DAY_MS = 86_400_000


class Point(NamedTuple):
    """One rate. Latencies in ms; `answered_share` of the events that were sent; `late_ms` is how late the generator was."""

    offered_per_s: float
    answered_per_s: float
    p50_ms: float
    p99_ms: float
    answered_share: float
    late_ms: float


class Shopper:
    """One connection that sends an event at a time and times its answer.

    With `site_key` it speaks our protocol and counts a notice as the answer; without, any frame (an echo).
    """

    def __init__(self, site_key: str | None) -> None:
        self.site_key = site_key
        self.session_id = os.urandom(16)
        self.stream = (int(time.time() * 1000) // DAY_MS).to_bytes(2, "big") + os.urandom(12)
        self.seq = 0
        self.covered = 0
        self.due: dict[int, float] = {}
        self.latencies_s: list[float] = []
        self.echoed = 0
        self.socket: LoadSocket | None = None

    async def open(self, url: str, protocol: str) -> None:
        self.socket = await connect(url, protocol, self.on_frame)
        if self.site_key is not None:
            hello = [1, 1, self.site_key, self.session_id, self.stream, _now_ms(), None, "simulated", None, True]
            self.socket.send(msgpack.packb(hello))

    def on_frame(self, payload: bytes) -> None:
        if self.site_key is None:
            self.echoed += 1
            self._answered(self.echoed)
            return
        frame = msgpack.unpackb(payload)
        if frame[0] == 4:
            self._answered(frame[2])
        elif frame[0] == 1:
            self.covered = max(seq for _, seq in frame[1])

    def _answered(self, seq: int) -> None:
        scheduled = self.due.pop(seq, None)
        if scheduled is not None:
            self.latencies_s.append(time.perf_counter() - scheduled)

    def fire(self, scheduled: float) -> None:
        self.seq += 1
        self.due[self.seq] = scheduled
        assert self.socket is not None
        self.socket.send(msgpack.packb([2, [[self.stream, self.covered, [self._event()]]]]))

    def _event(self) -> list[object]:
        at_ms = _now_ms()
        if self.seq % 12 == 1:
            return [1, self.seq, at_ms, ("home", "listing", "product")[self.seq // 12 % 3], "/p"]
        if self.seq % 12 == 3:
            return [4, self.seq, at_ms, "USD", 4900, [[f"sku-{self.seq % 40}", "audio", 4900, 1]]]
        return [
            (18, 19, 17, 23)[self.seq % 4],
            self.seq,
            at_ms,
            *((50,), (5000,), ("link",), ("reviews", 1000))[self.seq % 4],
        ]


async def measure(shoppers: list[Shopper], rate: float, seconds: float) -> Point:
    """Offer `rate` events per second over the open connections for `seconds`, then wait at most 2 s for the answers."""
    for shopper in shoppers:
        shopper.latencies_s.clear()
        shopper.due.clear()
        shopper.echoed = shopper.seq
    total = int(rate * seconds)
    start = time.perf_counter() + 0.05
    late: list[float] = []
    sent = 0
    while sent < total:
        now = time.perf_counter()
        while sent < total and start + sent / rate <= now:
            shoppers[sent % len(shoppers)].fire(start + sent / rate)
            late.append(now - start - sent / rate)
            sent += 1
        await asyncio.sleep(0.0005)
    deadline = time.perf_counter() + 2.0
    while any(s.due for s in shoppers) and time.perf_counter() < deadline:
        await asyncio.sleep(0.01)
    elapsed = max(time.perf_counter() - start - 0.01, seconds)
    answers = np.concatenate([np.asarray(s.latencies_s) for s in shoppers]) * 1000.0
    if answers.size == 0:
        return Point(rate, 0.0, float("inf"), float("inf"), 0.0, float(np.percentile(late, 99)) * 1000)
    # An event without an answer is at least as slow as the wait for it.
    missing = np.full(sum(len(s.due) for s in shoppers), 2000.0)
    p50, p99 = np.percentile(np.concatenate([answers, missing]), [50, 99])
    answered_per_s = answers.size / min(elapsed, seconds + 2.0)
    return Point(
        rate, answered_per_s, float(p50), float(p99), answers.size / total, float(np.percentile(late, 99)) * 1000
    )


async def ladder(
    open_shoppers: Callable[[], list[Shopper]],
    url: str,
    protocol: str,
    rates: list[float],
    seconds: float,
    report: Callable[[Point], None],
) -> list[Point]:
    """Points at rising rates on the same connections; it ends at the first rate that is hopeless (p99 over 250 ms)."""
    shoppers = open_shoppers()
    await asyncio.gather(*(s.open(url, protocol) for s in shoppers))
    points = []
    await measure(shoppers, min(rates), min(1.0, seconds))  # warm-up, not counted
    for rate in rates:
        points.append(await measure(shoppers, rate, seconds))
        report(points[-1])
        if points[-1].p99_ms > 250:
            break
    for shopper in shoppers:
        if shopper.socket is not None:
            await shopper.socket.close()
    return points


def best_under(points: list[Point], limit_ms: float = 10.0) -> float:
    """The highest rate that was answered in full with p99 under the limit, in events per second; 0 where none was."""
    return max((p.offered_per_s for p in points if p.p99_ms < limit_ms and p.answered_share > 0.999), default=0.0)


def _now_ms() -> int:
    return int(time.time() * 1000)
