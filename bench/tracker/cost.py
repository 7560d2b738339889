"""What a tag costs the page: the main thread's time while it loads, with each click, and at rest. All in random order."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import Random
from time import perf_counter
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
REST_S = 3.2
"""What was batched goes within this time, PostHog's after three seconds."""
PLACES = ((640, 500), (400, 700), (900, 600), (150, 420), (640, 300), (1150, 650))

_FILES = """() => performance.getEntriesByType('resource')
  .map((entry) => /\\/tag\\/(.*\\.js)/.exec(entry.name)?.[1])
  .filter(Boolean).map((name) => name.replace(/\\/.*\\//, '/'))"""

Key = tuple[str, float]
"""(variant, slowdown)."""


class Clicks(NamedTuple):
    """The script's milliseconds that each click adds, and those of each second in which nobody does anything."""

    each_ms: float
    still_ms_per_s: float


class Cost(NamedTuple):
    """What was read of each variant at each slowdown, and which files each variant's page has loaded, as `variant/name`."""

    loads: dict[Key, list[Reading]]
    clicks: dict[Key, list[Clicks]]
    files: dict[str, set[str]]


async def measure(
    browser: Browser,
    base_url: str,
    *,
    slowdowns: Sequence[float],
    loads: int,
    click_rounds: int,
    clicks: int,
    rest_s: float,
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
                    cost.clicks[key].append(await click(session, tracing, base_url, variant, clicks, rest_s))
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


async def click(
    session: CDPSession, tracing: Tracing, base_url: str, variant: str, count: int, rest_s: float = REST_S
) -> Clicks:
    """What each of so many clicks adds, what it does later included: what the page costs anyhow in that time is taken off.

    A click goes before them: what a page does once, at its first sign of life, is no part of any other.
    """
    read_ms = partial(_recorded_ms, tracing, base_url, variant)
    await _press(session, 0)
    await asyncio.sleep(rest_s)
    still_ms, still_s = await read_ms(partial(asyncio.sleep, rest_s))

    async def press_all() -> None:
        for number in range(1, count + 1):
            await _press(session, number)
        await asyncio.sleep(rest_s)

    all_ms, all_s = await read_ms(press_all)
    per_s = still_ms / still_s
    return Clicks((all_ms - per_s * all_s) / count, per_s)


async def _press(session: CDPSession, number: int) -> None:
    x, y = PLACES[number % len(PLACES)]
    mouse = {"x": x, "y": y, "button": "left", "clickCount": 1}
    await session.send("Input.dispatchMouseEvent", {"type": "mousePressed", **mouse})
    await session.send("Input.dispatchMouseEvent", {"type": "mouseReleased", **mouse})
    await asyncio.sleep(CLICK_S)


async def _recorded_ms(
    tracing: Tracing, base_url: str, variant: str, during: Callable[[], Awaitable[None]]
) -> tuple[float, float]:
    """The script's milliseconds during this, and how many seconds it took."""
    async with tracing.recording() as events:
        begun = perf_counter()
        await during()
        passed_s = perf_counter() - begun
    return read(events, base_url, script_url(base_url, variant)).script_ms, passed_s
