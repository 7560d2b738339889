"""The switches of the tag: what each group switches off, how soon somebody leaves, and what becomes of a word that is wrong."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

CLICK, SCROLL, DWELL, IDLE, EXIT, RAGE, SECTION, HIDDEN, FIELD, CUSTOM = 17, 18, 19, 20, 21, 22, 23, 24, 26, 32

EVERYTHING = """() => {
  const fire = (type, y, more) => document.body.dispatchEvent(
    new PointerEvent(type, { clientX: 300, clientY: y, bubbles: true, pointerType: 'mouse', ...more }));
  window.leave = async (speedPxMs, outsideMs) => {
    const from = 4000;
    fire('pointermove', from);
    await new Promise((done) => setTimeout(done, from / speedPxMs));
    fire('pointerout', 0, { relatedTarget: null });
    await new Promise((done) => setTimeout(done, outsideMs));
    fire('pointermove', 5);
  };
}"""
BODY = (
    "<section data-fc-view=top style='height:100px'>T</section><input id=a><input id=b>"
    "<button id=dead>Buy</button>" + FILLER * 30
)


def tags(shop: Shop) -> set[int]:
    return {event[0] for event in shop.wire.order}


def of(shop: Shop, tag: int) -> list[list[Any]]:
    return [event[3:] for event in shop.wire.order if event[0] == tag]


async def opened(shop: Shop, page: Page, attributes: str) -> None:
    """The page with its late chunk running: it has told the setting that nobody understands."""
    shop.pages["/"] = BODY + shop.tag.replace("<script", f"<script {attributes}")
    await page.goto(shop.url)
    await page.evaluate(EVERYTHING)


async def marker(shop: Shop, page: Page) -> None:
    name = f"marker_{len(shop.wire.order)}"
    await page.evaluate("(name) => fifthclick('track', name)", name)
    await until(lambda: shop.wire.order[-1][3:] == [name], "the marker")


async def do_all(shop: Shop, page: Page) -> None:
    """Everything that any group captures, but time."""
    await page.wait_for_function("performance.now() > 3500")
    await page.fill("#a", "x")
    await page.focus("#b")
    await page.click("#dead", click_count=3)
    await page.evaluate("leave(8, 400)")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
          Object.defineProperty(document, 'hidden', { get: () => false });
          document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    await page.wait_for_function("performance.now() > 5800")
    await marker(shop, page)


# shows: A4 A5
async def test_every_group_is_on_until_it_is_switched_off(shop: Shop, page: Page) -> None:
    await opened(shop, page, "data-exit=medium")
    await do_all(shop, page)
    assert {CLICK, SCROLL, DWELL, EXIT, RAGE, SECTION, HIDDEN, FIELD} <= tags(shop)
    assert [fields for fields in of(shop, CUSTOM) if "fc_setting_ignored" in fields] == []


# shows: A4 A5
async def test_groups_that_are_off_are_silent_and_what_was_said_of_them_is_no_mistake(shop: Shop, page: Page) -> None:
    await opened(
        shop, page, 'data-off="clicks, scroll dwell idle sections fields rage exit pointer tabs product forms vitals"'
    )
    await do_all(shop, page)
    assert tags(shop) <= {1, CUSTOM}
    assert [fields for fields in of(shop, CUSTOM) if "fc_setting_ignored" in fields] == []


async def test_one_group_that_is_off_leaves_the_others_alone(shop: Shop, page: Page) -> None:
    await opened(shop, page, "data-off=fields")
    await do_all(shop, page)
    assert {CLICK, SCROLL, DWELL, EXIT, RAGE, SECTION, HIDDEN} <= tags(shop)
    assert FIELD not in tags(shop)


# shows: A4
async def test_a_setting_that_nobody_understands_is_told_once_and_its_default_holds(shop: Shop, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.add_init_script("window.fifthclick = Object.assign(() => {}, { q: [['debug']] })")
    await opened(shop, page, 'data-exit=often data-off="everything fields"')
    await do_all(shop, page)
    ignored = [fields for fields in of(shop, CUSTOM) if fields[0] == "fc_setting_ignored"]
    assert sorted(fields[2] for fields in ignored) == ["exit", "off"]
    assert len([line for line in said if "setting ignored" in line]) == 2
    assert "often" not in repr(shop.wire.order)
    assert EXIT in tags(shop)
    assert FIELD not in tags(shop), "the word that is right still counts"


@pytest.mark.parametrize(
    ("level", "speed", "outside_ms", "leaves"),
    [
        ("low", 1.0, 250, False),
        ("low", 1.0, 600, True),
        ("medium", 0.1, 600, False),
        ("medium", 1.0, 250, True),
        ("high", 0.1, 250, True),
    ],
)
async def test_the_level_says_how_fast_and_how_long_outside_is_leaving(
    shop: Shop, page: Page, level: str, speed: float, outside_ms: int, leaves: bool
) -> None:
    await page.clock.install()
    await opened(shop, page, f"data-exit={level}")
    for _ in range(10):
        await page.clock.run_for(1000)
    await until(lambda: DWELL in tags(shop), "the late chunk")
    leaving = asyncio.ensure_future(page.evaluate("([speed, ms]) => leave(speed, ms)", [speed, outside_ms]))
    while not leaving.done():
        await page.clock.run_for(50)
    await page.evaluate("fifthclick('track', 'over')")
    await page.clock.run_for(500)
    await until(lambda: ["over"] in of(shop, CUSTOM), "the marker")
    assert of(shop, EXIT) == ([["pointer"]] if leaves else [])


async def test_on_touch_a_flick_far_up_is_leaving_and_the_pages_own_way_to_its_top_is_not(
    shop: Shop, browser: Browser
) -> None:
    context = await browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    page = await context.new_page()
    await opened(shop, page, "data-exit=medium")
    await page.evaluate("document.querySelector('#dead').onclick = () => scrollTo(0, 0)")
    await page.wait_for_function("performance.now() > 4500")
    far = "scrollTo(0, 2500); new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))"
    await page.evaluate(far)
    await page.evaluate("document.querySelector('#dead').click()")
    await marker(shop, page)
    assert of(shop, EXIT) == []
    await page.wait_for_function("performance.now() > 7500")
    await page.evaluate(far)
    await page.evaluate("scrollTo(0, 100)")
    await until(lambda: of(shop, EXIT), "the intent to leave")
    assert of(shop, EXIT) == [["scroll_up"]]


# shows: A5
async def test_a_dwell_carries_how_far_the_mouse_went_and_how_many_clicks_were_dead(shop: Shop, page: Page) -> None:
    shop.pages["/"] = (
        "<button id=dead>Nothing</button><button id=live onclick='this.append(1)'>Something</button>"
        "<a id=next href='#there'>Below</a><p id=there>There</p>" + shop.tag
    )
    await page.goto(shop.url)
    await until(lambda: of(shop, DWELL), "the first mark, and so the late chunk")
    await page.mouse.move(100, 300)
    await page.mouse.move(600, 300)
    for name in ("#dead", "#live", "#next"):
        await page.evaluate("(name) => document.querySelector(name).click()", name)
        began = await page.evaluate("performance.now()")
        await page.wait_for_function("(began) => performance.now() - began > 1100", arg=began)
    await until(lambda: len(of(shop, DWELL)) > 1, "the next mark")
    _, px, dead = of(shop, DWELL)[1]
    assert px == 500
    assert dead == 1


async def test_without_pointer_and_rage_a_dwell_carries_no_sums(shop: Shop, page: Page) -> None:
    shop.pages["/"] = "<button id=dead>Nothing</button>" + shop.tag.replace(
        "<script", "<script data-off='pointer rage'"
    )
    await page.goto(shop.url)
    await until(lambda: of(shop, DWELL), "the first mark")
    await page.mouse.move(100, 300)
    await page.mouse.move(600, 300)
    await page.click("#dead")
    await until(lambda: len(of(shop, DWELL)) > 1, "the next mark")
    assert of(shop, DWELL)[1] == [5000, 0]


# shows: B4
async def test_what_is_masked_is_clicked_without_a_name_and_its_fields_and_sections_are_silent(
    shop: Shop, page: Page
) -> None:
    shop.pages["/"] = (
        "<div data-fc-mask><input id=a><button data-fc-event=secret id=b>B</button>"
        "<p data-fc-view=hidden_part>P</p></div><input id=c><p data-fc-view=open_part>P</p>" + shop.tag
    )
    await page.goto(shop.url)
    await until(lambda: of(shop, DWELL), "the late chunk")
    await page.fill("#a", "x")
    await page.click("#b")
    await page.fill("#c", "x")
    await page.focus("#b")
    await until(lambda: of(shop, SECTION), "the section that is not masked")
    await marker(shop, page)
    assert [fields[0] for fields in of(shop, SECTION)] == ["open_part"]
    assert of(shop, CLICK) == [["button"]]
    assert len(of(shop, FIELD)) == 1
