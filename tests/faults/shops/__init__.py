"""`python -m tests.faults shops`: the tracker, unchanged, in shops that others wrote.

Each shop is installed and started as its makers say, nothing of it is changed, and a proxy puts the tag into its pages. A
visit is walked twice, without the tag and with it. What the tracker recognised is read from Postgres and set beside what was
done; an offer must come by the rules, lie over the shop and go; and the shop must be what it was without the tag.

To add a shop: a file here with `TITLE`, `ATTRIBUTES`, `prepare`, `running` and `walk`, as oscar.py, and its name in `SHOPS`.
"""

import asyncio
import importlib
import json
import sys
import tempfile
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg

from bench.processes import free_port
from bench.sockets import until_known
from server.store.publish import add_site, publish_rules
from tests.faults.shops.proxy import Proxy
from tests.faults.shops.setup import CannotSetUp
from tests.faults.shops.table import compare, shown, told_by
from tests.faults.shops.visit import Visit, visiting
from tests.support.browser import chromium
from tests.support.stack import Stack

SHOPS = ("oscar", "evershop")
MOST_SHIFT = 0.02
"""Two visits without the tag differ by this much where the machine is busy; a fifth of what counts as good. Ours must be 0."""

RULES = """
[pacing]
after_page_views = 3
quiet_ms = 5000
shows_per_session = 1
valid_ms = 60000
[arms]
holdout_share = 0.0
new_action_share = 0.0
no_holdout_because = "a test"
[choosing]
by = "order"
[[actions]]
id = "help"
segments = ["likely_to_buy", "on_the_fence", "unlikely_to_buy"]
[actions.action]
type = "content"
title = "Not sure which?"
text = "What others asked before they bought."
button = "Read it"
decline = "No, thanks"
url = "{url}/faq/"
"""

ROWS = """
SELECT event_type, page_type, path, item_id, value_minor, currency, detail, action_id FROM raw.events
WHERE site_id = $1 ORDER BY occurred_at, stream_id, seq
"""


def run(options: Namespace) -> dict[str, Any]:
    """Every shop, one after the other, on one server."""
    wanted = getattr(options, "shops", None) or SHOPS
    figures: dict[str, Any] = {}
    with ExitStack() as end:
        folder = Path(end.enter_context(tempfile.TemporaryDirectory(prefix="fifthclick-test-", dir="/var/tmp")))
        folder.chmod(0o755)
        stack = Stack(folder / "data", free_port(), free_port())
        stack.start(verb="serve")
        end.callback(lambda: stack.stop() if stack.process is not None and stack.process.poll() is None else None)
        for name in wanted:
            try:
                figures[name] = _shop(name, stack, folder / name)
            except CannotSetUp as error:
                print(f"shops: {name}: {error}", file=sys.stderr)
                figures[name] = {"passed": False, "cannot_set_up": str(error)}
    return {"passed": all(one["passed"] for one in figures.values()), **figures}


def _shop(name: str, stack: Stack, site: Path) -> dict[str, Any]:
    shop = importlib.import_module(f"tests.faults.shops.{name}")
    site.mkdir()
    proxy_port, port = free_port(), free_port()
    print(f"shops: {name}: installing and starting {shop.TITLE}", file=sys.stderr)
    with shop.running(site, port, f"http://127.0.0.1:{proxy_port}") as upstream:
        return asyncio.run(_compared(name, shop, stack, Proxy(proxy_port, upstream, shop.ATTRIBUTES)))


async def _compared(name: str, shop: Any, stack: Stack, proxy: Proxy) -> dict[str, Any]:
    await proxy.start()
    try:
        async with asyncpg.create_pool(stack.info.database_url, min_size=1, max_size=1) as pool:
            site = await add_site(pool, name=name, origins=[proxy.url])
            await publish_rules(pool, site.site_id, RULES.format(url=proxy.url), "for a test")
        await until_known(stack.base_url, site.key)
        visits = []
        async with chromium(keeps_pages=True) as browser:
            for is_tagged in (False, True):
                print(f"shops: {name}: a visit {'with' if is_tagged else 'without'} the tag", file=sys.stderr)
                host = f"{stack.base_url}/_fc"
                proxy.tag = f'<script async src="{host}/t.js" data-site="{site.key}"></script>' if is_tagged else ""
                async with visiting(browser, proxy.url, is_tagged=is_tagged) as visit:
                    await shop.walk(visit)
                    visit.shifted = await visit.shift()
                    visits.append(visit)
                    listed = await visit.shopper.listed() if is_tagged else set()
        rows = await stack.until_rows(len(listed), ROWS, site.site_id)
    finally:
        await proxy.stop()
    return _figures(shop, visits[0], visits[1], rows)


def _figures(shop: Any, plain: Visit, tagged: Visit, rows: list[dict[str, Any]]) -> dict[str, Any]:
    table = compare(tagged.performed, told_by(rows))
    print(f"\n{shop.TITLE}\n\n{shown(table)}\n", file=sys.stderr)
    differing = {name for name in plain.noted if plain.noted[name] != tagged.noted[name]}
    broken: dict[str, dict[str, Any]] = {
        "errors": dict(tagged.errors - plain.errors),
        "requests beside the shop's own": dict(tagged.requests - plain.requests),
        "requests that are missing": dict(plain.requests - tagged.requests),
        "pages": {before: after for before, after in zip(plain.pages, tagged.pages, strict=True) if before != after},
        "noted": {name: [plain.noted[name], tagged.noted[name]] for name in differing},
    }
    is_whole = not any(broken.values())
    shift = {"without": round(plain.shifted[0], 4), "with": round(tagged.shifted[0], 4), "ours": tagged.shifted[1]}
    is_calm = shift["with"] <= shift["without"] + MOST_SHIFT and not shift["ours"]
    missed = sum(row["missed"] + row["wrong"] for row in table)
    exposed = sum(row["event_type"] == "action_shown" for row in rows)
    figures = {
        "passed": is_whole and is_calm and not missed and bool(tagged.offer) and exposed == 1,
        "attributes": list(shop.ATTRIBUTES.values()),
        "table": table,
        "offer": tagged.offer,
        "broken": broken,
        "layout_shift": shift,
        "rows": [json.loads(json.dumps(dict(row), default=str)) for row in rows],
    }
    print(json.dumps({k: figures[k] for k in ("offer", "broken", "layout_shift")}, indent=1), file=sys.stderr)
    return figures
