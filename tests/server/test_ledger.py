"""Shared numbers on the bundled NATS: whoever has not seen the last one changes nothing."""

import asyncio

import pytest

from core.errors import LogUnavailable
from server.log.jetstream import JetStreamLog
from server.log.ledger import Entry, JetStreamLedger


async def test_of_many_that_change_a_number_at_once_one_succeeds_each_time(nats_url: str) -> None:
    logs = [await JetStreamLog.connect(nats_url, max_bytes=10_000_000) for _ in range(4)]
    ledgers = [JetStreamLedger(log) for log in logs]
    assert await ledgers[0].read("shop.ship.live.20260101") == Entry(0, 0)
    for round_number in range(1, 4):
        seen = [await ledger.read("shop.ship.live.20260101") for ledger in ledgers]
        assert len(set(seen)) == 1
        done = await asyncio.gather(
            *(ledger.swap("shop.ship.live.20260101", seen[0].value + 1, seen[0].revision) for ledger in ledgers)
        )
        assert sorted(done) == [False, False, False, True]
        assert (await ledgers[3].read("shop.ship.live.20260101")).value == round_number
    assert (await ledgers[1].read("shop.ship.simulated.20260101")) == Entry(0, 0)
    for log in logs:
        await log.close()


async def test_without_a_server_the_ledger_says_so_and_changes_nothing(free_port: int) -> None:
    log = JetStreamLog(f"nats://127.0.0.1:{free_port}", max_bytes=10_000_000)
    await log.start()
    with pytest.raises(LogUnavailable):
        await JetStreamLedger(log).read("shop.ship.live.20260101")
    with pytest.raises(LogUnavailable):
        await JetStreamLedger(log).swap("shop.ship.live.20260101", 1, 0)
    await log.close()
