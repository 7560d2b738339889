"""A browser that a program drives says so in its hello, and a shopper's says nothing."""

import pytest

from tests.support.browser import chromium
from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

TRAFFIC = 7
"""Its place in a hello (docs/protocol.md)."""


# shows: A9
@pytest.mark.parametrize(("is_driven", "said"), [(True, "bot"), (False, "live")])
async def test_a_driven_browser_says_so_and_is_served_as_any_other(shop: Shop, is_driven: bool, said: str) -> None:
    shop.pages["/"] = FILLER + shop.tag
    async with chromium(is_driven=is_driven) as browser:
        page = await browser.new_page()
        await page.goto(shop.url)
        await until(lambda: shop.wire.of("page_view"), "the view")
        await until(lambda: shop.wire.of("dwell"), "what the late chunk sees")
    assert {hello[TRAFFIC] for hello in shop.wire.hellos} == {said}
