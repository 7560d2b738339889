"""What a tag leaves behind: memory over many routes of a single-page shop, and whether anything moves when an offer comes."""

import asyncio
from collections.abc import Iterable
from typing import Any

from playwright.async_api import Browser, CDPSession, Page

from bench.tracker.browser import visitor
from bench.tracker.numbers import slope
from bench.tracker.offers import OFFERS

SAMPLE_EVERY = 10
WARM_UP_SHARE = 0.2
"""What is compiled or cached at first use is in memory by then."""
ROUTE_S = 0.08
"""Longer than the tracker waits for a route to settle, so that each one is a view."""
FLAT_BYTES = 512
"""Growth for each route above that of the plain page that still counts as flat: the heap's own noise."""

_SHIFTS = """
window.moved = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) moved += entry.value; })
  .observe({ type: 'layout-shift', buffered: true });
"""
_ASK = "(kind) => fifthclick('track', 'ask', { label: kind })"
_SHOWN = "() => dataLayer.some((entry) => entry.action_event === 'shown')"
# Two frames later every shift is in the list.
_MOVED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(moved), 50))))"


async def heap(browser: Browser, base_url: str, variant: str, navigations: int) -> dict[str, Any]:
    """The heap, the nodes and the listeners after so many routes, each time after a full garbage collection."""
    async with visitor(browser) as (page, session):
        await page.goto(f"{base_url}/{variant}/c-0", wait_until="networkidle")
        await session.send("HeapProfiler.enable")
        await session.send("Performance.enable")
        samples = [{"navigations": 0, **await _memory(session)}]
        for number in range(1, navigations + 1):
            await page.evaluate("go", number)
            await page.mouse.move(300 + number, 300)
            await asyncio.sleep(ROUTE_S)
            if number % SAMPLE_EVERY == 0:
                samples.append({"navigations": number, **await _memory(session)})
    return {**growth(samples), "samples": samples}


async def _memory(session: CDPSession) -> dict[str, int]:
    # The second one frees what the first one's finalizers let go of.
    await session.send("HeapProfiler.collectGarbage")
    await session.send("HeapProfiler.collectGarbage")
    found = {m["name"]: m["value"] for m in (await session.send("Performance.getMetrics"))["metrics"]}
    return {
        "bytes": int(found["JSHeapUsedSize"]),
        "nodes": int(found["Nodes"]),
        "listeners": int(found["JSEventListeners"]),
    }


def growth(samples: list[dict[str, int]]) -> dict[str, Any]:
    """Bytes, nodes and listeners that each route leaves behind, after the warm-up."""
    warm = [s for s in samples if s["navigations"] >= samples[-1]["navigations"] * WARM_UP_SHARE]
    xs = [float(s["navigations"]) for s in warm]
    return {
        "bytes_per_navigation": slope(xs, [float(s["bytes"]) for s in warm]),
        "nodes_per_navigation": slope(xs, [float(s["nodes"]) for s in warm])["slope"],
        "listeners_per_navigation": slope(xs, [float(s["listeners"]) for s in warm])["slope"],
    }


def is_flat(ours: dict[str, Any], bare: dict[str, Any]) -> bool:
    """Whether a route leaves no more behind than it does on the plain page."""
    extra = ours["bytes_per_navigation"]["slope"] - bare["bytes_per_navigation"]["slope"]
    kept = [ours[f"{what}_per_navigation"] - bare[f"{what}_per_navigation"] for what in ("nodes", "listeners")]
    return bool(extra < FLAT_BYTES and max(kept) < 0.05)


async def shifts(browser: Browser, base_url: str, kinds: Iterable[str] = OFFERS) -> dict[str, float]:
    """By kind of offer: how far the page moved when it was drawn and when it was closed, as layout-shift scores."""
    found: dict[str, float] = {}
    for kind in kinds:
        async with visitor(browser) as (page, _):
            await page.add_init_script(_SHIFTS)
            await page.goto(f"{base_url}/ours/c-0", wait_until="networkidle")
            await page.evaluate("scrollTo(0, 400)")
            found[kind] = await _moved_by(page, kind)
    return found


async def _moved_by(page: Page, kind: str) -> float:
    before: float = await page.evaluate(_MOVED)
    await page.evaluate(_ASK, kind)
    await page.wait_for_function(_SHOWN)
    await page.evaluate(_MOVED)
    await page.locator("[data-fc-layer] .x").click()
    after: float = await page.evaluate(_MOVED)
    return after - before
