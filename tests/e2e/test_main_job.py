"""The main job: from a pasted tag on a shop that knows nothing of ours to an outcome row in Postgres."""

from typing import Any

import pytest
from playwright.async_api import Browser

from tests.support.browser import Shopper, shopper
from tests.support.journeys import DECISIONS, buy, until_stored, walk
from tests.support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def decisions_of(stack: Stack, visitor: Shopper) -> list[dict[str, Any]]:
    return await stack.rows(DECISIONS, await visitor.session_id())


def what_was_chosen(decisions: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(d["action_id"], d["reason"], d["segment"]) for d in decisions if d["action_id"]]


# shows: I1 C1 C3 C5 G2
async def test_an_offer_is_seen_clicked_honoured_and_counted(stack: Stack, browser: Browser) -> None:
    async with shopper(browser) as visitor:
        await walk(visitor, stack.shop_url, "on-the-fence", arm="treatment")
        layer = await visitor.offer()
        assert "Free shipping" in await layer.inner_text()
        await visitor.click("fifthclick-layer .go")
        await buy(visitor, stack.shop_url)
        assert await visitor.page.inner_text(".order-shipping") == "Free"
        order_id = await visitor.page.inner_text(".order-id")
        await visitor.rest("dwell")

        rows = await until_stored(stack, visitor)
        assert all(row["purchase_score"] is not None for row in rows)
        assert all(row["rules_version"] and row["scorer_version"] for row in rows)
        decisions = await decisions_of(stack, visitor)
        assert what_was_chosen(decisions) == [("free-shipping", "chosen", "on_the_fence")]
        [chosen] = [d for d in decisions if d["action_id"]]
        assert (chosen["arm"], chosen["is_delivered"], chosen["is_after_first_choice"]) == ("treatment", True, False)
        names = [row["event_type"] for row in rows]
        assert names.count("action_shown") == names.count("action_clicked") == names.count("purchase") == 1

        session_id = await visitor.session_id()
        [exposure] = await stack.rows(
            "SELECT * FROM marts.exposures WHERE session_id = encode($1, 'hex')::uuid", session_id
        )
        assert exposure["decision_id"] == chosen["decision_id"]
        stack.cli("settle", "--as-of", "+31m")
        [order] = await stack.rows("SELECT * FROM marts.orders WHERE order_id = $1", order_id)
        assert (order["currency"], order["shipping_minor"]) == ("USD", 0)
        [outcome] = await stack.rows(
            "SELECT * FROM marts.outcomes WHERE decision_id = $1 AND goal = 'purchase'", chosen["decision_id"]
        )
        assert outcome["is_converted"]
        assert outcome["value_minor"] == order["value_minor"]
        assert visitor.errors == []


# shows: H3
async def test_the_holdout_is_decided_the_same_and_shown_nothing(stack: Stack, browser: Browser) -> None:
    async with shopper(browser) as treated, shopper(browser) as held_out:
        await walk(treated, stack.shop_url, "on-the-fence", arm="treatment")
        await treated.offer()
        await walk(held_out, stack.shop_url, "on-the-fence", arm="holdout")
        await held_out.rest("dwell", 3)
        assert await held_out.has_no_offer()
        await until_stored(stack, held_out)
        shown, logged = await decisions_of(stack, treated), await decisions_of(stack, held_out)
        assert what_was_chosen(logged)[:1] == what_was_chosen(shown)[:1] != []
        first = next(d for d in logged if d["action_id"])
        assert (first["arm"], first["is_delivered"]) == ("holdout", False)
        names = [row["event_type"] for row in await until_stored(stack, held_out)]
        assert "action_shown" not in names


async def test_a_preview_is_flagged_as_one(stack: Stack, browser: Browser) -> None:
    async with shopper(browser) as visitor:
        await visitor.goto(f"{stack.shop_url}/c/headphones?arm=treatment")
        await visitor.rest("dwell")
        await until_stored(stack, visitor)
        [row] = await stack.rows(
            "SELECT DISTINCT traffic FROM raw.events WHERE session_id = encode($1, 'hex')::uuid",
            await visitor.session_id(),
        )
        assert row["traffic"] == "preview"


# shows: G3 B6
async def test_an_address_goes_to_the_shop_and_never_to_us(stack: Stack, browser: Browser) -> None:
    address = "ada.lovelace@analytical.example"
    async with shopper(browser) as visitor:
        await walk(visitor, stack.shop_url, "just-looking", arm="treatment")
        layer = await visitor.offer()
        await layer.locator("input[type=email]").fill(address)
        async with visitor.page.expect_response(f"{stack.shop_url}/newsletter") as posted:
            await layer.locator("button.go").click()
        assert (await posted.value).ok
        await visitor.rest("action_submitted")
        await until_stored(stack, visitor)
        assert all(address.encode() not in data for _, data in visitor.frames)
        names = {row["event_type"] for row in await until_stored(stack, visitor)}
        assert "action_submitted" in names
