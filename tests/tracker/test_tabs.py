"""Several tabs are one visit: one of them has the socket, and whatever becomes of it, the next one goes on where it was."""

import pytest
from playwright.async_api import BrowserContext, Page

from tests.tracker.shop import Shop, until
from tests.tracker.tabs import has, track

pytestmark = pytest.mark.e2e


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
