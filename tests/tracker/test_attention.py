"""What the second bundle captures: time, silence, sections, fields, anger, and leaving. Each with what must not count."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

IDLE, EXIT, RAGE, SECTION, HIDDEN, VISIBLE, FIELD = 20, 21, 22, 23, 24, 25, 26


def of(shop: Shop, tag: int) -> list[list[Any]]:
    return [event[3:] for event in shop.wire.order if event[0] == tag]


async def opened(shop: Shop, page: Page, body: str) -> None:
    """The page with its second bundle running: its first dwell mark is there."""
    shop.pages["/"] = body + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("dwell"), "the first mark")


async def marker(shop: Shop, page: Page) -> None:
    """Whatever was captured before this is here when it returns."""
    name = f"marker_{len(shop.wire.order)}"
    await page.evaluate("(name) => fifthclick('track', name)", name)
    await until(lambda: shop.wire.order[-1][3:] == [name], "the marker")


# shows: A4 A5
async def test_dwell_and_silence_come_at_their_marks(shop: Shop, page: Page) -> None:
    await page.clock.install()
    shop.pages["/"] = "<section data-fc-view=reviews style='height:300px'>Reviews</section>" + shop.tag
    await page.goto(shop.url)
    await page.clock.run_for(3000)
    await until(lambda: shop.wire.of("page_view"), "the view")
    for _ in range(70):
        await page.clock.run_for(1000)
    await until(lambda: len(of(shop, IDLE)) == 2, "two marks of silence")
    assert [e[3] for e in shop.wire.of("dwell")][:6] == [2000, 5000, 10_000, 20_000, 30_000, 60_000]
    assert of(shop, IDLE) == [[15_000, "reviews"], [45_000, "reviews"]]


async def test_a_section_counts_after_a_second_on_screen_and_one_below_does_not(shop: Shop, page: Page) -> None:
    await opened(
        shop,
        page,
        f"<section data-fc-view=top style='height:200px'>T</section>{FILLER * 60}<section data-fc-view=end>E</section>",
    )
    await until(lambda: of(shop, SECTION), "the section")
    await marker(shop, page)
    [[name, visible_ms]] = of(shop, SECTION)
    assert name == "top"
    assert 1000 <= visible_ms < 4000
    assert of(shop, IDLE) == []


async def test_a_field_is_left_filled_or_empty_and_its_words_stay(shop: Shop, page: Page) -> None:
    await opened(shop, page, "<input id=a><input id=b><input id=c type=checkbox><div data-fc-ignore><input id=d></div>")
    await page.fill("#a", "something")
    await page.focus("#b")
    await page.focus("#c")
    await page.focus("#d")
    await page.focus("#a")
    await marker(shop, page)
    assert [fields[0] for fields in of(shop, FIELD)] == [True, False]


# shows: A5
async def test_three_quick_clicks_on_a_spot_are_rage_and_two_are_not(shop: Shop, page: Page) -> None:
    await opened(shop, page, "<button id=dead>Buy</button><button id=far style='margin-left:300px'>B</button>")
    await page.click("#dead", click_count=2)
    await page.click("#far")
    await marker(shop, page)
    assert of(shop, RAGE) == []
    await page.click("#dead", click_count=3)
    await marker(shop, page)
    assert len(of(shop, RAGE)) == 1


# shows: F6
async def test_leaving_fast_through_the_top_is_exit_intent_once_and_a_slow_slip_is_not(shop: Shop, page: Page) -> None:
    await opened(shop, page, FILLER)
    await page.mouse.move(300, 300)
    await page.evaluate(
        """(steps) => {
          const fire = (type, y, more) => document.body.dispatchEvent(
            new PointerEvent(type, { clientX: 300, clientY: y, bubbles: true, pointerType: 'mouse', ...more }));
          window.leave = async (fromY, waitMs) => {
            fire('pointermove', fromY);
            await new Promise((done) => setTimeout(done, waitMs));
            fire('pointerout', 0, { relatedTarget: null });
            await new Promise((done) => setTimeout(done, 250));
          };
        }""",
        None,
    )
    await page.evaluate("leave(5, 200)")
    await marker(shop, page)
    assert of(shop, EXIT) == []
    await page.evaluate("leave(300, 40)")
    await page.evaluate("leave(300, 40)")
    await marker(shop, page)
    assert of(shop, EXIT) == [["pointer"]]


async def test_a_change_of_tabs_is_told_and_leaving_the_page_is_none(shop: Shop, page: Page) -> None:
    await opened(shop, page, "<a href=/next>Next</a>" + FILLER)
    await page.evaluate(
        """() => {
          let hidden = false;
          Object.defineProperty(document, 'hidden', { get: () => hidden });
          window.turn = (to) => { hidden = to; document.dispatchEvent(new Event('visibilitychange')); };
        }"""
    )
    await page.evaluate("turn(true)")
    await until(lambda: of(shop, HIDDEN), "the tab to hide")
    await page.evaluate("turn(false)")
    await until(lambda: of(shop, VISIBLE), "the tab to come back")
    await page.click("a")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the next page")
    assert len(of(shop, HIDDEN)) == 1
