"""The kill switch over four server processes, two of which have no log: how long until the last of 120 open pages lets go."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from bench.processes import ENVIRONMENT, free_port, wait_until_open
from bench.sockets import until_known
from server.store.publish import add_site, publish_rules
from tests.merchant.open_page import SEEN_WITHIN_S, OpenPage, open_page, rules_of
from tests.support.builders import ORIGIN
from tests.support.stack import Stack

PAGES_EACH = 30
ROUNDS = 3


def run(options: argparse.Namespace) -> dict[str, Any]:
    with ExitStack() as end:
        folder = Path(end.enter_context(tempfile.TemporaryDirectory(prefix="fifthclick-test-", dir="/var/tmp")))
        folder.chmod(0o755)
        stack = Stack(folder / "data", free_port(), free_port())
        stack.start(verb="serve")
        end.callback(stack.stop)
        nobody = f"nats://127.0.0.1:{free_port()}"
        others = [
            end.enter_context(_gateway(stack, folder / str(number), nats_url))
            for number, nats_url in enumerate((stack.info.nats_url, nobody, nobody))
        ]
        return asyncio.run(_measure(stack, [stack.base_url, *others]))


@contextmanager
def _gateway(stack: Stack, data: Path, nats_url: str) -> Iterator[str]:
    """One more process that faces browsers, on the same database. Gives its address."""
    port = free_port()
    environment = {
        **ENVIRONMENT, "DATABASE_URL": stack.info.database_url, "NATS_URL": nats_url, "FIFTHCLICK_ROLES": "gateway",
    }  # fmt: skip
    words = [sys.executable, "-m", "server", "serve", "--port", str(port), "--data-dir", str(data)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        wait_until_open(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


async def _measure(stack: Stack, addresses: list[str]) -> dict[str, Any]:
    async with asyncpg.create_pool(stack.info.database_url, min_size=1, max_size=1) as pool, AsyncExitStack() as end:
        site = await add_site(pool, name="Shop", origins=[ORIGIN], is_demo=True)
        await publish_rules(pool, site.site_id, rules_of("guide"))
        for address in addresses:
            await until_known(address, site.key)
        pages = [
            await end.enter_async_context(open_page(address, site.key))
            for address in addresses
            for _ in range(PAGES_EACH)
        ]
        took_s = []
        for _ in range(ROUNDS):
            for page in pages:
                await page.rest_until(lambda told: told.action_id == "guide")
            took_s.append(await _killed(stack, pages))
            await asyncio.to_thread(stack.cli, "rules", "revive", site.site_id)
    return {
        "passed": max(took_s) < SEEN_WITHIN_S,
        "processes": len(addresses),
        "pages": len(pages),
        "cores": os.cpu_count(),
        "last_page_after_s": [round(seconds, 2) for seconds in took_s],
    }


async def _killed(stack: Stack, pages: list[OpenPage]) -> float:
    """Seconds from the command, its start as a process included, to the last page that was told."""
    before = [len(page.withdrawn) for page in pages]
    started = time.monotonic()
    typed = asyncio.create_task(asyncio.to_thread(stack.cli, "rules", "kill", "shop"))
    await asyncio.gather(
        *(page.until(lambda page=page, n=n: len(page.withdrawn) > n) for page, n in zip(pages, before, strict=True))  # type: ignore[misc]
    )
    took_s = time.monotonic() - started
    await typed
    return took_s
