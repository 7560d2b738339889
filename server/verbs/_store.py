"""What the merchant's verbs share: the settings that `serve` uses, its database, and a word to the running workers."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg

from core.errors import ConfigError, FifthClickError, OurError
from server.embedded.running import database_url, nats_url
from server.log.jetstream import JetStreamLog
from server.settings import Settings, load_settings
from server.store.migrate import migrate
from server.store.pool import connect
from server.store.running import connect_info

ANNOUNCE_TIMEOUT_S = 3.0
"""Longer than a working log needs. Without the announcement workers find the change by themselves, 2 seconds later."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every verb that opens the store."""
    parser.add_argument("--data-dir", metavar="FOLDER", help="the server's data folder (default: .fifthclick)")


def settings_of(args: argparse.Namespace) -> Settings:
    return load_settings(data_dir=args.data_dir)


class Store(NamedTuple):
    """The store, the settings it was found by, and where browsers reach the server: the running one, if one runs."""

    pool: asyncpg.Pool
    settings: Settings
    base_url: str
    is_running: bool


@asynccontextmanager
async def kept_database_url(settings: Settings) -> AsyncIterator[str]:
    """`database_url` for a verb that reads what a server has kept: a mistyped folder is refused, not filled.

    Raises:
        ConfigError: the bundled database is meant, and none is in the folder.
    """
    if not settings.database_url and not (settings.data_path / "postgres").is_dir():
        raise ConfigError(
            f"no server has kept data in {settings.data_path}. "
            "Next: run this where `fifthclick serve` runs, or name its folder with --data-dir."
        )
    async with database_url(settings) as url:
        yield url


@asynccontextmanager
async def opened(settings: Settings, *, is_first: bool = False) -> AsyncIterator[Store]:
    """The store of these settings. `is_first`: a verb that may come before any server, so a bundled store may be made.

    Raises:
        OurError: it cannot be reached, it is not here, or a database of the merchant's own has no tables yet.
    """
    async with database_url(settings) if is_first else kept_database_url(settings) as url:
        if not settings.database_url:
            await migrate(url)
        pool = await connect(url)
        try:
            if await pool.fetchval("SELECT to_regclass('config.sites')") is None:
                raise ConfigError("the database has no tables of ours yet. Next: fifthclick migrate.")
            running = _running_base_url(settings)
            yield Store(pool, settings, running or settings.base_url, bool(running))
        finally:
            await pool.close()


def with_store(args: argparse.Namespace, work: Callable[[Store], Awaitable[int]], *, is_first: bool = False) -> int:
    """Run `work` with the store open, as `opened`, and give its exit status."""

    async def go() -> int:
        async with opened(settings_of(args), is_first=is_first) as store:
            return await work(store)

    return asyncio.run(go())


def _running_base_url(settings: Settings) -> str:
    """The address of the server that runs here, which may have been started with another port; "" where none runs."""
    try:
        return connect_info(settings).base_url
    except OurError:
        return ""


async def announce(settings: Settings, site_id: str) -> None:
    """Tell running workers that a site has changed. That nobody listens is no error: they poll as well."""
    try:
        async with asyncio.timeout(ANNOUNCE_TIMEOUT_S), nats_url(settings) as url:
            log = await JetStreamLog.connect(url, max_bytes=settings.log_max_bytes)
            try:
                await log.announce(site_id, b"changed")
            finally:
                await log.close()
    except (FifthClickError, TimeoutError, OSError):
        print("(The log was not reached; running workers notice within 2 seconds anyway.)", file=sys.stderr)


def read_text(file: str) -> str:
    """A file's text, or standard input for "-". The mark that editors on Windows put before UTF-8 is no part of it."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        return text.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8 text (byte {error.start}). Next: save it as UTF-8.", file=file) from None
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror}). Next: check the name of the file.", file=file) from None
