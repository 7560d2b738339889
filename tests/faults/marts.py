"""Every check of the marts on 100,000 simulated sessions, a part of whose orders the shop's server tells of as well.

The shoppers, the engine, the writer and settle are the real ones; the scorer is the quick one of the tests, for what a score is
changes nothing that is checked here. FAULTS_MARTS_SESSIONS in the environment plays fewer.
"""

import argparse
import asyncio
import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from core.records import Frame
from server.embedded.postgres import EmbeddedPostgres
from server.orders.ledger import OrderLedger
from server.orders.notice import Notice, ToldOrder, ToldRefund
from server.orders.secrets import SecretSealer
from server.store.migrate import migrate
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.store.mart_checks import checks
from tests.store.simulated import TWO_ACTIONS, records_of_shoppers
from tests.store.visits import NOON, shop
from tests.support.scorer import HashScorer

SESSIONS = int(os.environ.get("FAULTS_MARTS_SESSIONS", "100000"))
_AT_ONCE = 2_000
_TOLD_EVERY = 5


def run(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="fifthclick-marts-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        return asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> dict[str, Any]:
    postgres = EmbeddedPostgres(folder / "postgres")
    url = await postgres.start()
    try:
        await migrate(url)
        started = time.monotonic()
        events = await _fill(url)
        told = await _tell(url)
        filled_s = time.monotonic() - started
        connection = await asyncpg.connect(url)
        try:
            broken = {c.name: len(rows) for c in checks() if (rows := await connection.fetch(f"{c.broken} LIMIT 3"))}
            sessions = await connection.fetchval("SELECT count(*) FROM marts.sessions")
            orders = await connection.fetchval("SELECT count(*) FROM marts.orders")
        finally:
            await connection.close()
    finally:
        await postgres.stop()
    return {
        "passed": not broken and sessions == SESSIONS and orders > 0 and told > 0,
        "sessions": sessions,
        "events": events,
        "orders": orders,
        "orders_told_by_the_server": told,
        "checks": len(checks()),
        "broken": broken,
        "fill_s": round(filled_s, 1),
    }


async def _fill(url: str) -> int:
    rules = await shop(url, TWO_ACTIONS)
    connection = await asyncpg.connect(url)
    count = 0
    try:
        store = FrameStore(connection)
        await store.prepare()
        for begin in range(0, SESSIONS, _AT_ONCE):
            seeds = range(begin, min(begin + _AT_ONCE, SESSIONS))
            records = list(records_of_shoppers(seeds, rules, HashScorer()))
            for at in range(0, len(records), 1_000):
                await store.store(Frame(tuple(records[at : at + 1_000])))
            count += len(records)
    finally:
        await connection.close()
    await Settler(url).settle(NOON)
    return count


async def _tell(url: str) -> int:
    """Every fifth order is told of by the shop too, at another value and with a refund; as many again have no purchase event."""
    connection = await asyncpg.connect(url)
    ledger = OrderLedger(url, SecretSealer({1: b"1" * 32}, 1))
    told = 0
    try:
        orders = await connection.fetch(
            "SELECT order_id, session_id, placed_at, value_minor, currency FROM marts.orders ORDER BY order_id"
        )
        for row in orders[::_TOLD_EVERY]:
            for order_id, value in ((row["order_id"], row["value_minor"] + 100), (f"alone-{told}", 700)):
                order = ToldOrder(
                    row["session_id"], row["placed_at"] + timedelta(hours=1), row["placed_at"] + timedelta(hours=1), None,
                    value, None, None, row["currency"] or "EUR", (), 1,
                )  # fmt: skip
                refund = ToldRefund("r", 50, None, row["placed_at"] + timedelta(days=2))
                told += await ledger.keep("shop", "api", Notice(order_id, order, (refund,)), NOON)
    finally:
        await ledger.close()
        await connection.close()
    await Settler(url).settle(NOON)
    return told
