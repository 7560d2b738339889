"""Pages that change what the language and the browser give: the tag still counts, and the shop's page works as before."""

import pytest
from playwright.async_api import Page

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

HOSTILE = {
    "a dataLayer that is frozen": "window.dataLayer = Object.freeze([{event: 'view_cart'}])",
    "a dataLayer that is no array": "window.dataLayer = {push() { return 7 }}",
    "a dataLayer that cannot be replaced": "Object.defineProperty(window, 'dataLayer', {value: null})",
    "a dataLayer of other things": "window.dataLayer = [null, 3, 'x', [], undefined]",
    "an entry that throws when it is read": "window.dataLayer = [{event: 'view_cart'},"
    "Object.defineProperty({}, 'event', {get() { throw Error('of the shop') }})]",
    "a stub that holds a number": "window.fifthclick = {q: 3}",
    "a stub that holds anything": "window.fifthclick = {q: [3, null, undefined, 'track', {}, ['track'], ['nothing']]}",
    "more on Array.prototype": "Array.prototype.last = function () { return this[this.length - 1] };"
    "Array.prototype.remove = function () { throw Error('not yours') }",
    "prototype.js, which brings its own JSON": "Array.prototype.toJSON = function () { return 'mine' };"
    "String.prototype.toJSON = function () { return 'mine' }; Object.prototype.extra = function () {}",
    "an Element.closest of old": "delete Element.prototype.closest",
    "a storage that throws": "Object.defineProperty(window, 'sessionStorage', {get() { throw Error('denied') }})",
    "no channel, no locks and no idle time": "delete window.BroadcastChannel; delete window.requestIdleCallback;"
    "Object.defineProperty(navigator, 'locks', {value: undefined})",
    "a fifthclick that is the shop's own": "window.fifthclick = {}",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_page_is_counted_and_works_as_before(shop: Shop, page: Page, name: str) -> None:
    shop.pages["/"] = (
        f"<button onclick='document.title = 1'>B</button><script>{HOSTILE[name]}</script>{FILLER}{shop.tag}"
    )
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await page.click("button")
    assert await page.title() == "1", "the shop's own handler"
    # Errors in the page fail the test by themselves (conftest.py).


async def test_the_shops_own_push_keeps_what_it_returns_and_throws(shop: Shop, page: Page) -> None:
    shop.pages["/"] = (
        "<script>window.dataLayer = []; dataLayer.push = function (one) { if (one === 'bad') throw Error('mine');"
        "Array.prototype.push.call(this, one); return 'own' }</script>" + FILLER + shop.tag
    )
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    assert await page.evaluate("dataLayer.push({event: 'x'})") == "own"
    assert await page.evaluate("(() => { try { dataLayer.push('bad') } catch (e) { return e.message } })()") == "mine"
