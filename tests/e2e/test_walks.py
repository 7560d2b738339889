"""The three guided walks: five clicks each, and each ends as its segment promises."""

import time

import pytest
from playwright.async_api import Browser

from tests.support.browser import shopper
from tests.support.journeys import DECISIONS, until_stored
from tests.support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

WALKS = {
    "sure-buyer": ("likely_to_buy", ""),
    "on-the-fence": ("on_the_fence", "free-shipping"),
    "just-looking": ("unlikely_to_buy", "newsletter"),
}


# shows: F1 E1 O2
@pytest.mark.parametrize("walk", WALKS)
async def test_each_walk_ends_as_printed_in_under_ninety_seconds(stack: Stack, browser: Browser, walk: str) -> None:
    segment, action = WALKS[walk]
    started = time.monotonic()
    async with shopper(browser) as visitor:
        await visitor.goto(f"{stack.shop_url}/guide")
        await visitor.click(f"a.start[href*='/walk/{walk}?']")
        for _ in range(4):
            await visitor.rest("dwell")
            await visitor.click("walk-guide button")
        await visitor.rest("dwell", 2)
        if action:
            await visitor.offer()
        else:
            assert await visitor.has_no_offer()
        assert time.monotonic() - started < 90
        rows = await until_stored(stack, visitor)
        assert max(rows, key=lambda row: row["step"])["segment"] == segment
        decisions = await stack.rows(DECISIONS, await visitor.session_id())
        assert [d["action_id"] for d in decisions if d["action_id"]] == ([action] if action else [])
        assert decisions[-1]["reason"]
        assert visitor.errors == []
