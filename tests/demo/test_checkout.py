"""Buying in the demo shop: what an order costs, and that the free-shipping address really grants what it says."""

import json
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from demo.app import ShopConfig, create_app
from demo.checkout import NEWSLETTER
from tests.demo.conftest import Browser
from tests.demo.pages import Push, page_type_of, pushes_of


async def _add(browser: Browser, product_id: str = "aurora-one") -> None:
    assert (await browser.post("/cart/add", data={"product": product_id})).status == 200


async def _buy(browser: Browser, tier: str = "standard") -> Push:
    """Go through shipping and payment; gives the purchase event of the confirmation."""
    payment = await (await browser.post("/checkout/shipping", data={"tier": tier})).text()
    assert page_type_of(payment) == "payment"
    confirmation = await (await browser.post("/checkout/payment")).text()
    assert page_type_of(confirmation) == "confirmation"
    (purchase,) = pushes_of(confirmation)
    assert purchase["event"] == "purchase"
    ecommerce: Push = purchase["ecommerce"]
    return ecommerce


async def test_an_order_costs_the_shipping_fee(browser: Browser) -> None:
    await _add(browser)
    order = await _buy(browser)
    assert (order["value"], order["shipping"], order["currency"]) == (299.0, 9.99, "USD")
    assert order["transaction_id"].startswith("NL-")


async def test_express_costs_its_own_fee(browser: Browser) -> None:
    await _add(browser)
    assert (await _buy(browser, "express"))["shipping"] == 19.99


async def test_the_free_shipping_address_leads_to_the_cart_and_makes_the_order_ship_for_nothing(
    browser: Browser,
) -> None:
    await _add(browser)
    landed = await browser.get("/offers/free-shipping")
    assert landed.url.path == "/cart"
    assert "Standard shipping is free on this order" in await landed.text()
    order = await _buy(browser)
    assert (order["value"], order["shipping"]) == (299.0, 0.0)


async def test_with_an_empty_cart_the_address_leads_back_to_the_product_which_says_it_too(browser: Browser) -> None:
    assert (await browser.get("/offers/free-shipping")).url.path == "/cart"
    await browser.get("/p/drift")
    landed = await browser.get("/offers/free-shipping")
    assert landed.url.path == "/p/drift"
    assert "Standard shipping is free on this order" in await landed.text()


async def test_the_grant_is_for_one_order_and_one_visitor(browser: Browser) -> None:
    await browser.get("/offers/free-shipping")
    await _add(browser)
    assert (await _buy(browser))["shipping"] == 0.0
    await _add(browser)
    assert (await _buy(browser))["shipping"] == 9.99
    await browser.get("/offers/free-shipping")
    browser.session.cookie_jar.clear()
    await _add(browser)
    assert (await _buy(browser))["shipping"] == 9.99


async def test_the_checkout_pages_push_what_the_shopper_did(browser: Browser) -> None:
    await _add(browser)
    shipping = await (await browser.get("/checkout/shipping")).text()
    payment = await (await browser.post("/checkout/shipping", data={"tier": "express"})).text()
    assert 'data-fc-view="shipping_options"' in shipping
    assert [p["event"] for p in pushes_of(shipping)] == ["begin_checkout"]
    (info,) = pushes_of(payment)
    assert (info["event"], info["ecommerce"]["shipping"], info["ecommerce"]["shipping_tier"]) == (
        "add_shipping_info",
        19.99,
        "express",
    )


async def test_an_empty_cart_cannot_be_bought(browser: Browser) -> None:
    for path in ("/checkout/shipping", "/checkout/payment"):
        assert (await browser.get(path)).url.path == "/cart"
    assert (await browser.post("/checkout/payment")).url.path == "/cart"


async def test_removing_the_last_line_empties_the_cart(browser: Browser) -> None:
    await _add(browser, "halo")
    html = await (await browser.post("/cart/remove", data={"product": "halo"})).text()
    assert "Nothing in it yet" in html


async def test_the_payment_form_sends_no_name_address_or_card(browser: Browser) -> None:
    await _add(browser)
    html = await (await browser.get("/checkout/payment")).text()
    form = html[html.index('<form class="pay"') :].split("</form>")[0]
    assert form.count("<input") == 3
    assert " name=" not in form


async def test_orders_are_kept_in_the_shops_own_file_and_survive_a_restart(browser: Browser, tmp_path: Path) -> None:
    await _add(browser)
    order = await _buy(browser)
    (kept,) = json.loads((tmp_path / "orders.json").read_text())
    assert (kept["id"], kept["shipping_minor"]) == (order["transaction_id"], 999)
    async with TestClient(TestServer(create_app(ShopConfig(tmp_path)))) as later:
        assert (await later.get(f"/order/{kept['id']}")).status == 200


async def test_an_unknown_product_or_way_of_shipping_is_refused_in_words(browser: Browser) -> None:
    for path, data in (("/cart/add", {"product": "gold"}), ("/checkout/shipping", {"tier": "drone"})):
        answer = await browser.post(path, data=data)
        assert answer.status == 400
        assert "Go back and choose" in await answer.text()


async def test_the_newsletter_keeps_an_address_once(browser: Browser) -> None:
    kept = browser.app[NEWSLETTER]
    for address in ("Ada@Example.com", "ada@example.com "):
        answer = await browser.post("/newsletter", data={"email": address})
        assert (answer.status, await answer.json()) == (200, {"ok": True})
    assert len(kept) == 1


async def test_the_newsletter_refuses_what_is_no_address(browser: Browser) -> None:
    for address in ("", "ada", "ada@example", "a b@example.com"):
        answer = await browser.post("/newsletter", data={"email": address})
        assert answer.status == 400, address


async def test_the_newsletter_answers_a_form_with_a_page(browser: Browser) -> None:
    answer = await browser.post("/newsletter", data={"email": "ada@example.com"}, headers={"Accept": "text/html"})
    assert "Good to have you" in await answer.text()


async def test_only_the_shops_own_pages_may_post_to_the_newsletter(browser: Browser) -> None:
    own = await browser.post(
        "/newsletter", data={"email": "ada@example.com"}, headers={"Origin": "http://localhost:8701"}
    )
    strange = await browser.post(
        "/newsletter", data={"email": "eve@example.com"}, headers={"Origin": "http://evil.example"}
    )
    assert own.headers["Access-Control-Allow-Origin"] == "http://localhost:8701"
    assert strange.status == 403
    assert "Access-Control-Allow-Origin" not in strange.headers
