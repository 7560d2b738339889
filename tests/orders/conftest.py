"""One shop that tells, for the tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from server.writer.frames import FrameStore
from tests.orders.telling import Teller, telling
from tests.store.visits import shop


@pytest.fixture
async def connection(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[FrameStore]:
    connection = await asyncpg.connect(postgres_url)
    store = FrameStore(connection)
    await store.prepare()
    yield store
    await connection.close()


@pytest.fixture
async def teller(postgres_url: str, connection: asyncpg.Connection, tmp_path: Path) -> AsyncIterator[Teller]:
    await shop(postgres_url)
    static = tmp_path / "static"
    static.mkdir()
    (static / "t.js").write_text("/* tracker */")
    async with telling(postgres_url, connection, static) as running:
        yield running
