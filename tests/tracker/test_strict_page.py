"""A page whose policy allows next to nothing, in a real Chromium: everything works, and not one violation is reported."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgpack
import pytest
from playwright.async_api import Browser, Page

from tests.tracker.shop import Shop, until
from tests.tracker.strict import StrictShop, strict_shop, violations

WORDS = {"title": "A title", "text": "A text", "button": "Yes", "decline": "No, thanks"}
CONTENT: dict[str, Any] = {"type": "content", "url": "/guide"}


@pytest.fixture
async def strict() -> AsyncIterator[StrictShop]:
    async with strict_shop() as shop:
        yield shop


def offer_at_first_dwell(shop: Shop, params: dict[str, Any]) -> None:
    made: set[bytes] = set()

    def answer(stream: bytes, event: list[Any]) -> list[Any] | None:
        if event[0] != 1 or stream in made:
            return None
        made.add(stream)
        return [2, f"{len(made):016x}", stream, event[1], "an-action", {**WORDS, **params}, 60_000]

    shop.wire.on_event = answer


async def drawn(shop: Shop, page: Page) -> None:
    await page.locator("fifthclick-layer section").wait_for(timeout=60_000)
    await until(lambda: shop.wire.of("action_shown"), "the word that it was shown", 30)


# shows: G8 G7
async def test_a_code_is_claimed_and_shown_under_the_policy(strict: StrictShop, page: Page) -> None:
    strict.wire.claim_answers = [(200, {"code": "SPRING-1", "ends_in_ms": None, "is_sample": False})]
    offer_at_first_dwell(
        strict, {"type": "content", "url": "/x", "honour": {"by": "pool", "pool": "spring"}, "claim": "ticket"}
    )
    await page.goto(f"{strict.url}/")
    await drawn(strict, page)
    await page.locator("fifthclick-layer .go").click()
    await page.locator("fifthclick-layer code", has_text="SPRING-1").wait_for(timeout=30_000)
    assert [claim["claim"] for claim in strict.wire.claims] == ["ticket"]
    assert await violations(page, strict) == []


# shows: G8 O3 G12
async def test_a_preview_link_and_the_debug_box_work_under_the_policy(strict: StrictShop, page: Page) -> None:
    await page.goto(f"{strict.url}/?fc_preview=a-token-of-some-length&fc_debug=1")
    box = page.locator("fifthclick-debug details")
    await box.wait_for(timeout=30_000)
    await until(lambda: strict.wire.hellos, "a hello")
    hello = strict.wire.hellos[0]
    assert hello[-2:] == [True, "a-token-of-some-length"], "it asks for notices, and hands the token over as it is"
    notice = [
        4,
        hello[4],
        1,
        412,
        "on_the_fence",
        "preview",
        "guide",
        "Shown.",
        [["other", "x", "Not now."]],
        "treatment",
        "guide",
    ]
    for socket in strict.wire.sockets:
        await socket.send_bytes(msgpack.packb(notice))
    await page.get_by_text("Score 0.412: on the fence.").wait_for(timeout=30_000)
    await page.get_by_text("other: Not now.").wait_for()
    assert await page.evaluate("document.activeElement === document.body"), "focus stays where it was"
    assert await box.evaluate("(e) => getComputedStyle(e).position") == "fixed"
    await page.goto(f"{strict.url}/other")
    await page.locator("fifthclick-debug details").wait_for(timeout=30_000)
    await until(lambda: len(strict.wire.hellos) > 1, "the next page's hello")
    assert strict.wire.hellos[-1][-1] == "a-token-of-some-length", "the preview goes on"
    assert strict.wire.hellos[-1][3] == hello[3], "in the same visit"
    await page.locator("fifthclick-debug button").click()
    assert await page.locator("fifthclick-debug").count() == 0
    assert await violations(page, strict) == []


async def test_a_shopper_never_loads_the_debug_box(strict: StrictShop, page: Page) -> None:
    offer_at_first_dwell(strict, CONTENT)
    await page.goto(f"{strict.url}/")
    await drawn(strict, page)
    assert not [request for request in strict.wire.requests if "debug" in request]
    # What is kept is written within a second, and nothing else is.
    kept = "Object.keys(sessionStorage).filter((k) => k.startsWith('_fc')).join()"
    async with asyncio.timeout(10):
        while await page.evaluate(kept) != "_fc.pk_test":
            await asyncio.sleep(0.05)


# shows: O3 B3
async def test_where_privacy_control_is_on_the_box_says_so_and_nothing_is_sent_or_stored(
    strict: StrictShop, page: Page
) -> None:
    await page.add_init_script("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })")
    await page.goto(f"{strict.url}/?fc_debug")
    await page.get_by_text("Global Privacy Control is on in this browser").wait_for(timeout=30_000)
    assert (strict.wire.raw, strict.wire.opened_count) == ([], 0)
    assert await page.evaluate("sessionStorage.length") == 0
    assert await violations(page, strict) == []


# shows: A2 G8
async def test_the_back_forward_cache_keeps_the_strict_page_with_an_offer_on_it(
    strict: StrictShop, browser: Browser
) -> None:
    page = await (await browser.new_context()).new_page()
    await page.add_init_script("addEventListener('pageshow', (e) => { window.wasKept = e.persisted })")
    offer_at_first_dwell(strict, CONTENT)
    await page.goto(f"{strict.url}/")
    await drawn(strict, page)
    await page.goto(f"{strict.url}/other")
    await until(lambda: len(strict.wire.hellos) > 1, "the other page", 30)
    before = len(strict.wire.hellos)
    await page.go_back(wait_until="commit")
    await page.evaluate(
        "new Promise((done) => { (function look() { window.wasKept ? done() : setTimeout(look, 20) })() })"
    )
    await until(lambda: len(strict.wire.hellos) > before, "the socket of the page that came back", 30)
    third = f"{3:016x}"  # a page that came back is another document
    await until(lambda: any(e[3] == third for e in strict.wire.of("action_shown")), "an offer for it", 30)
    assert await page.locator("fifthclick-layer").count() == 1, "what was drawn before is gone"
    assert await violations(page, strict) == []


async def test_a_violation_would_have_been_seen_on_the_page_and_by_the_server(strict: StrictShop, page: Page) -> None:
    await page.goto(f"{strict.url}/")
    await page.evaluate("document.head.append(Object.assign(document.createElement('style'), { textContent: 'p{}' }))")
    await page.wait_for_function(
        "violations.some((v) => v.startsWith('report')) && violations.some((v) => /^style/.test(v))"
    )
    await until(lambda: strict.reports, "the browser's report")
    assert await violations(page, strict)
