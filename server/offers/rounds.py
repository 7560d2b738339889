"""Work of the settle role that is done again and again, whatever Postgres does meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from server.store.pool import UNREACHABLE, StoreUnavailable

log = structlog.get_logger()

RETRY_S = 60.0


async def rounds(once: Callable[[], Awaitable[object]], every_s: float, *, waits: str) -> None:
    """Do it every `every_s` until cancelled. While Postgres is away nothing is decided; `waits` is how the log calls that."""
    while True:
        wait_s = every_s
        try:
            await once()
        except (StoreUnavailable, asyncpg.PostgresError, *UNREACHABLE) as error:
            log.warning(waits, error=type(error).__name__)
            wait_s = RETRY_S
        await asyncio.sleep(wait_s)
