"""A Chromium to measure in: no automation marks, since others look away where they see one; traces, throttling, raw input."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from bench.tracker.trace import CATEGORIES

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-blink-features=AutomationControlled",
    # The heap is read to the byte.
    "--enable-precise-memory-info",
]
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36"


def chromium_path() -> str:
    """Where Chromium is. Raises RuntimeError with a next step where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("no Chromium on this machine. Next: tools/setup.sh browser, or install it yourself")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visitor(browser: Browser, *, slowdown: float = 1.0) -> AsyncIterator[tuple[Page, CDPSession]]:
    """A new visitor with nothing stored or cached, on a machine that is so many times slower."""
    context: BrowserContext = await browser.new_context(
        viewport={"width": 1280, "height": 800}, user_agent=AGENT.format(browser.version)
    )
    try:
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        if slowdown > 1:
            await session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        yield page, session
    finally:
        await context.close()


class Tracing:
    """The browser's own tracing, one recording at a time."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._events: list[dict[str, Any]] = []
        self._ended = asyncio.Event()
        session.on("Tracing.dataCollected", lambda data: self._events.extend(data["value"]))
        session.on("Tracing.tracingComplete", lambda _: self._ended.set())

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[list[dict[str, Any]]]:
        """What is traced within; the list is full when the block has ended."""
        self._events.clear()
        self._ended.clear()
        events: list[dict[str, Any]] = []
        config = {"includedCategories": CATEGORIES, "excludedCategories": ["*"]}
        await self._session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
        try:
            yield events
        finally:
            await self._session.send("Tracing.end")
            await self._ended.wait()
            events.extend(self._events)
