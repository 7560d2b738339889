"""The shop's own codes: each takes a tenth off one order, and only one."""

from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from demo.app import ShopConfig, create_app
from tests.demo.conftest import Browser
from tests.demo.pages import attribute
from tests.demo.test_checkout import _add, _buy


def codes_of(folder: Path) -> list[str]:
    return (folder / "codes.txt").read_text().split()


async def test_a_code_takes_a_tenth_off_and_the_order_names_it(browser: Browser, tmp_path: Path) -> None:
    code = codes_of(tmp_path)[0]
    await _add(browser)
    assert 'id="coupon"' in await (await browser.get("/cart")).text()
    html = await (await browser.post("/cart/coupon", data={"code": f" {code.lower()} "})).text()
    assert "-$29.90" in html
    assert 'id="coupon"' not in html
    order = await _buy(browser)
    assert (order["value"], order["shipping"], order["coupon"]) == (269.1, 9.99, code)


async def test_an_order_without_a_code_names_none(browser: Browser) -> None:
    await _add(browser)
    assert "coupon" not in await _buy(browser)


async def test_a_code_is_good_for_one_order_and_that_survives_a_restart(browser: Browser, tmp_path: Path) -> None:
    code = codes_of(tmp_path)[0]
    await _add(browser)
    await browser.post("/cart/coupon", data={"code": code})
    await _buy(browser)
    async with TestClient(TestServer(create_app(ShopConfig(tmp_path)))) as later:
        for visitor in (browser, later):
            await _add(visitor)
            refused = await (await visitor.post("/cart/coupon", data={"code": code})).text()
            assert "none of our codes, or it was used" in refused
            assert (await _buy(visitor))["value"] == 299.0


async def test_of_two_who_entered_the_same_code_the_second_is_told_before_paying(
    browser: Browser, tmp_path: Path
) -> None:
    code = codes_of(tmp_path)[1]
    server = browser.server
    assert isinstance(server, TestServer)
    async with TestClient(server) as other:
        for visitor in (browser, other):
            await _add(visitor)
            await visitor.post("/cart/coupon", data={"code": code})
        await _buy(browser)
        answer = await other.post("/checkout/payment")
        assert answer.url.path == "/cart"
        assert "none of our codes, or it was used" in await answer.text()
        assert (await _buy(other))["value"] == 299.0


async def test_what_is_no_code_of_the_shop_changes_nothing(browser: Browser) -> None:
    await _add(browser)
    for text in ("", "FREE", "<b>", "x" * 500):
        html = await (await browser.post("/cart/coupon", data={"code": text})).text()
        assert "$29.90" not in html
        assert "none of our codes" in html


async def test_every_page_of_the_shop_can_open_its_help(browser: Browser) -> None:
    for path in ("/", "/p/aurora-one", "/cart", "/faq", "/blog/which-headphones"):
        html = await (await browser.get(path)).text()
        assert "data-open-help" in html
        assert attribute("id", html[html.index("<dialog") :]) == "help"
