"""Shops that have no dataLayer, written by us in the manner of those that people run: what the tracker makes of their pages.

The long form, `python -m tests.faults shops`, walks through real ones.
"""

import pytest
from playwright.async_api import Page

from core.events import TAG_BY_TYPE, TYPE_BY_NAME
from tests.tracker.shop import Shop, until

pytestmark = pytest.mark.e2e

TOLD = ["view_item_list", "view_item", "add_to_cart", "remove_from_cart"]
TOLD += ["view_cart", "begin_checkout", "add_shipping_info"]
NAMES = {TAG_BY_TYPE[TYPE_BY_NAME[name]]: name for name in TOLD}

LINKED = """<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "name": "Desk lamp",
"sku": "L-1", "offers": {"@type": "Offer", "price": "19.90", "priceCurrency": "EUR"}}</script>"""


def told(shop: Shop) -> list[str]:
    """What the pages told beside clicks and attention: e-commerce by name, views by the kind of page."""
    views = {TAG_BY_TYPE[TYPE_BY_NAME["page_view"]]}
    return [e[3] if e[0] in views else NAMES[e[0]] for e in shop.wire.order if e[0] in {*views, *NAMES}]


async def tells(shop: Shop, *events: str) -> None:
    """Waits until these have come, and sees that nothing else has."""
    await until(lambda: len(told(shop)) >= len(events), f"{events}, of which came {told(shop)}")
    assert told(shop) == list(events)


def paged(classes: str, html: str, shop: Shop) -> str:
    return f"<!doctype html><html lang=en><title>Shop</title><body class='{classes}'>{html}{shop.tag}"


# shows: A2 A6
async def test_a_shop_of_forms_and_flat_addresses_is_told_from_listing_to_shipping(shop: Shop, page: Page) -> None:
    """As Magento, nopCommerce and Shopware write it: a body's class says what a page is, a form fills the cart."""
    add = "<form action='/checkout/cart/add/product/1/' method=get><input name=qty value=2><button>Add to Cart</button></form>"
    shop.pages["/lamps.html"] = paged(
        "catalog-category-view", "<h1>Lamps</h1><a href=/desk-lamp.html>Desk lamp</a>", shop
    )
    shop.pages["/desk-lamp.html"] = paged("catalog-product-view", f"<h1>Desk lamp</h1>{add}{LINKED}", shop)
    shop.pages["/checkout/cart/add/product/1/"] = paged(
        "checkout-cart-index",
        "<a href='/checkout/'>Checkout</a><table><tr><td><a href=# class='action-delete' title='Remove item'>x</a></table>",
        shop,
    )
    shop.pages["/checkout/"] = paged("checkout-index-index", "<a href='/checkout/shipping'>On</a>", shop)
    shop.pages["/checkout/shipping"] = paged(
        "", "<form action=/checkout/payment><button>Continue</button></form>", shop
    )
    shop.pages["/checkout/payment"] = paged("", "", shop)
    seen = ["listing", "view_item_list"]
    await page.goto(f"{shop.url}/lamps.html")
    await tells(shop, *seen)
    await page.click("a")
    await tells(shop, *(seen := [*seen, "product", "view_item"]))
    await page.click("form button")
    await tells(shop, *(seen := [*seen, "add_to_cart", "cart", "view_cart"]))
    added = next(e for e in shop.wire.order if NAMES.get(e[0]) == "add_to_cart")
    assert added[3:6] == ["EUR", 3980, [["L-1", "", 1990, 2]]]
    await page.click("a[href='/checkout/']")
    await tells(shop, *(seen := [*seen, "checkout", "begin_checkout"]))
    await page.click("a")
    await tells(shop, *(seen := [*seen, "shipping"]))
    await page.click("button")
    await tells(shop, *seen, "add_shipping_info", "payment")


# shows: A2 A6
async def test_a_shop_of_one_page_is_told_and_what_it_refuses_is_not(shop: Shop, page: Page) -> None:
    """As React and Vue shops do it: routes by pushState, a cart behind fetch, a choice that is wanted first."""
    shop.pages["/api/cart"] = "{}"
    script = """<main></main><script>
      const pages = {
        '/products': '<h1>All</h1><a href="/products/lamp">Lamp</a>',
        '/products/lamp': '<h1>Lamp</h1><p></p><button id=black>Black</button><button id=add>Add to bag</button>',
        '/cart': '<h1>Bag</h1><li><a href="/products/lamp">Lamp</a><button aria-label="Remove Lamp">x</button></li>',
      }
      let colour = ''
      const main = document.querySelector('main')
      const show = () => { main.innerHTML = pages[location.pathname] }
      const go = (path) => { history.pushState(null, '', path); show() }
      main.addEventListener('click', (event) => {
        const { id } = event.target, link = event.target.closest('a')
        if (link) { event.preventDefault(); go(link.pathname) }
        if (id === 'black') { colour = id; fetch('/api/price?colour=black') }
        if (id === 'add' && !colour) document.querySelector('p').textContent = 'Choose a colour'
        else if (id === 'add') fetch('/api/cart', { method: 'GET' }).then(() => { document.title = 'added' })
        else if (event.target.matches('li button')) fetch('/api/cart').then(() => event.target.closest('li').remove())
      })
      addEventListener('popstate', show)
      show()
    </script>"""
    for path in ("/products", "/products/lamp", "/cart"):
        shop.pages[path] = f"<!doctype html><html lang=en><title>Shop</title><body>{script}{shop.tag}"
    await page.goto(f"{shop.url}/products")
    await tells(shop, "listing", "view_item_list")
    await page.click("a")
    await tells(shop, "listing", "view_item_list", "product", "view_item")
    await page.click("#add")
    await page.get_by_text("Choose a colour").wait_for()
    await page.click("#black")
    await page.click("#add")
    await page.wait_for_function("document.title === 'added'")
    seen = ["listing", "view_item_list", "product", "view_item", "add_to_cart"]
    await tells(shop, *seen)
    await page.evaluate("go('/cart')")
    await tells(shop, *(seen := [*seen, "cart", "view_cart"]))
    await page.click("li button")
    await tells(shop, *(seen := [*seen, "remove_from_cart"]))
    await page.go_back()
    await tells(shop, *seen, "product", "view_item")


async def test_a_shop_that_pushes_its_own_events_is_told_once(shop: Shop, page: Page) -> None:
    pushed = (
        "<script>dataLayer = [{event: 'view_item', ecommerce: {currency: 'EUR', items: [{item_id: 'L-1'}]}}]</script>"
    )
    own = "dataLayer.push({event: 'add_to_cart', ecommerce: {currency: 'EUR', items: [{item_id: 'L-1'}]}})"
    shop.pages["/p/lamp"] = f"{pushed}<button onclick=\"{own}; fetch('/api')\">Add to cart</button>{LINKED}{shop.tag}"
    await page.goto(f"{shop.url}/p/lamp")
    await tells(shop, "product", "view_item")
    await page.click("button")
    await until(lambda: "GET /api" in shop.wire.requests, "the shop's own request")
    await page.evaluate("fifthclick('track', 'afterwards')")
    custom = TAG_BY_TYPE[TYPE_BY_NAME["custom"]]
    await until(lambda: any(e[0] == custom for e in shop.wire.order), "what came after")
    assert told(shop) == ["product", "view_item", "add_to_cart"]
