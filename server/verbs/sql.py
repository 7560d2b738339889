"""`fifthclick sql`: run one query as the analyst and print the rows. What the analyst may not do, Postgres refuses."""

import argparse
import asyncio
import csv
import sys
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg

from core.errors import OurError
from server.settings import Settings
from server.store.pool import connect_one
from server.store.roles import ANALYST, ensure_login
from server.verbs import _store

_WIDEST = 60


class QueryRefused(OurError):
    """Postgres did not take the query."""


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument(
        "query", metavar="QUERY", help="one SQL statement in quotes; docs/analyst.md has twelve to start from"
    )
    parser.add_argument(
        "--csv", action="store_true", help="comma-separated values, with full values, for another program"
    )


def run(args: argparse.Namespace) -> int:
    names, rows = asyncio.run(_fetch(_store.settings_of(args), args.query))
    if args.csv:
        write_csv(names, rows)
    else:
        print(table(names, rows))
    return 0


def table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows below their column names: numbers to the right, NULL as a dot, and how many there are."""
    cells = [[_short(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in (list(names), *cells)) for i in range(len(names))]
    is_number = [any(isinstance(row[i], int | float | Decimal) for row in rows) for i in range(len(names))]

    def line(values: Sequence[str]) -> str:
        padded = [v.rjust(w) if right else v.ljust(w) for v, w, right in zip(values, widths, is_number, strict=True)]
        return "  ".join(padded).rstrip()

    rule = "  ".join("-" * width for width in widths)
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return "\n".join([line(list(names)), rule, *map(line, cells), f"({count})"])


def write_csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([["" if value is None else _whole(value) for value in row] for row in rows])


async def fetch(dsn: str, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one statement.

    Raises:
        QueryRefused: Postgres says no; with its words, and where in the query.
    """
    connection = await connect_one(dsn, command_timeout_s=None)
    try:
        prepared = await connection.prepare(query)
        names = [attribute.name for attribute in prepared.get_attributes()]
        return names, [tuple(row) for row in await prepared.fetch()]
    except asyncpg.PostgresError as error:
        raise QueryRefused(_words(error, query)) from None
    finally:
        await connection.close()


async def _fetch(settings: Settings, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    async with _store.kept_database_url(settings) as url:
        return await fetch(await ensure_login(url, ANALYST, settings.data_path / f"{ANALYST}.password"), query)


def _words(error: asyncpg.PostgresError, query: str) -> str:
    said = (str(error).splitlines() or [type(error).__name__])[0]
    place = getattr(error, "position", None)
    word = query[int(place) - 1 :][:20] if place else ""
    near = f" near {word!r}" if word else ""
    hint = getattr(error, "hint", None)
    next_step = hint or "the tables and views are in docs/data-dictionary.md."
    if said.startswith("cannot insert multiple commands"):
        said, next_step = "one statement at a time", "run them one by one, or use psql."
    if isinstance(error, asyncpg.InsufficientPrivilegeError | asyncpg.ReadOnlySQLTransactionError):
        next_step = "the analyst reads schema marts and nothing else."
    return f"{said}{near}. Next: {next_step}"


def _short(value: Any) -> str:
    text = "·" if value is None else _text(value).replace("\n", " ")
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _whole(value: Any) -> str:
    """For another program: a float with all its digits."""
    return repr(value) if isinstance(value, float) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="milliseconds").replace("+00:00", "Z").replace(".000Z", "Z")
    return str(value)
