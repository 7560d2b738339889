"""What an offer promises, with the real server and a shop that honours it: a code of the visit's own, and help that opens."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser

from tests.support.browser import shopper
from tests.support.journeys import until_stored
from tests.support.served import ServedShop, served_shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

RULES = """
[pacing]
after_page_views = 1
gap_ms = 0

[choosing]
by = "order"
least_gain_share = 0.0

[arms]
holdout_share = 0.0
new_action_share = 0.0
no_holdout_because = "every visit of this test must see its offer"

[[actions]]
id = "a-code"
segments = ["on_the_fence", "unlikely_to_buy"]
pages = ["product"]
deadline_minutes = 30

[actions.action]
type = "content"
title = "A tenth off your order"
button = "Get the code"
url = "http://127.0.0.1:8701/cart"
honour = { by = "pool", pool = "welcome", field = "#coupon" }

[[actions]]
id = "ask-us"
segments = ["likely_to_buy", "on_the_fence", "unlikely_to_buy"]
pages = ["faq"]

[actions.action]
type = "assistance"
title = "Is your question missing?"
button = "Ask us"
"""
LAYER = "fifthclick-layer"


@pytest.fixture(scope="module")
def served() -> Iterator[ServedShop]:
    with served_shop(RULES) as shop:
        codes = shop.stack.data.parent / "shop" / "codes.txt"
        shop.stack.cli("codes", "add", "demo", "welcome", str(codes))
        yield shop


# shows: G7
async def test_a_code_is_claimed_filled_in_honoured_and_joined_to_its_order(
    served: ServedShop, browser: Browser
) -> None:
    async with shopper(browser) as visitor:
        page = visitor.page
        await visitor.goto(f"{served.shop_url}/p/drift")
        layer = await visitor.offer(60)
        assert "Valid until" in await layer.inner_text()
        assert await page.locator(f"{LAYER} code").count() == 0
        await page.click(f"{LAYER} .go")
        code = await page.locator(f"{LAYER} code").inner_text()
        assert code in (served.stack.data.parent / "shop" / "codes.txt").read_text().split()
        await page.click(".buy button")
        await page.wait_for_url("**/cart")
        await page.wait_for_function("code => document.querySelector('#coupon').value === code", arg=code)
        await page.click(".coupon button")
        await page.click("a.checkout")
        await page.click("form.shipping button")
        await page.click("form.pay button")
        order_id = await page.inner_text(".order-id")
        assert await page.locator(".order-discount").count() == 1
        await visitor.rest("dwell")
        query = "SELECT * FROM marts.claims WHERE session_id = encode($1, 'hex')::uuid"
        [claim] = await served.stack.until_rows(1, query, await visitor.session_id())
        assert (claim["action_id"], claim["code"]) == ("a-code", code)
        await until_stored(served.stack, visitor)
        served.stack.cli("settle", "--as-of", "+31m")
        [claim] = await served.stack.rows(query, await visitor.session_id())
        assert claim["redeemed_order_id"] == order_id
        assert visitor.errors == []


async def test_help_opens_the_shops_own_panel_and_costs_no_claim(served: ServedShop, browser: Browser) -> None:
    async with shopper(browser) as visitor:
        await visitor.goto(f"{served.shop_url}/faq")
        await visitor.offer(60)
        assert not await visitor.page.locator("#help").is_visible()
        await visitor.page.click(f"{LAYER} .go")
        await visitor.page.locator("#help").wait_for()
        assert await visitor.has_no_offer()
        await visitor.rest("action_clicked")
        assert visitor.errors == []
        claims = await served.stack.rows(
            "SELECT 1 FROM marts.claims WHERE session_id = encode($1, 'hex')::uuid", await visitor.session_id()
        )
        assert claims == []
