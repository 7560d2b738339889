"""The shop of the journeys: small pages with every kind of link, and a script that counts what the tracker captured."""

from aiohttp import web

from tests.faults.journeys_record import RECORD

PATHS = ("/", "/c/lamps", "/p/1", "/p/2", "/p/3", "/blog/light", "/faq", "/cart")

COUNT = """
(() => {
  // What the tracker says that it captured, one entry of localStorage each: no page and no tab can overwrite another's.
  const log = console.log;
  console.log = (...words) => {
    if (words[0] !== 'fifthclick' || !(words[1] instanceof Uint8Array)) return log.apply(console, words);
    const key = 'test.' + [...words[1]].map((b) => b.toString(16).padStart(2, '0')).join('') + '.' + words[2][1];
    localStorage.setItem(key, (localStorage.getItem(key) ?? '') + words[2][0] + ' ');
  };
  const stub = (window.fifthclick = function () { stub.q.push(arguments); });
  stub.q = [['debug']];
  // A headless browser shows every tab. Here one tab is on screen, and those behind it are told that they are not.
  let hidden = localStorage.getItem('behind') === 'yes';
  Object.defineProperty(document, 'hidden', { get: () => hidden });
  window.turn = (to) => { if (to !== hidden) { hidden = to; document.dispatchEvent(new Event('visibilitychange')); } };
  // A page that goes is hidden first, whatever we say of it, and comes back as it was.
  let before = hidden;
  addEventListener('pagehide', () => { before = hidden; hidden = true; }, true);
  addEventListener('pageshow', ({ persisted }) => { if (persisted) hidden = before; }, true);
})();
"""

LISTED = "() => Object.entries(localStorage).filter(([key]) => key.startsWith('test.'))"

_TALL = "<p>" + "Good light for good evenings. " * 60 + "</p>"


class JourneyShop:
    """Each page's tag leads through the line whose port the visitor's cookie names."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.site_key = ""
        self._port = port
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._page)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _page(self, request: web.Request) -> web.Response:
        if request.path not in PATHS:
            return web.Response(status=204)
        host = f"http://127.0.0.1:{request.cookies.get('line', '1')}/_fc"
        links = "".join(
            f'<li><a class=same href="{path}">here</a> <a class=opener target=_blank rel=opener href="{path}">copy</a> '
            f'<a class=noopener target=_blank rel=noopener href="{path}">apart</a>'
            for path in PATHS
        )
        tag = f'<script async src="{host}/t.js" data-site="{self.site_key}" data-host="{host}"></script>'
        head = f"<!doctype html><html lang=en><title>Shop</title><script>{COUNT}{RECORD}</script>"
        html = f"{head}<body><ul>{links}</ul>{_TALL * 8}{tag}"
        return web.Response(text=html, content_type="text/html")
