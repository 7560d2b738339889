"""Several tabs are one visit: one of them has the socket, and whatever becomes of it, the next one goes on where it was."""

from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from tests.tracker.shop import Shop, until

pytestmark = pytest.mark.e2e


def streams_in_order(shop: Shop, hello: list[Any]) -> list[bytes]:
    """The streams of what went over the connection that began with this hello, in the order in which it came."""
    begun = next(i for i, frame in enumerate(shop.wire.frames) if frame is hello)
    after = shop.wire.frames[begun + 1 :]
    until_next = next((i for i, frame in enumerate(after) if frame[0] == 1), len(after))
    return [batch[0] for frame in after[:until_next] for batch in frame[1]]


async def track(page: Page, name: str) -> None:
    await page.evaluate("name => fifthclick('track', name)", name)


def has(shop: Shop, name: str) -> bool:
    return any(event[3:] == [name] for event in shop.wire.order)


# shows: C3
async def test_who_takes_over_sends_what_was_not_acked_first_and_in_its_order(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    shop.wire.acks = False
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab's view")
    await track(page, "begun")
    await until(lambda: has(shop, "begun"), "the first tab's event")
    first = shop.wire.hellos[0][4]
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view")
    second = shop.wire.hellos[-1]
    assert second[4] != first
    assert streams_in_order(shop, second)[:2] == [first, second[4]], "else the visit goes on from two states"
    assert second[3] == shop.wire.hellos[0][3]


async def test_a_leader_that_sleeps_is_passed_over_and_awake_again_it_hands_its_events_on(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab's view")
    lifecycle = await context.new_cdp_session(page)
    await lifecycle.send("Page.setWebLifecycleState", {"state": "frozen"})
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view, though nobody answered")
    await lifecycle.send("Page.setWebLifecycleState", {"state": "active"})
    await track(page, "awake")
    await until(lambda: has(shop, "awake"), "the event of the tab that slept")
    await until(lambda: len(shop.wire.sockets) == 1, "one socket")
    keys = [(stream, seq) for stream, seq in shop.wire.events]
    assert len(keys) == len(shop.wire.order)


# shows: C2
async def test_where_sockets_are_blocked_a_tab_behind_is_heard_too(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    shop.wire.takes_sockets = False
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab's view over fetch", timeout_s=20)
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view", timeout_s=20)
    await track(page, "from_behind")
    await until(lambda: has(shop, "from_behind"), "the event of the tab that does not lead")
    assert not shop.wire.beacons
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 1


# shows: C3
async def test_a_tab_that_is_closed_while_the_server_is_away_leaves_its_events_to_another(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab's view")
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view")
    await until(lambda: len(shop.wire.sockets) == 1, "the first tab to hang up")
    await context.set_offline(True)
    await track(page, "last_words")
    await page.close()
    assert not has(shop, "last_words")
    await context.set_offline(False)
    await until(lambda: has(shop, "last_words"), "the closed tab's event")
