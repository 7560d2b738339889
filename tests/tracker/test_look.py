"""Settings of the look on a real page: colours, mended where nobody could read them; corners; slots; what is wrong is said."""

from typing import Any

import pytest
from playwright.async_api import Page

from core.look import READABLE, contrast
from tests.support.axe import axe_says
from tools.offer_samples import params_for, samples
from tools.offer_stage import Stage

pytestmark = pytest.mark.e2e

LAYER = "fifthclick-layer"
BY_TYPE = dict(samples())
COLOURS = """() => {
  const root = document.querySelector('fifthclick-layer').shadowRoot
  const hex = (c) => '#' + c.match(/\\d+/g).slice(0, 3).map((n) => (+n).toString(16).padStart(2, '0')).join('')
  const o = getComputedStyle(root.querySelector('.o')), go = getComputedStyle(root.querySelector('.go'))
  return { surface: hex(o.backgroundColor), text: hex(o.color), accent: hex(go.backgroundColor), label: hex(go.color),
    line: hex(go.borderColor), radius: o.borderRadius, font: o.fontFamily,
    ignored: sent.filter((e) => e[1] === 'fc_setting_ignored').map((e) => e[3]) }
}"""


async def drawn(page: Page, look: dict[str, Any] | None = None, css: str = "") -> dict[str, Any]:
    stage = Stage(page)
    await stage.open()
    await page.add_style_tag(content=f":root{{{css}}}")
    await stage.draw(params_for(BY_TYPE["incentive"], "card", look))
    found: dict[str, Any] = await page.evaluate(COLOURS)
    return found


# shows: G11
async def test_settings_are_drawn_as_said_and_the_pages_own_come_first(page: Page) -> None:
    look = {"accent": "#0b5d4e", "surface": "#fffdf8", "text": "#222222", "radius": 4, "font": "system"}
    found = await drawn(page, look)
    assert (found["accent"], found["surface"], found["text"]) == ("#0b5d4e", "#fffdf8", "#222222")
    assert (found["radius"], found["ignored"]) == ("4px", [])
    assert "system-ui" in found["font"]
    found = await drawn(page, look, "--fc-accent: hsl(220 80% 40%); --fc-radius: 9px")
    assert (found["accent"], found["radius"], found["surface"]) == ("#144bb8", "9px", "#fffdf8")


# shows: G11
@pytest.mark.parametrize(
    ("look", "css", "ignored"),
    [
        ({"text": "#bbbbbb"}, "", ["text"]),
        ({"surface": "#808080", "text": "#7a7a7a"}, "", ["text"]),
        ({"surface": "#0f1115"}, "", []),
        ({"accent": "#fff4d6"}, "", []),
        ({"accent": "#ffd166", "surface": "#fff8e7"}, "", []),
        ({}, "--fc-accent: mauvish", ["accent"]),
        ({}, "--fc-surface: transparent", ["surface"]),
        ({}, "--fc-surface: oklch(0.4 0.1 200); --fc-text: rgb(0 0 0 / 40%)", ["surface", "text"]),
    ],
    ids=str,
)
async def test_whatever_the_colours_everything_can_be_read_and_what_was_not_taken_is_said(
    page: Page, look: dict[str, Any], css: str, ignored: list[str]
) -> None:
    found = await drawn(page, look, css)
    assert contrast(found["text"], found["surface"]) >= READABLE
    assert contrast(found["label"], found["accent"]) >= READABLE
    assert max(contrast(found["line"], found["surface"]), contrast(found["accent"], found["surface"])) >= 3
    assert found["ignored"] == ignored
    assert await axe_says(page, LAYER) == []


@pytest.mark.parametrize(
    ("corner", "sides"),
    [(None, "right bottom"), ("bottom-start", "left bottom"), ("top-end", "right top"), ("top-start", "left top")],
)
async def test_a_card_sits_in_the_corner_that_was_named(page: Page, corner: str | None, sides: str) -> None:
    for direction in ("ltr", "rtl"):
        stage = Stage(page)
        await stage.open(direction=direction)
        await stage.draw(params_for(BY_TYPE["content"], "card", {"corner": corner} if corner else None))
        box = await page.locator(f"{LAYER} section").bounding_box()
        assert box is not None
        across = "left" if box["x"] < 100 else "right"
        if direction == "rtl":
            across = {"left": "right", "right": "left"}[across]
        assert f"{across} {'top' if box['y'] < 200 else 'bottom'}" == sides


# shows: G8
@pytest.mark.parametrize(("room_px", "shape"), [(0, "card"), (400, "inline:beside-price")])
async def test_a_slot_is_used_where_nothing_moves_by_it(page: Page, room_px: int, shape: str) -> None:
    await page.add_init_script(
        "window.moved = 0; new PerformanceObserver((l) => { for (const e of l.getEntries()) moved += e.value })"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    stage = Stage(page)
    await stage.open(room_px=room_px)
    await stage.draw(params_for(BY_TYPE["upsell"], "inline"))
    await page.wait_for_function("sent.some(([tag]) => tag === 27)")
    assert await page.evaluate("sent.find(([tag]) => tag === 27)[4]") == shape
    assert await page.evaluate("sent.filter((e) => e[1] === 'fc_setting_ignored').length") == (room_px == 0)
    assert await page.evaluate("document.querySelectorAll('[data-fc-slot] fifthclick-layer').length") == (room_px > 0)
    assert await page.evaluate("moved") == 0


HOSTILE = {
    "unset": "* { all: unset !important; display: none }",
    "named": "fifthclick-layer, html > :not(head, body) { display: none !important; position: static !important }",
    "hidden": "html { visibility: hidden } body { visibility: visible }"
    " html > * { pointer-events: none; max-height: 0; overflow: hidden }",
    "loud": "h2, p, div, section, button, a { font: 40px cursive !important; color: red !important; float: left !important }",
    "variables": "html { --s: red; --t: red; --a: red; --at: 900px; --r: 90px; font-size: 4px; direction: rtl }",
}


# shows: G8
@pytest.mark.parametrize("shape", ["bar", "card", "modal"])
@pytest.mark.parametrize("name", HOSTILE)
async def test_no_style_of_the_page_reaches_an_offer(page: Page, name: str, shape: Any) -> None:
    await page.emulate_media(reduced_motion="reduce")
    stage = Stage(page)
    await stage.open()
    drawn: list[list[list[Any]]] = []
    for css in (f"html {{ direction: {'rtl' if name == 'variables' else 'ltr'} }}", HOSTILE[name]):
        await page.add_style_tag(content=css)
        await stage.draw(params_for(BY_TYPE["incentive"], shape, {"font": "system"}))
        await page.wait_for_function("(n) => sent.filter(([tag]) => tag === 27).length === n", arg=len(drawn) + 1)
        drawn.append(await page.evaluate(AS_DRAWN))
    assert drawn[1] == drawn[0]
    assert await page.locator(f"{LAYER} .go").is_visible()
    await page.locator(f"{LAYER} .x").click()
    assert await page.locator(LAYER).count() == 0


AS_DRAWN = """() => [...document.querySelector('fifthclick-layer').shadowRoot.querySelectorAll('.o, .o *')].map((e) => {
  const { color, backgroundColor, fontSize, display, visibility } = getComputedStyle(e)
  const { x, y, width, height } = e.getBoundingClientRect()
  return [e.localName, color, backgroundColor, fontSize, display, visibility, ...[x, y, width, height].map(Math.round)]
})"""
"""All that a shopper sees of an offer: colours, sizes and places of each part."""
