"""The report's page in a real browser: it fits a phone and a desk, light and dark, fetches nothing and prints."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Page, Request

from tests.store.reported import MARCH, Run, pictured
from tests.support.axe import axe_says
from tests.support.browser import chromium


# shows: I4
@pytest.mark.timeout(120)
async def test_the_page_fits_every_screen_and_fetches_nothing(
    reported: Run, postgres_url: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await pictured(postgres_url, connection)
    _, html, _ = await reported(*MARCH)
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    async with chromium() as browser:
        for width, scheme in ((375, "dark"), (768, "light"), (1280, "light")):
            page: Page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            asked: list[str] = []
            page.on("request", _noting(asked))
            await page.goto(file.as_uri())
            assert await page.evaluate("document.documentElement.scrollWidth") == width
            assert asked == [file.as_uri()]
            await page.locator("summary").first.click()
            assert await page.locator("details[open] pre").first.is_visible()
            assert await axe_says(page) == []
            await page.close()


def _noting(asked: list[str]) -> Callable[[Request], None]:
    def note(request: Request) -> None:
        asked.append(request.url)

    return note
