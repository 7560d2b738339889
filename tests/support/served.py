"""The server and the demo shop as two processes, so that one can be killed while the other goes on selling."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg

from bench.processes import free_port, running, wait_until_open
from bench.sockets import until_known
from server.store.publish import add_site, publish_rules
from tests.support.stack import Stack

RULES = Path(__file__).parents[2] / "demo" / "rules.toml"


class ServedShop(NamedTuple):
    """A running server with one site, and the shop that has its tag."""

    stack: Stack
    shop_url: str
    site_key: str


@contextmanager
def served_site(shop_port: int, rules: str | None = None, *, is_demo: bool = True) -> Iterator[tuple[Stack, str, str]]:
    """A server in an empty folder on a free port, with one site for a shop on `shop_port`: the shop's address and its key."""
    with ExitStack() as end:
        folder = Path(end.enter_context(tempfile.TemporaryDirectory(prefix="fifthclick-test-", dir="/var/tmp")))
        folder.chmod(0o755)
        stack = Stack(folder / "data", free_port(), shop_port)
        stack.start(verb="serve")
        end.callback(lambda: stack.stop() if stack.process is not None and stack.process.poll() is None else None)
        text = (rules or RULES.read_text()).replace("http://127.0.0.1:8701", stack.shop_url)
        yield stack, stack.shop_url, asyncio.run(_site(stack, text, is_demo=is_demo))


@contextmanager
def served_shop(rules: str | None = None, *, is_demo: bool = True) -> Iterator[ServedShop]:
    """A server in an empty folder and a demo shop with its tag, both on free ports. `rules`: TOML, else the demo's."""
    with served_site(free_port(), rules, is_demo=is_demo) as (stack, shop_url, site_key):
        folder = stack.data.parent
        words = ("--port", str(stack.shop_port), "--tag-host", stack.base_url, "--site-key", site_key)
        with running("-m", "demo", *words, "--data-dir", str(folder / "shop"), log=folder / "shop.log") as shop:
            wait_until_open(stack.shop_port, shop)
            yield ServedShop(stack, shop_url, site_key)


async def _site(stack: Stack, rules: str, *, is_demo: bool) -> str:
    """Adds the site with these rules, and waits until the running server knows it."""
    async with asyncpg.create_pool(stack.info.database_url, min_size=1, max_size=1) as pool:
        site = await add_site(pool, name="demo", origins=[stack.shop_url], is_demo=is_demo)
        await publish_rules(pool, site.site_id, rules, "for a test")
        await until_known(stack.base_url, site.key)
        return site.key
