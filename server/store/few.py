"""A few connections that many ask for, each for one short transaction, and a plain no while the store is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
import structlog

from server.store.pool import UNREACHABLE, StoreUnavailable, connect, unavailable

log = structlog.get_logger()

_T = TypeVar("_T")

_CONNECTIONS = 4
_MOST_WAITING = 200
_TIMEOUT_S = 5.0


class FewConnections:
    """Made at the first use. At most `_MOST_WAITING` ask at once; more are told to wait."""

    def __init__(self, url: str, what: str) -> None:
        """`what`: those who ask, in a word for the log and for the error (`claims`)."""
        self._url = url
        self._what = what
        self._pool: asyncpg.Pool | None = None
        self._connecting = asyncio.Lock()
        self._asking = 0

    async def run(self, work: Callable[[Any], Awaitable[_T]]) -> _T:
        """`work` with a connection, in a transaction of its own.

        Raises:
            StoreUnavailable: whatever is wrong with the store; ask again.
        """
        if self._asking >= _MOST_WAITING:
            raise StoreUnavailable(f"too many {self._what} at once. Next: ask again in a few seconds.")
        self._asking += 1
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                pool = await self._connected()
                async with pool.acquire() as connection, connection.transaction():
                    return await work(connection)
        except (asyncpg.PostgresError, *UNREACHABLE) as error:
            log.warning("asked_without_store", what=self._what, error=type(error).__name__)
            raise unavailable(error) from None
        finally:
            self._asking -= 1

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()

    async def _connected(self) -> asyncpg.Pool:
        async with self._connecting:
            if self._pool is None:
                self._pool = await connect(self._url, max_size=_CONNECTIONS)
            return self._pool
