"""An offer counts as shown once somebody could see it: in view, and neither it nor what it stands in is faded out."""

from typing import Any

import pytest
from playwright.async_api import Page

from tools.offer_samples import SHOP, params_for, samples
from tools.offer_stage import Stage, renderer_file

pytestmark = pytest.mark.e2e

LAYER = "fifthclick-layer"
BY_TYPE = dict(samples())
FADED = {
    "html": "html { opacity: 0 }",
    "body": "body { opacity: 0 }",
    "nearly": "html { opacity: 0.01 }",
    "hidden": "html { visibility: hidden !important }",
    "hidden_body": "body { visibility: hidden }",
}
"""How snippets against flicker, and shops between two pages, hide a page."""
UNSEEN = {
    "around": "main { opacity: 0 }",
    "slot": "[data-fc-slot] { opacity: 0 }",
    "hidden": "[data-fc-slot] { visibility: hidden }",
    "none": "main { display: none }",
    "below": "main { padding-top: 3000px }",
    "clipped": "main { height: 0; overflow: hidden; padding: 0 }",
    "aside": "main { transform: translateX(-200vw) }",
}
"""How a slot is there and out of sight: behind a tab, before it slides in, further down, in a box that is shut."""


async def begun(page: Page, css: str, *, rare: bool = True, **opened: Any) -> Stage:
    """The shop with this style on it, which can be taken away again, and a clock of ours."""
    await page.clock.install()
    stage = Stage(page)
    await stage.open(**opened)
    await page.evaluate(
        "(css) => { const s = document.createElement('style'); s.id = 'fade'; s.textContent = css; document.head.append(s) }",
        css,
    )
    await stage.begin(rare=rare)
    return stage


async def rest(stage: Stage, ms: int = 1000) -> None:
    """Let time pass, and let the browser draw: whatever would be told by then is told."""
    await stage.frame()
    await stage.page.clock.run_for(ms)
    await stage.frame()


async def told(page: Page) -> list[list[Any]]:
    """What became of offers, each as its tag and what differs: the shape, or the reason."""
    found: list[list[Any]] = await page.evaluate(
        "sent.filter(([tag]) => tag >= 27 && tag < 32).map((e) => [e[0], e.at(-1)])"
    )
    return found


# shows: G10
@pytest.mark.parametrize("shape", ["bar", "card", "modal"])
@pytest.mark.parametrize("name", FADED)
async def test_a_page_that_is_faded_out_shows_nothing_and_once_it_fades_in_the_offer_is_shown_once(
    page: Page, name: str, shape: Any
) -> None:
    stage = await begun(page, FADED[name])
    await stage.draw(params_for(BY_TYPE["content"], shape))
    await rest(stage)
    assert await told(page) == []
    assert await page.locator(LAYER).count() == 0, "and none stands on a blank page"
    await page.evaluate("document.querySelector('#fade').remove()")
    await rest(stage)
    assert await told(page) == [[27, shape]]
    assert await page.locator(f"{LAYER} .o").is_visible()
    await page.evaluate("document.documentElement.style.opacity = 0")
    await rest(stage)
    await page.evaluate("document.documentElement.style.opacity = 1")
    await rest(stage)
    assert await told(page) == [[27, shape]], "once is once"


# shows: G10
async def test_what_a_page_that_stays_faded_out_was_offered_is_withheld_with_the_reason(page: Page) -> None:
    stage = await begun(page, FADED["body"])
    await stage.draw(params_for(BY_TYPE["content"], "card"), valid_ms=2000)
    await rest(stage, 3000)
    assert await told(page) == [[31, "hidden"]]
    await page.evaluate("document.querySelector('#fade').remove()")
    await rest(stage)
    assert await told(page) == [[31, "hidden"]]
    assert await page.locator(LAYER).count() == 0


# shows: G10
@pytest.mark.parametrize("name", UNSEEN)
async def test_an_offer_in_a_slot_that_is_out_of_sight_is_shown_when_it_comes_into_view(page: Page, name: str) -> None:
    stage = await begun(page, UNSEEN[name], room_px=420)
    await stage.draw(params_for(BY_TYPE["content"], "inline"))
    await rest(stage, 20_000)
    assert await page.locator(f"[data-fc-slot] {LAYER}").count() == 1
    assert await told(page) == []
    if name == "below":
        await page.evaluate("document.querySelector('[data-fc-slot]').scrollIntoView()")
    else:
        await page.evaluate("document.querySelector('#fade').remove()")
    await rest(stage)
    assert await told(page) == [[27, "inline:beside-price"]]


async def test_a_slot_that_is_hidden_hides_its_offer_too(page: Page) -> None:
    stage = await begun(page, UNSEEN["hidden"], room_px=420)
    await stage.draw(params_for(BY_TYPE["content"], "inline"))
    assert await page.locator(f"{LAYER} .o").is_hidden()
    await page.evaluate("document.querySelector('#fade').remove()")
    assert await page.locator(f"{LAYER} .o").is_visible()


async def test_whoever_answers_an_offer_has_seen_it(page: Page) -> None:
    stage = await begun(page, UNSEEN["around"], room_px=420)
    await stage.draw(params_for(BY_TYPE["content"], "inline"))
    await page.evaluate(f"document.querySelector('{LAYER}').shadowRoot.querySelector('.x').click()")
    assert [tag for tag, _ in await told(page)] == [27, 29]


@pytest.mark.parametrize("is_withdrawn", [False, True])
async def test_what_opens_a_modal_comes_with_the_first_and_one_withdrawn_meanwhile_never_comes(
    page: Page, is_withdrawn: bool
) -> None:
    stage = await begun(page, "", rare=False)
    held: list[Any] = []
    await page.route("**/rare.*.js", lambda route: held.append(route))
    async with page.expect_request("**/rare.*.js"):
        await stage.draw(params_for(BY_TYPE["content"], "modal"), rare=False)
    assert await page.locator(LAYER).count() == 0
    if is_withdrawn:
        await page.evaluate(
            "async (file) => (await import(file)).hear([3, '0000000000000001', 'gone'], host)",
            f"{SHOP}/_fc/{renderer_file()}",
        )
    await held.pop().fallback()
    await page.evaluate("(file) => import(file)", f"{SHOP}/_fc/{renderer_file('rare')}")
    await rest(stage)
    assert await told(page) == [[31, "gone"] if is_withdrawn else [27, "modal"]]
    assert await page.locator(LAYER).count() == (not is_withdrawn)


async def test_where_what_opens_a_modal_cannot_be_had_a_card_does_and_nothing_is_thrown(page: Page) -> None:
    thrown: list[Any] = []
    page.on("pageerror", lambda error: thrown.append(error))
    stage = await begun(page, "", rare=False)
    await page.route("**/rare.*.js", lambda route: route.abort())
    async with page.expect_event("requestfailed"):
        await stage.draw(params_for(BY_TYPE["content"], "modal"), rare=False)
    await rest(stage)
    assert await told(page) == [[27, "card"]]
    assert thrown == []
