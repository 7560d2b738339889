"""An offer from the server's frame to the page and back: drawn once, in a calm moment, without a push or a stolen focus."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.tracker.shop import FILLER, TAGS, Shop, until

pytestmark = pytest.mark.e2e

SHIPPING: dict[str, Any] = {
    "type": "free_shipping",
    "title": "Free shipping",
    "text": "{amount} to go.",
    "button": "Take it",
    "decline": "No, thanks",
    "threshold_minor": 5000,
    "to_go_minor": 1250,
    "currency": "EUR",
    "honour": {"by": "code", "code": "SHIP-FREE", "field": "#coupon"},
}
FORM: dict[str, Any] = {
    "type": "email_capture",
    "title": "A letter a month",
    "text": "No more than that.",
    "button": "Sign up",
    "decline": "Not now",
    "label": "E-mail address",
    "field_name": "email",
    "consent": "For the letter and nothing else.",
    "thanks": "Good to have you.",
}
UPSELL: dict[str, Any] = {
    "type": "upsell",
    "title": "A stand for it",
    "text": "Cork and steel.",
    "button": "Show me",
    "decline": "No, thanks",
    "price_minor": 4900,
    "currency": "EUR",
}
LAYER = "fifthclick-layer"
AXE = Path(__file__).parents[2] / "tracker_js" / "node_modules" / "axe-core" / "axe.min.js"


def offers(shop: Shop, params: dict[str, Any], *, on: str = "page_view", valid_ms: int = 5000) -> None:
    """Answer the first event of this type with an offer, as the policy would."""
    made: list[int] = []

    def answer(stream: bytes, event: list[Any]) -> list[Any] | None:
        if event[0] != TAGS[on] or made:
            return None
        made.append(event[1])
        return [2, "00112233aabbccdd", stream, event[1], "the-offer", params, valid_ms]

    shop.wire.on_event = answer


# shows: C6 G8
async def test_an_offer_is_drawn_and_reported_and_nothing_moves(shop: Shop, page: Page) -> None:
    offers(shop, SHIPPING)
    shop.pages["/"] = "<header style='position:sticky;top:0;height:50px'>Shop</header>" + FILLER * 20 + shop.tag
    await page.add_init_script(
        "window.moved = 0; new PerformanceObserver((l) => { for (const e of l.getEntries()) moved += e.value })"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    shown = shop.wire.of("action_shown")[0]
    assert shown[3:5] == ["00112233aabbccdd", "the-offer"]
    assert 0 < shown[5] < 5000
    assert await page.locator(f"{LAYER} h2").inner_text() == "Free shipping"
    assert "€12.50 to go." in await page.locator(f"{LAYER} p").inner_text()
    assert await page.evaluate("moved") == 0
    assert await page.evaluate("document.activeElement === document.body")
    region = await page.locator(f"{LAYER} section").bounding_box()
    assert region is not None
    assert region["y"] >= 50, "below the shop's own header"
    pushed = await page.evaluate("dataLayer.filter((e) => e.event === 'fifthclick_action').map((e) => e.action_event)")
    assert pushed == ["shown"]


async def test_a_code_is_shown_and_prefilled_where_the_shop_has_a_field(shop: Shop, page: Page) -> None:
    offers(shop, SHIPPING)
    shop.pages["/"] = "<input id=coupon>" + FILLER + shop.tag
    await page.goto(shop.url)
    assert await page.locator(f"{LAYER} code").inner_text() == "SHIP-FREE"
    await page.click(f"{LAYER} .go")
    await until(lambda: shop.wire.of("action_clicked"), "the click")
    await page.wait_for_function("document.querySelector('#coupon').value === 'SHIP-FREE'")
    await page.click(f"{LAYER} .x")
    await page.locator(LAYER).wait_for(state="detached")
    await page.evaluate("fifthclick('track', 'marker')")
    await until(lambda: shop.wire.order[-1][3:] == ["marker"], "the marker")
    assert shop.wire.of("action_dismissed") == [], "what was taken is not refused"


# shows: G9
async def test_escape_dismisses_only_when_the_focus_is_inside(shop: Shop, page: Page) -> None:
    offers(shop, UPSELL | {"url": shop.url + "/products/stand"})
    shop.pages["/"] = "<button id=own>Own</button>" + FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    await page.focus("#own")
    await page.keyboard.press("Escape")
    assert await page.locator(LAYER).count() == 1
    await page.keyboard.press("Tab")
    await page.keyboard.press("Escape")
    await until(lambda: shop.wire.of("action_dismissed"), "the dismissal")
    assert await page.locator(LAYER).count() == 0
    assert await page.evaluate("document.activeElement.id") == "own", "the focus is back where it came from"


async def test_a_link_of_an_offer_goes_where_the_merchant_said(shop: Shop, page: Page) -> None:
    offers(shop, UPSELL | {"url": shop.url + "/products/stand", "image_url": shop.url + "/none.png"})
    await page.goto(shop.url)
    assert "€49.00" in await page.locator(f"{LAYER} .price").inner_text()
    await page.click(f"{LAYER} .go")
    await page.wait_for_url("**/products/stand")
    await until(lambda: shop.wire.of("action_clicked"), "the click, sent by one page or the next")


async def test_an_address_that_is_not_http_is_no_link(shop: Shop, page: Page) -> None:
    offers(shop, UPSELL | {"url": "javascript:document.title='taken'"})
    await page.goto(shop.url)
    await page.click(f"{LAYER} .go")
    assert await page.title() == "Shop"
    assert await page.locator("a.go").count() == 0


async def test_the_form_goes_to_the_merchant_and_never_to_us(shop: Shop, page: Page) -> None:
    offers(shop, FORM | {"form_url": shop.url + "/newsletter"})
    await page.goto(shop.url)
    await page.fill(f"{LAYER} input", "jane.doe@example.org")
    await page.click(f"{LAYER} .go")
    await until(lambda: shop.wire.of("action_submitted"), "the report")
    assert shop.forms == [{"email": "jane.doe@example.org"}]
    assert await page.locator(f"{LAYER} p").first.inner_text() == "Good to have you."
    assert not any(b"jane" in data or b"example" in data for data in shop.wire.raw)
    assert all(event[0] != 26 for event in shop.wire.order), "our own field is not the shop's"


async def test_a_callback_is_told_when_the_offer_is_taken(shop: Shop, page: Page) -> None:
    offers(shop, SHIPPING | {"honour": {"by": "callback"}})
    await page.goto(shop.url)
    await page.evaluate("fifthclick('on', 'action', (params) => { window.granted = params.type })")
    await page.locator(f"{LAYER} .go").wait_for()
    assert await page.evaluate("window.granted") is None
    await page.click(f"{LAYER} .go")
    assert await page.evaluate("window.granted") == "free_shipping"


async def test_an_offer_waits_for_a_dialog_of_the_shop_and_gives_up_in_time(shop: Shop, page: Page) -> None:
    offers(shop, SHIPPING, valid_ms=900)
    shop.pages["/"] = "<dialog open>Cookies?</dialog>" + FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_withheld"), "the reason")
    assert shop.wire.of("action_withheld")[0][5] == "dialog_open"
    assert await page.locator(LAYER).count() == 0


async def test_nothing_is_drawn_on_the_payment_step(shop: Shop, page: Page) -> None:
    offers(shop, SHIPPING, valid_ms=600)
    await page.goto(shop.url + "/checkout/payment")
    await until(lambda: shop.wire.of("action_withheld"), "the reason")
    assert shop.wire.of("action_withheld")[0][5] == "payment_step"


async def test_a_withdrawn_offer_is_taken_down(shop: Shop, page: Page) -> None:
    offers(shop, SHIPPING)
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    shop.wire.on_event = lambda stream, event: [3, "00112233aabbccdd", "payment_step"]
    await page.evaluate("fifthclick('track', 'marker')")
    await page.locator(LAYER).wait_for(state="detached")
    assert shop.wire.of("action_dismissed") == []


async def test_a_small_screen_and_a_right_to_left_page_hold_the_whole_offer(shop: Shop, page: Page) -> None:
    offers(shop, FORM | {"form_url": shop.url + "/newsletter"})
    await page.set_viewport_size({"width": 320, "height": 568})
    shop.pages["/"] = f"<!doctype html><html lang=ar dir=rtl><title>Shop</title><body>{FILLER}{shop.tag}"
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    section = page.locator(f"{LAYER} section")
    box = await section.bounding_box()
    close = await page.locator(f"{LAYER} .x").bounding_box()
    assert box is not None
    assert close is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert close["width"] >= 44
    assert close["height"] >= 44
    assert close["x"] < 60, "at the end of a line that runs to the left"
    assert await section.evaluate("(e) => e.scrollWidth <= e.clientWidth")


# shows: G9
@pytest.mark.parametrize("params", [SHIPPING, FORM, UPSELL], ids=lambda params: str(params["type"]))
async def test_axe_finds_nothing_to_say_about_an_offer(shop: Shop, page: Page, params: dict[str, Any]) -> None:
    offers(shop, params | {"url": shop.url + "/p/stand", "form_url": shop.url + "/newsletter"})
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    await page.add_script_tag(path=AXE)
    found = await page.evaluate(
        "axe.run({ include: [['fifthclick-layer']] }).then((r) => r.violations.map((v) => v.id))"
    )
    assert found == []
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    assert await page.locator(f"{LAYER} section").evaluate("(e) => getComputedStyle(e).animationName") == "none"
    await page.emulate_media(media="print")
    assert not await page.locator(f"{LAYER} section").is_visible()
