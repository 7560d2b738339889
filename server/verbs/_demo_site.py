"""The demo shop as a site of ours: added once, its origins and the addresses in its rules on the port that it runs on."""

import re
from pathlib import Path

import asyncpg

import demo
from server.settings import Settings
from server.store.publish import StoredSite, add_site, load_sites, publish_rules, set_origins, site_of
from server.verbs import _store

NAME = "Demo"
SITE_ID = "demo"
RULES_FILE = Path(demo.__file__).parent / "rules.toml"
DEFAULT_PORT = 8701

_SHOP_ADDRESS = re.compile(r"(http://(?:127\.0\.0\.1|localhost)):\d+/")


async def ensure_site(pool: asyncpg.Pool, settings: Settings, shop_port: int) -> StoredSite:
    """The demo site, ready for a shop on `shop_port`. Rules that somebody has edited stay as they are."""
    known = {site.site_id: site for site in await load_sites(pool)}
    site = known.get(SITE_ID)
    is_new = site is None
    if site is None:
        site = await add_site(pool, name=NAME, origins=_origins(shop_port), is_demo=True)
    for origin in _origins(shop_port):
        if origin not in site.origins:
            site = await set_origins(pool, site.site_id, add=origin)
            is_new = True
    packaged = RULES_FILE.read_text(encoding="utf-8")
    if _is_ours(site.toml, packaged):
        rules = on_port(packaged, shop_port)
        done = await publish_rules(pool, site.site_id, rules, "the demo's own rules", our_base_url=settings.base_url)
        is_new = is_new or done.is_change
    if is_new:
        await _store.announce(settings, site.site_id)
    return await site_of(pool, site.site_id)


def on_port(rules: str, shop_port: int) -> str:
    """The rules with the shop's addresses on its real port."""
    return _SHOP_ADDRESS.sub(rf"\1:{shop_port}/", rules)


def _is_ours(live: str, packaged: str) -> bool:
    """Whether nobody has edited the rules: they are the demo's, on whatever port, or those that any new site has."""
    return "[[actions]]\nid" not in live or on_port(live, DEFAULT_PORT) == packaged


def _origins(shop_port: int) -> list[str]:
    return [f"http://{host}:{shop_port}" for host in ("127.0.0.1", "localhost")]
