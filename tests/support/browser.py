"""A real Chromium, and a shopper who keeps a list of everything that the pages meant to send."""

import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgpack
from playwright.async_api import Browser, BrowserContext, CDPSession, Locator, Page, async_playwright

from core.events import TAG_BY_TYPE, TYPE_BY_NAME

Key = tuple[bytes, int]
"""(stream, seq): what names an event."""

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A shopper's browser, not a driven one: `navigator.webdriver` is false, and its visits count (docs/operations.md, Robots).
    "--disable-blink-features=AutomationControlled",
]

LIST = "test.listed"

_LISTEN = """
(() => {
  // The tracker's own debug words, kept where a page load does not end them: [stream, seq, tag] of each capture.
  const list = () => JSON.parse(sessionStorage.getItem('test.listed') || '[]');
  const log = console.log;
  console.log = (...words) => {
    if (words[0] !== 'fifthclick' || !(words[1] instanceof Uint8Array)) return log.apply(console, words);
    const stream = [...words[1]].map((b) => b.toString(16).padStart(2, '0')).join('');
    sessionStorage.setItem('test.listed', JSON.stringify([...list(), [stream, words[2][1], words[2][0]]]));
  };
  window.__captured = (tag) => {
    const all = list(), last = all.length && all[all.length - 1][0];
    return all.filter((e) => e[0] === last && e[2] === tag).length;
  };
  const stub = (window.fifthclick = function () { stub.q.push(arguments); });
  stub.q = [['debug']];
  // What leaves the page, byte for byte.
  const sent = (window.__sent = []);
  const keep = async (data, how) => {
    const bytes = data instanceof Blob ? await data.arrayBuffer() : data.buffer ? data.slice().buffer : data;
    sent.push([how, btoa(String.fromCharCode(...new Uint8Array(bytes)))]);
  };
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) { keep(data, 'socket'); return send.call(this, data); };
  const beacon = navigator.sendBeacon;
  navigator.sendBeacon = function (url, data) { keep(data, 'beacon'); return beacon.call(navigator, url, data); };
  const request = window.fetch;
  window.fetch = function (url, options) {
    if (options && options.body && String(url).includes('/_fc/')) keep(options.body, 'fetch');
    return request.apply(this, arguments);
  };
})();
"""


def chromium_path() -> str:
    """Where Chromium is. Raises AssertionError with a next step where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise AssertionError("no Chromium on this machine. Next: tools/setup.sh browser, or install it yourself")


@asynccontextmanager
async def chromium(*, keeps_pages: bool = False, is_driven: bool = False) -> AsyncIterator[Browser]:
    """A browser. `keeps_pages` switches the back/forward cache on, which playwright turns off. `is_driven`: it says so."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(),
            args=ARGUMENTS[:-1] if is_driven else ARGUMENTS,
            ignore_default_args=["--disable-back-forward-cache"] if keeps_pages else None,
        )
        try:
            yield browser
        finally:
            await browser.close()


class Shopper:
    """One visitor with one tab. The pages keep the list of what they captured; the frames are what left them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[tuple[str, bytes]] = []
        self.session_ids: set[bytes] = set()
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def goto(self, url: str) -> None:
        await self._read_frames()
        await self.page.goto(url)

    async def click(self, selector: str) -> None:
        """Clicks a link or a button of the shop and waits for the page that follows."""
        await self._read_frames()
        async with self.page.expect_navigation():
            await self.page.click(selector)

    async def listed(self) -> set[Key]:
        """Every event that any page of this tab has captured."""
        await self._read_frames()
        entries = json.loads(await self.page.evaluate(f"sessionStorage.getItem({LIST!r}) || '[]'"))
        keys = [(bytes.fromhex(stream), int(seq)) for stream, seq, _ in entries]
        assert len(keys) == len(set(keys)), "the pages numbered two events alike"
        return set(keys)

    async def session_id(self) -> bytes:
        """The one session that these pages spoke for."""
        await self._read_frames()
        assert len(self.session_ids) == 1, self.session_ids
        return next(iter(self.session_ids))

    async def _read_frames(self) -> None:
        for how, text in await self.page.evaluate("window.__sent ? window.__sent.splice(0) : []"):
            data = base64.b64decode(text)
            self.frames.append((how, data))
            frame = msgpack.unpackb(data)
            for part in frame if isinstance(frame[0], list) else [frame]:
                if part[0] == 1:
                    self.session_ids.add(part[3])

    async def offer(self, seconds: float = 20.0) -> Locator:
        """The layer on the page, once it is drawn."""
        layer = self.page.locator("fifthclick-layer section")
        await layer.wait_for(timeout=seconds * 1000)
        return layer

    async def has_no_offer(self) -> bool:
        return await self.page.locator("fifthclick-layer").count() == 0

    async def rest(self, event: str, count: int = 1) -> None:
        """Stays on the page until it has captured that many events of this name."""
        tag = TAG_BY_TYPE[TYPE_BY_NAME[event]]
        await self.page.wait_for_function(
            "([tag, count]) => window.__captured(tag) >= count", arg=[tag, count], timeout=60_000
        )


@asynccontextmanager
async def shopper(browser: Browser, *, width: int = 1280, height: int = 800) -> AsyncIterator[Shopper]:
    """A new visitor: no cookies, no storage."""
    context: BrowserContext = await browser.new_context(viewport={"width": width, "height": height})
    try:
        await context.add_init_script(_LISTEN)
        yield Shopper(await context.new_page())
    finally:
        await context.close()


async def slow_down(page: Page, *, cpu: float, delay_ms: float) -> CDPSession:
    """A slower machine on a slower network, as Chromium's own tools emulate them."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    await session.send("Network.enable")
    conditions = {"offline": False, "latency": delay_ms, "downloadThroughput": -1, "uploadThroughput": -1}
    await session.send("Network.emulateNetworkConditions", conditions)
    return session
