"""What a tag costs the page: the main thread's time while it loads, and with each click. Loads and clicks in random order."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from playwright.async_api import Browser, CDPSession, Page

from bench.tracker.browser import Tracing, visitor
from bench.tracker.shop import VARIANTS
from bench.tracker.trace import Reading, read

SETTLE_S = 0.7
"""After the network is idle: what waits for a quiet page has run by then, our writing of the queue a second after the view too."""
CLICK_S = 1.1
"""A shopper's pace: each click has its own frame, its own ack (server/live paces them to one a second) and its own write.
Faster ones would share them, which no shop sees. Our renderer is not in the load:
it comes with the first click, or two seconds after the late chunk."""
PLACES = ((640, 500), (400, 700), (900, 600), (150, 420), (640, 300), (1150, 650))

_FILES = """() => performance.getEntriesByType('resource')
  .map((entry) => /\\/tag\\/(.*\\.js)/.exec(entry.name)?.[1])
  .filter(Boolean).map((name) => name.replace(/\\/.*\\//, '/'))"""

Key = tuple[str, float]
"""(variant, slowdown)."""


class Cost(NamedTuple):
    """What was read of each variant at each slowdown, and which files each variant's page has loaded, as `variant/name`."""

    loads: dict[Key, list[Reading]]
    clicks: dict[Key, list[float]]
    files: dict[str, set[str]]


async def measure(
    browser: Browser,
    base_url: str,
    *,
    slowdowns: Sequence[float],
    loads: int,
    click_rounds: int,
    clicks: int,
    done: Callable[[], None] = lambda: None,
) -> Cost:
    """Every variant at every slowdown, so many times; the order is new in each round, so that no drift favours one."""
    tracing = Tracing(await browser.new_browser_cdp_session())
    cost = Cost(defaultdict(list), defaultdict(list), defaultdict(set))
    random = Random(7)
    for number in range(loads):
        keys: list[Key] = [(variant, slowdown) for variant in VARIANTS for slowdown in slowdowns]
        random.shuffle(keys)
        for key in keys:
            variant, slowdown = key
            async with visitor(browser, slowdown=slowdown) as (page, session):
                cost.loads[key].append(await load(page, tracing, base_url, variant))
                cost.files[variant].update(await page.evaluate(_FILES))
                if number < click_rounds and slowdown == 1:
                    cost.clicks[key].append(await click(page, session, tracing, base_url, variant, clicks))
            done()
    return cost


def script_url(base_url: str, variant: str) -> str:
    """Where the variant's files are; the plain page has none, and is read as if they were ours: the control."""
    return f"{base_url}/tag/{variant}/"


async def load(page: Page, tracing: Tracing, base_url: str, variant: str) -> Reading:
    """One first visit, until the network is idle and what waited for that has run."""
    url = f"{base_url}/{variant}/c-0"
    async with tracing.recording() as events:
        await page.goto(url, wait_until="networkidle")
        await asyncio.sleep(SETTLE_S)
    return read(events, base_url, script_url(base_url, variant))


async def click(page: Page, session: CDPSession, tracing: Tracing, base_url: str, variant: str, count: int) -> float:
    """The script's milliseconds for each of so many clicks, what it does later included."""
    async with tracing.recording() as events:
        for number in range(count):
            x, y = PLACES[number % len(PLACES)]
            mouse = {"x": x, "y": y, "button": "left", "clickCount": 1}
            await session.send("Input.dispatchMouseEvent", {"type": "mousePressed", **mouse})
            await session.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **mouse})
            await asyncio.sleep(CLICK_S)
        # What was batched goes within this time, PostHog's after three seconds.
        await asyncio.sleep(3.2)
    return read(events, base_url, script_url(base_url, variant)).script_ms / count
