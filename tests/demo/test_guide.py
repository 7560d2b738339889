"""The three guided walks: five pages each along links that exist, and a strip for nobody else."""

import html as entities
import json
import re
from typing import Any

import pytest

from demo.walks import WALKS, Walk
from tests.demo.conftest import Browser
from tests.demo.pages import attribute

LINKS = {"a.checkout": "/checkout/shipping"}
FORMS = {".buy button": ("/cart/add", {"product": "aurora-one"})}
"""Where a click on a step's selector leads, for those that do not say it themselves."""


def _strip_of(html: str) -> dict[str, Any]:
    strip: dict[str, Any] = json.loads(entities.unescape(attribute("data-strip", html)) or "{}")
    return strip


async def _click(browser: Browser, selector: str, page: str) -> str:
    if selector in FORMS:
        action, data = FORMS[selector]
        assert f'action="{action}"' in page
        return await (await browser.post(action, data=data)).text()
    link = re.fullmatch(r"(?:\.\w+ )?a\[href='(.+)'\]", selector)
    target = link.group(1) if link else LINKS[selector]
    assert f'href="{target}"' in page, f"{selector} is not on the page"
    return await (await browser.get(target)).text()


@pytest.mark.parametrize("walk", WALKS.values(), ids=lambda w: w.id)
async def test_a_walk_leads_over_five_pages_by_links_that_are_there(browser: Browser, walk: Walk) -> None:
    page = await (await browser.get(f"/walk/{walk.id}")).text()
    for number, step in enumerate(walk.steps, start=1):
        strip = _strip_of(page)
        assert (strip["number"], strip["of"], strip["path"]) == (number, 5, step.path)
        assert strip["link"] == step.link
        if step.link:
            page = await _click(browser, step.link, page)
    assert _strip_of(page)["link"] == ""


async def test_a_detour_keeps_the_place_on_the_path(browser: Browser) -> None:
    await browser.get("/walk/on-the-fence")
    strip = _strip_of(await (await browser.get("/p/pebble")).text())
    assert (strip["number"], strip["path"]) == (1, "/c/headphones")


async def test_the_strip_is_absent_without_the_guide_and_after_it(browser: Browser) -> None:
    before = await (await browser.get("/c/headphones")).text()
    assert "guide.js" not in before
    assert (await browser.get("/guide.js")).status == 404
    during = await (await browser.get("/walk/sure-buyer")).text()
    assert "guide.js" in during
    assert (await browser.get("/guide.js")).status == 200
    await browser.get("/walk/end")
    assert await (await browser.get("/c/headphones")).text() == before


async def test_a_walk_asks_the_tag_for_notices_and_a_plain_visit_does_not(tagged_browser: Browser) -> None:
    assert "data-notices" not in await (await tagged_browser.get("/")).text()
    assert " data-notices></script>" in await (await tagged_browser.get("/walk/sure-buyer")).text()


async def test_a_walk_is_a_preview_only_where_an_arm_was_asked_for(tagged_browser: Browser) -> None:
    for arm in ("treatment", "holdout"):
        html = await (await tagged_browser.get("/walk/on-the-fence", params={"arm": arm})).text()
        assert attribute("data-arm", html) == arm
    for query in ("", "?arm=", "?arm=control"):
        html = await (await tagged_browser.get(f"/walk/on-the-fence{query}")).text()
        assert "data-arm" not in html


async def test_any_page_can_be_previewed(tagged_browser: Browser) -> None:
    await tagged_browser.get("/", params={"arm": "holdout"})
    assert attribute("data-arm", await (await tagged_browser.get("/faq")).text()) == "holdout"


async def test_a_walk_begins_with_an_empty_cart(browser: Browser) -> None:
    await browser.post("/cart/add", data={"product": "pebble"})
    await browser.get("/offers/free-shipping")
    await browser.get("/walk/on-the-fence")
    cart = await (await browser.get("/cart")).text()
    assert "Nothing in it yet" in cart
    assert "Standard shipping is free" not in cart


async def test_the_guide_prints_the_walks_and_where_the_rows_are(browser: Browser, tagged_browser: Browser) -> None:
    guide = await (await tagged_browser.get("/guide")).text()
    for walk in WALKS.values():
        assert walk.promise in guide
        assert f'href="/walk/{walk.id}?arm=holdout"' in guide
    assert "psql &#39;postgresql://a@b/c&#39;" in guide or "psql 'postgresql://a@b/c'" in guide
    assert "psql '" not in await (await browser.get("/guide")).text()
    assert "t.js" not in guide
