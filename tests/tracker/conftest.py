"""A real Chromium and a shop for it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from server.embedded.system import free_port
from tests.support.browser import chromium
from tests.tracker.shop import Shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop(free_port())
    await shop.start()
    yield shop
    await shop.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    # The back/forward cache is what half of these tests are about.
    async with chromium(keeps_pages=True) as browser:
        yield browser


@pytest.fixture
async def context(browser: Browser) -> BrowserContext:
    return await browser.new_context()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"the tracker threw into the page: {error}"))
    return page
