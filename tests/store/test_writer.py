"""The writer between log and Postgres: nothing is acknowledged before it is stored, and nothing is lost while either is away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from server.embedded.postgres import EmbeddedPostgres
from server.log.memory import MemoryLog
from server.store.migrate import migrate
from server.writer.writer import Writer
from tests.store.tables import count
from tests.store.visits import RULES_UNSTORED, data_of, events_of, records_of


@contextlib.asynccontextmanager
async def writing(url: str, log: MemoryLog, writers: int = 1) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(Writer(url, log).run()) for _ in range(writers)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(is_true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await is_true():
            await asyncio.sleep(0.02)


def frames(visits: int) -> tuple[list[bytes], int]:
    """One frame per visit, and how many events they hold."""
    made = [records_of(events_of(pages=3), RULES_UNSTORED, number=n) for n in range(1, visits + 1)]
    return [data_of(*records) for records in made], sum(map(len, made))


async def test_three_writers_share_the_log_and_store_each_event_once(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    log = MemoryLog()
    data, event_count = frames(20)
    async with writing(postgres_url, log, writers=3):
        for frame in data:
            await log.append(frame)
            await log.append(frame)

        async def is_done() -> bool:
            return await count(connection, "raw.events") == event_count

        await until(is_done)
    assert await count(connection, "raw.session_touches") == 20


async def test_a_frame_that_is_none_of_ours_is_rejected_and_the_next_one_stored(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    log = MemoryLog()
    [frame], event_count = frames(1)
    async with writing(postgres_url, log):
        for data in (b"\xc1 no frame", b"\xc1 no frame", frame):
            await log.append(data)

        async def is_done() -> bool:
            return await count(connection, "raw.events") == event_count

        await until(is_done)
    [row] = await connection.fetch("SELECT reason, site_id, session_id FROM raw.rejected")
    assert tuple(row) == ("unreadable_frame", "", None)


@pytest.mark.faults
async def test_postgres_stopped_under_load_loses_nothing(servers_folder: Path) -> None:
    postgres = EmbeddedPostgres(servers_folder / "stopped")
    url = await postgres.start()
    await migrate(url)
    log = MemoryLog()
    data, event_count = frames(60)
    async with writing(url, log, writers=2):
        for frame in data[:30]:
            await log.append(frame)
        await postgres.stop()
        for frame in data[30:]:
            await log.append(frame)
        url_again = await postgres.start()
        assert url_again == url, "the writers know one address"
        connection = await asyncpg.connect(url)

        async def is_done() -> bool:
            return await count(connection, "raw.events") == event_count

        await until(is_done)
        assert await count(connection, "raw.rejected") == 0
        await connection.close()
    await postgres.stop()


async def test_a_database_without_our_tables_keeps_the_frames_waiting(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    log = MemoryLog()
    [frame], event_count = frames(1)
    await connection.execute("ALTER TABLE raw.events RENAME TO events_away")
    async with writing(postgres_url, log):
        await log.append(frame)
        # The writer has tried and failed once it has made and lost a connection.
        await until(lambda: _has_failed(connection))
        assert await count(connection, "raw.rejected") == 0
        await connection.execute("ALTER TABLE raw.events_away RENAME TO events")

        async def is_done() -> bool:
            return await count(connection, "raw.events") == event_count

        await until(is_done)


async def _has_failed(connection: asyncpg.Connection) -> bool:
    query = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return bool(await connection.fetchval(query))
