"""What a merchant does to an offer, as a page in Chromium sees it: a preview, another look, a kill switch, a rollback."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator

from tests.support.browser import Shopper, shopper
from tests.support.served import ServedShop, served_shop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

RULES = """
[pacing]
after_page_views = 1
gap_ms = 0

[arms]
holdout_share = 0.0
new_action_share = 0.0
no_holdout_because = "every visit of this test must see its offers"

[look]
surface = "#f4f9f6"

[[actions]]
id = "read"
segments = ["likely_to_buy", "on_the_fence", "unlikely_to_buy"]
[actions.action]
type = "content"
title = "Something to read"
url = "http://127.0.0.1:8701/blog"

[[actions]]
id = "soon"
is_on = false
segments = ["likely_to_buy"]
[actions.action]
type = "store_finder"
title = "See it in a store"
url = "http://127.0.0.1:8701/faq"
shape = "bar"
"""
PALE, COOL = "rgb(244, 249, 246)", "rgb(240, 244, 255)"


@pytest.fixture(scope="module")
def served() -> Iterator[ServedShop]:
    with served_shop(RULES, is_demo=False) as shop:
        yield shop


async def drawn_as(offer: Locator) -> tuple[str, str, str]:
    """Title, shape and the colour that it stands on."""
    found: list[str] = await offer.evaluate(
        "(e) => [e.querySelector('h2').textContent, e.parentElement.className.split(' ')[1],"
        " getComputedStyle(e).backgroundColor]"
    )
    title, shape, colour = found
    return title, shape, colour


async def next_offer(visitor: Shopper, url: str, *, within_s: float = 20.0) -> tuple[str, str, str]:
    await visitor.goto(url)
    return await drawn_as(await visitor.offer(within_s))


# shows: G12
async def test_a_signed_link_draws_an_action_that_is_off_and_nothing_of_the_visit_is_counted(
    served: ServedShop, browser: Browser
) -> None:
    stack = served.stack
    printed = stack.cli("preview", "demo", "soon", "--url", f"{served.shop_url}/blog", "--debug")
    link = next(line for line in printed.splitlines() if "fc_preview=" in line)
    async with shopper(browser) as visitor, shopper(browser) as other:
        assert await next_offer(visitor, link) == ("See it in a store", "bar", PALE)
        said = visitor.page.locator("fifthclick-debug")
        await said.get_by_text("This is a preview: nothing of this visit is counted.").wait_for()
        await visitor.rest("action_shown")
        await visitor.page.click("fifthclick-layer .x")
        await visitor.rest("action_dismissed")
        assert (await next_offer(visitor, f"{served.shop_url}/faq"))[0] == "See it in a store", "on the next page too"

        # The same address without the link: an ordinary visit, which is not shown what is off.
        assert (await next_offer(other, f"{served.shop_url}/blog"))[0] == "Something to read"
        await other.rest("action_shown")
        previewed, ordinary = await visitor.session_id(), await other.session_id()
        listed = await visitor.listed()
    rows = await stack.until_rows(
        len(listed), "SELECT traffic FROM raw.events WHERE session_id = encode($1, 'hex')::uuid", previewed
    )
    assert {row["traffic"] for row in rows} == {"preview"}
    shown = "SELECT traffic, action_id FROM marts.exposures WHERE session_id = encode($1, 'hex')::uuid"
    assert {tuple(row.values()) for row in await stack.until_rows(1, shown, previewed)} == {("preview", "soon")}
    assert {tuple(row.values()) for row in await stack.until_rows(1, shown, ordinary)} == {("live", "read")}
    for table in ("decisions", "exposures", "sessions", "outcomes", "orders", "claims"):
        counted = f"SELECT 1 FROM marts.{table} WHERE session_id = encode($1, 'hex')::uuid AND traffic <> 'preview'"
        assert await stack.rows(counted, previewed) == [], table


# shows: F9 G11
async def test_another_look_and_shape_a_kill_and_a_rollback_are_each_seen_by_the_page(
    served: ServedShop, browser: Browser, tmp_path: Path
) -> None:
    stack, file = served.stack, tmp_path / "rules.toml"
    blog, faq, speakers = (f"{served.shop_url}/{path}" for path in ("blog", "faq", "c/speakers"))
    async with shopper(browser) as visitor, shopper(browser) as other:
        assert await next_offer(visitor, blog) == ("Something to read", "card", PALE)

        changed = stack.cli("rules", "pull", "demo").replace("#f4f9f6", "#f0f4ff")
        file.write_text(changed.replace('title = "Something to read"', 'title = "Something to read"\nshape = "bar"'))
        stack.cli("rules", "publish", "demo", str(file))
        published = time.monotonic()
        assert await next_offer(visitor, faq) == ("Something to read", "bar", COOL)
        assert time.monotonic() - published < 5 + 2, "a page rests 2 s before any offer"

        # Killed while it is open: it goes by itself, and nobody has declined it.
        await visitor.rest("action_shown")
        stack.cli("rules", "kill", "demo", "read")
        await visitor.page.locator("fifthclick-layer").wait_for(state="detached", timeout=5000)
        await visitor.goto(speakers)
        await visitor.rest("dwell")
        assert await visitor.has_no_offer()
        dismissed = (
            "SELECT 1 FROM raw.events WHERE event_type = 'action_dismissed' AND session_id = encode($1, 'hex')::uuid"
        )
        assert await stack.rows(dismissed, await visitor.session_id()) == []

        stack.cli("rules", "revive", "demo", "read")
        assert await next_offer(other, blog) == ("Something to read", "bar", COOL)
        stack.cli("rules", "rollback", "demo")
        assert await next_offer(other, faq) == ("Something to read", "card", PALE)
