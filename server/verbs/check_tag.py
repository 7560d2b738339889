"""`fifthclick check-tag URL`: look at a page as a browser would, and say in words what is wrong with its tag."""

import argparse
import asyncio

from core.errors import ConfigError, OurError
from core.rules_text import origin_of
from server.settings import Settings
from server.store.publish import StoredSite, load_sites, site_of
from server.store.running import connect_info
from server.verbs import _store
from server.verbs._page import Page
from server.verbs._tag_findings import Finding, findings_in
from server.verbs._tag_network import fetch_page, script_fault, socket_fault


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="a page of the shop, such as https://shop.example/")
    parser.add_argument("--site", metavar="SITE", help="the site whose tag it should be")
    _store.add_options(parser)


def run(args: argparse.Namespace) -> int:
    url = args.url if "://" in args.url else f"https://{args.url}"
    if not origin_of(url):
        raise ConfigError(f"{args.url!r} is not an address. Next: write it as https://your-shop/page.")
    return asyncio.run(_run(url, args.site, _store.settings_of(args)))


async def _run(url: str, site_id: str | None, settings: Settings) -> int:
    sites, wanted = await _known_sites(settings, site_id)
    findings = await check(url, sites, wanted)
    for finding in findings:
        print(f"{'✗' if finding.is_fault else '·'} {finding}")
    if any(finding.is_fault for finding in findings):
        return 1
    print(f"✓ {url}: the tag is there, its script loads and a WebSocket opens.")
    if sites is None:
        print("  (The site's own list was not at hand, so the key was checked by the server's answer alone.)")
    return 0


async def check(url: str, sites: list[StoredSite] | None, wanted: StoredSite | None = None) -> list[Finding]:
    """All that can be found out about the tag at `url`. `sites`: what the server knows, None where it cannot be asked."""
    page = await fetch_page(url)
    if isinstance(page, Finding):
        return [page]
    findings = findings_in(page, sites, wanted)
    return [*findings, *await _over_the_network(page, {finding.code for finding in findings})]


async def _over_the_network(page: Page, known: set[str]) -> list[Finding]:
    """The script and the socket; a socket that must be refused for a fault already named is not tried."""
    if not page.tags or "bad_address" in known:
        return []
    tag = page.tags[0]
    script = await script_fault(tag)
    if script is not None:
        return [script]
    if known & {"no_key", "secret_key", "wrong_key", "origin_not_allowed"}:
        return []
    socket = await socket_fault(tag, page)
    return [] if socket is None else [socket]


async def _known_sites(settings: Settings, site_id: str | None) -> tuple[list[StoredSite] | None, StoredSite | None]:
    """Every site of the server, and the one asked for. On a machine without a server only `--site` insists on one."""
    if not site_id:
        try:
            connect_info(settings)
        except OurError:
            return None, None
    async with _store.opened(settings) as store:
        return await load_sites(store.pool), await site_of(store.pool, site_id) if site_id else None
