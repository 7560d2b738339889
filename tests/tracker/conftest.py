"""A real Chromium and a shop for it."""

from collections.abc import AsyncIterator
from itertools import cycle

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.tracker.shop import Shop

_ports = cycle(range(8752, 8769))
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop(next(_ports))
    await shop.start()
    yield shop
    await shop.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=ARGUMENTS,
            # The back/forward cache is what half of these tests are about.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: Browser) -> BrowserContext:
    return await browser.new_context()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the tracker threw into the page: {error}"))
    return page
