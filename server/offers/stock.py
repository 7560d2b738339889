"""How many codes each pool has left, as of a moment ago: read in the background, answered from memory."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import structlog

from server.metrics import CODES_LEFT
from server.store.pool import StoreUnavailable

log = structlog.get_logger()

EVERY_S = 2.0
_STALE_S = 30.0
"""A store that was silent for so long cannot be asked for a code either: nothing is promised from it."""


class PoolStock(NamedTuple):
    """`free_count` of `code_count` codes are free."""

    site_id: str
    pool: str
    code_count: int
    free_count: int

    @property
    def is_low(self) -> bool:
        """Under ten, or under a twentieth."""
        return self.free_count < max(10, self.code_count // 20)


class Stock:
    """`read` gives every pool. `run` must run beside it."""

    def __init__(self, read: Callable[[], Awaitable[Sequence[PoolStock]]]) -> None:
        self._read = read
        self._loop = asyncio.get_running_loop()
        self._free: dict[tuple[str, str], int] = {}
        self._read_at_s: float | None = None
        self._low: set[tuple[str, str]] = set()

    def has(self, site_id: str, pool: str) -> bool:
        """Whether a code of this pool can be promised now."""
        is_known = self._read_at_s is not None and self._loop.time() - self._read_at_s < _STALE_S
        return is_known and self._free.get((site_id, pool), 0) > 0

    async def refresh(self) -> None:
        """Read it once. A store that does not answer changes nothing."""
        try:
            pools = await self._read()
        except StoreUnavailable:
            return
        self._free = {(p.site_id, p.pool): p.free_count for p in pools}
        self._read_at_s = self._loop.time()
        for p in pools:
            CODES_LEFT.labels(p.site_id, p.pool).set(p.free_count)
            if p.is_low and (p.site_id, p.pool) not in self._low:
                log.warning("codes_run_low", site_id=p.site_id, pool=p.pool, free_count=p.free_count)
        self._low = {(p.site_id, p.pool) for p in pools if p.is_low}

    async def run(self) -> None:
        """Keep it fresh until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(EVERY_S)
