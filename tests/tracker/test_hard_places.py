"""Where a page has it hard: no room, a sandbox, no network for an hour, a server that sends it away, a clock that lies."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import msgpack
import pytest
from playwright.async_api import BrowserContext, Page

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

PROOF: dict[str, Any] = {
    "type": "social_proof",
    "title": "{count} people bought this",
    "text": "",
    "button": "",
    "decline": "Close",
    "count": 12,
    "hours": 24,
}


async def track(page: Page, name: str) -> None:
    await page.evaluate("name => fifthclick('track', name)", name)


def has(shop: Shop, name: str) -> bool:
    return any(event[3:] == [name] for event in shop.wire.order)


def seqs_by_stream(shop: Shop) -> dict[bytes, list[int]]:
    streams = {stream for stream, _ in shop.wire.events}
    return {stream: sorted(seq for s, seq in shop.wire.events if s == stream) for stream in streams}


# shows: C2 C6
async def test_over_fetch_an_offer_comes_back_and_is_drawn(shop: Shop, page: Page) -> None:
    shop.wire.takes_sockets = False
    shop.wire.on_event = lambda stream, event: (
        [2, "00112233aabbccdd", stream, event[1], "the-offer", PROOF, 5000] if event[3:] == ["ask"] else None
    )
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view over fetch", timeout_s=20)
    await track(page, "ask")
    await until(lambda: shop.wire.of("action_shown"), "the exposure over fetch")
    assert shop.wire.opened_count == 0


async def test_a_full_storage_costs_nothing_but_memory(shop: Shop, page: Page) -> None:
    full = (
        "<script>for (let room = 'x'.repeat(1e6); room; ) try { sessionStorage.setItem(Math.random(), room) }"
        " catch { room = room.slice(0, room.length / 2) }</script>"
    )
    shop.pages["/"] = full + FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await track(page, "goes_on")
    await until(lambda: has(shop, "goes_on"), "the next event")
    assert await page.evaluate("sessionStorage.getItem('_fc.pk_test')") is None, "the storage was not full"


async def test_a_sandboxed_frame_throws_nothing_and_is_heard(shop: Shop, page: Page) -> None:
    shop.pages["/"] = '<iframe sandbox="allow-scripts" src="/framed"></iframe>'
    shop.pages["/framed"] = FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the frame's view")
    framed = page.frames[1]
    assert await framed.evaluate("(() => { try { return !sessionStorage } catch { return true } })()")
    await framed.evaluate("fifthclick('track', 'in_the_frame')")
    await until(lambda: has(shop, "in_the_frame"), "its next event")


async def test_a_late_chunk_that_hangs_holds_up_no_event(shop: Shop, page: Page) -> None:
    await page.route("**/_fc/l.*.js", lambda route: None)
    await page.goto(shop.url, wait_until="commit")
    await until(lambda: shop.wire.of("page_view"), "the view")
    await track(page, "goes_on")
    await until(lambda: has(shop, "goes_on"), "the next event")
    assert not shop.wire.beacons


# shows: C3
async def test_an_hour_without_a_network_loses_nothing(shop: Shop, context: BrowserContext, page: Page) -> None:
    await page.clock.install()
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await context.set_offline(True)
    for minute in range(0, 60, 5):
        await page.clock.fast_forward("05:00")
        await track(page, f"minute_{minute}")
    assert not has(shop, "minute_0")
    await context.set_offline(False)
    await until(lambda: has(shop, "minute_55"), "the last minute's event")
    (seqs,) = seqs_by_stream(shop).values()
    assert seqs == list(range(1, len(seqs) + 1))
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 1


async def test_an_hour_of_silence_without_a_network_ends_the_session_and_its_rest_goes_under_its_own_name(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    await page.clock.install()
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await context.set_offline(True)
    await track(page, "before")
    await page.clock.fast_forward("01:00:00")
    await track(page, "after")
    await context.set_offline(False)
    await until(lambda: has(shop, "before") and has(shop, "after"), "both")
    sessions = [bytes(hello[3]) for hello in shop.wire.hellos]
    assert len(set(sessions)) == 2
    assert sessions == sorted(sessions, key=sessions.index), "the older session is drained first"
    names = [event[3] for event in shop.wire.order if event[3] in ("before", "after")]
    assert names == ["before", "after"]


async def test_a_route_after_half_an_hour_of_silence_is_one_view_of_the_next_session(shop: Shop, page: Page) -> None:
    shop.pages["/"] = FILLER + shop.tag.replace("<script", '<script data-off="dwell idle"')
    await page.clock.install()
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await page.clock.fast_forward("31:00")
    await page.evaluate("history.pushState({}, '', '/cart')")
    await page.clock.run_for(1000)
    await track(page, "after")
    await page.clock.run_for(1000)
    await until(lambda: has(shop, "after"), "what came after it")
    assert [event[4] for event in shop.wire.of("page_view")] == ["/", "/cart"]
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 2


# shows: C4
@pytest.mark.parametrize(("code", "too_early", "in_time"), [(1012, 400, 200), (1013, 29_000, 2_000)])
async def test_a_page_that_is_sent_away_comes_back_when_it_was_told(
    shop: Shop, page: Page, code: int, too_early: int, in_time: int
) -> None:
    await page.add_init_script("Math.random = () => 0.5")
    await page.clock.install()
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    await shop.wire.sockets[0].close(code=code)
    await until(lambda: not shop.wire.sockets, "the end of the socket")
    await page.wait_for_function("document.readyState === 'complete'")
    await page.clock.run_for(too_early)
    assert len(shop.wire.hellos) == 1
    await page.clock.run_for(in_time)
    await until(lambda: len(shop.wire.hellos) == 2, "the second hello")


# shows: C3
async def test_a_clock_that_is_hours_off_and_jumps_back_costs_no_event_and_no_session(shop: Shop, page: Page) -> None:
    await page.clock.install(time=datetime.now(UTC) - timedelta(hours=5))
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the view")
    await page.clock.set_system_time(datetime.now(UTC) - timedelta(hours=9))
    await track(page, "earlier")
    await until(lambda: has(shop, "earlier"), "what happened before the view, by that clock")
    await page.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the next page's view")
    times = [event[2] for event in shop.wire.order]
    assert any(later < earlier for earlier, later in pairwise(times))
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 1
    for seqs in seqs_by_stream(shop).values():
        assert seqs == list(range(1, len(seqs) + 1))


async def more(shop: Shop, seen: Counter[str], name: str) -> None:
    """Waits until there is one more event of this type than `seen` tells, and counts it there."""
    seen[name] += 1
    await until(lambda: len(shop.wire.of(name)) >= seen[name], f"another {name}")


async def test_half_of_all_frames_of_a_journey_take_at_most_sixty_bytes(shop: Shop, page: Page) -> None:
    tall = '<a class=next href="/products/lamp">A lamp</a><button>Sizes</button>' + FILLER * 30
    item = (
        "<script>dataLayer = [{ event: 'view_item', "
        "ecommerce: { currency: 'EUR', items: [{ item_id: 'LAMP-1', price: 49 }] } }]</script>"
    )
    shop.pages |= {"/": tall + shop.tag, "/products/lamp": item + tall + shop.tag}
    seen: Counter[str] = Counter()
    for path in ("/", "/products/lamp", "/"):
        await page.goto(shop.url + path)
        await more(shop, seen, "page_view")
        await page.click("button")
        await more(shop, seen, "click")
        for share in (0.26, 0.51, 0.76, 0.91):
            await page.evaluate("share => scrollTo(0, share * document.body.scrollHeight - innerHeight + 2)", share)
            await more(shop, seen, "scroll")
    beaconed = {body for _, body in shop.wire.beacons}
    sizes = [len(raw) for raw in shop.wire.raw if raw not in beaconed and msgpack.unpackb(raw)[0] == 2]
    assert len(sizes) > 12
    assert median(sizes) <= 60, sorted(sizes)
