"""Personal data has no way in: planted everywhere a shopper or a shop could put it, and searched for everywhere."""

import urllib.request
from pathlib import Path

import asyncpg
import msgpack
import pytest
from playwright.async_api import Browser

from server.settings import load_settings
from server.store.privacy_scan import scan_for_personal_data
from server.token_keys import load_sealer
from tests.support.browser import shopper
from tests.support.journeys import until_stored
from tests.support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

EMAIL = "grace.hopper@navy.example"
PHONE = "+1 415 555 0123"
CARD = "4111 1111 1111 1111"
PLANTED = [EMAIL, "grace.hopper", PHONE, PHONE.replace(" ", ""), CARD, CARD.replace(" ", ""), "navy.example"]

PUSH = """(planted) => {
  document.title = planted.join(' ');
  const [email, phone, card] = planted;
  dataLayer.push({ecommerce: null});
  dataLayer.push({event: 'view_item', user_email: email, ecommerce: {currency: 'USD', value: 5, coupon: phone,
    items: [{item_id: email, item_name: card, item_category: phone, price: 5}]}});
  dataLayer.push({event: 'search', search_term: email});
  fifthclick('track', email, {label: card, amount: 3});
  fifthclick('track', 'signed_up', {label: phone});
  history.pushState({}, '', '/account/' + encodeURIComponent(email) + '?phone=' + phone + '#' + card);
}"""


# shows: B1 B4
async def test_planted_addresses_and_numbers_are_found_nowhere(stack: Stack, browser: Browser) -> None:
    async with shopper(browser) as visitor:
        await visitor.goto(f"{stack.shop_url}/search?q={EMAIL}&phone={PHONE.replace(' ', '%20')}#{EMAIL}")
        await visitor.page.evaluate(PUSH, [EMAIL, PHONE, CARD])
        await visitor.rest("dwell")
        await visitor.goto(f"{stack.shop_url}/p/aurora-one")
        await visitor.click(".buy button")
        await visitor.goto(f"{stack.shop_url}/checkout/shipping")
        await visitor.click("form.shipping button")
        for field, value in (("#pay-name", EMAIL), ("#pay-email", EMAIL), ("#pay-card", CARD)):
            await visitor.page.fill(field, value)
            await visitor.page.press(field, "Tab")
        await visitor.rest("field_left", 3)
        await visitor.click("form.pay button")
        await visitor.page.fill("#letter-email", EMAIL)
        await visitor.rest("dwell")
        await until_stored(stack, visitor)

        for how, data in visitor.frames:
            assert not found_in(data), (how, found_in(data))
        assert_tokens_are_clean(stack, visitor.frames)
    connection = await asyncpg.connect(stack.info.database_url)
    try:
        assert await scan_for_personal_data(connection) == []
        for table in await connection.fetch(
            "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables"
            " WHERE table_schema IN ('raw', 'marts', 'config') AND table_type = 'BASE TABLE'"
        ):
            text = await connection.fetchval(
                f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {table['name']} AS t"
            )
            assert not found_in(text.encode()), table["name"]
    finally:
        await connection.close()
    with urllib.request.urlopen(f"{stack.base_url}/metrics") as answer:
        assert not found_in(answer.read())
    log = stack.data.parent / f"{stack.data.name}.log"
    files = [log, *(f for f in (stack.data / "nats").rglob("*") if f.is_file())]
    assert len(files) > 2
    for file in files:
        assert not found_in(Path(file).read_bytes()), file


def found_in(data: bytes) -> list[str]:
    """Which of the planted texts stand in these bytes, also as hex (how Postgres prints bytes)."""
    return [text for text in PLANTED if text.encode() in data or text.encode().hex().encode() in data]


def assert_tokens_are_clean(stack: Stack, frames: list[tuple[str, bytes]]) -> None:
    """Opens every token that the pages held, with the server's own keys, and looks inside."""
    sealer = load_sealer(load_settings(data_dir=str(stack.data)))
    opened = 0
    for _, data in frames:
        frame = msgpack.unpackb(data)
        for part in frame if isinstance(frame[0], list) else [frame]:
            if part[0] == 1 and part[6]:
                state = sealer.open(part[6], site_id="demo", session_id=part[3], now_ms=part[5])
                assert not found_in(repr(state).encode())
                opened += 1
    assert opened > 0


# shows: B2
async def test_no_cookie_and_nothing_that_outlives_the_tab_is_kept(stack: Stack, browser: Browser) -> None:
    async with shopper(browser) as visitor:
        await visitor.goto(f"{stack.shop_url}/c/headphones")
        await visitor.rest("dwell")
        await until_stored(stack, visitor)
        cookies = [c["name"] for c in await visitor.page.context.cookies()]
        assert cookies == ["northlight"]
        assert await visitor.page.evaluate("localStorage.length") == 0
        kept = await visitor.page.evaluate("Object.keys(sessionStorage)")
        assert [name for name in kept if not name.startswith(("test.", "_fc."))] == []


async def test_with_global_privacy_control_nothing_is_kept_and_nothing_is_sent(stack: Stack, browser: Browser) -> None:
    async with shopper(browser) as visitor:
        await visitor.page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
        requested: list[str] = []
        visitor.page.on("request", lambda request: requested.append(request.url))
        await visitor.goto(f"{stack.shop_url}/c/headphones")
        await visitor.page.wait_for_load_state("networkidle")
        await visitor.page.mouse.click(3, 400)  # beside every link
        await visitor.page.mouse.wheel(0, 900)
        assert await visitor.listed() == set()
        assert visitor.frames == []
        assert [url for url in requested if "/_fc/" in url and not url.endswith("/t.js")] == []
        assert await visitor.page.evaluate("Object.keys(sessionStorage).filter((k) => k.startsWith('_fc'))") == []
