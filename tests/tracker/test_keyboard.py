"""Each shape by keyboard and by touch: only a modal takes the focus, and gives it back; the others are reached, never forced."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tools.offer_samples import params_for, samples
from tools.offer_sheets import NARROW
from tools.offer_stage import SHOP, Stage

pytestmark = pytest.mark.e2e

LAYER = "fifthclick-layer"
BY_TYPE = dict(samples())
HAD_FOCUS = "document.querySelector('main button')"
INSIDE = """() => { const at = document.querySelector('fifthclick-layer')?.shadowRoot.activeElement
  return at && (at.className || at.localName) }"""


async def is_gone(page: Page) -> bool:
    return await page.locator(LAYER).count() == 0


async def sent(page: Page, tag: int) -> list[list[Any]]:
    found: list[list[Any]] = await page.evaluate("(tag) => sent.filter((event) => event[0] === tag)", tag)
    return found


# shows: G9
@pytest.mark.parametrize("shape", ["bar", "card", "inline"])
async def test_an_offer_that_is_no_modal_is_reached_by_tab_and_left_alone_by_escape_outside(
    page: Page, shape: Any
) -> None:
    stage = Stage(page)
    await stage.open(room_px=300)
    await page.evaluate(f"{HAD_FOCUS}.focus()")
    await stage.draw(params_for(BY_TYPE["incentive"], shape))
    assert await page.evaluate(f"document.activeElement === {HAD_FOCUS}"), "nobody took the focus"
    await page.keyboard.press("Escape")
    assert not await is_gone(page), "Escape outside of it is the shop's"
    order = []
    for _ in range(8):
        await page.keyboard.press("Shift+Tab" if shape == "inline" else "Tab")
        if (at := await page.evaluate(INSIDE)) is not None:
            order.append(at)
    wanted = ["go", "no", "small", "no x"]
    assert order[: len(wanted)] == (wanted[::-1] if shape == "inline" else wanted)
    assert await page.evaluate(INSIDE) is None, "and Tab leads out again"
    await page.locator(f"{LAYER} .go").focus()
    await page.keyboard.press("Escape")
    assert await is_gone(page)
    assert len(await sent(page, 29)) == 1


# shows: G9
async def test_a_modal_takes_the_focus_keeps_tab_inside_and_gives_the_focus_back(page: Page) -> None:
    stage = Stage(page)
    await stage.open()
    await page.evaluate(f"{HAD_FOCUS}.focus()")
    await stage.draw(params_for(BY_TYPE["incentive"], "modal"))
    assert await page.evaluate(INSIDE) == "h2", "the title is read out"
    dialog = page.locator(f"{LAYER} dialog")
    assert await dialog.evaluate("(e) => e.matches(':modal') && e.getAttribute('aria-labelledby')") == "t"
    assert await page.evaluate(f"({HAD_FOCUS}.focus(), document.activeElement !== {HAD_FOCUS})"), "the rest is inert"
    await page.locator(f"{LAYER} h2").focus()
    order = []
    for key in [*["Tab"] * 5, *["Shift+Tab"] * 5]:
        await page.keyboard.press(key)
        order.append(await page.evaluate(INSIDE))
    assert order == ["go", "no", "small", "no x", "go", "no x", "small", "no", "go", "no x"]
    await page.keyboard.press("Escape")
    assert await is_gone(page)
    assert await page.evaluate(f"document.activeElement === {HAD_FOCUS}")
    assert len(await sent(page, 29)) == 1


@pytest.mark.parametrize(
    ("referrer", "is_modal"), [("https://search.example/", False), ("", True), (f"{SHOP}/home", True)]
)
async def test_a_modal_has_no_place_on_the_page_that_a_search_leads_to(
    page: Page, referrer: str, is_modal: bool
) -> None:
    stage = Stage(page)
    await stage.open(referrer=referrer)
    await stage.draw(params_for(BY_TYPE["incentive"], "modal"))
    assert await page.locator(f"{LAYER} dialog").count() == is_modal
    await page.wait_for_function("sent.some(([tag]) => tag === 27)")
    assert (await sent(page, 27))[0][4] == ("modal" if is_modal else "card")
    assert await page.evaluate("document.activeElement === document.body") != is_modal


# shows: G9
async def test_a_swipe_closes_and_a_scroll_or_a_tap_does_not(browser: Browser) -> None:
    context = await browser.new_context(has_touch=True, viewport={"width": NARROW[0], "height": NARROW[1]})
    page = await context.new_page()
    stage = Stage(page)
    await stage.open()
    await stage.draw(params_for(BY_TYPE["content"], "card"))
    box = await page.locator(f"{LAYER} h2").bounding_box()
    assert box is not None
    touch = await context.new_cdp_session(page)

    async def drag(dx: int, dy: int) -> None:
        at = {"x": box["x"] + 40, "y": box["y"] + 8}
        await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
        for step in range(1, 6):
            to = {"x": at["x"] + dx * step / 5, "y": at["y"] + dy * step / 5}
            await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [to]})
        await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    await drag(0, -120)
    await drag(10, 0)
    assert not await is_gone(page)
    await drag(120, 4)
    await page.locator(LAYER).wait_for(state="detached")
    assert len(await sent(page, 29)) == 1
    await context.close()


async def test_a_question_is_answered_by_keyboard_and_the_focus_is_not_lost(page: Page) -> None:
    stage = Stage(page)
    await stage.open()
    await stage.draw(params_for(BY_TYPE["satisfaction"], "card"))
    await page.get_by_role("button", name="4", exact=True).focus()
    await page.keyboard.press("Enter")
    assert (await sent(page, 30))[0][3:] == [4]
    assert await page.evaluate(INSIDE) == "p"
    assert await page.locator(f"{LAYER} [role=status]").inner_text() == "Thank you, that helps."
    await page.keyboard.press("Escape")
    assert await is_gone(page)
    assert await sent(page, 29) == [], "who answered has not declined"
