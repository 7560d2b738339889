"""Postgres stopped for a minute under load: every event is a row once, and nobody on the page notices.

Stopped as an operator or a crash stops it (the processes are gone), and started again on the same folder.
"""

import argparse
import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from server.embedded.postgres import EmbeddedPostgres
from tests.support.served import ServedShop, served_shop

DOWN_S = 60.0
SHOPPERS, RATE = 2000, 20


def run(options: argparse.Namespace) -> dict[str, Any]:
    with served_shop() as served:
        return asyncio.run(outage(served, down_s=DOWN_S, shoppers=SHOPPERS, rate=RATE))


async def outage(served: ServedShop, *, down_s: float, shoppers: int, rate: int) -> dict[str, Any]:
    """Plays shoppers at `rate` a second while Postgres is away for `down_s`. Figures, with `passed`."""
    stack = served.stack
    words = ("simulate", "--shoppers", str(shoppers), "--rate", str(rate), "--site", served.site_key, "--json", "-")
    load = asyncio.create_task(asyncio.to_thread(stack.cli, *words))
    await stack.until_rows(50, "SELECT 1 FROM raw.events LIMIT 50", seconds=60)
    folder = stack.data / "postgres"
    _stop(folder)
    down_at = time.monotonic()
    await asyncio.wait([load], timeout=down_s)
    back = EmbeddedPostgres(folder)
    await back.start()
    away_s = time.monotonic() - down_at
    sent = await load
    return {"passed": False, "away_s": away_s, "sent": sent}


def _stop(folder: Path) -> None:
    """A fast shutdown: the postmaster ends every session and goes."""
    pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGINT)
