"""What `simulate` and `replay-sessions` share: which server and site to play to, a progress bar, and the summary."""

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable

from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from core.errors import ConfigError, OurError
from model.simulator.client import Played, Player, Target
from model.simulator.crowd import play_all
from server.settings import Settings, load_settings
from server.store.pool import connect, migrated
from server.store.publish import load_sites
from server.store.running import connect_info

MOST_AT_ONCE = 96
STREAM_PATH = "/_fc/v1/stream"


class Summary(Struct):
    """What was played. `offers` counts (kind of shopper, action)."""

    sessions: int = 0
    events: int = 0
    acked: int = 0
    connections: int = 0
    buyers: int = 0
    offers: Counter[tuple[str, str]] = Counter()
    failures: Counter[str] = Counter()


def add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--site", "--site-key", dest="site", metavar="SITE", help="the site, by id or pk_ key (default: the only one)"
    )
    parser.add_argument("--url", help="the server, as ws://HOST:PORT (default: the one that runs in the data folder)")
    parser.add_argument("--data-dir", metavar="FOLDER", help="the server's data folder (default: .fifthclick)")
    parser.add_argument(
        "--rate", type=float, default=0.0, help="visits that begin each second (default: as fast as it goes)"
    )


async def target_of(args: argparse.Namespace, traffic: str) -> Target:
    """Where to play. With a URL and a key nothing else is asked; else the running server and its database know.

    Raises:
        OurError: no server runs here, or the site is not one of its sites.
    """
    settings = load_settings(data_dir=args.data_dir)
    base = args.url or connect_info(settings).base_url or settings.base_url
    key = args.site if (args.site or "").startswith("pk_") else await _site_key(settings, args.site)
    return Target(_stream_url(base), key, traffic)


def play_with_progress(
    make: Callable[[int], Player],
    count: int,
    *,
    rate: float,
    title: str,
    on_played: Callable[[Played], None],
    console: Console,
) -> None:
    """Plays `count` visits under a progress bar."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=count)

        def done(played: Played) -> None:
            on_played(played)
            progress.advance(task)

        asyncio.run(play_all(make, count, rate=rate, most_at_once=MOST_AT_ONCE, on_played=done))


def add_up(summary: Summary, played: Played, *, kind: str, has_bought: bool) -> None:
    summary.sessions += 1
    summary.events += played.event_count
    summary.acked += played.acked_count
    summary.connections += played.connection_count
    summary.buyers += has_bought
    summary.offers.update((kind, action) for action in played.offers)
    if played.failure:
        summary.failures[played.failure] += 1


def report(summary: Summary, console: Console) -> int:
    """Print what was played. Status 1 where an event was not acked."""
    console.print(
        f"{summary.sessions:,} visits, {summary.events:,} events over {summary.connections:,} connections; "
        f"{summary.acked:,} acked; {summary.buyers:,} bought."
    )
    if summary.offers:
        table = Table(title="Offers shown", title_justify="left")
        for column in ("what the visit was, as only its player knows", "action", "shown"):
            table.add_column(column, justify="right" if column == "shown" else "left")
        for (kind, action), shown in sorted(summary.offers.items()):
            table.add_row(kind, action, f"{shown:,}")
        console.print(table)
    for failure, count in summary.failures.most_common(3):
        console.print(f"{count:,} visits ended early: {failure}. Next: look at the server's /readyz.", style="red")
    return 0 if summary.acked == summary.events and not summary.failures else 1


def _stream_url(base: str) -> str:
    for http, ws in (("https://", "wss://"), ("http://", "ws://")):
        if base.startswith(http):
            base = ws + base.removeprefix(http)
    if not base.startswith(("ws://", "wss://")):
        raise ConfigError(f"{base!r} is no address of a server. Next: for example --url ws://127.0.0.1:8700.")
    base = base.rstrip("/")
    return base if base.endswith(STREAM_PATH) else base + STREAM_PATH


async def _site_key(settings: Settings, site_id: str | None) -> str:
    pool = await connect(connect_info(settings).database_url, max_size=1)
    try:
        with migrated():
            sites = await load_sites(pool)
    finally:
        await pool.close()
    fitting = [site for site in sites if site_id in (None, site.site_id)]
    if len(fitting) == 1:
        return fitting[0].key
    names = ", ".join(site.site_id for site in sites) or "none yet: fifthclick site add NAME --origin URL"
    raise OurError(f"which site? There are: {names}. Next: name one with --site.")
