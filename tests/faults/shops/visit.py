"""One walk through a shop in a real browser: what is done is written down as it is done, and that is the truth of the table.

The same walk is made twice, in the shop as it is and in the shop with the tag, so that all that differs is the tag's doing.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Request, Route

from tests.support.browser import Shopper, shopper

Told = tuple[str, str]
"""(event, page type); the page type of a page_view, else empty."""

SHOWN_BY = {"product": ["view_item"], "listing": ["view_item_list"], "cart": ["view_cart"]}
SHOWN_BY |= {"search": ["search", "view_item_list"]}
"""GA4's events that the sight of such a page is."""

_SHIFTS = """
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput) {
      const add = (name, more) => sessionStorage.setItem(name, Number(sessionStorage.getItem(name) ?? 0) + more);
      const isOurs = ({ node }) => node && (node.getRootNode() !== document || node.localName === 'fifthclick-layer');
      add('test.cls', entry.value);
      if (entry.sources.some(isOurs)) add('test.cls.ours', entry.value);
    }
}).observe({ type: 'layout-shift', buffered: true });
"""
_NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{3,}")


class Visit:
    """`performed`: what a shopper did. `noted`: what the shop showed in return, such as the total of an order."""

    def __init__(self, visitor: Shopper, url: str, *, is_tagged: bool) -> None:
        self.shopper, self.page, self.url, self.is_tagged = visitor, visitor.page, url, is_tagged
        self.performed: Counter[Told] = Counter()
        self.pages: list[str] = []
        self.noted: dict[str, str] = {}
        self.requests: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.offer: dict[str, Any] = {}
        self.shifted = (0.0, 0.0)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.update([f"thrown: {error}"]))
        self.page.on("request", self._count)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors[_NAMES.sub("*", message.text)] += 1

    def _count(self, request: Request) -> None:
        address = urlsplit(request.url)
        if request.url.startswith(self.url) and request.resource_type in ("document", "xhr", "fetch"):
            self.requests[f"{request.method} {_NAMES.sub('*', address.path)}"] += 1

    async def land(self, path: str, page_type: str) -> None:
        """Opens an address, as a bookmark or an advertisement does."""
        await self._keep()
        await self.page.goto(f"{self.url}{path}")
        await self._arrived(page_type)

    async def follow(self, selector: str, page_type: str, *events: str, nth: int = 0) -> None:
        """Presses what leads to another page. `events`: what the press is beside a click."""
        await self._keep()
        target = self.page.locator(selector).nth(nth)
        await target.wait_for()
        self.did("click", *events)
        async with self.page.expect_navigation(wait_until="load"):
            await target.click()
        await self._arrived(page_type)

    async def press(self, selector: str, *events: str, then: str, nth: int = 0) -> None:
        """Presses what changes this page; `then` is the selector of what must be there afterwards."""
        await self.page.locator(selector).nth(nth).click()
        self.did("click", *events)
        await self.page.locator(then).first.wait_for()

    async def enter(self, selector: str, text: str) -> None:
        """Types into a field and leaves it."""
        field = self.page.locator(selector).first
        await field.fill(text)
        await field.blur()
        self.did("field_left")

    async def travel(self, steps: int, page_type: str) -> None:
        """Back or forward. What comes from the back/forward cache is there at once and loads nothing."""
        await self._keep()
        await (self.page.go_back if steps < 0 else self.page.go_forward)(wait_until="commit")
        await self._arrived(page_type)

    async def see(self, selector: str, name: str) -> None:
        """Scrolls to a part of the page that the merchant marked with `data-fc-view`, and looks at it."""
        await self.page.locator(selector).first.scroll_into_view_if_needed()
        self.did("section_view")
        if self.is_tagged:
            await self.shopper.rest("section_view")

    async def note(self, name: str, selector: str) -> None:
        """Keeps what the shop says there, but for numbers of orders."""
        text = await self.page.locator(selector).first.inner_text()
        self.noted[name] = _NAMES.sub("*", " ".join(text.split()))

    async def take_offer(self) -> None:
        """Waits for the offer, sees that it lies over the shop, and closes it. Nothing in the shop without the tag."""
        if not self.is_tagged:
            return
        layer = await self.shopper.offer(60)
        box = await layer.bounding_box()
        self.offer = {"path": urlsplit(self.page.url).path, "box": box, "text": await layer.inner_text()}
        await layer.get_by_role("button").last.click()
        await layer.wait_for(state="detached")
        self.offer["is_closed"] = True

    async def _keep(self) -> None:
        """What this page has sent so far: the next one starts a list of its own."""
        if self.is_tagged and self.pages:
            await self.shopper.listed()

    def did(self, *events: str) -> None:
        self.performed.update((event, "") for event in events)

    async def shift(self) -> tuple[float, float]:
        """How far the pages moved in all, and where something of ours was among what moved."""
        names = ("test.cls", "test.cls.ours")
        whole, ours = [float(await self.page.evaluate(f"sessionStorage.getItem('{name}') ?? 0")) for name in names]
        return whole, ours

    async def _arrived(self, page_type: str) -> None:
        self.performed["page_view", page_type] += 1
        self.did(*SHOWN_BY.get(page_type, []))
        self.pages.append(urlsplit(self.page.url).path)
        await self.page.wait_for_function("document.readyState === 'complete'")
        if self.is_tagged:
            await self.shopper.rest("dwell")


@asynccontextmanager
async def visiting(browser: Browser, url: str, *, is_tagged: bool) -> AsyncIterator[Visit]:
    """A new visitor of the shop. Nothing outside of this machine is asked for anything."""
    async with shopper(browser) as visitor:
        await visitor.page.context.add_init_script(_SHIFTS)
        await visitor.page.context.route(lambda address: "//127.0.0.1:" not in address, _refuse)
        visitor.page.set_default_timeout(30_000)
        yield Visit(visitor, url, is_tagged=is_tagged)


async def _refuse(route: Route) -> None:
    await route.abort()
