"""A writer's connection, and a look into the tables."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.writer.frames import FrameStore


@pytest.fixture
async def connection(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection to this test's database."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[FrameStore]:
    """What the writer stores frames with."""
    connection = await asyncpg.connect(postgres_url)
    store = FrameStore(connection)
    await store.prepare()
    yield store
    await connection.close()
