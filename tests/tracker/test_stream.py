"""What leaves a page, in which order, over one socket or several: in a real Chromium, read by another codec."""

import pytest
from playwright.async_api import BrowserContext, Page

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

TALL = '<a href="/products/lamp">A lamp</a>' + FILLER * 30


# shows: A3 A4
async def test_view_click_and_scroll_arrive_in_order_without_a_gap(shop: Shop, page: Page) -> None:
    shop.pages["/"] = (
        TALL.replace("<a href", '<a data-fc-event="hero" onclick="event.preventDefault()" href') + shop.tag
    )
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the page view")
    await page.click("a")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await until(lambda: len(shop.wire.of("scroll")) == 4, "four marks")
    seqs = [event[1] for event in shop.wire.order]
    assert seqs == list(range(1, len(seqs) + 1))
    assert shop.wire.order[0][3:6] == ["home", "/", ""] or shop.wire.order[0][3:5] == ["home", "/"]
    assert [e[3:] for e in shop.wire.of("click")] == [["link", "hero"]]
    assert [e[3] for e in shop.wire.of("scroll")] == [25, 50, 75, 90]
    assert shop.wire.opened_count == 1


async def test_the_next_page_goes_on_with_session_token_and_leftovers(shop: Shop, page: Page) -> None:
    shop.pages["/"] = TALL + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first view")
    shop.wire.acks = False
    await page.click("a")
    await until(lambda: len(shop.wire.hellos) == 2, "the second page's hello")
    first, second = shop.wire.hellos
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second view")
    assert first[3] == second[3]
    assert first[4] != second[4]
    assert second[6] == b"token-2"
    assert (first[4], 2) in shop.wire.events, "the click that made it leave"


# shows: A2
async def test_a_page_from_the_back_forward_cache_starts_another_stream_and_nothing_is_lost(
    shop: Shop, page: Page
) -> None:
    shop.pages["/"] = TALL + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first view")
    await page.evaluate("window.isTheSame = true")
    await page.click("a")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second view")
    await page.evaluate("history.back()")
    await until(lambda: len(shop.wire.of("page_view")) == 3, "the view of the restored page")
    assert await page.evaluate("window.isTheSame") is True, "it was not restored but loaded anew"
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await until(lambda: len(shop.wire.of("scroll")) >= 4, "marks on the restored page")
    streams = {stream for stream, _ in shop.wire.events}
    assert len(streams) == 3
    assert shop.wire.of("page_view")[2][6] == "restore"
    for stream in streams:
        seqs = sorted(seq for s, seq in shop.wire.events if s == stream)
        assert seqs == list(range(1, len(seqs) + 1))


# shows: C3
async def test_what_a_page_had_to_send_that_was_left_at_once_for_one_in_the_cache_is_sent_by_that_one(
    shop: Shop, page: Page
) -> None:
    # The page that comes back begins before the one on screen is told that it goes, and so before that has stored anything.
    leaves = """<script>const timer = setInterval(() => { if (window.fifthclick?.runs) {
      clearInterval(timer); fifthclick('track', 'brief'); history.back() } }, 1)</script>"""
    shop.pages["/brief"] = FILLER + shop.tag + leaves
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first view")
    await page.evaluate("window.isTheSame = true; location.href = '/brief'")
    await until(lambda: any(event[3:] == ["brief"] for event in shop.wire.order), "the event of the page that was left")
    assert await page.evaluate("window.isTheSame") is True, "it was not restored but loaded anew"
    assert [(event[4], event[6] if len(event) > 6 else "navigate") for event in shop.wire.of("page_view")].count(
        ("/brief", "navigate")
    ) == 1
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 1


async def test_two_tabs_are_one_session_over_one_socket(shop: Shop, context: BrowserContext, page: Page) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab")
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab")
    await until(lambda: len(shop.wire.sockets) == 1, "the first tab to hang up")
    await page.evaluate("fifthclick('track', 'from_the_first_tab')")
    await until(
        lambda: shop.wire.order[-1][3] == "from_the_first_tab", "the first tab's event over the second's socket"
    )
    assert len(shop.wire.sockets) == 1
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 1
    await other.close()
    await page.evaluate("fifthclick('track', 'alone_again')")
    await until(lambda: any(e[3] == "alone_again" for e in shop.wire.order if len(e) > 3), "the first tab to take over")


async def test_a_duplicated_tab_has_a_stream_of_its_own(shop: Shop, context: BrowserContext, page: Page) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab")
    async with context.expect_page() as opened:
        await page.evaluate("open(location.href)")
    await (await opened.value).wait_for_load_state()
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the copy's view")
    assert len({stream for stream, _ in shop.wire.events}) == 2
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 1


# shows: C3
async def test_a_killed_connection_is_made_again_and_resends_what_was_not_acked(shop: Shop, page: Page) -> None:
    shop.wire.acks = False
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    shop.wire.acks = True
    await shop.wire.sockets[0].close(code=1012)
    await until(lambda: len(shop.wire.hellos) == 2, "a second hello")
    await until(lambda: shop.wire.raw[-1] != shop.wire.raw[1], "the resend")
    assert shop.wire.raw.count(shop.wire.raw[1]) >= 1
    assert [e[1] for e in shop.wire.of("page_view")] == [1]


# shows: C2
async def test_where_sockets_are_blocked_fetch_takes_over(shop: Shop, page: Page) -> None:
    shop.wire.takes_sockets = False
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view over fetch", timeout_s=20)
    await page.evaluate("fifthclick('track', 'over_fetch')")
    await until(lambda: shop.wire.order[-1][3:] == ["over_fetch"], "the next event")
    assert shop.wire.requests.count("GET /_fc/v1/stream") == 3
    assert "OPTIONS /_fc/v1/events" not in shop.wire.requests


# shows: C2
async def test_what_is_not_acked_is_beaconed_as_plain_text_when_the_page_goes(shop: Shop, page: Page) -> None:
    shop.wire.acks = False
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await page.goto("about:blank")
    await until(lambda: shop.wire.beacons, "the beacon")
    content_type, body = shop.wire.beacons[0]
    assert content_type == "text/plain"
    assert len(body) < 60 * 1024
    assert "OPTIONS /_fc/v1/events" not in shop.wire.requests


# shows: A2
async def test_a_route_of_a_single_page_shop_is_one_view(shop: Shop, page: Page) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first view")
    await page.evaluate("history.pushState({}, '', '/cart'); history.replaceState({}, '', '/cart?utm_source=x')")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the route's view")
    await page.evaluate("fifthclick('track', 'marker')")
    await until(lambda: shop.wire.order[-1][3:] == ["marker"], "the marker")
    assert [e[3:5] for e in shop.wire.of("page_view")] == [["home", "/"], ["cart", "/cart"]]
    assert shop.wire.of("page_view")[1][6] == "spa"
