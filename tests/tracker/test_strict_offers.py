"""Every action type in every shape, and every chunk that a page may load, under a policy that allows next to nothing."""

import json
from collections.abc import AsyncIterator
from typing import Any

import msgpack
import pytest
from playwright.async_api import Page

from core.actions import ACTION_TYPES, Shape
from tests.tracker.shop import TAGS, until
from tests.tracker.strict import StrictShop, script, strict_shop, violations
from tools.offer_samples import SHAPES, SHOP, params_for, samples

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

ADD, VIEW_ITEM = 6, 4
SHOPIFY = "window.Shopify = { shop: 'lamps.example', routes: { root: '/' } }"
WOOCOMMERCE = "window.wc_add_to_cart_params = {}"
PLATFORM = (
    """window.__tcfapi = (command, version, heard) => { if (command === 'addEventListener') window.heard = heard }"""
)
PRODUCT = {"@context": "https://schema.org", "@type": "Product", "sku": "DRIP-2", "name": "Dripper",
           "offers": {"@type": "Offer", "price": "24.00", "priceCurrency": "EUR"}}  # fmt: skip


@pytest.fixture
async def strict() -> AsyncIterator[StrictShop]:
    async with strict_shop() as shop:
        yield shop


# shows: G1 G2 G3 G4 G5 G6 G8
@pytest.mark.parametrize("shape", SHAPES)
async def test_every_type_is_drawn_in_this_shape_with_its_styles_and_is_taken_with_no_violation(
    strict: StrictShop, page: Page, shape: Shape
) -> None:
    await page.goto(f"{strict.url}/", referer=f"{strict.url}/other")
    await until(lambda: strict.wire.of("page_view"), "the view", 30)
    [(stream, seq)] = [key for key, event in strict.wire.events.items() if event[0] == TAGS["page_view"]]
    [socket] = strict.wire.sockets
    layer = page.locator("fifthclick-layer")
    drawn = []
    for number, (name, action) in enumerate(samples(), start=1):
        decision_id = f"{number:016x}"
        params = json.loads(json.dumps(params_for(action, shape)).replace(SHOP, strict.url))
        await socket.send_bytes(msgpack.packb([2, decision_id, stream, seq, name, params, 60_000]))
        shown = await _shown(strict, decision_id)
        assert shown[6] == (f"{shape}:beside-price" if shape == "inline" else shape)
        section = layer.locator(".o")
        assert await section.evaluate("(e) => getComputedStyle(e).display") == "flex", "its sheet is adopted"
        assert await layer.evaluate("(e) => getComputedStyle(e).display") == "contents"
        assert await section.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
        await _take(page)
        await socket.send_bytes(msgpack.packb([3, decision_id, "next"]))
        await layer.wait_for(state="detached")
        drawn.append(name)
    assert set(drawn) == set(ACTION_TYPES)
    await until(lambda: len(strict.wire.of("action_submitted")) == 2, "the answer and the form", 30)
    assert [form["email"] for form in strict.forms] == ["jane@example.org"]
    assert await violations(page, strict) == []


async def _shown(shop: StrictShop, decision_id: str) -> list[Any]:
    def found() -> list[list[Any]]:
        return [event for event in shop.wire.of("action_shown") if event[3] == decision_id]

    await until(found, f"the word that {decision_id} was shown", 30)
    return found()[0]


async def _take(page: Page) -> None:
    """What can be taken without leaving the page: a form, a scale, a code."""
    root = page.locator("fifthclick-layer")
    if await root.locator("input").count():
        await root.locator("input").fill("jane@example.org")
    for selector in ("form .go", ".rate button:nth-child(4)", "code ~ button.go"):
        if await root.locator(selector).count():
            await root.locator(selector).click()
            return


# shows: A6 G8
async def test_the_chunk_for_shops_without_a_data_layer_reads_a_product_and_a_button(
    strict: StrictShop, page: Page
) -> None:
    product = f"<script type=application/ld+json>{json.dumps(PRODUCT)}</script>"
    strict.put("/products/dripper", head=f"{product}<form><button type=button id=add>Add to cart</button></form>")
    await page.route("**/basket", lambda route: route.fulfill(body="{}", content_type="application/json"))
    await page.goto(f"{strict.url}/products/dripper")
    await until(lambda: _carts(strict, VIEW_ITEM), "the product", 30)
    await page.evaluate("add.onclick = () => void fetch('/basket', { method: 'POST' })")
    await page.click("#add")
    await until(lambda: _carts(strict, ADD), "the addition", 30)
    assert _loaded(strict, "l.")
    assert await violations(page, strict) == []


# shows: A6 G8
async def test_shopifys_and_woocommerces_chunks_tell_their_carts(strict: StrictShop, page: Page) -> None:
    lines: list[dict[str, Any]] = []

    async def cart(route: Any) -> None:
        body = {"currency": "EUR", "items": lines}
        await route.fulfill(body=json.dumps(body), content_type="application/json")

    await page.route("**/cart.js", cart)
    await page.route("**/cart/add.js", lambda route: route.fulfill(body="{}", content_type="application/json"))
    strict.put("/shopify", head=script(SHOPIFY))
    strict.put("/woocommerce", head=script(WOOCOMMERCE))
    async with page.expect_response("**/cart.js"):
        await page.goto(f"{strict.url}/shopify")
    lines.append({"variant_id": 1, "sku": "LAMP-1", "product_type": "Lamps", "price": 4999, "quantity": 1})
    await page.evaluate("void fetch('/cart/add.js', { method: 'POST' })")
    await until(lambda: _carts(strict, ADD), "the addition", 30)
    assert await violations(page, strict) == []

    await page.goto(f"{strict.url}/woocommerce")
    await until(lambda: _loaded(strict, "woocommerce."), "the adapter", 30)
    await until(lambda: len(strict.wire.of("page_view")) > 1, "the view", 30)
    await page.evaluate("document.body.dispatchEvent(new CustomEvent('wc-blocks_added_to_cart', { bubbles: true }))")
    await until(lambda: len(_carts(strict, ADD)) > 1, "the addition", 30)
    assert _loaded(strict, "shopify.")
    assert await violations(page, strict) == []


# shows: B3 G8
async def test_a_consent_platform_is_asked_and_heard(strict: StrictShop, page: Page) -> None:
    strict.put("/asked", head=script(PLATFORM), tag="data-consent=tcf")
    await page.goto(f"{strict.url}/asked")
    # Not `wait_for_function`: it evaluates a text in the page, which the page's policy forbids.
    await page.evaluate(
        "new Promise((done) => { (function look() { window.heard ? done() : setTimeout(look, 20) })() })"
    )
    assert (strict.wire.opened_count, strict.wire.raw) == (0, [])
    await page.evaluate("heard({ eventStatus: 'tcloaded', gdprApplies: false, listenerId: 1 }, true)")
    await until(lambda: strict.wire.of("page_view"), "the view", 30)
    assert _loaded(strict, "tcf.")
    assert await violations(page, strict) == []


def _carts(shop: StrictShop, tag: int) -> list[list[Any]]:
    return [event for event in shop.wire.order if event[0] == tag]


def _loaded(shop: StrictShop, name: str) -> bool:
    return any(f"/_fc/{name}" in request for request in shop.wire.requests)
