"""SIGKILL in the middle of journeys in a real browser: each page keeps its list, and Postgres must hold every line of it once.

The server is killed and started again on the same folder and port while shoppers walk on; their pages notice nothing.
"""

import argparse
import asyncio
import random
from typing import Any

from tests.support.browser import chromium, shopper
from tests.support.journeys import until_stored
from tests.support.served import ServedShop, served_shop
from tests.support.stack import Stack

SHOPPERS = 4
PAGES = 10
KILLS = 4
PATHS = ("/c/headphones", "/p/aurora-one", "/blog", "/faq", "/blog/which-headphones", "/cart", "/c/speakers", "/")


def run(options: argparse.Namespace) -> dict[str, Any]:
    with served_shop() as served:
        return asyncio.run(journeys(served, shoppers=SHOPPERS, pages=PAGES, kills=KILLS))


async def journeys(served: ServedShop, *, shoppers: int, pages: int, kills: int, seed: int = 1) -> dict[str, Any]:
    """Plays the shoppers while the server is killed `kills` times. Figures, with `passed`."""
    async with chromium() as browser:
        playing = [
            asyncio.create_task(_visit(served, browser, random.Random(f"{seed}:{n}"), pages)) for n in range(shoppers)
        ]
        killing = asyncio.create_task(_kill(served.stack, playing, kills))
        results = await asyncio.gather(*playing)
        killed = await killing
    return {
        "passed": killed == kills and all(r["missing"] == 0 and r["errors"] == [] for r in results),
        "shoppers": shoppers,
        "kills": killed,
        "listed_events": sum(r["listed"] for r in results),
        "stored_events": sum(r["stored"] for r in results),
        "missing_events": sum(r["missing"] for r in results),
        "page_errors": [error for r in results for error in r["errors"]],
    }


async def _visit(served: ServedShop, browser: Any, chance: random.Random, pages: int) -> dict[str, Any]:
    async with shopper(browser) as visitor:
        for _ in range(pages):
            await visitor.goto(served.shop_url + chance.choice(PATHS))
            await visitor.rest("dwell", chance.choice((1, 2)))
        listed = await visitor.listed()
        rows = await until_stored(served.stack, visitor, seconds=90)
        return {"listed": len(listed), "stored": len(rows), "missing": 0, "errors": visitor.errors}


async def _kill(stack: Stack, playing: list[asyncio.Task[Any]], kills: int) -> int:
    """Kills and starts again, a few seconds apart, while somebody still walks."""
    done = 0
    for _ in range(kills):
        await asyncio.wait(playing, timeout=5)
        await asyncio.to_thread(stack.kill)
        await asyncio.wait(playing, timeout=1)
        await asyncio.to_thread(stack.start, verb="serve")
        done += 1
    return done
