"""Whichever tab sends, a visit is told in one order: what went before goes before, so that no two states are folded of it."""

import pytest
from playwright.async_api import BrowserContext, Page

from tests.tracker.shop import Shop, until
from tests.tracker.tabs import has, keys_in_order, streams_in_order, track

pytestmark = pytest.mark.e2e


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


# shows: C3
async def test_what_was_handed_over_to_nobody_is_sent_first_by_the_next_tab(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    shop.wire.acks = False
    shop.pages["/plain"] = "nothing of ours"
    plain = await context.new_page()
    await plain.goto(shop.url + "/plain")
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab's view")
    # Somebody takes the lead and is gone before the one that had it has heard of that.
    await plain.evaluate("navigator.locks.request('_fc.pk_test', { steal: true }, () => {})")
    await until(lambda: not shop.wire.sockets, "the first tab to hang up")
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view")
    first, second = shop.wire.hellos
    assert first[3] == second[3]
    assert streams_in_order(shop, second)[:2] == [first[4], second[4]], "else the visit goes on from two states"


# shows: C3
async def test_what_a_tab_behind_was_handed_is_sent_first_by_the_next_tab_that_asks_it(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab's view")
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view")
    await until(lambda: len(shop.wire.sockets) == 1, "the first tab to hang up")
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    await until(lambda: shop.wire.beacons, "what the first tab says as it goes behind")
    shop.wire.acks = False
    await track(other, "one")
    await until(lambda: has(shop, "one"), "what no ack covers")
    leading = next(stream for (stream, _), event in shop.wire.events.items() if event[3:] == ["one"])
    await other.goto("about:blank")
    await other.close()
    await until(lambda: not shop.wire.sockets, "nobody to lead")
    third = await context.new_page()
    await third.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 3, "the third tab's view")
    hello = next(h for h in reversed(shop.wire.hellos) if h[4] not in (leading, shop.wire.hellos[0][4]))
    streams = streams_in_order(shop, hello)
    assert streams.index(leading) < streams.index(hello[4]), "else the visit goes on from two states"


# shows: C3
async def test_a_tab_that_is_closed_behind_leaves_the_order_as_it_was_sent(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab's view")
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view")
    await until(lambda: len(shop.wire.sockets) == 1, "the first tab to hang up")
    shop.wire.acks = False
    for tab, name in ((other, "one"), (page, "two"), (other, "three"), (page, "four")):
        await track(tab, name)
        await until(lambda name=name: has(shop, name), name)  # type: ignore[misc]
    last = shop.wire.hellos[-1]
    # It goes elsewhere first: a tab that is only closed has half a second for its last words, which a busy machine may not give.
    await page.goto("about:blank")
    await until(lambda: shop.wire.beacons, "the beacon of the closed tab")
    await page.close()
    assert shop.wire.hellos[-1][:4] == last[:4]
    frames = [f for f in shop.wire.frames if f[0] == 2]
    await shop.wire.sockets[0].close(code=1012)
    await until(lambda: len([f for f in shop.wire.frames if f[0] == 2]) > len(frames) + 1, "the resend")
    sent, again = keys_in_order(shop, last), keys_in_order(shop, shop.wire.hellos[-1])
    resent = [key for key in again if key in sent]
    assert len(resent) >= 4
    assert resent == [key for key in sent if key in resent], "else two states of one visit are logged"
    assert again[: len(resent)] == resent, "what is new comes after what went before"
