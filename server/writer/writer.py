"""Takes frames from the log and stores them: one of any number of writers that share one durable consumer.

A frame is acknowledged after it is stored and never before, so while Postgres is away frames wait in the log.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import msgspec
import structlog

from core.errors import LogUnavailable
from core.records import decode_frame
from server.log.port import Delivery, LogReader, Subscription
from server.metrics import FRAMES_WRITTEN
from server.store.pool import UNREACHABLE, StoreUnavailable, connect_one
from server.writer.frames import FrameStore

log = structlog.get_logger()

CONSUMER = "writer"

_POLL_S = 5.0
_HEARTBEAT_S = 20.0
"""Well under the log's ack_wait of 60 s."""

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


class Writer:
    """Stores what comes off the log until it is cancelled. Needs nothing but the log and Postgres' URL."""

    def __init__(self, url: str, reader: LogReader) -> None:
        self._url = url
        self._reader = reader
        self._connection: asyncpg.Connection | None = None
        self._store: FrameStore | None = None
        self._failure = ""

    def problems(self) -> list[str]:
        """Why nothing is stored just now, in words; for /readyz."""
        if not self._failure:
            return []
        return [f"the writer cannot store ({self._failure}): frames wait in the log. Next: read the log of Postgres."]

    async def run(self) -> None:
        """Run until cancelled. Faults of log and store are waited out, each logged when it begins and when it ends."""
        try:
            while True:
                subscription = await self._subscribed()
                try:
                    while True:
                        delivery = await subscription.next(_POLL_S)
                        if delivery is not None:
                            await self._take(delivery)
                except LogUnavailable as error:
                    log.warning("writer_lost_the_log", error=str(error))
                finally:
                    with contextlib.suppress(LogUnavailable):
                        await subscription.close()
        finally:
            await self._disconnect()

    async def _subscribed(self) -> Subscription:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return await self._reader.subscribe(CONSUMER)
            except LogUnavailable as error:
                log.warning("writer_waits_for_the_log", error=str(error), pause_s=pause_s)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def _take(self, delivery: Delivery) -> None:
        """Store one frame, however long that takes, and acknowledge it."""
        async with _kept_ours(delivery):
            pause_s = _FIRST_PAUSE_S
            while True:
                try:
                    await self._store_data(delivery.data)
                    self._failure = ""
                    break
                except (StoreUnavailable, asyncpg.PostgresError, *UNREACHABLE) as error:
                    # Postgres is away, restarting, full, or not migrated yet: the frame stays in the log until it is stored.
                    self._failure = type(error).__name__
                    log.warning("writer_waits_for_postgres", error=type(error).__name__, pause_s=pause_s)
                    await self._disconnect()
                    await asyncio.sleep(pause_s)
                    pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        # An ack that is lost costs one more delivery, which changes no row.
        await delivery.ack()
        FRAMES_WRITTEN.inc()

    async def _store_data(self, data: bytes) -> None:
        store = await self._connected()
        try:
            frame = decode_frame(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            await store.reject_unreadable(data, datetime.now(UTC))
            log.error("unreadable_frame", byte_count=len(data))
            return
        await store.store(frame)

    async def _connected(self) -> FrameStore:
        if self._store is None:
            self._connection = await connect_one(self._url)
            store = FrameStore(self._connection)
            await store.prepare()
            self._store = store
        return self._store

    async def _disconnect(self) -> None:
        connection, self._connection, self._store = self._connection, None, None
        if connection is not None:
            connection.terminate()


@contextlib.asynccontextmanager
async def _kept_ours(delivery: Delivery) -> AsyncIterator[None]:
    """Tells the log that we are still at it, for as long as the block runs."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            with contextlib.suppress(LogUnavailable):
                await delivery.in_progress()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
