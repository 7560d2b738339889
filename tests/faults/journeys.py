"""Journeys in a real browser over a line that is cut at random: Postgres must hold what the pages counted, each event once.

The pages count by themselves, from what the tracker says that it captured and not from what was sent. A visit of several tabs
is one session with one arm and one live state. Where two states of it were logged, the fork is told with the visit's diary: it is
legal (DESIGN 3.3), yet none is wanted on a line that is cut. What a visit's pages noted of themselves is kept where it is odd.
"""

import argparse
import asyncio
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from bench.processes import free_port
from tests.faults.journeys_record import died_at_work, told
from tests.faults.journeys_server import JourneyServer
from tests.faults.journeys_shop import JourneyShop
from tests.faults.journeys_walk import Visitor, visitor
from tests.support.browser import Key, chromium
from tests.support.journeys import key_of
from tests.support.line import Line
from tests.support.served import served_site
from tests.support.stack import Stack

JOURNEYS = 200
STEPS = 16
AT_ONCE = 5
RESTARTS = 6
BLOCKED_SHARE = 0.1
"""Visits whose sockets are refused all the time: their pages go over fetch."""
STORED_IN_S = 90
"""Counted while the server is there: a machine that has much to do takes minutes to start one."""
NEXT_PAGE_S = 15
RECORDS = Path("out/journeys")

ROWS = """
SELECT stream_day, stream_id, seq, session_id, epoch, step FROM raw.events
WHERE stream_id = ANY($1) OR session_id IN (SELECT session_id FROM raw.events WHERE stream_id = ANY($1))
"""
ARMS = "SELECT DISTINCT arm FROM marts.decisions WHERE session_id = ANY($1)"
REJECTED = "SELECT count(*) FROM raw.rejected"


def run(options: argparse.Namespace) -> dict[str, Any]:
    with served_site(free_port()) as (stack, shop_url, site_key):
        return asyncio.run(journeys(stack, shop_url, site_key, count=JOURNEYS, restarts=RESTARTS, says=True))


async def journeys(
    stack: Stack, shop_url: str, site_key: str, *, count: int, restarts: int, seed: int = 1, says: bool = False
) -> dict[str, Any]:
    """Plays `count` journeys, some at a time, while the server is restarted. Figures, with `passed`."""
    shop = JourneyShop(int(shop_url.rpartition(":")[2]))
    shop.site_key = site_key
    await shop.start()
    server = JourneyServer(stack)
    waiting = iter(range(count))
    results: list[dict[str, Any]] = []

    async def some(browser: Browser) -> None:
        for number in waiting:
            results.append(await _journey(server, browser, shop_url, f"{seed}:{number}"))
            if says:
                print(f"faults: journeys: {len(results)} of {count}", flush=True)

    try:
        async with chromium(keeps_pages=True) as browser:
            playing = [asyncio.create_task(some(browser)) for _ in range(AT_ONCE)]
            restarting = asyncio.create_task(server.restart(playing, restarts))
            await asyncio.gather(*playing)
            restarted = await restarting
    finally:
        await shop.stop()
    return _figures(results, restarted, int((await stack.rows(REJECTED))[0]["count"]))


async def _journey(server: JourneyServer, browser: Browser, shop_url: str, seed: str) -> dict[str, Any]:
    chance = random.Random(seed)
    line = Line(server.stack.port, takes_sockets=chance.random() >= BLOCKED_SHARE)
    await line.start()
    shopper = await visitor(browser, shop_url, line, chance)
    try:
        for _ in range(STEPS):
            await shopper.step()
        await shopper.end()
        return {"seed": seed, "is_blocked": not line.takes_sockets} | await _judged(server, shopper, seed)
    finally:
        await shopper.context.close()
        await line.stop()


async def _judged(server: JourneyServer, shopper: Visitor, seed: str) -> dict[str, Any]:
    """Waits until Postgres holds what the pages counted, and says how it differs where it does not."""
    judging_since = opened = time.monotonic()
    while True:
        # Rows first: what is captured in between is then missing here, and looked for again.
        rows = await server.rows(ROWS, list({stream[2:] for stream, _ in await shopper.listed()}))
        stored, listed = {key_of(row) for row in rows}, await shopper.listed()
        missing, uncounted = listed - stored, stored - listed
        until = max(judging_since, server.ready_at) + STORED_IN_S
        if (listed and not missing and not uncounted) or time.monotonic() > until:
            break
        await asyncio.sleep(0.3)
        # A page that came while the server was away may have given up: what it has, the next one sends.
        if time.monotonic() > opened + NEXT_PAGE_S:
            opened = time.monotonic()
            await shopper.last_page()
    notes = await shopper.noted()
    died = {key for key in missing if died_at_work(notes, await shopper.open_pages(), key)}
    sessions = {row["session_id"] for row in rows}
    arms = [row["arm"] for row in await server.rows(ARMS, sessions)]
    fork = _fork(rows)
    found: dict[str, Any] = {
        "listed": len(listed),
        "missing": _names(missing - died),
        "died": _names(died),
        "uncounted": _names(uncounted),
        "sessions": len(sessions),
        "arms": len(arms),
        "fork": fork,
        "cuts": shopper.line.cut_count,
        "unscored": sum(row["step"] is None for row in rows),
        "errors": shopper.errors,
    }
    is_odd = missing or uncounted or len(sessions) != 1 or len(arms) > 1 or fork or shopper.errors
    if not is_odd:
        return found
    RECORDS.mkdir(parents=True, exist_ok=True)
    record = RECORDS / f"{seed.replace(':', '-')}.txt"
    record.write_text("\n".join([*shopper.diary, "", *_told(rows), "", *told(notes), ""]))
    return found | {"diary": shopper.diary, "rows": _told(rows), "record": str(record)}


def _fork(rows: list[dict[str, Any]]) -> str:
    """By the rule of `core.outcomes`: two epochs of one session, or one step on two rows."""
    steps = Counter((row["session_id"], row["epoch"], row["step"]) for row in rows if row["step"] is not None)
    epochs = Counter(session for session, _ in {(session, epoch) for session, epoch, _ in steps})
    if any(count > 1 for count in epochs.values()):
        return "two_epochs"
    return "one_step_twice" if any(count > 1 for count in steps.values()) else ""


def _names(keys: set[Key]) -> list[str]:
    return sorted(f"{stream.hex()[:12]}/{seq}" for stream, seq in keys)


def _told(rows: list[dict[str, Any]]) -> list[str]:
    ordered = sorted(rows, key=lambda row: (str(row["session_id"]), row["epoch"] or b"", row["step"] or 0))
    return [
        f"{str(row['session_id'])[:4]} {(row['epoch'] or b'').hex()[:4]} {row['step']} {name}"
        for row, name in ((row, f"{key_of(row)[0].hex()[:12]}/{row['seq']}") for row in ordered)
    ]


def _figures(results: list[dict[str, Any]], restarted: int, rejected: int) -> dict[str, Any]:
    odd = [r for r in results if "diary" in r]
    figures = {
        "journeys": len(results),
        "restarts": restarted,
        "cuts": sum(r["cuts"] for r in results),
        "blocked": sum(r["is_blocked"] for r in results),
        "counted_events": sum(r["listed"] for r in results),
        "missing_events": sum(len(r["missing"]) for r in results),
        # Of pages that ended without a word of the browser's, as in a crash: nothing could have sent these.
        "events_that_died_with_their_page": sum(len(r["died"]) for r in results),
        "uncounted_events": sum(len(r["uncounted"]) for r in results),
        "rejected_events": rejected,
        "unscored_events": sum(r["unscored"] for r in results),
        "visits_of_several_sessions": sum(r["sessions"] > 1 for r in results),
        "visits_of_several_arms": sum(r["arms"] > 1 for r in results),
        "forks": dict(Counter(r["fork"] for r in results if r["fork"])),
        "page_errors": [error for r in results for error in r["errors"]],
    }
    wrong = (
        "missing_events", "uncounted_events", "rejected_events", "visits_of_several_sessions", "visits_of_several_arms",
        "forks", "page_errors",
    )  # fmt: skip
    return {"passed": not any(figures[name] for name in wrong), **figures, "told": odd}
