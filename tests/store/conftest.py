"""A writer's connection, the report as people ask for it, and a database with simulated visits for the tests that only read."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from model.scorer import load_scorer
from server.cli import main
from server.writer.explain import Explainer
from server.writer.frames import FrameStore
from tests.store.claimed import claim_clicked
from tests.store.reported import Made, Run
from tests.store.simulated import TWO_ACTIONS, VISITS, fill
from tests.store.visits import shop


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


@pytest.fixture(scope="session")
def simulated_url(postgres_template: str) -> Iterator[str]:
    """A database with settled and explained simulated visits, for tests that only read."""
    base, _, template = postgres_template.rpartition("/")
    name = f"simulated_{secrets.token_hex(4)}"
    url = f"{base}/{name}"

    async def in_admin(statement: str) -> None:
        admin = await asyncpg.connect(f"{base}/postgres")
        await admin.execute(statement)
        await admin.close()

    async def in_database(statement: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(statement)
        await connection.close()

    async def begin() -> None:
        await in_admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        scorer = load_scorer()
        await fill(url, range(VISITS), await shop(url, TWO_ACTIONS), scorer)
        assert await claim_clicked(url)
        # A part of them is enough, and quick: decision ids are hashes.
        await in_database("DELETE FROM raw.explanations_due WHERE decision_id > '3'")
        await Explainer(url, lambda version: scorer if version == scorer.version else None).explain()

    asyncio.run(begin())
    yield url
    asyncio.run(in_admin(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def simulated(simulated_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(simulated_url)
    yield connection
    await connection.close()


@pytest.fixture
def reported(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the verb on this test's database: its JSON, its page, and what it said."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIFTHCLICK_DATA_DIR", str(tmp_path / "data"))

    async def go(*words: str) -> Made:
        page, figures = tmp_path / "report.html", tmp_path / "report.json"
        status = await asyncio.to_thread(main, [*words, "--out", str(page), "--json", str(figures)])
        printed = capsys.readouterr()
        if status:
            return {}, "", printed.err
        return json.loads(figures.read_text()), page.read_text(), printed.out

    return go
