"""Shop systems that are recognised without a word of configuration: what their carts tell, and what must not be told twice."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, Route

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

ADD, REMOVE = 6, 7
SHOPIFY = "<script>window.Shopify = { shop: 'lamps.example', routes: { root: '/' } }</script>"
LAMP = {
    "variant_id": 1, "sku": "LAMP-1", "handle": "lamp", "product_type": "Lamps", "price": 4999, "quantity": 1,
    "properties": {"Engraving": "For Jane"},
}  # fmt: skip
BULB = {"variant_id": 2, "sku": "", "handle": "bulb", "product_type": "", "price": 350, "quantity": 3}
JQUERY = """
  // jQuery's events are its own: no listener of the browser's hears them.
  window.wc_add_to_cart_params = {};
  window.heard = [];
  window.jQuery = () => ({
    on: (name, fn) => heard.push([name, fn]),
    off: (name, fn) => { window.heard = heard.filter((h) => h[1] !== fn) },
  });
  window.trigger = (name, data) => heard.filter((h) => h[0] === name)
    .forEach((h) => h[1]({}, {}, 'hash', data && { 0: document.body, data: (key) => data[key] }));
"""

BLOCKS = """
  window.blocks = (what) =>
    document.body.dispatchEvent(new CustomEvent(`wc-blocks_${what}_${what === 'added' ? 'to' : 'from'}_cart`, { bubbles: true }))
"""
JQUERY += BLOCKS


def carts(shop: Shop) -> list[list[Any]]:
    return [[event[0], *event[3:]] for event in shop.wire.order if event[0] in (ADD, REMOVE)]


class Cart:
    """A Shopify cart behind `/cart.js`, and how often it was asked for."""

    def __init__(self, currency: str = "EUR") -> None:
        self.lines: list[dict[str, Any]] = []
        self.currency = currency
        self.read_count = 0
        self.is_held = False
        self._held: list[tuple[Route, dict[str, Any]]] = []

    async def release(self) -> None:
        """Answer what was held back, with the cart as it was when it was asked for."""
        for route, body in self._held:
            await route.fulfill(body=json.dumps(body), content_type="application/json")

    async def route(self, page: Page) -> None:
        await page.route("**/cart.js", self._read)
        await page.route("**/cart/add.js", lambda route: route.fulfill(body="{}", content_type="application/json"))
        await page.route("**/cart/change.js", lambda route: route.fulfill(body="{}", content_type="application/json"))

    async def _read(self, route: Route) -> None:
        self.read_count += 1
        body = {"currency": self.currency, "items": self.lines, "note": "For Jane, secret"}
        if self.is_held:
            self._held.append((route, body))
        else:
            await route.fulfill(body=json.dumps(body), content_type="application/json")


async def opened(shop: Shop, page: Page, cart: Cart, tag: str | None = None) -> None:
    await cart.route(page)
    shop.pages["/"] = SHOPIFY + FILLER + (tag or shop.tag)
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")


async def marker(shop: Shop, page: Page) -> None:
    name = f"marker_{len(shop.wire.order)}"
    await page.evaluate("(name) => fifthclick('track', name)", name)
    await until(lambda: shop.wire.order[-1][3:] == [name], "the marker")


# shows: A6
async def test_a_shopify_cart_tells_what_was_added_and_taken_out_with_its_price(shop: Shop, page: Page) -> None:
    cart = Cart()
    cart.lines = [BULB]
    await opened(shop, page, cart)
    await until(lambda: cart.read_count == 1, "the cart as it was")
    cart.lines = [BULB | {"quantity": 1}, LAMP]
    await page.evaluate("fetch('/cart/add.js', { method: 'POST' })")
    await until(lambda: len(carts(shop)) == 2, "what has changed")
    assert sorted(carts(shop)) == [
        [ADD, "EUR", 4999, [["LAMP-1", "Lamps", 4999, 1]]],
        [REMOVE, "EUR", 700, [["bulb", "", 350, 2]]],
    ]
    assert b"Jane" not in b"".join(shop.wire.raw), "a note and an engraving stay in the page"


async def test_a_cart_that_was_full_already_and_a_request_that_changes_nothing_tell_nothing(
    shop: Shop, page: Page
) -> None:
    cart = Cart()
    cart.lines = [LAMP, BULB]
    await opened(shop, page, cart)
    await until(lambda: cart.read_count == 1, "the cart as it was")
    await page.evaluate("fetch('/cart/change.js', { method: 'POST' })")
    await until(lambda: cart.read_count == 2, "the cart after it")
    await page.evaluate("fetch('/products/lamp.js')")
    await marker(shop, page)
    assert carts(shop) == []
    assert cart.read_count == 2


async def test_a_cart_that_is_answered_late_undoes_nothing_that_a_later_one_has_said(shop: Shop, page: Page) -> None:
    cart = Cart()
    await opened(shop, page, cart)
    await until(lambda: cart.read_count == 1, "the cart as it was")
    cart.lines = [LAMP]
    cart.is_held = True
    await page.evaluate("fetch('/cart/add.js', { method: 'POST' })")
    await until(lambda: cart.read_count == 2, "the cart after the first addition")
    cart.lines = [LAMP, BULB]
    cart.is_held = False
    await page.evaluate("fetch('/cart/add.js', { method: 'POST' })")
    await until(lambda: len(carts(shop)) == 2, "both additions, by the later answer")
    await cart.release()
    await marker(shop, page)
    assert [event[0] for event in carts(shop)] == [ADD, ADD]


async def test_hundredths_of_a_currency_without_cents_are_whole_units(shop: Shop, page: Page) -> None:
    cart = Cart("JPY")
    await opened(shop, page, cart)
    await until(lambda: cart.read_count == 1, "the cart as it was")
    cart.lines = [LAMP | {"price": 500000}]
    await page.evaluate("fetch('/cart/add.js', { method: 'POST' })")
    await until(lambda: carts(shop), "the addition")
    assert carts(shop)[0][1:3] == ["JPY", 5000]


@pytest.mark.parametrize(
    "way", ["dataLayer.push({ event: 'add_to_cart', ecommerce: %s })", "fifthclick('track', 'add_to_cart', %s)"]
)
async def test_a_shop_that_tells_its_carts_itself_is_not_told_of_twice(shop: Shop, page: Page, way: str) -> None:
    cart = Cart()
    await opened(shop, page, cart)
    await until(lambda: cart.read_count == 1, "the cart as it was")
    await page.evaluate(way % "{ currency: 'EUR', value: 49.99, items: [{ item_id: 'LAMP-1' }] }")
    cart.lines = [LAMP]
    await page.evaluate("fetch('/cart/add.js', { method: 'POST' })")
    await until(lambda: cart.read_count == 2, "the cart after it")
    await marker(shop, page)
    assert len(carts(shop)) == 1


async def test_switched_off_no_cart_is_asked_for(shop: Shop, page: Page) -> None:
    cart = Cart()
    await opened(shop, page, cart, shop.tag.replace("<script", "<script data-off=forms"))
    await until(lambda: shop.wire.of("dwell"), "the late chunk")
    assert cart.read_count == 0
    assert [request for request in shop.wire.requests if "shopify" in request] == []


async def test_a_shop_of_another_kind_loads_no_adapter(shop: Shop, page: Page) -> None:
    shop.pages["/"] = FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("dwell"), "the late chunk")
    assert [request for request in shop.wire.requests if "shopify" in request or "woocommerce" in request] == []


# shows: A6
async def test_woocommerces_own_events_tell_the_button_and_its_product(shop: Shop, page: Page) -> None:
    await page.add_init_script(JQUERY)
    shop.pages["/"] = FILLER + shop.tag.replace("<script", "<script data-currency=EUR")
    await page.goto(shop.url)
    await page.wait_for_function("heard.length === 2")
    # WooCommerce passes it on to its blocks in the same task, before our listener hears it or after.
    await page.evaluate(
        "trigger('added_to_cart', { product_sku: 'LAMP-1', product_id: 7, quantity: 2 }); blocks('added')"
    )
    await page.evaluate("blocks('added'); trigger('added_to_cart', { product_sku: 'BULB', product_id: 9 })")
    await page.evaluate("trigger('added_to_cart', { product_sku: '', product_id: 8 })")
    await page.evaluate("trigger('removed_from_cart', { product_id: 7 })")
    await until(lambda: len(carts(shop)) == 4, "the cart")
    await marker(shop, page)
    told = [(tag, items[0][0], items[0][3] if len(items[0]) > 3 else 1) for tag, _, _, items in carts(shop)]
    assert told == [(ADD, "LAMP-1", 2), (ADD, "BULB", 1), (ADD, "8", 1), (REMOVE, "7", 1)]
    await page.evaluate("fifthclick('consent', 'denied')")
    assert await page.evaluate("heard.length") == 0, "switched off, it lets go"


async def test_a_block_of_woocommerces_tells_each_change_also_one_right_after_another(shop: Shop, page: Page) -> None:
    shop.pages["/"] = "<!doctype html><html lang=en><body class='woocommerce-shop woocommerce'>" + FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: any("woocommerce" in request for request in shop.wire.requests), "the adapter")
    await until(lambda: shop.wire.of("dwell"), "the late chunk")
    await page.evaluate(BLOCKS)
    await page.evaluate("blocks('added')")
    await page.evaluate("blocks('added'); blocks('removed')")
    await marker(shop, page)
    assert [event[0] for event in carts(shop)] == [ADD, ADD, REMOVE]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("single-product woocommerce woocommerce-page", "product"),
        ("page woocommerce-cart woocommerce-page", "cart"),
        ("page woocommerce-checkout woocommerce-page", "checkout"),
        ("page woocommerce-checkout woocommerce-page woocommerce-order-received", "confirmation"),
        ("archive woocommerce tax-product_cat", "other"),
    ],
)
async def test_woocommerces_body_says_what_page_it_is_whatever_its_address(
    shop: Shop, page: Page, marks: str, expected: str
) -> None:
    shop.pages["/eine-seite"] = f"<!doctype html><html lang=de><body class='{marks}'>" + FILLER + shop.tag
    await page.goto(shop.url + "/eine-seite")
    await until(lambda: shop.wire.of("page_view"), "the view")
    assert shop.wire.of("page_view")[0][3] == expected
