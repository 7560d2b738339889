"""The demo shop as a site of ours: added once, its origins and the addresses in its rules on the port that it runs on."""

import re
from pathlib import Path

import asyncpg

import demo
from server.settings import Settings
from server.store.codes import fill_once, read_codes
from server.store.publish import StoredSite, add_site, history, load_sites, publish_rules, set_origins, site_of
from server.verbs import _store

NAME = "Demo"
SITE_ID = "demo"
RULES_FILE = Path(demo.__file__).parent / "rules.toml"
DEFAULT_PORT = 8701

POOL = "welcome"
"""The pool that the demo's rules name. The shop has made its codes."""

OUR_NOTE = "the demo's own rules"
_UNTOUCHING_NOTES = ("the site was added", "read by a newer version of the program")
"""What `server.store.publish` notes where it writes rules that nobody has chosen."""

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
    if await _are_ours(pool):
        rules = on_port(RULES_FILE.read_text(encoding="utf-8"), shop_port)
        done = await publish_rules(pool, site.site_id, rules, OUR_NOTE, our_base_url=settings.base_url)
        is_new = is_new or done.is_change
    if is_new:
        await _store.announce(settings, site.site_id)
    return await site_of(pool, site.site_id)


async def ensure_codes(pool: asyncpg.Pool, file: Path) -> None:
    """The codes that the shop honours, as a pool of the demo site."""
    await fill_once(pool, SITE_ID, POOL, read_codes(file.read_text(encoding="utf-8"), str(file)))


def on_port(rules: str, shop_port: int) -> str:
    """The rules with the shop's addresses on its real port."""
    return _SHOP_ADDRESS.sub(rf"\1:{shop_port}/", rules)


async def _are_ours(pool: asyncpg.Pool) -> bool:
    """Whether nobody has touched the live rules: the last word in their history is the demo's, or the site is new."""
    notes = [change.note for change in await history(pool, SITE_ID) if change.note not in _UNTOUCHING_NOTES]
    return not notes or notes[0] == OUR_NOTE


def _origins(shop_port: int) -> list[str]:
    return [f"http://{host}:{shop_port}" for host in ("127.0.0.1", "localhost")]
