"""The demo shop as a visitor and as the pasted tag find it: pages, their types, their GA4 events."""

import re

import pytest

from demo.catalogue import PRODUCTS
from tests.demo.conftest import Browser
from tests.demo.pages import attribute, page_type_of, pushes_of

PAGES = [
    ("/", "home", "", "view_item_list"),
    ("/c/headphones", "listing", "wireless-headphones", "view_item_list"),
    ("/p/aurora-one", "product", "headphones", "view_item"),
    ("/search?q=wool", "search", "", "search"),
    ("/cart", "cart", "", "view_cart"),
    ("/blog", "blog", "journal", None),
    ("/blog/which-headphones", "blog", "comparison", "view_item_list"),
    ("/faq", "faq", "help", None),
]


@pytest.mark.parametrize(("path", "page_type", "topic", "event"), PAGES)
async def test_a_page_names_its_type_and_pushes_its_event(
    browser: Browser, path: str, page_type: str, topic: str, event: str | None
) -> None:
    answer = await browser.get(path)
    html = await answer.text()
    assert answer.status == 200
    assert (page_type_of(html), attribute("data-fc-topic", html)) == (page_type, topic)
    assert [p["event"] for p in pushes_of(html)][:1] == ([event] if event else [])


async def test_ecommerce_is_cleared_before_each_push_as_ga4_asks(browser: Browser) -> None:
    html = await (await browser.get("/p/aurora-one")).text()
    cleared = html.index("dataLayer.push({ ecommerce: null });")
    assert cleared < html.index('"event": "view_item"')


async def test_money_is_always_pushed_with_its_currency(browser: Browser) -> None:
    for path in ("/", "/c/earbuds", "/p/ember", "/cart", "/search?q=wool"):
        for push in pushes_of(await (await browser.get(path)).text()):
            assert push.get("ecommerce", {"currency": "USD"})["currency"] == "USD", path


async def test_a_card_and_the_buy_button_carry_the_event_of_their_click(browser: Browser) -> None:
    listing = await (await browser.get("/c/headphones")).text()
    product = await (await browser.get("/p/aurora-one")).text()
    assert "select_item" in attribute("data-push", listing)
    form = re.search(r'<form class="buy"[^>]*data-push="([^"]*)"', product)
    assert form is not None
    assert "add_to_cart" in form.group(1)
    assert "299.0" in form.group(1)


@pytest.mark.parametrize("product_id", [p.id for p in PRODUCTS])
async def test_every_product_has_a_page_with_reviews_and_three_pictures(browser: Browser, product_id: str) -> None:
    html = await (await browser.get(f"/p/{product_id}")).text()
    assert 'data-fc-view="reviews"' in html
    assert html.count('data-fc-view="review"') >= 3
    pictures = sorted(set(re.findall(rf"/art/{product_id}/\w+\.svg", html)))
    assert len(pictures) == 3
    for picture in pictures:
        answer = await browser.get(picture)
        assert answer.content_type == "image/svg+xml"
        assert (await answer.text()).startswith("<svg")


async def test_search_finds_by_words_and_says_when_there_is_nothing(browser: Browser) -> None:
    found = await (await browser.get("/search?q=wireless+earbuds")).text()
    nothing = await (await browser.get("/search?q=bicycle")).text()
    assert "Ember Buds" in found
    assert "Hearth" not in found
    assert "Nothing by that name" in nothing


async def test_what_a_visitor_types_is_escaped(browser: Browser) -> None:
    html = await (await browser.get("/search", params={"q": '"><script>alert(1)</script>'})).text()
    assert "<script>alert" not in html


@pytest.mark.parametrize("path", ["/nope", "/c/nope", "/p/nope", "/blog/nope", "/order/NL-0", "/walk/nope"])
async def test_an_unknown_address_is_a_friendly_404(browser: Browser, path: str) -> None:
    answer = await browser.get(path, headers={"Accept": "text/html"})
    assert answer.status == 404
    assert "This page is not here" in await answer.text()


async def test_the_shop_works_without_the_tag_and_pastes_it_where_it_has_one(
    browser: Browser, tagged_browser: Browser
) -> None:
    without = await (await browser.get("/")).text()
    tagged = await (await tagged_browser.get("/")).text()
    assert "t.js" not in without
    tag = '<script async src="http://127.0.0.1:9/_fc/t.js" data-site="pk_demo" data-host="http://127.0.0.1:9/_fc"></script>'
    assert tag in tagged
    assert tagged.replace(tag + "\n", "") == without


async def test_no_page_asks_another_host_for_anything(browser: Browser) -> None:
    for path, *_ in PAGES:
        html = await (await browser.get(path)).text()
        assert re.findall(r'(?:src|href|action)="(https?:|//)', html) == [], path
