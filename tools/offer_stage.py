"""A shop's page in Chromium on which the built renderer draws what it is handed, with no server and no network behind it."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Route

STATIC = Path(__file__).parents[1] / "static"
SHOP = "https://shop.test"

_SHELVES = "".join(
    f"<li><img src='/i/{number}.svg' alt='' width=160 height=110><b>{name}</b><span>{price}</span></li>"
    for number, name, price in [(1, "Paper filters", "€5.90"), (2, "Kettle stand", "€49.00"), (3, "Coaster", "€12.50")]
)
BODY = f"""<header><b>Kaldi</b><nav aria-label=Shop><a href=/coffee>Coffee</a> <a href=/tools>Tools</a></nav></header>
<main><h1>Dripper 02</h1><p>Porcelain, for one to four cups. Made to be used every morning for the next twenty years.</p>
<div data-fc-slot=beside-price></div><p><button>Put into the cart</button></p><ul>{_SHELVES}</ul></main>"""
STYLE = """body{margin:0;font-family:system-ui,sans-serif;color:#22262b;background:#faf8f5;line-height:1.5}
header{display:flex;gap:32px;padding:16px 24px;background:#fff;border-bottom:1px solid #e6e1da}
header a{margin-inline-end:12px;color:inherit}
main{padding:24px;max-width:900px}ul:not([class]){list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:16px}
ul:not([class]) li{display:grid;width:160px}main>p button{padding:10px 18px;font:inherit}
[data-fc-slot]{min-height:var(--room,0);max-width:640px}"""
OURS = {"ar": "<meta name='fc:during' content='خلال آخر {time}'>"}
"""Our own sentences in other languages, said by the page."""
PICTURE = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 84 84'><rect width='84' height='84' fill='{0}'/>"
    "<circle cx='42' cy='42' r='20' fill='none' stroke='{1}' stroke-width='6'/></svg>"
)
_COLOURS = [("#e9efe6", "#5b7553"), ("#efe8df", "#8a6b4a"), ("#e4ecf2", "#4d6b82")]

_BEGIN = """async ([file, rare, names]) => {
  window.sent ??= []
  window.host ??= { emit: (...event) => sent.push(event), captured: () => performance.now(), handlers: [],
    currentType: () => window.pageType ?? 'product', visit: () => ['/_fc', 'pk_test', new Uint8Array(16)],
    setting: () => null, isOff: () => false, debug: () => {} }
  // The chunks call what t.js lends them by short names.
  names.forEach((name, i) => { host[String.fromCharCode(97 + i)] = host[name] })
  const renderer = await import('/_fc/' + file)
  // Here before a modal asks for it, so that it is drawn as soon as the others are.
  if (rare) await import('/_fc/' + rare)
  window.begun ??= renderer.start(host)
}"""
_DRAW = """async ([file, params, id, valid]) => {
  const renderer = await import('/_fc/' + file)
  renderer.hear([2, id, new Uint8Array(14), 1, 'sample', params, valid], host)
  await new Promise((seen) => { const frame = new MessageChannel(); frame.port1.onmessage = seen; frame.port2.postMessage(0) })
}"""


_FRAME = """() => new Promise((seen) => new IntersectionObserver((entries, observer) => {
  observer.disconnect()
  seen()
}).observe(document.documentElement))"""


def renderer_file(name: str = "r") -> str:
    """The name of the built renderer, with its hash, or of another chunk."""
    manifest = json.loads((STATIC / "manifest.json").read_text())
    return str(manifest["chunks"][name])


def lent_names() -> list[str]:
    """What t.js lends to the chunks, in the order of its short names."""
    build = (STATIC.parent / "tracker_js" / "scripts" / "build.mjs").read_text()
    found = re.search(r"const LENT = '([^']+)'", build)
    assert found, "scripts/build.mjs names what t.js lends in LENT"
    return found[1].split()


class Stage:
    """One page. `open` loads the shop, `draw` an offer on it; drawing again takes the one before down."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._count = 0

    async def open(
        self, *, lang: str = "en", direction: str = "ltr", room_px: int = 0, body: str = BODY, referrer: str = ""
    ) -> None:
        """`room_px`: what the slot keeps free. `referrer`: where the shopper came from."""
        self._count = 0
        html = (
            f"<!doctype html><html lang={lang} dir={direction} style='--room:{room_px}px'><meta charset=utf-8><title>Shop</title>"
            f"<meta name=viewport content='width=device-width'>{OURS.get(lang, '')}<style>{STYLE}</style><body>{body}"
        )

        async def answer(route: Route) -> None:
            path = route.request.url.removeprefix(SHOP).partition("?")[0]
            if path.startswith("/_fc/"):
                body = (STATIC / path.removeprefix("/_fc/")).read_bytes()
                await route.fulfill(body=body, content_type="text/javascript")
            elif path.startswith("/i/"):
                colours = _COLOURS[int(path[3:4]) % len(_COLOURS)]
                await route.fulfill(body=PICTURE.format(*colours), content_type="image/svg+xml")
            else:
                await route.fulfill(body=html, content_type="text/html")

        await self.page.unroute_all()
        await self.page.route("**/*", answer)
        await self.page.goto(SHOP, referer=referrer or f"{SHOP}/")

    async def begin(self, *, rare: bool = True) -> None:
        """Load the renderer, as a page does when it has come to rest, before any offer. Again changes nothing.

        `rare`: have the bundle of modals here too.
        """
        await self.page.evaluate(_BEGIN, [renderer_file(), renderer_file("rare") if rare else "", lent_names()])

    async def frame(self) -> None:
        """Wait for a frame, after which whatever came into view is told. The page's clock may be a test's."""
        await self.page.evaluate(_FRAME)

    async def draw(
        self, params: dict[str, Any], *, valid_ms: int = 5000, takes_down: bool = True, rare: bool = True
    ) -> None:
        """Hand the renderer this offer and wait for the frame after it. `takes_down`: the one before is withdrawn."""
        if self._count and takes_down:
            await self.page.evaluate(
                "async ([file, id]) => (await import('/_fc/' + file)).hear([3, id, 'next'], host)",
                [renderer_file(), f"{self._count:016x}"],
            )
        self._count += 1
        await self.begin(rare=rare)
        await self.page.evaluate(_DRAW, [renderer_file(), params, f"{self._count:016x}", valid_ms])
