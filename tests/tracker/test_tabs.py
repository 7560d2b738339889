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


def keys_in_order(shop: Shop, hello: list[Any]) -> list[tuple[bytes, int]]:
    """(stream, seq) of what went over the connection that began with this hello, in the order in which it came first."""
    begun = next(i for i, frame in enumerate(shop.wire.frames) if frame is hello)
    after = shop.wire.frames[begun + 1 :]
    until_next = next((i for i, frame in enumerate(after) if frame[0] == 1), len(after))
    batches = [batch for frame in after[:until_next] for batch in frame[1]]
    return list(dict.fromkeys((stream, event[1]) for stream, _, events in batches for event in events))


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


# shows: C3
async def test_a_tab_that_is_too_busy_to_answer_is_joined_all_the_same(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    await page.goto(shop.url)
    await until(lambda: shop.wire.of("page_view"), "the first tab's view")
    other = await context.new_page()
    busy = "until => setTimeout(() => { while (performance.now() < until); })"
    await page.evaluate(busy, await page.evaluate("performance.now()") + 1200)
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view")
    await until(lambda: len(shop.wire.sockets) == 1, "one socket")
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 1, "one visit under two names"


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


# The page opens windows while its lock is on its way: Chromium runs no callback in there, and the lock goes again.
OPENS = """<script>
const request = LockManager.prototype.request;
LockManager.prototype.request = function (...words) {
  LockManager.prototype.request = request;
  const asked = request.apply(this, words);
  asked.catch((error) => { window.refused = error.name });
  for (let i = 0; i < 5; i++) open('/plain').close();
  return asked;
};
</script>"""


# shows: C3
async def test_a_page_that_opens_windows_while_it_takes_the_lead_gives_it_up_to_the_next_tab(
    shop: Shop, context: BrowserContext, page: Page
) -> None:
    shop.pages["/plain"] = "nothing of ours"
    shop.pages["/opens"] = OPENS + shop.tag
    await page.goto(shop.url + "/opens")
    await until(lambda: shop.wire.of("page_view"), "the first tab's view")
    assert await page.evaluate("window.refused") == "Error", "its lock was not refused: this shows nothing"
    other = await context.new_page()
    await other.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second tab's view")
    await until(lambda: len(shop.wire.sockets) == 1, "the first tab to hang up")
    last = shop.wire.hellos[-1]
    await track(page, "from_behind")
    await until(lambda: has(shop, "from_behind"), "the event of the tab that no longer leads")
    assert shop.wire.hellos[-1] is last
    assert len(shop.wire.sockets) == 1, "two tabs lead one visit"


# The tracker is here, and runs when the page says so: as a script does that comes late.
LATE = """
<script type="text/plain" src="%(url)s/_fc/t.js" data-site="pk_test" data-host="%(url)s/_fc"></script>
<script>
  window.fifthclick = function () { fifthclick.q.push(arguments) };
  fifthclick.q = [['debug']];
  const log = console.log;
  console.log = (...words) => {
    if (words[1] instanceof Uint8Array) localStorage.setItem(`${words[1]}/${words[2][1]}`, words[2][0]);
    else log.apply(console, words);
  };
  fetch('/_fc/t.js').then((file) => file.text()).then((code) => { window.begin = () => (0, eval)(code) });
</script>
"""


# shows: C4
async def test_a_page_that_was_left_before_the_tracker_came_begins_when_it_is_seen_again(
    shop: Shop, page: Page
) -> None:
    leaves = "<script>document.addEventListener('visibilitychange', () => begin(), { once: true })</script>"
    shop.pages["/late"] = LATE % {"url": shop.url} + leaves
    await page.goto(shop.url + "/late")
    await page.wait_for_function("!!window.begin")
    await page.goto(shop.url + "/cart")
    await until(lambda: len(shop.wire.of("page_view")) == 1, "the next page's view")
    captured = "Object.keys(localStorage).filter((key) => key.includes('/')).length"
    assert await page.evaluate(captured) == 0, "captured by a page that is gone: nobody will send it"
    await page.evaluate("history.back()")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the first page's view, now that it is seen")
    await track(page, "back")
    await until(lambda: has(shop, "back"), "what came after it")
    assert len(shop.wire.of("page_view")) == 2, "one page was told twice"
    # The page that is left for it stores and tells its session only after it has begun.
    assert len({bytes(hello[3]) for hello in shop.wire.hellos}) == 1, "one visit under two names"
