"""The visit's id for the shop's own cart: told to who asks, whenever they ask, and to nobody where nothing is tracked."""

import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page

from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

RECIPES = dict(
    re.findall(r'<script data-recipe="(\w+)">\n(.*?)</script>', (Path("docs") / "orders.md").read_text(), re.DOTALL)
)
STUB = (
    "<script>window.fifthclick=window.fifthclick||function(){(fifthclick.q=fifthclick.q||[]).push(arguments)}</script>"
)
ASK = "<script>window.told=[];fifthclick('on','session',function(id){told.push(id)})</script>"


async def told(page: Page, count: int = 1) -> list[str]:
    await page.wait_for_function(f"window.told.length >= {count}")
    found: list[str] = await page.evaluate("told")
    return found


# shows: I3
async def test_who_asks_early_or_late_is_told_the_id_that_the_server_knows(shop: Shop, page: Page) -> None:
    shop.pages["/"] = STUB + ASK + FILLER + shop.tag
    await page.goto(shop.url)
    await until(lambda: bool(shop.wire.hellos), "a hello")
    early = await told(page)
    assert early == [shop.wire.hellos[-1][3].hex()]
    await page.evaluate("fifthclick('on', 'session', (id) => told.push('late ' + id))")
    assert await told(page, 2) == [early[0], f"late {early[0]}"]
    await page.mouse.click(200, 200)
    await page.evaluate("history.pushState({}, '', '/next')")
    await until(lambda: len(shop.wire.of("page_view")) == 2, "the second view")
    assert len(await told(page, 2)) == 2, "the same visit is told once"


async def test_after_half_an_hour_of_silence_the_next_visit_is_told(shop: Shop, page: Page) -> None:
    shop.pages["/"] = STUB + ASK + FILLER + shop.tag
    await page.clock.install()
    await page.goto(shop.url)
    await page.clock.run_for(5_000)
    [first] = await told(page)
    await page.clock.fast_forward(31 * 60_000)
    await page.mouse.click(200, 200)
    await page.clock.run_for(5_000)
    await page.mouse.click(210, 210)
    found = await told(page, 2)
    assert len(set(found)) == 2
    assert found[0] == first


@pytest.mark.parametrize("attributes", ["data-consent=required", "data-consent=denied"])
async def test_without_consent_nobody_is_told(attributes: str, shop: Shop, page: Page) -> None:
    shop.pages["/"] = STUB + ASK + FILLER + shop.tag.replace("<script", f"<script {attributes}")
    await page.goto(shop.url)
    await page.wait_for_function("window.fifthclick.runs")
    await page.mouse.click(200, 200)
    await page.wait_for_load_state("networkidle")
    assert await page.evaluate("told") == []
    assert shop.wire.hellos == []


@pytest.mark.parametrize("item_count", [2, 0])
async def test_shopify_s_recipe_keeps_it_in_a_cart_that_is_there_and_makes_none(
    item_count: int, shop: Shop, page: Page
) -> None:
    asked: list[str] = []
    kept: list[dict[str, Any]] = []

    async def cart(_: web.Request) -> web.Response:
        asked.append("cart")
        return web.json_response({"item_count": item_count, "attributes": {}})

    async def update(request: web.Request) -> web.Response:
        kept.append(await request.json())
        return web.json_response({})

    shop.routes += [web.get("/cart.js", cart), web.post("/cart/update.js", update)]
    await shop.stop()
    await shop.start()
    shop.pages["/"] = STUB + FILLER + shop.tag + f"<script>{RECIPES['shopify']}</script>"
    await page.goto(shop.url)
    await until(lambda: bool(shop.wire.hellos and asked), "the question for the cart")
    if item_count:
        await until(lambda: bool(kept), "the attribute")
        assert kept == [{"attributes": {"_fifthclick_session": shop.wire.hellos[-1][3].hex()}}]
    else:
        await page.wait_for_load_state("networkidle")
        assert kept == []


async def test_woocommerce_s_recipe_sends_it_to_the_shop(shop: Shop, page: Page) -> None:
    kept: list[str] = []

    async def keep(request: web.Request) -> web.Response:
        kept.append(f"{request.query['wc-ajax']} {(await request.post()).get('id', '')!s}")
        return web.Response(status=204)

    shop.routes.append(web.post("/", keep))
    await shop.stop()
    await shop.start()
    shop.pages["/"] = STUB + FILLER + shop.tag + f"<script>{RECIPES['woocommerce']}</script>"
    await page.goto(shop.url)
    await until(lambda: bool(kept and shop.wire.hellos), "the shop being told")
    assert kept == [f"fifthclick_session {shop.wire.hellos[-1][3].hex()}"]
