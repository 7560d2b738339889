"""The worked example in a real browser on the demo shop, under a fake clock: eight minutes in some seconds.

What a browser cannot give as the compressed runs do, and so is compared otherwise:
* the demo's form reports `add_to_cart` as it is sent, and its shipping page `begin_checkout` as it opens: the order of
  all e-commerce events is compared, not the page on which each came; the article reports its own list of products;
* between cart and shipping the demo has no page of 25 seconds: the cart is left later, with a dwell mark more;
* three reviews are one section to the tracker, named once as they come into view and again as they leave it;
* whoever reads reviews has scrolled there; its gallery is made of buttons; whether a visitor is new is the merchant's to say.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from core import events as ev
from tests.support.browser import Shopper

STEP_MS = 5_000
"""A shopper moves the pointer now and then: silence is reported after 15 s."""

SPEAKS_MS = 600
"""Enough for the other tabs to be asked and the page to be idle, and less than it waits for a file."""

_SEEN = """(selector) => new Promise((done) => {
  const element = document.querySelector(selector)
  element.scrollIntoView({ block: 'start', behavior: 'instant' })
  new IntersectionObserver(done).observe(element)
})"""

_KEEP_NAVIGATION = "window.__navigation = performance.navigation"
_GIVE_NAVIGATION = "performance.navigation = window.__navigation"
"""Playwright's clock takes the whole `performance` away, and with it how the page was come to."""


class Outline(NamedTuple):
    """What of a visit's events is the same however they came about. Pages: (type, topic, navigation); e-commerce: (event, price
    of the first product, currency); pauses: (silence, section)."""

    pages: list[tuple[str, str, str]]
    commerce: list[tuple[str, int | None, str | None]]
    pauses: list[tuple[int, str]]
    dwells: list[list[int]]
    sections: list[set[str]]
    begins: list[int]


def outline_of(documents: Sequence[Sequence[ev.Event]]) -> Outline:
    """Of the events of each page, in the order of the pages. `begins`: seconds from landing to each page view."""
    events = [event for document in documents for event in document]
    views = [e for e in events if isinstance(e, ev.PageView)]
    money = [e for e in events if isinstance(e, ev.COMMERCE_EVENTS)]
    return Outline(
        pages=[(e.page_type, e.topic, e.navigation) for e in views],
        commerce=[(ev.name_of(e), e.items[0].price_minor, e.currency) for e in money],
        pauses=[(e.waited_ms, e.section) for e in events if isinstance(e, ev.Idle)],
        dwells=[[e.active_ms for e in document if isinstance(e, ev.Dwell)] for document in documents],
        sections=[{e.name for e in document if isinstance(e, ev.SectionView)} for document in documents],
        begins=[round((e.at_ms - views[0].at_ms) / 1000) for e in views],
    )


class Walk:
    """The shopper, and the time since landing by the page's own clock."""

    def __init__(self, shopper: Shopper, shop_url: str) -> None:
        self._shopper = shopper
        self._page = shopper.page
        self._shop_url = shop_url
        self._landed_ms = 0

    async def go(self) -> None:
        """All of it, up to 30 seconds on the comparison page."""
        await self._page.add_init_script(_KEEP_NAVIGATION)
        await self._page.clock.install(time=time.time() - 900)
        await self._page.add_init_script(_GIVE_NAVIGATION)
        await self._page.goto(f"{self._shop_url}/c/headphones?arm=treatment", referer="https://www.google.com/")
        self._landed_ms = await self._now_ms()
        # The page waits a second of its own time for the file that knows where a visitor came from: here that file would lose
        # against a clock that leaps. So little of it passes before the tracker speaks.
        async with self._page.expect_websocket():
            await self._page.clock.run_for(SPEAKS_MS)
        await self._to(34)
        await self._page.evaluate("scrollTo(0, 0.6 * document.documentElement.scrollHeight - innerHeight)")
        await self._to(47.2)
        await self._shopper.click("a[href='/p/aurora-one']")
        for picture, at_s in enumerate((75, 110, 150), start=1):
            await self._to(at_s)
            await self._page.click(f".thumbs button:nth-child({picture % 3 + 1})")
        await self._to(212)
        await self._page.evaluate(_SEEN, "#reviews")
        await self._to(220)
        await self._page.evaluate(_SEEN, ".review")
        await self._to(297.2)
        await self._shopper.click(".buy button")
        await self._to(344.5)
        await self._shopper.click("a.checkout")
        await self._to(350)
        await self._to(401.2, moves=False)
        async with self._page.expect_navigation():
            await self._page.evaluate("history.go(-2)")
        await self._to(472.2)
        await self._shopper.click(".facts a[href='/blog/which-headphones']")
        await self._to(503.5)

    async def _to(self, at_s: float, *, moves: bool = True) -> None:
        """Let the page's time pass until then. The shopper's hand rests on the mouse, or lets go of it."""
        hand = 0
        while (left_ms := self._landed_ms + round(1000 * at_s) - await self._now_ms()) > 0:
            await self._page.clock.run_for(min(left_ms, STEP_MS))
            if moves:
                hand += 1
                await self._page.mouse.move(400 + hand % 7, 400)

    async def _now_ms(self) -> int:
        now_ms = await self._page.evaluate("Date.now()")
        return msgspec.convert(now_ms, int, strict=False)
