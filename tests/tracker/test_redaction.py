"""Everything is typed everywhere, and every byte that leaves the page is read: over the socket, over fetch, as a beacon.

Twice over: none of what was planted is in any frame, and every word in every frame is one that we expect, so that a leak which
nobody thought of planting is found too.
"""

import json
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
from playwright.async_api import Page

from core.events import TYPE_BY_TAG
from core.wire import Hello
from tests.tracker.shop import FILLER, Shop, until

pytestmark = pytest.mark.e2e

KINDS = [
    "text", "search", "email", "tel", "url", "password", "number", "date", "time", "datetime-local", "month", "week",
    "color", "range", "checkbox", "radio", "hidden",
]  # fmt: skip
TYPED = {
    "email": "jane.doe@example.org",
    "tel": "+49 170 1234567",
    "url": "https://secret.example/jane",
    "number": "4242424242424242",
    "date": "1987-06-05",
    "time": "13:37",
    "datetime-local": "1987-06-05T13:37",
    "month": "1987-06",
    "week": "1987-W23",
    "color": "#c0ffee",
    "range": "73",
}
PLANTED = (
    "typed-", "jane", "doe@", "example.org", "1234567", "secret", "4242", "1987", "13:37", "c0ffee", "Title", "Label",
    "Option", "Placeholder", "Alternative", "Selected", "Pasted", "Fragment", "Key", "Control", "Enter", "button-text",
)  # fmt: skip
X, Y = 317, 433
"""Where the button is clicked. No event may hold either number."""

BODY = """
<title>Title of Jane Doe</title>
<form id=form action=/searched onsubmit="return false">
  {inputs}
  <textarea id=area placeholder="Placeholder Jane"></textarea>
  <select id=choice><option>Option one</option><option>Option secret</option></select>
  <input id=file type=file>
  <button id=send aria-label="Label Jane">button-text Jane</button>
</form>
<div id=editable contenteditable=true>typed-before</div>
<p id=prose>Selected words of Jane</p>
<a id=mail href="mailto:jane.doe@example.org?subject=secret">Label Jane</a>
<img alt="Alternative Jane" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">
<button id=spot type=button style="position:fixed;left:300px;top:420px;width:60px;height:30px">button-text</button>
"""
EXPECTED = {
    "", "pk_test", "live", "other", "account", "product", "desktop", "direct", "internal", "navigate", "spa", "restore",
    "/account/redacted/redacted", "/account/redacted", "link", "button", "field", "image", "pointer", "fc_done", "unknown",
    "redacted", "call_redacted",
}  # fmt: skip


def body() -> str:
    inputs = "".join(f'<input id="f-{kind}" type="{kind}" name="{kind}" placeholder="Placeholder">' for kind in KINDS)
    return BODY.replace("{inputs}", inputs)


async def type_everything(page: Page) -> None:
    for kind in KINDS:
        selector = f"#f-{kind}"
        if kind in ("checkbox", "radio"):
            await page.check(selector)
        elif kind == "hidden":
            await page.evaluate("document.querySelector('#f-hidden').value = 'typed-hidden secret'")
        elif kind in ("color", "range"):
            await page.fill(selector, TYPED[kind])
        elif kind in ("date", "time", "datetime-local", "month", "week"):
            await page.fill(selector, TYPED[kind])
            await page.press(selector, "ArrowUp")
        else:
            await page.focus(selector)
            await page.keyboard.type(TYPED.get(kind, f"typed-{kind} secret"))
    await page.click("#area")
    await page.keyboard.type("typed-area Jane secret\nsecond line")
    await page.select_option("#choice", "Option secret")
    await page.set_input_files("#file", {"name": "jane-secret.txt", "mimeType": "text/plain", "buffer": b"typed-file"})
    await page.click("#editable")
    await page.keyboard.type("typed-editable Jane")
    for shortcut in ("Control+a", "Control+c", "Control+v", "Control+z", "Shift+Tab", "Escape", "F2", "Enter"):
        await page.keyboard.press(shortcut)
    await page.evaluate(
        """() => {
          getSelection().selectAllChildren(document.querySelector('#prose'));
          const data = new DataTransfer();
          data.setData('text/plain', 'Pasted secret');
          for (const type of ['copy', 'cut', 'paste'])
            document.querySelector('#area').dispatchEvent(new ClipboardEvent(type, { clipboardData: data, bubbles: true }));
          document.querySelector('#area').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
          document.querySelector('#mail').addEventListener('click', (event) => event.preventDefault());
          document.title = 'Title of Jane, second';
        }"""
    )
    await page.click("#send")
    await page.click("#mail")
    await page.click("img")
    await page.mouse.move(10, 10)
    await page.mouse.click(X, Y)
    await page.mouse.click(X, Y)
    await page.mouse.click(X, Y)
    await page.evaluate(
        """() => {
          history.pushState({}, '', '/account/jane.doe@example.org?email=jane.doe@example.org&q=secret#Fragment-secret');
          document.title = 'Title third';
          fifthclick('track', 'call +49 170 1234567', { label: 'jane.doe@example.org', text: 'secret' });
          dataLayer.push({ event: 'view_item', user: 'jane', ecommerce: { items: [{ item_id: 'jane.doe@example.org',
            item_name: 'secret', item_category: '+49 170 1234567' }] } });
          dataLayer.push({ event: 'search', search_term: 'secret words', email: 'jane.doe@example.org' });
          dataLayer.push({ event: 'login', method: 'secret', user_id: 'jane' });
        }"""
    )


def frames_of(raw: list[bytes]) -> Iterator[list[Any]]:
    for data in raw:
        frame = msgpack.unpackb(data)
        yield from frame if isinstance(frame[0], list) else [frame]


def words_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from words_of(one)


def check(shop: Shop) -> None:
    """Nothing planted, no word that we do not know, no field that the schema does not have, no place on the screen."""
    sent = b"".join(shop.wire.raw)
    assert [word for word in PLANTED if word.encode() in sent] == []
    for frame in frames_of(shop.wire.raw):
        assert set(words_of(frame)) - EXPECTED == set()
        if frame[0] == 1:
            assert len(frame) - 1 <= len(Hello.__struct_fields__)
            continue
        for _, _, events in frame[1]:
            for tag, _, _, *fields in events:
                known = len(TYPE_BY_TAG[tag].__struct_fields__) - 2
                assert len(fields) <= known, TYPE_BY_TAG[tag]
                assert not {X, Y} & {field for field in fields if isinstance(field, int)}


# shows: B4
@pytest.mark.parametrize("way", ["socket", "fetch", "beacon"])
async def test_nothing_that_is_typed_pressed_read_or_pointed_at_leaves_the_page(
    shop: Shop, page: Page, way: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/_fc/" in request.url else None)
    page.on("websocket", lambda socket: asked.append(socket.url))
    shop.wire.takes_sockets = way != "fetch"
    shop.wire.acks = way != "beacon"
    path = "/account/jane.doe@example.org/4111111111111111"
    shop.pages[path] = "<!doctype html><html lang=en><body>" + body() + FILLER + shop.tag
    await page.add_init_script("window.dataLayer = []")
    await page.goto(f"{shop.url}{path}?q=secret-words&email=jane.doe@example.org#Fragment-jane")
    await until(lambda: shop.wire.of("dwell"), "the late chunk", timeout_s=30)
    await page.evaluate("document.querySelector('#form').scrollIntoView()")
    await page.wait_for_function("performance.now() > 3000")
    await type_everything(page)
    await page.evaluate("fifthclick('track', 'fc_done')")
    await until(lambda: any(event[3:] == ["fc_done"] for event in shop.wire.order), "the last event", timeout_s=30)
    if way == "beacon":
        await page.goto("about:blank")
        await until(lambda: shop.wire.beacons, "the beacon")
    check(shop)
    # The journey did give it every reason to speak.
    names = {TYPE_BY_TAG[event[0]].__name__ for event in shop.wire.order}
    assert {"PageView", "Click", "RageClick", "FieldLeft", "Search", "ViewItem", "Custom", "Dwell"} <= names
    assert sum(event[0] == 26 for event in shop.wire.order) >= 15, "the fields that were left"
    assert [event[3] for event in shop.wire.of("search")] == [12, 6]
    assert {len(event[3:]) for event in shop.wire.order if event[0] == 22} <= {0, 1}
    # What is asked for names files, the site and nothing of the page.
    assert [url for url in asked if any(word in url for word in PLANTED)] == []
    assert [url for url in asked if "?" in url and url.split("?")[1] not in ("site=pk_test", "reply=1")] == []
    kept = (
        json.loads(await page.evaluate("JSON.stringify(Object.keys({ ...localStorage }))")) if way != "beacon" else []
    )
    assert kept == []
