"""`fifthclick session`: everything that is kept of one visit, as JSON, or gone from every table."""

import argparse
import asyncio
import json
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from core.errors import ConfigError, OurError
from server.store import erase
from server.store.publish import site_of
from server.verbs import _store
from server.verbs._store import Store


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument("site", metavar="SITE")
    parser.add_argument(
        "session", metavar="ID", help="the visit's id, as fifthclick('on', 'session', fn) and the tables have it"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--export", action="store_true", help="print every row of it as JSON")
    what.add_argument(
        "--delete", action="store_true", help="remove it from every table; orders stay, without their visit"
    )


def run(args: argparse.Namespace) -> int:
    return _store.with_store(args, lambda store: _run(args, store))


async def _run(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    session_id = _id_of(args.session)
    async with store.pool.acquire() as connection:
        if args.export:
            found = await erase.rows_of(connection, site.site_id, session_id)
            if not found:
                raise _unknown(args, site.site_id)
            json.dump(found, sys.stdout, indent=2, default=_plain)
            print()
            return 0
        counts = await _deleted(connection, site.site_id, session_id)
    if not counts:
        raise _unknown(args, site.site_id)
    for table, count in sorted(counts.items()):
        print(f"{table:<24} {count:>6}")
    print(
        f"The visit is gone from {site.site_id}. Days are counted anew at the next settle. "
        "Next: a page of it that is still open sends on; close it, or delete again. Backups and the log keep what they had."
    )
    return 0


async def _deleted(connection: asyncpg.Connection, site_id: str, session_id: UUID) -> dict[str, int]:
    """Again where settle or a writer was at the same visit."""
    for left in reversed(range(3)):
        try:
            return await erase.delete(connection, site_id, session_id)
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            if not left:
                raise OurError("the visit is being stored just now. Next: try again in a minute.") from None
            await asyncio.sleep(0.2)
    raise AssertionError("unreachable")


def _id_of(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise ConfigError(
            "a visit's id has 32 hexadecimal characters, with or without dashes. Next: correct it."
        ) from None


def _unknown(args: argparse.Namespace, site_id: str) -> OurError:
    return OurError(
        f"nothing is kept of such a visit in {site_id}. Next: compare site and id; a day's events may have been let go."
    )


def _plain(value: Any) -> Any:
    match value:
        case UUID() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return value.hex()
    raise TypeError(type(value).__name__)
