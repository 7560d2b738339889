"""Consent in a real browser: what the platform says, what may not be touched before, and what a refusal clears."""

import pytest
from playwright.async_api import BrowserContext, Page

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

WATCHED = """
  // Everything that could keep or tell something, noted before it is done.
  window.touched = [];
  const note = (name) => { touched.push(name); };
  for (const [type, name] of [[Storage, 'getItem'], [Storage, 'setItem'], [IDBFactory, 'open'], [LockManager, 'request'],
    [CacheStorage, 'open'], [Navigator, 'sendBeacon']]) {
    const original = type.prototype[name];
    type.prototype[name] = function (...args) { note(name); return original.apply(this, args); };
  }
  for (const name of ['BroadcastChannel', 'WebSocket', 'SharedWorker', 'EventSource', 'XMLHttpRequest']) {
    const original = window[name];
    window[name] = new Proxy(original, { construct(target, args) { note(name); return new target(...args); } });
  }
  const request = window.fetch;
  window.fetch = function (...args) { note('fetch'); return request.apply(this, args); };
"""
PLATFORM = """
  const heard = [];
  window.__tcfapi = (command, version, callback, id) => {
    if (command === 'addEventListener' && version === 2) heard.push(callback);
  };
  window.say = (eventStatus, agrees) => heard.forEach((callback) => callback({ eventStatus, listenerId: 1,
    gdprApplies: true, purpose: { consents: { 1: agrees, 5: agrees, 6: agrees, 8: agrees } } }, true));
  window.isAsked = () => heard.length > 0;
"""


async def rested(page: Page) -> None:
    """The page's own idle callback comes after ours."""
    await page.click("body")
    await page.evaluate("new Promise((done) => requestIdleCallback(() => setTimeout(done, 400), { timeout: 2500 }))")


async def kept(page: Page) -> list[str]:
    return list(await page.evaluate("[...Object.keys(sessionStorage), ...Object.keys(localStorage), document.cookie]"))


def asked(shop: Shop) -> list[str]:
    """What our server was asked for, without the files of the tag."""
    return [request for request in shop.wire.requests if "/_fc/v1/" in request]


# shows: B3
@pytest.mark.parametrize("mode", ["required", "tcf", "everywhere"])
async def test_before_an_answer_nothing_is_stored_sent_locked_or_told_to_other_tabs(
    shop: Shop, page: Page, mode: str
) -> None:
    await page.add_init_script(WATCHED + PLATFORM)
    shop.pages["/"] = FILLER * 20 + shop.tag.replace("<script", f"<script data-consent={mode}")
    await page.goto(shop.url)
    await rested(page)
    await page.evaluate("scrollTo(0, 500)")
    await rested(page)
    assert await page.evaluate("touched") == []
    assert await kept(page) == [""]
    assert asked(shop) == []
    await page.evaluate("fifthclick('consent', 'granted')")
    await until(lambda: shop.wire.of("page_view"), "the view")
    assert {"getItem", "BroadcastChannel", "request", "WebSocket"} <= set(await page.evaluate("touched"))


# shows: B3
async def test_a_consent_platform_opens_the_gate_when_it_has_an_answer_and_closes_it_again(
    shop: Shop, page: Page
) -> None:
    await page.add_init_script(PLATFORM)
    shop.pages["/"] = FILLER * 5 + shop.tag.replace("<script", "<script data-consent=tcf")
    await page.goto(shop.url)
    await page.wait_for_function("isAsked()")
    await page.evaluate("say('cmpuishown', true)")
    await rested(page)
    assert asked(shop) == []
    await page.evaluate("say('useractioncomplete', true)")
    await until(lambda: shop.wire.of("page_view"), "the view")
    await page.evaluate("say('useractioncomplete', false)")
    await until(lambda: not shop.wire.sockets, "the socket to close")
    assert await kept(page) == [""]
    count = len(shop.wire.raw)
    await rested(page)
    assert len(shop.wire.raw) == count


# shows: B3
async def test_a_platform_that_says_no_is_a_no(shop: Shop, page: Page) -> None:
    await page.add_init_script(PLATFORM)
    shop.pages["/"] = FILLER * 5 + shop.tag.replace("<script", "<script data-consent=tcf")
    await page.goto(shop.url)
    await page.wait_for_function("isAsked()")
    await page.evaluate("say('tcloaded', false)")
    await rested(page)
    assert asked(shop) == []
    assert await kept(page) == [""]


# shows: B3
async def test_privacy_signals_of_the_browser_stand_above_any_consent(shop: Shop, page: Page) -> None:
    await page.add_init_script(PLATFORM + "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    shop.pages["/"] = FILLER * 5 + shop.tag.replace("<script", "<script data-consent=tcf")
    await page.goto(shop.url)
    await page.wait_for_function("isAsked()")
    await page.evaluate("say('tcloaded', true); fifthclick('consent', 'granted')")
    await rested(page)
    assert asked(shop) == []
    assert await kept(page) == [""]


# shows: B3
async def test_a_refusal_lets_go_of_lock_and_channel_and_clears_what_is_kept(shop: Shop, page: Page) -> None:
    shop.pages["/"] = FILLER + shop.tag.replace("<script", "<script data-consent=required")
    await page.goto(shop.url)
    await page.evaluate(
        "sessionStorage.setItem('_fc.code', '[\"SPRING\", \"#code\"]'); sessionStorage.setItem('own', '1');"
        "sessionStorage.setItem('_fc.debug', '1')"
    )
    await page.evaluate("fifthclick('consent', 'granted')")
    await until(lambda: shop.wire.of("page_view"), "the view")
    await page.locator("fifthclick-debug details").wait_for()
    assert len((await page.evaluate("navigator.locks.query()"))["held"]) == 1
    await page.evaluate("fifthclick('consent', 'denied')")
    await until(lambda: not shop.wire.sockets, "the socket to close")
    assert await kept(page) == ["own", ""], "what is the shop's own stays"
    await page.get_by_text("Consent was denied").or_(page.get_by_text("The tag waits for consent")).wait_for()
    assert await kept(page) == ["own", ""], "nor does the box that is still open keep anything"
    await page.wait_for_function("navigator.locks.query().then(({ held }) => held.length === 0)")


# shows: B3
async def test_a_refusal_on_a_later_page_clears_what_an_earlier_one_kept_and_a_default_does_not(
    shop: Shop, page: Page
) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first page, with consent")
    shop.pages["/waits"] = FILLER + shop.tag
    await page.add_init_script("window.dataLayer = [['consent', 'default', { analytics_storage: 'denied' }]]")
    await page.goto(shop.url + "/waits")
    await rested(page)
    assert await kept(page) == ["_fc.pk_test", ""], "the visit goes on once there is an answer"
    await page.evaluate("dataLayer.push(['consent', 'update', { analytics_storage: 'denied' }])")
    assert await kept(page) == [""]


# shows: B3
async def test_a_page_that_comes_back_after_a_refusal_stays_silent_until_it_is_allowed_again(
    shop: Shop, page: Page
) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first page, with consent")
    await page.evaluate("window.isTheSame = true")
    await page.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second page's view")
    await page.evaluate("fifthclick('consent', 'denied')")
    await until(lambda: not shop.wire.sockets, "the socket to close")
    before = len(shop.wire.raw)
    await page.evaluate("history.back()")
    await page.wait_for_function("window.isTheSame")
    await page.evaluate("fifthclick('track', 'refused')")
    await rested(page)
    assert len(shop.wire.raw) == before
    assert await kept(page) == [""]
    await page.evaluate("fifthclick('consent', 'granted'); fifthclick('track', 'allowed')")
    await until(lambda: any(event[3:] == ["allowed"] for event in shop.wire.order), "the event after a new consent")
    assert not any(event[3:] == ["refused"] for event in shop.wire.order)
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 2, "a visit that was refused is not taken up again"


# shows: B2
async def test_without_storage_a_page_is_a_visit_and_nothing_is_kept_or_read(shop: Shop, page: Page) -> None:
    await page.add_init_script(WATCHED)
    shop.pages["/"] = FILLER + shop.tag.replace("<script", "<script data-storage=none")
    shop.pages["/next"] = shop.pages["/"]
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("dwell"), "the first page")
    assert {"getItem", "setItem"} & set(await page.evaluate("touched")) == set()
    assert await kept(page) == [""]
    await page.goto(shop.url + "/next")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the next page")
    assert len({hello[3] for hello in shop.wire.hellos}) == 2
    assert await kept(page) == [""]


async def test_without_storage_two_open_tabs_are_still_one_visit(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    shop.pages["/"] = FILLER + shop.tag.replace("<script", "<script data-storage=none")
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab")
    other = await context.new_page()
    await other.goto(shop.url)
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab")
    assert len({hello[3] for hello in shop.wire.hellos}) == 1
