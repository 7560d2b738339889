"""check-tag against small shops: each fault is said in words with a next step, and a page without fault has none."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from server.verbs import check_tag
from server.verbs._page import read_page
from server.verbs._tag import script_tag, tag_manager_form
from server.verbs._tag_findings import Finding, findings_in
from tests.merchant.shop import DATA_LAYER, KEY, Shop, open_shop


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    monkeypatch.setattr("server.verbs._tag_network.SILENCE_S", 0.1)
    async with open_shop() as shop:
        yield shop


async def faults(shop: Shop) -> list[Finding]:
    return await check_tag.check(shop.base_url + "/", [shop.site], shop.site)


async def only_fault(shop: Shop) -> Finding:
    (finding,) = await faults(shop)
    assert finding.next_step
    return finding


async def test_a_page_with_the_right_tag_has_no_fault_and_a_hello_from_its_origin_is_tried(shop: Shop) -> None:
    assert await faults(shop) == []
    ((origin, hello),) = shop.hellos
    assert origin == shop.base_url
    assert (hello.site_key, hello.traffic) == (KEY, "simulated")


async def test_the_tag_managers_form_is_found_too(shop: Shop) -> None:
    shop.page = DATA_LAYER + tag_manager_form(f"{shop.base_url}/_fc", KEY)
    assert await faults(shop) == []
    assert len(shop.hellos) == 1


async def test_a_tag_under_a_path_of_the_shops_own_is_found_too(shop: Shop) -> None:
    for form in (script_tag, tag_manager_form):
        shop.page = DATA_LAYER + form(f"{shop.base_url}/_fc", KEY).replace("/_fc", "/shop-events")
        assert (await only_fault(shop)).code == "script_unreachable", "the shop of this test answers under /_fc alone"


async def test_without_the_servers_list_the_servers_answer_decides(shop: Shop) -> None:
    assert await check_tag.check(shop.base_url + "/", None) == []
    shop.close_code = 1008
    (finding,) = await check_tag.check(shop.base_url + "/", None)
    assert finding.code == "socket_refused"
    assert "see that the key is right" in finding.next_step


async def test_a_page_that_nobody_serves(free_port: int) -> None:
    (finding,) = await check_tag.check(f"http://127.0.0.1:{free_port}/", None)
    assert finding.code == "page_unreachable"
    assert "nothing listens there" in finding.words


async def test_a_page_that_answers_with_an_error(shop: Shop) -> None:
    shop.status = 503
    finding = await only_fault(shop)
    assert finding.code == "page_unreachable"
    assert "503" in finding.words


async def test_a_page_without_a_tag(shop: Shop) -> None:
    shop.page = DATA_LAYER
    assert (await only_fault(shop)).words == "The page has no tag of ours."


async def test_a_tag_inside_a_comment(shop: Shop) -> None:
    shop.page = f"{DATA_LAYER}<!-- {shop.tag} -->"
    assert (await only_fault(shop)).code == "tag_in_comment"


async def test_a_page_whose_tag_manager_may_add_the_tag(shop: Shop) -> None:
    shop.page = '<script src="https://www.googletagmanager.com/gtm.js?id=GTM-1"></script>'
    assert "cannot be seen from here" in (await only_fault(shop)).words


async def test_a_tag_without_a_key(shop: Shop) -> None:
    shop.page = DATA_LAYER + shop.tag.replace(f'data-site="{KEY}"', "")
    finding = await only_fault(shop)
    assert finding.code == "no_key"
    assert KEY in finding.next_step


async def test_a_tag_with_a_secret_key(shop: Shop) -> None:
    shop.page = DATA_LAYER + shop.tag.replace(KEY, "sk_1")
    assert (await only_fault(shop)).code == "secret_key"


async def test_a_tag_with_a_key_that_the_server_does_not_know(shop: Shop) -> None:
    shop.page = DATA_LAYER + shop.tag.replace(KEY, "pk_other")
    (finding,) = await check_tag.check(shop.base_url + "/", [shop.site])
    assert finding.words == "The server knows no site with the key pk_other."
    assert shop.hellos == []


async def test_a_tag_with_another_sites_key(shop: Shop) -> None:
    shop.page = DATA_LAYER + shop.tag.replace(KEY, "pk_other")
    other = msgspec.structs.replace(shop.site, site_id="other", key="pk_other")
    (finding,) = await check_tag.check(shop.base_url + "/", [shop.site, other], shop.site)
    assert finding.words == "The tag's key pk_other belongs to site other, not to shop."


async def test_a_tag_with_an_unknown_key_where_a_sites_tag_should_be(shop: Shop) -> None:
    shop.page = DATA_LAYER + shop.tag.replace(KEY, "pk_other")
    (finding,) = await check_tag.check(shop.base_url + "/", [shop.site], shop.site)
    assert finding.words.endswith(" pk_other is not one that this server knows and does not belong to shop.")


async def test_an_address_without_a_scheme_at_a_shop_without_https(shop: Shop) -> None:
    (finding,) = await check_tag.check(shop.base_url.replace("http://", "https://") + "/", None)
    assert finding.code == "page_unreachable"
    assert "it does not speak https there" in finding.words


async def test_an_origin_that_the_site_does_not_list_comes_with_the_command_that_adds_it(shop: Shop) -> None:
    site = msgspec.structs.replace(shop.site, origins=("https://shop.example",))
    (finding,) = await check_tag.check(shop.base_url + "/", [site], site)
    assert finding.code == "origin_not_allowed"
    assert finding.next_step == f"fifthclick site origin add shop {shop.base_url}"


async def test_a_tag_that_is_there_twice(shop: Shop) -> None:
    shop.page = DATA_LAYER + shop.tag + shop.tag
    assert (await only_fault(shop)).code == "two_tags"


async def test_a_page_without_a_data_layer(shop: Shop) -> None:
    shop.page = shop.tag
    finding = await only_fault(shop)
    assert finding.code == "no_data_layer"
    assert "carts and purchases are not seen" in finding.words


async def test_a_policy_that_blocks_the_script(shop: Shop) -> None:
    shop.policy = "script-src 'unsafe-inline'; connect-src *"
    finding = await only_fault(shop)
    assert finding.code == "csp_script"
    assert finding.next_step == f"add {shop.base_url} to script-src."


async def test_a_policy_in_the_markup_that_blocks_the_connection(shop: Shop) -> None:
    meta = '<meta http-equiv="Content-Security-Policy" content="connect-src \'none\'">'
    shop.page = meta + DATA_LAYER + shop.tag
    finding = await only_fault(shop)
    assert finding.code == "csp_connect"
    assert shop.base_url.replace("http", "ws", 1) in finding.next_step


async def test_a_policy_that_only_reports_blocks_nothing(shop: Shop) -> None:
    shop.page = f'<meta http-equiv="Content-Security-Policy-Report-Only" content="script-src">{DATA_LAYER}{shop.tag}'
    assert await faults(shop) == []


@pytest.mark.parametrize(("status", "kind"), [(404, "text/javascript"), (200, "text/html"), (502, "text/html")])
async def test_a_script_that_does_not_load(shop: Shop, status: int, kind: str) -> None:
    shop.script_status, shop.script_type = status, kind
    finding = await only_fault(shop)
    assert finding.code == "script_unreachable"
    assert "the proxy passes /_fc/" in finding.next_step


@pytest.mark.parametrize("status", [200, 400, 502])
async def test_a_proxy_that_does_not_pass_websockets(shop: Shop, status: int) -> None:
    shop.socket_status = status
    finding = await only_fault(shop)
    assert finding.code == "socket_refused"
    assert "let the proxy pass WebSockets" in finding.next_step


async def test_a_server_that_refuses_the_origin_before_the_upgrade(shop: Shop) -> None:
    shop.socket_status = 403
    assert "is an origin of the site" in (await only_fault(shop)).next_step


def test_a_secure_page_with_an_insecure_tag() -> None:
    page = read_page("https://shop.example/", DATA_LAYER + script_tag("http://fc.example", KEY))
    (finding,) = findings_in(page, None)
    assert finding.code == "mixed_content"


def test_a_tag_that_waits_for_a_consent_manager_is_a_note_and_no_fault() -> None:
    tag = script_tag("https://fc.example", KEY).replace("<script", '<script type="text/plain"')
    (finding,) = findings_in(read_page("https://shop.example/", DATA_LAYER + tag), None)
    assert (finding.code, finding.is_fault) == ("waits_for_consent", False)


def test_a_first_party_tag_is_read_against_the_pages_base() -> None:
    tag = f'<base href="https://cdn.example/a/"><script src="/_fc/v/0.1.0/t.js" data-site="{KEY}"></script>'
    page = read_page("https://shop.example/", tag)
    assert [(t.src, t.host) for t in page.tags] == [("https://cdn.example/_fc/v/0.1.0/t.js", "https://cdn.example/_fc")]


@pytest.mark.parametrize(
    "html", ["", "<", "<script", "<script src='/_fc/t.js' data-site=", "\x00<!--", "<base href='http://['>"]
)
def test_broken_markup_is_read_as_far_as_it_goes(html: str) -> None:
    assert findings_in(read_page("https://shop.example/", html), None) != []


@pytest.mark.parametrize("src", ["http://[/_fc/t.js", "https://fc.example:x/_fc/t.js"])
def test_an_address_that_is_none_is_said(src: str) -> None:
    page = read_page("https://shop.example/", f'{DATA_LAYER}<script src="{src}" data-site="{KEY}"></script>')
    assert [finding.code for finding in findings_in(page, None)] == ["bad_address"]
