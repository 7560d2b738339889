"""`fifthclick demo`: the server, a demo shop beside it, and tables with something in them. One command, and Ctrl-C ends it."""

import argparse
import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from core.errors import ConfigError
from server.embedded.system import is_free
from server.logs import configure_logs
from server.settings import Settings, load_settings
from server.store.pool import connect
from server.store.publish import StoredSite
from server.verbs import _demo_children as children
from server.verbs import _demo_site
from server.verbs.serve import loop_factory, prepare_process

if TYPE_CHECKING:
    from server.app import RunningApp

SIMULATED_SHOPPERS = 2000
SIMULATED_DAYS = 14
_STORED_WITHIN_S = 60.0
_POLLS_UNCHANGED = 3
_SETTLES_MOST = 4

_COUNT_SIMULATED = "SELECT count(*) FROM raw.session_touches WHERE site_id = $1 AND traffic = 'simulated'"
_COUNT_UNSETTLED = f"{_COUNT_SIMULATED} AND settled_at IS NULL"
_COUNT_EVENTS = "SELECT count(*) FROM raw.events"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="port of the server (default: 8700)")
    parser.add_argument(
        "--shop-port", type=int, default=_demo_site.DEFAULT_PORT, help="port of the shop (default: %(default)s)"
    )
    parser.add_argument("--data-dir", metavar="FOLDER", help="where everything is kept (default: .fifthclick)")
    parser.add_argument("--no-simulate", action="store_true", help="leave the tables empty: play no simulated shoppers")


def run(args: argparse.Namespace) -> int:
    settings = load_settings(port=args.port, data_dir=args.data_dir)
    if not 1 <= args.shop_port <= 65_535:
        raise ConfigError(f"--shop-port {args.shop_port} is no port. Next: choose one of 1 to 65535.")
    for port, flag in ((settings.port, "--port"), (args.shop_port, "--shop-port")):
        if not is_free(port):
            raise ConfigError(
                f"port {port} is taken. Next: end the program that holds it, or choose another with {flag}."
            )
    configure_logs("error" if settings.log_level == "info" else settings.log_level)
    prepare_process()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_demo(settings, args.shop_port, is_simulating=not args.no_simulate))


async def _demo(settings: Settings, shop_port: int, *, is_simulating: bool) -> int:
    console = Console(highlight=False)
    async with AsyncExitStack() as stack:
        with console.status("Starting the server, its database and its log"):
            app, served = await stack.enter_async_context(_served(settings))
            site, simulated_count = await _prepared(app, settings, shop_port)
            shop = children.shop(
                port=shop_port,
                data_dir=settings.data_path / "shop",
                tag_host=app.base_url,
                site_key=site.key,
                analyst_dsn=app.analyst_dsn,
            )
            shop_url = await stack.enter_async_context(shop)
            await _with_codes(app, settings)
        _welcome(console, app, settings, shop_url)
        if is_simulating and simulated_count < SIMULATED_SHOPPERS // 2:
            stack.push_async_callback(_cancelled, asyncio.create_task(_fill(console, app, settings, simulated_count)))
        await asyncio.wait({served})
    console.print(f"Stopped. Everything is kept in {settings.data_dir}.")
    return 0


@asynccontextmanager
async def _served(settings: Settings) -> AsyncIterator[tuple["RunningApp", asyncio.Task[None]]]:
    """The started server and its task, which ends at Ctrl-C. Raises what the server raises when it cannot start."""
    from server import app  # after `prepare_process`: this imports torch

    ready: asyncio.Future[RunningApp] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    served = asyncio.create_task(app.run(settings, ready=ready.set_result, stop=stop))
    try:
        either: set[asyncio.Future[Any]] = {served, ready}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            yield ready.result(), served
    finally:
        stop.set()
        await served


async def _prepared(app: "RunningApp", settings: Settings, shop_port: int) -> tuple[StoredSite, int]:
    """The demo site, and how many simulated visits its tables hold already."""
    pool = await connect(app.database_url)
    try:
        site = await _demo_site.ensure_site(pool, settings, shop_port)
        return site, int(await pool.fetchval(_COUNT_SIMULATED, site.site_id))
    finally:
        await pool.close()


async def _with_codes(app: "RunningApp", settings: Settings) -> None:
    """The running shop's codes in the store."""
    pool = await connect(app.database_url)
    try:
        await _demo_site.ensure_codes(pool, settings.data_path / "shop" / "codes.txt")
    finally:
        await pool.close()


async def _fill(console: Console, app: "RunningApp", settings: Settings, played_count: int) -> None:
    """Play the simulated shoppers that are missing, as visits of past days, and settle them, so that no table is empty."""
    words = ("--shoppers", str(SIMULATED_SHOPPERS - played_count), "--days", str(SIMULATED_DAYS))
    status = await children.verb(
        "simulate", "--site", _demo_site.SITE_ID, *words, "--seed", str(played_count), data_dir=settings.data_path
    )
    if status != 0:
        console.print(
            "The simulated visits did not all arrive. The shop works; start the demo again to play the rest.\n"
        )
        return
    if await _settled(app, settings):
        console.print("The tables are filled. Simulated visits are flagged: traffic = 'live' leaves them out.\n")
    else:
        console.print("The simulated visits are stored. The server settles them by itself within minutes.\n")


async def _settled(app: "RunningApp", settings: Settings) -> bool:
    """Settle what was played. Again, where a busy machine stored more of it meanwhile."""
    pool = await connect(app.database_url, max_size=1)
    try:
        for _ in range(_SETTLES_MOST):
            await _until_stored(pool)
            if await children.verb("settle", data_dir=settings.data_path) != 0:
                return False
            if await pool.fetchval(_COUNT_UNSETTLED, _demo_site.SITE_ID) == 0:
                return True
        return False
    finally:
        await pool.close()


async def _until_stored(pool: Any) -> None:
    """An ack means: in the log. Wait until the writer has stored what was played, or for long enough: settle comes by again."""
    stored, unchanged = -1, 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STORED_WITHIN_S):
            while unchanged < _POLLS_UNCHANGED:
                visits = await pool.fetchval(_COUNT_SIMULATED, _demo_site.SITE_ID)
                before, stored = stored, await pool.fetchval(_COUNT_EVENTS)
                unchanged = unchanged + 1 if visits >= SIMULATED_SHOPPERS and stored == before else 0
                await asyncio.sleep(0.5)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _welcome(console: Console, app: "RunningApp", settings: Settings, shop_url: str) -> None:
    folder = f" --data-dir {settings.data_dir}" if settings.data_dir != Settings().data_dir else ""
    query = "select segment_at_click_5, count(*) from marts.sessions group by 1"
    lines = [
        ("Guide", f"{shop_url}/guide", "three walks of five clicks: start here"),
        ("Shop", f"{shop_url}/", "just the shop"),
        ("Server", f"{app.base_url}/readyz", f"and {app.base_url}/metrics"),
        ("Analyst", app.analyst_dsn, ""),
        ("", f"psql '{app.analyst_dsn}' -c '{query}'", ""),
        ("", f"fifthclick sql{folder} '{query}'", "needs no psql"),
    ]
    console.print("\nFifth Click is running.\n", style="bold")
    for name, what, note in lines:
        console.print(Text.assemble((f"  {name:<9}", "bold"), what, (f"   {note}", "dim")), soft_wrap=True)
    for problem in app.problems():
        console.print(Text(f"  Not ready: {problem}", "yellow"), soft_wrap=True)
    console.print("\nCtrl-C stops everything; what was stored stays.\n", style="dim")
