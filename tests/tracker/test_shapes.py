"""Every action type in every shape, wide and narrow, in both directions: drawn whole, in its place, and as axe wants it."""

from typing import Any

import msgspec
import pytest
from playwright.async_api import Page

from core.actions import ACTION_TYPES
from tests.support.axe import axe_says
from tools.offer_samples import CAPS, SHAPES, longest, params_for, samples
from tools.offer_sheets import NARROW, WIDE
from tools.offer_stage import Stage

pytestmark = pytest.mark.e2e

LAYER = "fifthclick-layer"
ALL = list(samples())
BY_TYPE = dict(ALL)
MEASURE = """() => {
  const root = document.querySelector('fifthclick-layer').shadowRoot
  const box = root.querySelector('.o').getBoundingClientRect()
  const parts = [...root.querySelectorAll('.o *')].filter((e) => e.getClientRects().length)
  const inner = root.querySelector('.o')
  // What a list holds beyond its edge is scrolled to.
  const isAside = (e) => e.matches('.list *') && e.closest('.list').scrollWidth > e.closest('.list').clientWidth
  return {
    box: [box.left, box.top, box.right, box.bottom],
    out: parts.filter((e) => !isAside(e)).filter((e) => { const r = e.getBoundingClientRect()
      return r.left < box.left - 1 || r.right > box.right + 1 }).map((e) => e.className || e.localName),
    cut: [inner, root.querySelector('.b')].some((e) => e.scrollWidth > e.clientWidth),
    small: parts.filter((e) => e.matches('button, .go, input') && e.getBoundingClientRect().height < 44)
      .map((e) => e.className || e.localName),
  }
}"""


def test_each_action_type_has_a_sample() -> None:
    assert set(BY_TYPE) == set(ACTION_TYPES)


# shows: G1 G2 G3 G4 G5 G6 G8 G9 G11
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "320"])
@pytest.mark.parametrize("shape", SHAPES)
async def test_axe_finds_nothing_and_nothing_is_cut_off(
    page: Page, shape: Any, size: tuple[int, int], direction: str
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.emulate_media(reduced_motion="reduce")
    stage = Stage(page)
    await stage.open(lang="ar" if direction == "rtl" else "en", direction=direction, room_px=420)
    if shape == "inline":
        await page.evaluate("document.querySelector('[data-fc-slot]').scrollIntoView()")
    said = {}
    for name, action in ALL:
        await stage.draw(params_for(action, shape))
        drawn = await page.evaluate(MEASURE)
        left, top, right, bottom = drawn["box"]
        assert (drawn["out"], drawn["cut"], drawn["small"]) == ([], False, []), name
        assert left >= 0, name
        assert right <= size[0], name
        if shape != "inline":
            assert top >= 0, name
            assert bottom <= size[1], name
        said[name] = await axe_says(page, LAYER)
    assert {name: found for name, found in said.items() if found} == {}


async def test_axe_finds_nothing_on_the_whole_page_beside_a_bar_and_under_a_modal(page: Page) -> None:
    stage = Stage(page)
    for shape in SHAPES:
        await stage.open(room_px=300)
        await stage.draw(params_for(BY_TYPE["incentive"], shape))
        assert await axe_says(page) == []


async def test_what_is_wrong_is_found_by_axe(page: Page) -> None:
    stage = Stage(page)
    await stage.open()
    await stage.draw(params_for(BY_TYPE["email_capture"], "card"))
    await page.evaluate(
        "document.querySelector('fifthclick-layer').shadowRoot.querySelector('label').replaceWith("
        "document.querySelector('fifthclick-layer').shadowRoot.querySelector('input'))"
    )
    assert any(found.startswith("label:") for found in await axe_says(page, LAYER))


PHONES = [(375, 667), (320, 568)]
REACHED = """() => {
  const root = document.querySelector('fifthclick-layer').shadowRoot
  const outer = root.querySelector('.o'), words = root.querySelector('.b')
  const lost = [...root.querySelectorAll('.o *')].filter((e) => {
    if (!e.getClientRects().length || !e.textContent) return false
    // Brought into view, as a shopper scrolls to it: its beginning, then its end.
    return ['start', 'end'].some((block) => {
      e.scrollIntoView({ block, inline: block })
      const r = e.getBoundingClientRect(), box = outer.getBoundingClientRect()
      const at = block === 'start' ? r.top : r.bottom
      return at < box.top - 1 || at > box.bottom + 1
    })
  }).map((e) => e.className || e.localName)
  const { height } = outer.getBoundingClientRect()
  return { height, lost, scrolls: words.scrollHeight > words.clientHeight, tab: words.tabIndex }
}"""


# shows: G9
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("size", PHONES, ids=["375", "320"])
async def test_a_bar_takes_a_quarter_of_a_phone_at_most_and_all_of_its_longest_texts_can_be_reached(
    page: Page, size: tuple[int, int], direction: str
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.emulate_media(reduced_motion="reduce")
    stage = Stage(page)
    await stage.open(lang="de", direction=direction)
    for name, action in [*longest(), *ALL]:
        await stage.draw(params_for(action, "bar"))
        found = await page.evaluate(REACHED)
        assert found["height"] <= size[1] / 4, name
        assert found["lost"] == [], name
        assert found["tab"] == (0 if found["scrolls"] else -1), f"{name}: what scrolls is reached by keyboard"
        assert await axe_says(page, LAYER) == [], name


def test_the_longest_texts_are_as_long_as_the_rules_allow() -> None:
    for name, action in longest():
        told = msgspec.to_builtins(action)
        assert msgspec.convert(told, type(action)) == action, name
        for field in CAPS.keys() & told.keys():
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(told | {field: told[field] + "e"}, type(action))
