"""How a page behaves, as Chromium measures it: told once as the page goes, in numbers, and not at all where that is off."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

VITALS, HIDDEN = 33, 24
MARK = '<meta name="fc:page-type" content="product">'
BUTTON = "<button id=slow style='position:fixed;bottom:0;left:0'>Choose</button>"
JUMP = """
() => new Promise((done) => {
  const block = document.createElement('div')
  block.style.height = '400px'
  document.body.prepend(block)
  requestAnimationFrame(() => requestAnimationFrame(done))
})
"""
SLOW = """
void (document.getElementById('slow').onclick = () => {
  const end = performance.now() + 700
  while (performance.now() < end);
})
"""
LOADED = """
async () => {
  const { name } = performance.getEntriesByType('resource').find(({ name }) => name.includes('/vitals.')) ?? {}
  return name ? import(name).then(() => true) : false
}
"""
HIDE = """
(isHidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden })
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
}
"""


def told(shop: Shop) -> list[list[Any]]:
    return [event[3:] for event in shop.wire.order if event[0] == VITALS]


async def opened(shop: Shop, page: Page, tag: str = "") -> None:
    shop.pages["/"] = MARK + FILLER * 3 + BUTTON + (tag or shop.tag)
    shop.pages["/next"] = FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("dwell"), "the first mark")


async def left(shop: Shop, page: Page) -> list[list[Any]]:
    """What was told once the page has been left, and the next one has brought what it kept."""
    await page.goto(f"{shop.url}/next")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the next page")
    return told(shop)


# shows: A5 H8
async def test_a_page_that_jumps_and_answers_slowly_says_so_in_numbers_as_it_goes(shop: Shop, page: Page) -> None:
    await opened(shop, page)
    await page.wait_for_function(LOADED)
    await page.evaluate(JUMP)
    await page.evaluate(SLOW)
    await page.click("#slow")
    await page.screenshot()  # a frame is drawn, without which nobody knows how long the answer took
    assert told(shop) == [], "nothing is told while the page is looked at"
    [[page_type, paint_ms, shift_permille, response_ms]] = await left(shop, page)
    assert page_type == "product"
    assert 0 < paint_ms < 4_000
    assert 100 < shift_permille < 1_000
    assert 700 <= response_ms < 4_000


async def test_a_calm_page_says_that_it_is_calm_and_what_follows_a_hand_is_no_jump(shop: Shop, page: Page) -> None:
    await opened(shop, page)
    await page.wait_for_function(LOADED)
    await page.evaluate(f"void (document.getElementById('slow').onclick = {JUMP})")
    await page.click("#slow")
    [[_, paint_ms, shift_permille, response_ms]] = await left(shop, page)
    assert paint_ms > 0
    assert (shift_permille, response_ms < 500) == (0, True)


async def test_a_tab_that_comes_and_goes_tells_again_only_what_got_worse(shop: Shop, page: Page) -> None:
    await opened(shop, page)
    await page.wait_for_function(LOADED)
    for _ in range(2):
        await page.evaluate(HIDE, True)
        await page.evaluate(HIDE, False)
    await until(lambda: [e[0] for e in shop.wire.order].count(HIDDEN) == 2, "both times")
    assert len(told(shop)) == 1
    names = [event[0] for event in shop.wire.order]
    assert names.index(VITALS) < names.index(HIDDEN), "queued before the tab's own last words are sent"
    await page.evaluate(JUMP)
    assert [values[2] > 100 for values in await left(shop, page)] == [False, True]


async def test_switched_off_nothing_is_loaded_watched_or_told(shop: Shop, page: Page) -> None:
    await opened(shop, page, shop.tag.replace("<script", "<script data-off=vitals"))
    await until(lambda: any("/r." in line for line in shop.wire.requests), "what is loaded beside it")
    await page.evaluate(JUMP)
    assert await left(shop, page) == []
    first = shop.wire.requests[: shop.wire.requests.index("GET /next")]
    assert not any("/vitals." in line for line in first)
    assert not any(e[3:4] == ["fc_setting_ignored"] for e in shop.wire.order)


async def test_a_page_that_was_left_alone_for_half_an_hour_begins_no_visit_by_this(shop: Shop, page: Page) -> None:
    await opened(shop, page)
    await page.wait_for_function(LOADED)
    await page.evaluate("Date.now = ((now) => () => now() + 1_900_000)(Date.now)")
    assert await left(shop, page) == []
    assert len({hello[3] for hello in shop.wire.hellos}) == 1
