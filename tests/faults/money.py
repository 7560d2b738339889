"""Four server processes, one budget, one pool of codes; replayed and forged tokens and tickets, pages that lie, and SIGKILL.

An offer counts as it reaches a page, whoever asked for it and how often. What was withheld counts no more only where its ticket
is void for ever.
"""

import argparse
import asyncio
import os
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from server.embedded.nats import EmbeddedNats
from server.embedded.postgres import EmbeddedPostgres
from server.store.migrate import migrate
from server.store.publish import add_site, publish_rules
from tests.faults.money_visits import DAY_S, WORKERS, Shoppers
from tests.support.builders import ORIGIN

VISITS, AT_ONCE = 240, 24
COST, BUDGET, CODES = 500, 120 * 500, 50
RULES = f"""
[segments]
likely_to_buy_at = 1.0
on_the_fence_at = 0.0
[pacing]
after_page_views = 1
[arms]
holdout_share = 0.0
new_action_share = 0.0
no_holdout_because = "a test"
[choosing]
by = "order"
least_gain_share = 0.0
[[actions]]
id = "welcome"
segments = ["on_the_fence", "unlikely_to_buy"]
cost_minor = {COST}
budget_minor_per_day = {BUDGET}
deadline_minutes = 15
[actions.action]
type = "free_shipping"
title = "Free shipping today"
honour = {{ by = "pool", pool = "welcome" }}
"""


_REASONS = "SELECT reason, count(*) AS n FROM marts.decisions GROUP BY reason ORDER BY n DESC"


def run(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="fifthclick-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        return asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> dict[str, Any]:
    async with AsyncExitStack() as end:
        postgres, nats = EmbeddedPostgres(folder / "postgres"), EmbeddedNats(folder / "nats")
        end.push_async_callback(postgres.stop)
        database_url = await postgres.start()
        end.push_async_callback(nats.stop)
        nats_url = await nats.start()
        await migrate(database_url)
        (folder / "token.keys").write_text(f"1 {os.urandom(32).hex()}\n")
        pool = await end.enter_async_context(asyncpg.create_pool(database_url, min_size=1, max_size=2))
        site = await add_site(pool, name="shop", origins=[ORIGIN])
        await publish_rules(pool, site.site_id, RULES, "for a test")
        await pool.execute("INSERT INTO config.code_pools VALUES ('shop', 'welcome', $1)", CODES)
        await pool.execute(
            "INSERT INTO config.codes (site_id, pool, code) SELECT 'shop', 'welcome', 'W-' || n FROM generate_series(1, $1) n",
            CODES,
        )
        money = Shoppers(folder, database_url, nats_url, site)
        end.callback(_end, money)
        for number in range(WORKERS):
            money.start(number)
        await asyncio.gather(*(money.ready(number) for number in range(WORKERS)))
        await _visits(money)
        return await _figures(money, pool)


async def _visits(money: Shoppers) -> None:
    """All of them, some at once; one process is killed in the middle and started again."""
    turns = asyncio.Semaphore(AT_ONCE)

    async with aiohttp.ClientSession() as http:

        async def one(number: int) -> None:
            async with turns:
                if number == VISITS // 6:
                    await asyncio.to_thread(money.kill, WORKERS - 1)
                    money.start(WORKERS - 1)
                await money.visit(number, http)

        await asyncio.gather(*(one(number) for number in range(VISITS)))


async def _figures(money: Shoppers, pool: asyncpg.Pool) -> dict[str, Any]:
    """What left beside the budget, and who has which code; in the rows and as the pages saw it."""
    given = [code for codes in money.codes.values() for code in codes]
    rows = await pool.fetch("SELECT session_id, code FROM marts.claims")
    voided = await pool.fetchval("SELECT count(*) FROM raw.void_offers")
    both = await pool.fetchval("SELECT count(*) FROM raw.void_offers JOIN marts.claims USING (site_id, decision_id)")
    spent = COST * (len(money.offers) - voided)
    most = BUDGET * (1 + int(time.time() // DAY_S) - money.began_day) + COST
    in_rows = {row["session_id"].bytes: row["code"] for row in rows}
    seen_alike = all({in_rows.get(who)} == codes for who, codes in money.codes.items())
    return {
        "passed": spent <= most
        and len(money.offers) >= BUDGET // COST // 2
        and len(given) == len(set(given)) == len(in_rows) == len({row["code"] for row in rows})
        and seen_alike
        and not both
        and not money.wrongly_taken,
        "workers": WORKERS,
        "visits": VISITS,
        "budget_minor": BUDGET,
        "offers_left": len(money.offers),
        "offers_void": voided,
        "spent_minor": spent,
        "most_allowed_minor": most,
        "codes": CODES,
        "codes_given": len(given),
        "codes_given_twice": len(given) - len(set(given)),
        "visits_with_two_codes": sum(len(codes) > 1 for codes in money.codes.values()),
        "claimed_though_void": both,
        "forged_or_foreign_taken": money.wrongly_taken,
        "claim_answers": money.answers,
        "reasons": {r["reason"]: r["n"] for r in await pool.fetch(_REASONS)},
    }


def _end(money: Shoppers) -> None:
    for process in money.processes:
        if process is not None and process.poll() is None:
            process.terminate()
    for process in money.processes:
        if process is not None:
            process.wait(30)
