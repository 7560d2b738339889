"""What `train` and `evaluate` share: `--from FORMAT [PATH]` as a source of sessions."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from datetime import date

import asyncpg

from core.errors import ConfigError
from model.importers import FILES, IMPORTERS
from model.importers.source import Source, StoredEvent
from server.settings import load_settings
from server.store.named import load
from server.store.pool import connect_one
from server.store.running import connect_info

EPOCH = date(1970, 1, 1)
ROWS_AT_ONCE = 5000


def add_source(parser: argparse.ArgumentParser) -> None:
    """`--from` with its one or two words, `--shop` and `--data-dir`."""
    parser.add_argument(
        "--from",
        dest="source",
        nargs="+",
        required=True,
        metavar=("FORMAT", "PATH"),
        help=f"one of {', '.join(IMPORTERS)}; PATH is a file or folder, for simulated a number of shoppers, for postgres a site",
    )
    parser.add_argument("--shop", metavar="FILE", help="for simulated: another shop's parameters (docs/simulator.md)")
    parser.add_argument("--data-dir", metavar="FOLDER", help="the server's data folder (default: .fifthclick)")


def source_of(args: argparse.Namespace, seed: int, *, is_for_training: bool = False) -> tuple[str, Source]:
    """The format's name and where to look. Raises `ConfigError` for words that make no source."""
    name, *rest = args.source
    if name not in IMPORTERS:
        raise ConfigError(f"there is no format {name!r}. Next: use one of {', '.join(IMPORTERS)}.")
    if len(rest) > 1 or (name in FILES and not rest):
        raise ConfigError(f"--from {name} takes one PATH. Next: for example --from {name} data/{name}.")
    if args.shop and name != "simulated":
        raise ConfigError(f"--shop is the simulator's and does not go with --from {name}. Next: leave one of them out.")

    def stored_events(site_id: str) -> Iterator[StoredEvent]:
        return iter(asyncio.run(_stored_events(args.data_dir, site_id)))

    path = rest[0] if rest else ""
    return name, Source(
        path=path,
        seed=seed,
        stored_events=stored_events,
        is_for_training=is_for_training,
        on_skipped=_warn,
        shop=args.shop or "",
    )


def _warn(words: str) -> None:
    print(f"fifthclick: {words}", file=sys.stderr)


async def _stored_events(data_dir: str | None, site_id: str) -> list[StoredEvent]:
    """The live events of a site, or of all, in the order of `queries/training.sql`."""
    info = connect_info(load_settings(data_dir=data_dir))
    connection = await connect_one(info.database_url, command_timeout_s=None)
    try:
        async with connection.transaction(readonly=True):
            cursor = connection.cursor(load("training.sql")["training_events"], site_id, prefetch=ROWS_AT_ONCE)
            return [
                StoredEvent(row["session_id"].hex, _stream(row), row["payload"], row["was_offered"])
                async for row in cursor
            ]
    finally:
        await connection.close()


def _stream(row: asyncpg.Record) -> bytes:
    """A stream as the wire has it: 2 bytes UTC day, then the page's own 12."""
    days: int = (row["stream_day"] - EPOCH).days
    return (days % 65_536).to_bytes(2, "big") + bytes(row["stream_id"])
