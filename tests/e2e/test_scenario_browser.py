"""The worked example once in Chromium on the demo shop: the events that the compressed runs are fed, and what they lead to."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser

from core import events as ev
from core.wire import Unreadable, decode_event
from tests.e2e.scenario_sent import documents_of
from tests.e2e.scenario_shop import RULES, Shop, shop_of
from tests.e2e.scenario_walk import Outline, Walk, outline_of
from tests.model.scenario import session
from tests.support.browser import Shopper, shopper
from tests.support.journeys import DECISIONS, until_stored
from tests.support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

EVENTS = """
SELECT stream_id, payload FROM raw.events WHERE session_id = encode($1, 'hex')::uuid ORDER BY step
"""


@pytest.fixture(scope="module")
def demo(stack: Stack) -> Iterator[Shop]:
    """The demo shop under the scenario's rules, and under its own again afterwards."""
    stack.cli("rules", "publish", "demo", str(RULES))
    yield asyncio.run(shop_of(stack, "demo"))
    stack.cli("rules", "rollback", "demo")
    asyncio.run(shop_of(stack, "demo"))


async def arrived(stack: Stack, visitor: Shopper) -> list[list[ev.Event]]:
    """The stored events of this visit, those of each page together."""
    rows = await stack.rows(EVENTS, await visitor.session_id())
    events = [(row["stream_id"], event_of(row["payload"])) for row in rows]
    return [[event for _, event in document] for document in documents_of(events)]


def event_of(payload: bytes) -> ev.Event:
    event = decode_event(payload)
    assert not isinstance(event, Unreadable)
    return event


def expected() -> Outline:
    return outline_of([[event for _, event in document] for document in documents_of(session())])


# shows: A4 A6 F6
async def test_what_a_browser_sends_is_what_the_compressed_runs_are_fed(
    demo: Shop, stack: Stack, browser: Browser
) -> None:
    async with shopper(browser) as visitor:
        await Walk(visitor, stack.shop_url).go()
        layer = await visitor.offer()
        assert await layer.get_attribute("aria-modal") is None
        words = (await layer.inner_text()).lower()
        assert not any(word in words for word in ("hurry", "last chance"))
        await visitor.rest("action_shown")
        await until_stored(stack, visitor)
        documents = await arrived(stack, visitor)
        assert_same(outline_of(documents), expected())
        first = documents[0][0]
        assert isinstance(first, ev.PageView)
        assert (first.device, first.source) == ("desktop", "organic_search")
        await assert_offered_at_the_end(stack, visitor, documents)
        assert visitor.errors == []


def assert_same(found: Outline, told: Outline) -> None:
    """But for what `scenario_walk` says of a browser."""
    assert found.pages == told.pages
    assert found.pauses == told.pauses
    assert found.begins == pytest.approx(told.begins, abs=2)
    own_list = found.commerce.pop()
    assert own_list[0] == "view_item_list"
    assert found.commerce == told.commerce
    for ours, theirs in zip(found.dwells, told.dwells, strict=True):
        assert ours[: len(theirs)] == theirs
        assert len(ours) <= len(theirs) + 1
    for seen, named in zip(found.sections, told.sections, strict=True):
        assert named <= seen


async def assert_offered_at_the_end(stack: Stack, visitor: Shopper, documents: list[list[ev.Event]]) -> None:
    """One choice, on the comparison page after 30 s, and nothing on the page before it."""
    decisions: list[dict[str, Any]] = await stack.rows(DECISIONS, await visitor.session_id())
    [chosen] = [row for row in decisions if row["action_id"]]
    assert (chosen["segment"], chosen["trend"]) == ("on_the_fence", "falling")
    assert set(chosen["frictions"]) == {"shipping_cost", "comparison_research"}
    shown = [[e for e in document if isinstance(e, ev.ActionShown)] for document in documents]
    assert [len(each) for each in shown] == [0, 0, 0, 0, 0, 1]
    assert shown[-1][0].decision_id == chosen["decision_id"]


PRIVACY = {
    "global privacy control": "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })",
    "consent denied": "window.fifthclick = Object.assign(() => {}, { q: [['consent', 'denied']] })",
}


# shows: B3
@pytest.mark.parametrize("no", PRIVACY)
async def test_v6_without_consent_nothing_of_it_is_stored_anywhere(stack: Stack, browser: Browser, no: str) -> None:
    context = await browser.new_context()
    await context.add_init_script(PRIVACY[no])
    visits = "SELECT count(DISTINCT session_id) FROM raw.events WHERE site_id = 'demo'"
    before = await stack.rows(visits)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = await context.new_page()
    await page.goto(f"{stack.shop_url}/c/headphones")
    for link in ("a[href='/p/aurora-one']", ".buy button", "a.checkout", ".aside a[href='/blog/which-headphones']"):
        async with page.expect_navigation():
            await page.click(link)
        await page.evaluate("scrollTo(0, 600)")
        kept = "Object.keys(sessionStorage).length + Object.keys(localStorage).length"
        assert await page.evaluate(kept) == 0
    assert {cookie["name"] for cookie in await context.cookies()} == {"northlight"}
    assert [url for url in asked if "/_fc/" in url and not url.endswith("/t.js")] == []
    assert await stack.rows(visits) == before
    await context.close()
