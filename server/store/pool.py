"""Connections to Postgres: where every part of the server gets them, so that a fault reads the same everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from core.errors import OurError

# Statements that are longer than this are a fault of ours; migrations and settle set their own.
_COMMAND_TIMEOUT_S = 60.0


class StoreUnavailable(OurError):
    """Postgres does not answer, or does not let us in."""


async def connect(url: str, *, max_size: int = 4) -> asyncpg.Pool:
    """A pool of connections. Raises `StoreUnavailable`."""
    try:
        return await asyncpg.create_pool(url, min_size=1, max_size=max_size, command_timeout=_COMMAND_TIMEOUT_S)
    except UNREACHABLE as error:
        raise unavailable(error) from None


async def connect_one(url: str, *, command_timeout_s: float | None = _COMMAND_TIMEOUT_S) -> asyncpg.Connection:
    """One connection of its own, for what keeps temporary tables or locks. Raises `StoreUnavailable`."""
    try:
        return await asyncpg.connect(url, command_timeout=command_timeout_s)
    except UNREACHABLE as error:
        raise unavailable(error) from None


UNREACHABLE = (
    OSError,
    TimeoutError,
    OverflowError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
)
"""What a connection raises that cannot be made, or that has gone away. OverflowError: a port that is none."""


@contextmanager
def migrated() -> Iterator[None]:
    """For a verb that reads our tables: a database that has none is an `OurError` with the next step."""
    try:
        yield
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        raise OurError("the database has no tables of ours yet. Next: fifthclick migrate.") from None


def unavailable(error: BaseException) -> StoreUnavailable:
    """The error in a sentence, without the address: it holds a password."""
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    return StoreUnavailable(f"Postgres cannot be reached: {why}. Next: check DATABASE_URL, and that Postgres runs.")
