"""What an offer promises on a real page: help that opens, a count that is true, a deadline that is kept, a code that comes."""

import time
from typing import Any

import pytest
from playwright.async_api import Page

from tests.tracker.shop import FILLER, Shop, until
from tests.tracker.test_offers import AXE, LAYER, offers
from tests.tracker.test_privacy import STRICT

pytestmark = pytest.mark.e2e

HELP: dict[str, Any] = {
    "type": "assistance",
    "title": "A question on shipping?",
    "text": "Ask us: a person answers, usually within a minute.",
    "button": "Ask",
    "decline": "No, thanks",
}
PROOF: dict[str, Any] = {
    "type": "social_proof",
    "title": "{count} people bought this",
    "button": "Show me",
    "decline": "Close",
    "count": 1204,
    "hours": 24,
}
PICKED: dict[str, Any] = {
    "type": "upsell",
    "title": "Goes well with it",
    "button": "Show me",
    "decline": "No, thanks",
    "pick": "also_bought",
    "product": {"item_id": "halo", "title": "Halo Stand", "price_minor": 4900, "currency": "USD"},
}
POOL: dict[str, Any] = {
    "type": "free_shipping",
    "title": "Shipping is on us",
    "text": "For this order, with a code of your own.",
    "button": "Get the code",
    "decline": "No, thanks",
    "threshold_minor": 0,
    "honour": {"by": "pool", "pool": "spring", "field": "#coupon"},
    "claim": "c2VhbGVk",
}
CODE = {"code": "SPRING-7F2K", "ends_in_ms": None, "is_sample": False}
FIELD = "<input id=coupon aria-label=Coupon>" + FILLER


def in_ms(ms: int) -> int:
    return time.time_ns() // 1_000_000 + ms


async def test_help_opens_what_the_page_opens_and_a_link_is_not_followed(shop: Shop, page: Page) -> None:
    offers(shop, HELP)
    shop.pages["/"] = "<dialog id=chat>How can we help?</dialog>" + FILLER + shop.tag
    await page.goto(shop.url)
    await page.evaluate("fifthclick('on', 'action', (params) => params.type === 'assistance' && chat.show())")
    await page.click(f"{LAYER} .go")
    await until(lambda: shop.wire.of("action_clicked"), "the click")
    assert await page.locator("#chat").is_visible()
    assert await page.locator(LAYER).count() == 0
    assert page.url == shop.url + "/"
    assert shop.wire.claims == [], "help costs nothing and needs no claim"


# shows: G4
async def test_a_count_is_shown_with_the_time_that_it_is_for(shop: Shop, page: Page) -> None:
    offers(shop, PROOF)
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    assert await page.locator(f"{LAYER} h2").inner_text() == "1,204 people bought this"
    assert await page.locator(f"{LAYER} p").inner_text() == "in the last 24 hours"
    assert await page.locator(f"{LAYER} .go").count() == 0, "it asks for nothing"


@pytest.mark.parametrize("missing", [{"count": 4}, {"count": None}])
async def test_a_count_that_proves_nothing_is_not_drawn(shop: Shop, page: Page, missing: dict[str, Any]) -> None:
    offers(shop, PROOF | missing)
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_withheld"), "the reason")
    assert shop.wire.of("action_withheld")[0][5] == "nothing_to_show"
    assert await page.locator(LAYER).count() == 0


# shows: G1
async def test_a_picked_product_is_drawn_and_leads_to_its_page(shop: Shop, page: Page) -> None:
    product = PICKED["product"] | {"url": shop.url + "/p/halo", "image_url": shop.url + "/none.png"}
    offers(shop, PICKED | {"product": product})
    await page.goto(shop.url)
    text = await page.locator(f"{LAYER} section").inner_text()
    assert "Halo Stand" in text
    assert "$49.00" in text
    await page.click(f"{LAYER} .go")
    await page.wait_for_url("**/p/halo")


# shows: G5
async def test_a_deadline_is_told_as_a_time_and_kept(shop: Shop, page: Page) -> None:
    await page.clock.install()
    offers(shop, POOL | {"ends_at_ms": in_ms(20 * 60_000)})
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    first = await page.locator(f"{LAYER} section").inner_text()
    assert "Valid until" in first
    assert not any(word in first.lower() for word in ("hurry", "left", "last chance"))
    await page.clock.fast_forward(18 * 60_000)
    assert await page.locator(f"{LAYER} section").inner_text() == first, "no ticking"
    await page.clock.fast_forward(2 * 60_000)
    await page.locator(LAYER).wait_for(state="detached")
    await page.evaluate("fifthclick('track', 'marker')")
    await until(lambda: shop.wire.order[-1][3:] == ["marker"], "the marker")
    assert shop.wire.of("action_dismissed") == []
    assert shop.wire.of("action_withheld") == [], "it was seen"


async def test_what_is_over_before_it_could_be_drawn_is_withheld(shop: Shop, page: Page) -> None:
    offers(shop, POOL | {"ends_at_ms": in_ms(-1)})
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_withheld"), "the reason")
    assert shop.wire.of("action_withheld")[0][5] == "deadline_passed"
    assert await page.locator(LAYER).count() == 0


# shows: G7
async def test_a_code_is_claimed_at_the_click_shown_and_prefilled(shop: Shop, page: Page) -> None:
    offers(shop, POOL)
    shop.wire.claim_answers = [(200, CODE)]
    shop.pages["/"] = FIELD + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    assert shop.wire.claims == [], "nothing is taken before the click"
    await page.click(f"{LAYER} .go")
    assert await page.locator(f"{LAYER} code").inner_text() == "SPRING-7F2K"
    assert await page.input_value("#coupon") == "SPRING-7F2K"
    [claim] = shop.wire.claims
    assert claim == {"site": "pk_test", "session": shop.wire.hellos[0][3].hex(), "claim": "c2VhbGVk"}
    await until(lambda: shop.wire.of("action_clicked"), "the click")
    # The next page of this visit has the field as well.
    shop.pages["/checkout"] = FIELD + shop.tag
    await page.goto(shop.url + "/checkout")
    await page.wait_for_function("document.querySelector('#coupon').value === 'SPRING-7F2K'")
    assert len(shop.wire.claims) == 1


async def test_a_strict_policy_is_enough_for_a_claim_too(shop: Shop, page: Page) -> None:
    offers(shop, POOL | {"ends_at_ms": in_ms(20 * 60_000)})
    shop.wire.claim_answers = [(200, CODE)]
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "policy" in message.text.lower() else None)
    tag = shop.tag.replace("<script", "<script nonce=abc")
    shop.pages["/"] = (FIELD + tag, {"Content-Security-Policy": STRICT})
    await page.goto(shop.url)
    await page.click(f"{LAYER} .go")
    await page.locator(f"{LAYER} code").wait_for()
    assert await page.input_value("#coupon") == "SPRING-7F2K"
    assert refused == []


@pytest.mark.parametrize(
    ("status", "words"), [(410, "This offer has ended."), (409, "There is no code to be had at the moment.")]
)
async def test_a_claim_that_fails_is_told_calmly(shop: Shop, page: Page, status: int, words: str) -> None:
    offers(shop, POOL)
    shop.wire.claim_answers = [(status, {"reason": "deadline_passed"})]
    await page.goto(shop.url)
    await page.click(f"{LAYER} .go")
    await page.locator(f"{LAYER} p", has_text=words).wait_for()
    assert await page.locator(f"{LAYER} .go").count() == 0
    assert await page.locator(f"{LAYER} .x").is_visible(), "it can be closed"


async def test_a_server_that_comes_back_gives_the_code_all_the_same(shop: Shop, page: Page) -> None:
    offers(shop, POOL)
    shop.wire.claim_answers = [(503, {}), (200, CODE)]
    await page.goto(shop.url)
    await page.click(f"{LAYER} .go")
    assert await page.locator(f"{LAYER} code").inner_text() == "SPRING-7F2K"
    assert len(shop.wire.claims) == 2
    assert shop.wire.claims[0] == shop.wire.claims[1]


async def test_a_link_that_is_claimed_is_followed_at_once(shop: Shop, page: Page) -> None:
    offers(shop, POOL | {"honour": {"by": "url", "url": shop.url + "/offers/free"}})
    shop.wire.claim_answers = [(200, CODE | {"code": None})]
    await page.goto(shop.url)
    await page.click(f"{LAYER} .go")
    await page.wait_for_url("**/offers/free")
    await until(lambda: shop.wire.claims, "the claim, which outlives the page")


# shows: F9
async def test_a_kill_switch_takes_an_open_offer_down_within_a_frame(shop: Shop, page: Page) -> None:
    offers(shop, POOL)
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    await page.evaluate(
        "new MutationObserver(() => requestAnimationFrame(() => { window.left = document.querySelector('fifthclick-layer')"
        " ? 'still there' : 'gone' })).observe(document.documentElement, { childList: true })"
    )
    shop.wire.on_event = lambda stream, event: [3, "00112233aabbccdd", "killed"]
    await page.evaluate("fifthclick('track', 'marker')")
    await page.wait_for_function("window.left === 'gone'")
    await page.evaluate("fifthclick('track', 'marker')")
    await until(lambda: len([e for e in shop.wire.order if e[3:] == ["marker"]]) == 2, "the marker")
    assert shop.wire.of("action_dismissed") == shop.wire.of("action_withheld") == []


async def test_a_waiting_offer_that_is_withdrawn_says_why_and_never_comes(shop: Shop, page: Page) -> None:
    offers(shop, HELP)
    shop.pages["/"] = "<dialog id=cookies open>Cookies?</dialog>" + FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    shop.wire.on_event = lambda stream, event: [3, "00112233aabbccdd", "payment_step"]
    await page.evaluate("fifthclick('track', 'marker')")
    await until(lambda: shop.wire.of("action_withheld"), "the reason")
    assert shop.wire.of("action_withheld")[0][3:] == ["00112233aabbccdd", "the-offer", "payment_step"]
    shop.wire.on_event = lambda stream, event: (
        [2, "ff112233aabbccdd", stream, event[1], "another", PROOF, 5000] if event[3:] == ["next"] else None
    )
    await page.evaluate("cookies.close(); fifthclick('track', 'next')")
    await until(lambda: shop.wire.of("action_shown"), "the offer after it")
    assert [event[3] for event in shop.wire.of("action_shown")] == ["ff112233aabbccdd"]
    assert await page.locator(LAYER).count() == 1


# shows: G9
@pytest.mark.parametrize("params", [HELP, PROOF, PICKED, POOL], ids=lambda params: str(params["type"]))
async def test_axe_finds_nothing_to_say_and_no_focus_is_taken(shop: Shop, page: Page, params: dict[str, Any]) -> None:
    offers(shop, params | {"ends_at_ms": in_ms(20 * 60_000)})
    shop.wire.claim_answers = [(200, CODE)]
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    assert await page.evaluate("document.activeElement === document.body")
    if params is POOL:
        await page.click(f"{LAYER} .go")
        await page.locator(f"{LAYER} code").wait_for()
    await page.add_script_tag(path=AXE)
    found = await page.evaluate(
        "axe.run({ include: [['fifthclick-layer']] }).then((r) => r.violations.map((v) => v.id))"
    )
    assert found == []
