"""A shop whose pages forbid next to everything, and all the ways in which a browser tells that something was tried all the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from playwright.async_api import Page

from server.embedded.system import free_port
from tests.tracker.shop import FILLER, Shop

NONCE = "R4nd0m"
_POLICY = (
    "default-src 'none'; script-src 'nonce-R4nd0m' 'strict-dynamic'; style-src 'none'; img-src 'self';"
    " connect-src {origin} {socket}; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script';"
    " trusted-types 'none'; report-uri {origin}/violations"
)
_LISTEN = """
window.violations = []
addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI), true)
new ReportingObserver((all) => all.forEach(({ body }) => violations.push('report: ' + body.effectiveDirective)),
  { types: ['csp-violation'], buffered: true }).observe()
// Room for an offer: a style in the markup is forbidden here, as it is in such shops.
const sheet = new CSSStyleSheet()
sheet.replaceSync('[data-fc-slot] { min-height: 640px }')
document.adoptedStyleSheets = [sheet]
"""
_PICTURE = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 84 84'><circle cx='42' cy='42' r='20' fill='#5b7553'/></svg>"
)


def script(text: str) -> str:
    """A script that the page's policy lets run."""
    return f"<script nonce={NONCE}>{text}</script>"


class StrictShop(Shop):
    """`reports`: what browsers have posted of violations, by whichever document, of the policy and of its report-only twin."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.reports: list[str] = []
        policy = _POLICY.format(origin=self.url, socket=self.url.replace("http", "ws"))
        self._headers = {"Content-Security-Policy": policy, "Content-Security-Policy-Report-Only": policy}
        self.routes = [web.post("/violations", self._reported), web.get("/i/{name}", self._picture)]
        self.put("/", "/other")

    def put(self, *paths: str, head: str = "", tag: str = "") -> None:
        """Serve pages with the tag; `head` comes before it, `tag` are more of its attributes."""
        ours = self.tag.replace("<script", f"<script nonce={NONCE} {tag}")
        body = (
            f"<main><h1>Dripper</h1>{FILLER}<div data-fc-slot=beside-price></div></main>{script(_LISTEN)}{head}{ours}"
        )
        self.pages |= dict.fromkeys(paths, (body, self._headers))

    async def _reported(self, request: web.Request) -> web.Response:
        self.reports.append(await request.text())
        return web.Response(status=204)

    async def _picture(self, request: web.Request) -> web.Response:
        return web.Response(text=_PICTURE, content_type="image/svg+xml")


@asynccontextmanager
async def strict_shop() -> AsyncIterator[StrictShop]:
    """The shop, running."""
    shop = StrictShop(free_port())
    await shop.start()
    try:
        yield shop
    finally:
        await shop.stop()


async def violations(page: Page, shop: StrictShop) -> list[str]:
    """All that was tried against the policy, as the page and as the server heard of it."""
    found: list[str] = await page.evaluate("violations")
    return found + shop.reports
