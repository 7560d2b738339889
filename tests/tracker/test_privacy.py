"""What never leaves the page, and when nothing does; and that a strict policy of the shop is enough for us."""

import pytest
from playwright.async_api import BrowserContext, Page

from tests.tracker.shop import FILLER, Shop, until
from tests.tracker.test_offers import LAYER, SHIPPING, offers

pytestmark = pytest.mark.e2e

PLANTED = ("jane.doe", "example.org", "170 1234567", "1701234567", "4111", "secret-words", "Jane's title")
STRICT = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'none'; connect-src 'self'; "
    "require-trusted-types-for 'script'"
)


async def is_silent(shop: Shop, page: Page) -> bool:
    """Whether the page has stored nothing and asked our server for nothing but the script itself."""
    stored = await page.evaluate("sessionStorage.length + localStorage.length + document.cookie.length")
    asked = [r for r in shop.wire.requests if "/_fc/" in r and not r.endswith("/t.js")]
    return stored == 0 and asked == []


async def act(page: Page) -> None:
    """Give the tracker every reason to speak, and time: the page's own idle callback comes after ours."""
    await page.click("body")
    await page.evaluate("scrollTo(0, 500); window.dataLayer?.push({ event: 'view_cart', ecommerce: {} })")
    await page.evaluate("new Promise((done) => requestIdleCallback(() => setTimeout(done, 400), { timeout: 2500 }))")


@pytest.mark.parametrize(
    ("tag", "script"),
    [
        ("", "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })"),
        ("", "Object.defineProperty(navigator, 'doNotTrack', { value: '1' })"),
        (" data-consent=required", ""),
        ("", "window.fifthclick = Object.assign(() => {}, { q: [['consent', 'denied']] })"),
        ("", "window.dataLayer = [['consent', 'default', { analytics_storage: 'denied' }]]"),
    ],
    ids=["global privacy control", "do not track", "consent required", "consent denied", "google consent mode"],
)
async def test_a_closed_gate_stores_nothing_and_sends_nothing(shop: Shop, page: Page, tag: str, script: str) -> None:
    shop.pages["/"] = FILLER * 20 + shop.tag.replace("<script", f"<script{tag}")
    await page.add_init_script(script)
    await page.goto(shop.url)
    await act(page)
    assert await is_silent(shop, page)


async def test_the_same_page_with_an_open_gate_is_not_silent(shop: Shop, page: Page) -> None:
    shop.pages["/"] = FILLER * 20 + shop.tag
    await page.goto(shop.url)
    await act(page)
    assert not await is_silent(shop, page)


async def test_consent_opens_the_gate_and_taking_it_back_clears_the_storage(shop: Shop, page: Page) -> None:
    shop.pages["/"] = FILLER + shop.tag.replace("<script", "<script data-consent=required")
    await page.goto(shop.url)
    await act(page)
    await page.evaluate("fifthclick('consent', 'granted')")
    await until(lambda: shop.wire.of("page_view"), "the view")
    await page.evaluate("fifthclick('consent', 'denied')")
    await until(lambda: not shop.wire.sockets, "the socket to close")
    count = len(shop.wire.raw)
    await act(page)
    assert await page.evaluate("sessionStorage.length") == 0
    assert len(shop.wire.raw) == count


async def test_planted_personal_data_is_in_no_frame(shop: Shop, page: Page) -> None:
    shop.pages["/"] = FILLER + shop.tag
    await page.add_init_script(
        "window.dataLayer = [{ event: 'view_item', ecommerce: { currency: 'EUR', value: 5,"
        " items: [{ item_id: 'jane.doe@example.org', item_category: '+49 170 1234567' }] } }]"
    )
    path = "/account/jane.doe%40example.org/4111111111111111"
    shop.pages["/account/jane.doe@example.org/4111111111111111"] = (
        f"<title>Jane's title</title><input id=a><form><label>L <input id=b></label></form>{FILLER}{shop.tag}"
    )
    await page.goto(f"{shop.url}{path}?q=secret-words&email=jane.doe@example.org")
    await page.fill("#a", "jane.doe@example.org")
    await page.fill("#b", "4111 1111 1111 1111")
    await page.click("body")
    await page.evaluate("fifthclick('track', 'call +49 170 1234567', { label: 'jane.doe@example.org' })")
    await page.evaluate(
        "gtag = function () { dataLayer.push(arguments) }; gtag('event', 'search', { search_term: 'secret-words' })"
    )
    await until(lambda: any(e[0] == 32 for e in shop.wire.order), "the custom event")
    await page.goto("about:blank")
    await until(lambda: len(shop.wire.of("search")) == 1, "the search")
    sent = b"".join(shop.wire.raw)
    assert [word for word in PLANTED if word.encode() in sent] == []
    assert shop.wire.of("page_view")[0][4] == "/account/redacted/redacted"
    assert shop.wire.of("search")[0][3] == len("secret-words")


# shows: G8
async def test_a_strict_policy_with_trusted_types_is_enough(shop: Shop, page: Page) -> None:
    offers(shop, SHIPPING)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "policy" in message.text.lower() else None)
    tag = shop.tag.replace("<script", "<script nonce=abc")
    shop.pages["/"] = (FILLER + tag, {"Content-Security-Policy": STRICT})
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("action_shown"), "the exposure")
    display = await page.locator(f"{LAYER} section").evaluate("(e) => getComputedStyle(e).display")
    assert display == "flex", "the style sheet was taken"
    assert refused == []


# shows: B2
async def test_storage_that_throws_costs_nothing_but_memory(shop: Shop, page: Page) -> None:
    await page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('denied', 'SecurityError') } })"
    )
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    assert shop.wire.opened_count == 1


# shows: A1
async def test_a_second_snippet_is_no_second_tracker(shop: Shop, context: BrowserContext, page: Page) -> None:
    shop.pages["/"] = FILLER + shop.tag + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await act(page)
    await page.evaluate("fifthclick('track', 'marker')")
    await until(lambda: shop.wire.order[-1][3:] == ["marker"], "the marker")
    assert len(shop.wire.of("page_view")) == 1
    assert len(shop.wire.of("click")) == 1
