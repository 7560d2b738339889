"""The real Postgres and NATS for the tests that need them: started once a run, a fresh copy for each test."""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from server.embedded.nats import EmbeddedNats
from server.embedded.postgres import EmbeddedPostgres
from server.embedded.system import free_port as any_free_port

# How long an example takes says how busy the machine is, and nothing of the program: time is measured in `make bench`.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """A folder that the account `nobody` may enter, which pytest's own (0700) is not, with a path short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="fifthclick-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(servers_folder: Path) -> Iterator[str]:
    """The superuser's URL of a migrated database that the tests copy and never write."""
    from server.store.migrate import migrate

    postgres = EmbeddedPostgres(servers_folder / "postgres")

    async def begin() -> str:
        url = await postgres.start()
        await migrate(url)
        return url

    try:
        yield asyncio.run(begin())
    finally:
        asyncio.run(postgres.stop())


@pytest.fixture
async def postgres_url(postgres_template: str) -> AsyncIterator[str]:
    """A migrated, empty database of this test's own."""
    base, _, template = postgres_template.rpartition("/")
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(f"{base}/postgres")
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield f"{base}/{name}"
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@pytest.fixture
async def nats_url(tmp_path: Path) -> AsyncIterator[str]:
    """A NATS of this test's own: streams have fixed names, and a start takes 30 ms."""
    nats = EmbeddedNats(tmp_path / "nats")
    yield await nats.start()
    await nats.stop()


@pytest.fixture
def free_port() -> int:
    return any_free_port()
