"""Postgres stopped for a minute under load: every event is a row once, and no visitor notices.

Stopped as an operator stops it, with its folder frozen so that nothing can start it again until the time is up.
"""

import argparse
import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

from model.simulator.client import Played, Player, Target
from model.simulator.crowd import play_all
from model.simulator.scripts import ShopperScript, start_times
from tests.support.served import ServedShop, served_shop

DOWN_S, VISITS_PER_S = 60.0, 15.0
ROWS = """
SELECT session_id, count(*) AS n, count(DISTINCT (stream_day, stream_id, seq)) AS distinct_n, count(purchase_score) AS scored
FROM raw.events WHERE session_id = ANY($1::uuid[]) GROUP BY session_id
"""


def run(options: argparse.Namespace) -> dict[str, Any]:
    with served_shop() as served:
        return asyncio.run(outage(served, down_s=DOWN_S, visits_per_s=VISITS_PER_S))


async def outage(served: ServedShop, *, down_s: float, visits_per_s: float) -> dict[str, Any]:
    """Plays visits for longer than Postgres is away, then compares each visit's own count with its rows."""
    visits = int((down_s + 10) * visits_per_s)
    played: list[Played] = []
    load = asyncio.create_task(_load(served, visits, visits_per_s, played))
    await asyncio.wait([load], timeout=3)
    before = len(played)
    away_s = await _away(served.stack.data / "postgres" / "data", down_s)
    during = len(played) - before
    await load
    ids = [visit.session_id.hex() for visit in played]
    want = {visit.session_id.hex(): visit.event_count for visit in played}
    rows = await _until_complete(served, ids, sum(want.values()))
    wrong = [i for i in ids if rows.get(i) != (want[i], want[i], want[i])]
    failures = [visit.failure for visit in played if visit.failure]
    return {
        "passed": not wrong and not failures and during > 0,
        "away_s": round(away_s, 1),
        "visits": len(played),
        "visits_ended_while_away": during,
        "events": sum(want.values()),
        "rows": sum(n for n, _, _ in rows.values()),
        "visits_with_missing_or_double_rows": len(wrong),
        "failures": failures[:5],
    }


async def _load(served: ServedShop, visits: int, rate: float, played: list[Played]) -> None:
    url = f"{served.stack.base_url.replace('http', 'ws')}/_fc/v1/stream"
    target = Target(url, served.site_key, "simulated")
    starts = start_times(visits, now_ms=int(time.time() * 1000), days=1.0, seed=7)
    await play_all(
        lambda n: Player(target, ShopperScript(n, starts[n]), seed=f"outage:{n}"),
        visits,
        rate=rate,
        most_at_once=100,
        on_played=played.append,
    )


async def _away(data: Path, seconds: float) -> float:
    """Stops every process of this Postgres for so long. A stopped postmaster takes connections and answers none."""
    postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
    pids = [postmaster, *_children(postmaster)]
    began = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    return time.monotonic() - began


def _children(pid: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def _until_complete(served: ServedShop, ids: list[str], events: int) -> dict[str, tuple[int, int, int]]:
    until = time.monotonic() + 120
    while True:
        rows = {
            row["session_id"].hex: (row["n"], row["distinct_n"], row["scored"])
            for row in await served.stack.rows(ROWS, ids)
        }
        if sum(n for n, _, _ in rows.values()) >= events or time.monotonic() > until:
            return rows
