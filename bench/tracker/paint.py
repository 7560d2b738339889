"""From a captured event to the painted offer, with the real server on the same machine and the renderer loaded at rest.

Every offer is of a page of its own, as shops reload at each click. The page's clock is used: the tracker says when the deciding
event was captured, an observer of ours sees the frame that holds the offer.
"""

import asyncio
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import numpy as np
from playwright.async_api import Browser, Page

from bench.processes import free_port, running, wait_until_ready
from bench.sockets import until_known
from bench.tracker.browser import visitor
from server.settings import load_settings
from server.store.publish import add_site, publish_rules
from server.store.running import connect_info

PER_VISIT = 5
"""No rules allow more offers for a visit."""
AT_ONCE = 8
"""Visits that wait together until offers may come; then they take theirs one after another, so that none disturbs another."""
QUIET_S = 5.0
"""No offer comes sooner after landing, whatever the rules say."""

_ACTION = """
[[actions]]
id = "read-{number}"
segments = ["likely_to_buy", "on_the_fence", "unlikely_to_buy"]

[actions.action]
type = "content"
title = "Something to read"
url = "{url}"
"""
_RULES = """
[pacing]
after_page_views = 1
gap_ms = 0
shows_per_session = 5

# Every page must have its offer, whatever it is worth.
[choosing]
by = "order"

[arms]
holdout_share = 0.0
new_action_share = 0.0
no_holdout_because = "every visit of this measurement must see its offers"
"""


def rules(url: str) -> str:
    """Rules under which each page of a visit has an offer, until it has seen as many as rules allow; its button leads to `url`."""
    return _RULES + "".join(_ACTION.format(number=number, url=url) for number in range(3))


_WATCH = """
(() => {
  // [tag, when] of what was captured, as the tracker's debug words tell it.
  let deciding = 0;
  const moments = [19, 20, 22, 23, 25];
  const log = console.log;
  console.log = (...words) => {
    if (words[0] !== 'fifthclick' || !Array.isArray(words[2])) return log.apply(console, words);
    if (moments.includes(words[2][0]) && !window.drawn) deciding = performance.now();
    if (words[2][0] === 27) window.told = words[2][5];
  };
  const stub = (window.fifthclick = function () { stub.q.push(arguments); });
  stub.q = [['debug']];
  new MutationObserver((_, self) => {
    if (!document.querySelector('[data-fc-layer]')) return;
    self.disconnect();
    const captured = deciding;
    requestAnimationFrame(() => setTimeout(() => { window.drawn = performance.now() - captured; }));
  }).observe(document, { childList: true, subtree: true });
})();
"""
_BOTH = "() => window.drawn !== undefined && window.told !== undefined && [window.told, window.drawn]"


class Served(NamedTuple):
    """A server that starts, or has."""

    process: subprocess.Popen[bytes]
    port: int
    data: str

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served() -> Iterator[Served]:
    """The real server in an empty folder. It is ready some seconds later."""
    with tempfile.TemporaryDirectory(prefix="fifthclick-bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        port, data = free_port(), str(Path(folder) / "data")
        words = ("-m", "server", "serve", "--port", str(port), "--data-dir", data)
        with running(*words, log=Path(folder) / "serve.log") as process:
            yield Served(process, port, data)


async def measure(browser: Browser, shop_url: str, server: Served, offers: int) -> dict[str, Any]:
    """Milliseconds of at least that many offers, by the tracker's own account and by the observer's."""
    wait_until_ready(server.base_url, server.process)
    site = await _site(server, shop_url)
    page_url = f"{shop_url}/ours/c-{{}}?site={site}&host={server.base_url}/_fc"
    found: list[tuple[float, float]] = []
    while len(found) < offers:
        visits = min(AT_ONCE, -(-(offers - len(found)) // PER_VISIT))
        found += await _visits(browser, page_url, visits)
    return figures(found)


def figures(found: list[tuple[float, float]]) -> dict[str, Any]:
    told, seen = zip(*found, strict=True)
    return {
        "offers": len(found),
        "p50": float(np.percentile(told, 50)),
        "p99": float(np.percentile(told, 99)),
        "max": float(max(told)),
        "p50_seen": float(np.percentile(seen, 50)),
        "p99_seen": float(np.percentile(seen, 99)),
    }


async def _site(server: Served, shop_url: str) -> str:
    info = connect_info(load_settings(data_dir=server.data))
    async with asyncpg.create_pool(info.database_url, min_size=1, max_size=1) as pool:
        site = await add_site(pool, name="bench", origins=[shop_url], is_demo=True)
        await publish_rules(pool, site.site_id, rules("http://127.0.0.1/guide"), "for a measurement")
        await until_known(server.base_url, site.key)
        return site.key


async def _visits(browser: Browser, page_url: str, count: int) -> list[tuple[float, float]]:
    async with AsyncExitStack() as end:
        pages: list[Page] = []
        for _ in range(count):
            page, _session = await end.enter_async_context(visitor(browser))
            await page.add_init_script(_WATCH)
            await page.goto(page_url.format("landing"), wait_until="networkidle")
            pages.append(page)
        # The last one landed just now. Offers that come meanwhile are of other events: each page that follows brings its own.
        await asyncio.sleep(QUIET_S)
        return [await _offer(page, page_url.format(n)) for page in pages for n in range(await _left(page))]


async def _left(page: Page) -> int:
    """How many offers this visit may still see: the landing page may have had one by its own dwell."""
    had = await page.evaluate("() => window.told !== undefined")
    return PER_VISIT - 1 if had else PER_VISIT


async def _offer(page: Page, url: str) -> tuple[float, float]:
    """Three quick clicks that lead nowhere are a moment at which the policy decides."""
    await page.goto(url, wait_until="networkidle")
    await page.bring_to_front()
    await page.click("header b", click_count=3)
    handle = await page.wait_for_function(_BOTH, timeout=20_000)
    told, seen = await handle.json_value()
    return float(told), float(seen)
