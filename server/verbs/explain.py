"""`fifthclick explain`: one visit from landing to outcome, with why each offer was made and why each other one was not."""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from rich.console import Console, RenderableType

from core.errors import ConfigError, OurError
from server.settings import Settings, load_settings
from server.store.pool import connect_one, migrated
from server.store.stored_session import sites_of
from server.verbs import _store
from server.verbs._timeline_made import timeline_of
from server.verbs._timeline_print import newest_table, printed
from server.verbs._timeline_rows import Rows, newest_visits, read_rows

NEWEST = 10
NEWEST_MOST = 1000


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument("--dsn", metavar="URL", help="the database, where it is not the one of the settings")
    parser.add_argument("session_id", metavar="SESSION_ID", nargs="?", help="as a uuid or as 32 hex characters")
    parser.add_argument(
        "--last",
        metavar="N",
        nargs="?",
        type=int,
        const=NEWEST,
        help=f"list the newest visits with their ids instead (default: {NEWEST})",
    )
    parser.add_argument("--site", metavar="SITE", help="only this site; where the same id is stored for two sites")
    parser.add_argument("--bundle", metavar="FOLDER", help="the model that scored it (default: the configured one)")
    parser.add_argument("--json", action="store_true", help="one JSON object, its keys in docs/explanations.md")


def run(args: argparse.Namespace) -> int:
    settings = load_settings(data_dir=args.data_dir, database_url=args.dsn, bundle=args.bundle)
    if (args.session_id is None) == (args.last is None):
        raise ConfigError("explain takes a session id or --last. Next: fifthclick explain --last lists the newest.")
    if args.last is not None:
        if not 1 <= args.last <= NEWEST_MOST:
            raise ConfigError(f"--last takes 1 to {NEWEST_MOST}, not {args.last}. Next: for example --last 20.")
        return _list(asyncio.run(_newest(settings, args.last, args.site)), args)
    session_id = session_id_of(args.session_id)
    rows = asyncio.run(_rows(settings, session_id, args.site))
    told = timeline_of(rows, lambda: _scorer(settings.bundle))
    if args.json:
        print(msgspec.json.encode(told).decode())
    else:
        _print(printed(told))
    return 0


def session_id_of(text: str) -> UUID:
    """Raises `ConfigError`."""
    try:
        return UUID(text.strip())
    except ValueError:
        raise ConfigError(
            f"{text!r} is no session id: it has 32 hex characters. Next: fifthclick explain --last lists the newest."
        ) from None


def _print(what: RenderableType) -> None:
    """To the terminal with its colours, to a pipe or a file without; and without the blanks that fill a line."""
    console = Console(highlight=False)
    with console.capture() as drawn:
        console.print(what)
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def _list(newest: list[dict[str, Any]], args: argparse.Namespace) -> int:
    if args.json:
        print(msgspec.json.encode(newest).decode())
    elif newest:
        _print(newest_table(newest))
    else:
        of = f" of site {args.site}" if args.site else ""
        raise OurError(
            f"no visit{of} is stored yet. Next: fifthclick demo plays some, and fifthclick check-tag says why a shop sends none."
        )
    return 0


async def _newest(settings: Settings, count: int, site_id: str | None) -> list[dict[str, Any]]:
    async with _store.kept_database_url(settings) as url:
        connection = await connect_one(url)
        try:
            with migrated(), _allowed():
                return await newest_visits(connection, count, site_id)
        finally:
            await connection.close()


async def _rows(settings: Settings, session_id: UUID, wanted: str | None) -> Rows:
    async with _store.kept_database_url(settings) as url:
        connection = await connect_one(url)
        try:
            with migrated(), _allowed():
                site_id = _one_site(await sites_of(connection, session_id), wanted, session_id)
                return await read_rows(connection, site_id, session_id)
        finally:
            await connection.close()


@contextmanager
def _allowed() -> Iterator[None]:
    try:
        yield
    except asyncpg.InsufficientPrivilegeError:
        raise OurError(
            "this account may not read the events of a visit. Next: use the database's owner, as `fifthclick serve` does."
        ) from None


def _one_site(found: list[str], wanted: str | None, session_id: UUID) -> str:
    if wanted in found or (wanted is None and len(found) == 1):
        return wanted or found[0]
    if not found:
        raise OurError(
            f"no event of session {session_id} is stored. Next: fifthclick explain --last lists those that are."
        )
    raise OurError(f"session {session_id} is stored for {', '.join(found)}. Next: choose one of them with --site.")


def _scorer(bundle: str) -> Any:
    # Loading a model takes a second and a lot of memory: not before it is known that there is something to ask it.
    from model.scorer import load_scorer

    return load_scorer(bundle)
