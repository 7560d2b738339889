"""Manners hold on every walk: one layer, in a calm moment, nothing moves, no focus is taken, one tap closes. Longer: faults."""

import pytest
from playwright.async_api import Browser, Page

from tests.tracker.manners import APPS, HARMLESS, OBSTACLES, WATCH, walk
from tools.offer_samples import params_for, samples
from tools.offer_stage import Stage

pytestmark = pytest.mark.e2e

OFFER = params_for(dict(samples())["content"], "card")


# shows: F5 F6 G10
async def test_every_invariant_holds_on_random_walks(browser: Browser) -> None:
    walked = []
    for seed in range(9):
        context = await browser.new_context(viewport={"width": 1280 if seed % 2 else 360, "height": 700})
        page = await context.new_page()
        await page.clock.install()
        walked.append(await walk(page, seed))
        await context.close()
    assert [what for one in walked for what in one.broken] == []
    assert sum(one.shown for one in walked) > 10, "or nothing was put to the test"
    assert sum(one.withheld for one in walked) > 5


# shows: F6
@pytest.mark.parametrize("name", sorted(OBSTACLES))
async def test_an_offer_waits_for_what_lies_over_the_page_and_comes_after_it(page: Page, name: str) -> None:
    stage = Stage(page)
    await stage.open()
    await page.evaluate(WATCH)
    await page.evaluate("(html) => put(html)", OBSTACLES[name])
    await stage.draw(OFFER)
    assert await page.locator("fifthclick-layer").count() == 0
    await page.evaluate("document.body.lastElementChild.remove()")
    await page.locator("fifthclick-layer").wait_for(state="attached")


@pytest.mark.parametrize("html", HARMLESS, ids=["header", "chat", "column", "behind", "decoration"])
async def test_what_a_shop_always_has_in_view_keeps_no_offer_away(page: Page, html: str) -> None:
    stage = Stage(page)
    await stage.open()
    await page.evaluate("(html) => document.body.insertAdjacentHTML('afterbegin', html)", html)
    await stage.draw(OFFER)
    assert await page.locator("fifthclick-layer").count() == 1


# shows: F6
@pytest.mark.parametrize("name", sorted(APPS))
async def test_a_page_that_lives_in_a_box_or_a_component_is_the_shop_and_what_comes_over_it_is_not(
    page: Page, name: str
) -> None:
    stage = Stage(page)
    await stage.open(body=APPS[name])
    await stage.draw(OFFER)
    section = page.locator("fifthclick-layer section")
    assert await section.is_visible()
    await page.evaluate(WATCH)
    for over in ("overlay", "component"):
        await page.evaluate("(html) => put(html)", OBSTACLES[over])
        await section.wait_for(state="hidden")
        await page.evaluate("document.querySelector('#obstacle').remove()")
        await section.wait_for(state="visible")


async def test_an_overlay_inside_of_the_apps_own_component_is_found(page: Page) -> None:
    stage = Stage(page)
    await stage.open(body=APPS["component"])
    await page.evaluate(
        "document.querySelector('shop-app').shadowRoot.querySelector('main').insertAdjacentHTML('beforeend',"
        " '<div id=inner style=\"position:fixed;inset:0;background:#0006\">Join us</div>')"
    )
    await stage.draw(OFFER)
    assert await page.locator("fifthclick-layer").count() == 0
    await page.evaluate("document.querySelector('shop-app').shadowRoot.querySelector('#inner').remove()")
    await page.locator("fifthclick-layer").wait_for(state="attached")


async def test_a_frame_that_has_the_focus_may_take_a_card_number_and_is_left_alone(page: Page) -> None:
    stage = Stage(page)
    await stage.open(body="<main>Pay</main><iframe id=card srcdoc='<input id=number>'></iframe>")
    await page.frame_locator("#card").locator("#number").focus()
    await stage.draw(OFFER, valid_ms=400)
    await page.wait_for_function("sent.some(([tag]) => tag === 31)")
    assert await page.evaluate("sent.find(([tag]) => tag === 31)[3]") == "typing"


async def test_a_card_number_field_on_any_page_is_a_payment_step(page: Page) -> None:
    stage = Stage(page)
    await stage.open(body="<main><input autocomplete=cc-number aria-label=Card></main>")
    await stage.draw(OFFER, valid_ms=400)
    await page.wait_for_function("sent.some(([tag]) => tag === 31)")
    assert await page.evaluate("sent.find(([tag]) => tag === 31)[3]") == "payment_step"


async def test_an_open_offer_steps_back_while_the_shop_opens_something_over_the_page(page: Page) -> None:
    stage = Stage(page)
    await stage.open()
    await stage.draw(OFFER)
    section = page.locator("fifthclick-layer section")
    await page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", OBSTACLES["drawn_dialog"])
    await section.wait_for(state="hidden")
    await page.evaluate("document.querySelector('#obstacle').remove()")
    await section.wait_for(state="visible")
    assert await page.evaluate("sent.filter(([tag]) => tag > 27).length") == 0, "nobody declined it"
