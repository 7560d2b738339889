"""One visitor of the journeys: several tabs, every way from page to page, and a line that is cut meanwhile."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from playwright.async_api import Browser, BrowserContext, Error, Page

from tests.faults.journeys_record import NOTED_AS, NOTES, Note, notes_of
from tests.faults.journeys_shop import LISTED, PATHS
from tests.support.browser import Key
from tests.support.line import Line

MAX_TABS = 4
LAST_TRIES = 10
STEP_MS = 8000
"""A step that takes longer is given up: it is the visit that is judged, not its steps."""


class Visitor:
    """Tabs of one browser profile, and a diary of what was done, to explain what comes out."""

    def __init__(self, context: BrowserContext, shop_url: str, line: Line, chance: random.Random) -> None:
        self.context = context
        self.url = shop_url
        self.line = line
        self.chance = chance
        self.tabs: list[Page] = []
        self.page: Page
        self.diary: list[str] = []
        self.errors: list[str] = []
        self._began = time.monotonic()
        context.on("page", self._adopt)

    async def arrive(self) -> None:
        self.page = await self.context.new_page()
        await self._settled(self.page)
        await self.page.goto(self.url + self._path(), wait_until="domcontentloaded")

    async def step(self) -> None:
        """One thing that shoppers do, or that happens to them."""
        names, weights = zip(*WEIGHTS.items(), strict=True)
        name = self.chance.choices(names, weights)[0]
        self.diary.append(f"{time.monotonic() - self._began:.2f} {self.tabs.index(self.page)} {name}")
        try:
            async with asyncio.timeout(STEP_MS / 1000):
                await STEPS[name](self)
        except (Error, TimeoutError) as error:
            self.diary.append(f"  {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
        await asyncio.sleep(self.chance.choice((0, 0, 0.1, 0.3, 0.6)))

    async def end(self) -> None:
        """The line is whole again, and one last page is opened: what the ones before left behind, it sends."""
        self.line.weather = "fair"
        await self.context.set_offline(False)
        if self.chance.random() < 0.5:
            for tab in [tab for tab in self.tabs if tab is not self.page]:
                if await self._knows_elsewhere(tab):
                    await tab.close()
        self.diary.append(f"{time.monotonic() - self._began:.2f} the last page, tabs: {len(self.tabs)}")
        with suppress(Error):  # it may be on its way elsewhere
            await self.show(self.page)
        await self.last_page()

    async def last_page(self) -> None:
        """Opens one more page. A step that is still under way may end in its place: then once more."""
        for tries_left in reversed(range(LAST_TRIES)):
            try:
                await self.page.goto(self.url + "/", wait_until="domcontentloaded")
                return
            except Error:
                if not tries_left:
                    raise
                await asyncio.sleep(0.5)

    async def listed(self) -> set[Key]:
        """What the pages of all tabs have counted."""
        keys = set()
        for name, tags in await self.page.evaluate(LISTED):
            _, stream, seq = name.split(".")
            keys.add((bytes.fromhex(stream), int(seq)))
            if len(tags.split()) != 1:
                self.errors.append(f"two events have one number: {name}: {tags}")
        return keys

    async def noted(self) -> list[Note]:
        """What the pages of all tabs have noted of themselves."""
        return notes_of(await self.page.evaluate(NOTES))

    async def open_pages(self) -> set[str]:
        """The documents on the tabs that are open, as their notes call them."""
        return {await tab.evaluate(NOTED_AS) for tab in self.tabs}

    def pick(self) -> str:
        return self.chance.choice(PATHS)

    _path = pick

    def _adopt(self, page: Page) -> None:
        self.tabs.append(page)
        page.on("close", lambda closed: self.tabs.remove(closed))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def _settled(self, page: Page) -> None:
        # Playwright shows every tab as the one on screen: here only one is.
        session = await self.context.new_cdp_session(page)
        await session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})

    async def follow(self, kind: str, *, background: bool = False) -> None:
        """Click one of the page's links; a new tab comes to the front unless it is opened behind."""
        link = self.page.locator(f'a.{kind}[href="{self.pick()}"]')
        if kind == "same" and not background:
            await link.click(no_wait_after=True)
            return
        if len(self.tabs) >= MAX_TABS:
            return
        doing = partial(link.click, modifiers=["Control"]) if background else link.click
        await self._opened(doing, to_front=not background)

    async def duplicate(self) -> None:
        if len(self.tabs) < MAX_TABS:
            await self._opened(partial(self.page.evaluate, "void open(location.href)"), to_front=True)

    async def _opened(self, doing: Callable[[], Awaitable[object]], *, to_front: bool) -> None:
        await self.page.evaluate("behind => localStorage.setItem('behind', behind)", "no" if to_front else "yes")
        async with self.context.expect_page(timeout=STEP_MS) as opening:
            await doing()
        page = await opening.value
        await self._settled(page)
        await page.wait_for_load_state("domcontentloaded")
        await self.page.evaluate("localStorage.setItem('behind', 'no')")
        if to_front:
            await self.show(page)

    async def show(self, page: Page) -> None:
        """This tab comes to the front; the one that was there is hidden, as in a window of a few tabs."""
        before, self.page = self.page, page
        if before is not page and not before.is_closed():
            await before.evaluate("window.turn?.(true)")
        await page.bring_to_front()
        await page.evaluate("window.turn?.(false)")

    async def turn_to_another(self) -> None:
        await self.show(self.chance.choice(self.tabs))

    async def close(self) -> None:
        if await self._knows_elsewhere(self.page):
            closing = self.page
            await closing.close()
            await self.show(self.chance.choice(self.tabs))

    async def _knows_elsewhere(self, leaving: Page) -> bool:
        """Whether another tab has the visit too. It lives in its tabs: who closes the last one that knows of it, and goes on in
        one whose page never got the tracker, begins another visit, as the tracker's documentation says."""
        knows = "Object.keys(sessionStorage).some((key) => key.startsWith('_fc.'))"
        for tab in [tab for tab in self.tabs if tab is not leaving]:
            with suppress(Error):  # an empty page has no storage
                if await tab.evaluate(knows):
                    return True
        return False

    async def track(self) -> None:
        names = [f"thing_{self.chance.randrange(9)}" for _ in range(self.chance.randint(1, 12))]
        await self.page.evaluate("names => names.forEach((name) => fifthclick('track', name))", names)

    async def weather(self, weather: str, seconds: float) -> None:
        """Bad weather for a while, which ends in a cut; the visit goes on under it."""
        self.line.weather = weather  # type: ignore[assignment]
        if weather == "down":
            self.line.cut()

        def clear() -> None:
            self.line.weather = "fair"
            self.line.cut()

        asyncio.get_running_loop().call_later(seconds, clear)

    async def offline(self) -> None:
        await self.context.set_offline(True)
        with suppress(Error):
            await self.track()
        await asyncio.sleep(self.chance.choice((0.2, 1.0)))
        await self.context.set_offline(False)


Step = Callable[[Visitor], Awaitable[object]]


def _now(doing: Callable[[Visitor], object]) -> Step:
    async def step(visitor: Visitor) -> None:
        doing(visitor)

    return step


STEPS: dict[str, Step] = {
    "link": lambda v: v.follow("same"),
    "link_in_a_new_tab": lambda v: v.follow("noopener"),
    "link_in_a_copied_tab": lambda v: v.follow("opener"),
    "link_behind": lambda v: v.follow("same", background=True),
    "duplicate": lambda v: v.duplicate(),
    "address": lambda v: v.page.goto(v.url + v.pick(), wait_until="commit"),
    "reload": lambda v: v.page.reload(wait_until="commit"),
    "back": lambda v: v.page.evaluate("history.back()"),
    "forward": lambda v: v.page.evaluate("history.forward()"),
    "route": lambda v: v.page.evaluate("path => history.pushState({}, '', path)", v.pick()),
    "scroll": lambda v: v.page.evaluate("y => scrollTo(0, y * document.body.scrollHeight)", v.chance.random()),
    "track": lambda v: v.track(),
    "other_tab": lambda v: v.turn_to_another(),
    "close_tab": lambda v: v.close(),
    "cut": _now(lambda v: v.line.cut()),
    "restart": _now(lambda v: v.line.close_sockets(1012)),
    "full": _now(lambda v: v.line.close_sockets(1013)),
    "down": lambda v: v.weather("down", v.chance.choice((0.3, 2.0))),
    "deaf": lambda v: v.weather("deaf", v.chance.choice((0.3, 2.0))),
    "offline": lambda v: v.offline(),
}
WEIGHTS = dict.fromkeys(STEPS, 2) | {"link": 6, "track": 6, "back": 4, "scroll": 3, "cut": 4, "full": 1, "offline": 1}


async def visitor(browser: Browser, shop_url: str, line: Line, chance: random.Random) -> Visitor:
    """A new visitor: no storage, one tab that shows the shop."""
    context = await browser.new_context()
    await context.add_cookies([{"name": "line", "value": str(line.port), "url": shop_url}])
    visitor = Visitor(context, shop_url, line, chance)
    await visitor.arrive()
    return visitor
