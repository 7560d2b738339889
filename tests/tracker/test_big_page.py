"""A page of 50,000 elements: counted by what is read, for a busy machine's milliseconds say little."""

import pytest
from playwright.async_api import Page

from core.events import TAG_BY_TYPE, TYPE_BY_NAME
from tests.tracker.shop import Shop, until

pytestmark = pytest.mark.e2e

CARDS = 10_000
COUNTED = """
  // Whatever reads a page's content goes through these. What only searches it is the browser's own, and quick.
  window.reads = { letters: 0, lists: 0 };
  const text = Object.getOwnPropertyDescriptor(Node.prototype, 'textContent');
  Object.defineProperty(Node.prototype, 'textContent', { ...text, get() {
    const found = text.get.call(this); reads.letters += (found || '').length; return found;
  } });
  const attributes = Object.getOwnPropertyDescriptor(Element.prototype, 'attributes');
  Object.defineProperty(Element.prototype, 'attributes', { ...attributes, get() {
    reads.lists++; return attributes.get.call(this);
  } });
  const href = Object.getOwnPropertyDescriptor(HTMLAnchorElement.prototype, 'pathname');
  Object.defineProperty(HTMLAnchorElement.prototype, 'pathname', { ...href, get() {
    reads.lists++; return href.get.call(this);
  } });
  const closest = Element.prototype.closest;
  Element.prototype.closest = function (words) { reads.lists++; return closest.call(this, words) };
"""
PAGE = f"""<main class=cart-drawer-page role=button id=all><div data-fc-view=lamps><ul></ul></div></main>
<script>
  {COUNTED}
  // Written by script, as such shops do: five elements a card.
  document.querySelector('ul').innerHTML = Array.from({{ length: {CARDS} }}, (_, i) =>
    `<li><a href="/p/lamp-${{i}}"><img alt=""></a><b class="in-cart">1</b><button>Add to cart</button></li>`).join('');
  addEventListener('click', (event) => event.target.matches('button') && fetch('/added'));
</script>"""


# shows: A4 A6
async def test_a_page_of_fifty_thousand_elements_is_told_as_a_small_one_and_little_of_it_is_read(
    shop: Shop, page: Page
) -> None:
    shop.pages["/lamps"] = f"<!doctype html><html lang=en><body class=page-category>{PAGE}{shop.tag}"
    await page.goto(f"{shop.url}/lamps")
    assert await page.evaluate("document.querySelectorAll('*').length") > 5 * CARDS - 100
    view, listing, section, added = (
        TAG_BY_TYPE[TYPE_BY_NAME[n]] for n in ("page_view", "view_item_list", "section_view", "add_to_cart")
    )
    await until(lambda: any(e[0] == listing for e in shop.wire.order), "what the page is about")
    await page.click("li:nth-child(7) button")
    await until(lambda: any(e[0] == added for e in shop.wire.order), "the addition")
    await page.click("li:nth-child(3) b")
    await until(lambda: any(e[0] == section for e in shop.wire.order), "the section")
    told = [e for e in shop.wire.order if e[0] in (view, added)]
    assert [e[0] for e in told] == [view, added]
    assert told[0][3] == "listing"
    assert told[1][5][0][0] == "lamp-6", "the product of this card and of no other"
    reads = await page.evaluate("reads")
    assert reads["letters"] < 5_000, reads
    assert reads["lists"] < 500, reads
