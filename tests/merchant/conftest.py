"""A database, and a whole server with a shop whose pages may stay open."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from server.app import RunningApp, serving
from server.embedded.system import free_port
from server.settings import Settings
from server.store.pool import connect
from server.store.publish import StoredSite, add_site, publish_rules
from tests.merchant.open_page import rules_of
from tests.support.builders import ORIGIN


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect(postgres_url)
    yield pool
    await pool.close()


@pytest.fixture
async def site(pool: asyncpg.Pool) -> StoredSite:
    """A demo shop, so that the page is told what the server thinks, with two actions."""
    site = await add_site(pool, name="Shop", origins=[ORIGIN], is_demo=True)
    await publish_rules(pool, site.site_id, rules_of("guide", "help"))
    return site


def settings_of(folder: Path, database_url: str, nats_url: str) -> Settings:
    """A server's settings, on a port of its own."""
    wanted = {"data_dir": str(folder), "port": free_port(), "database_url": database_url, "nats_url": nats_url}
    return msgspec.convert(wanted, Settings)


@pytest.fixture
async def app(
    postgres_url: str, nats_url: str, tmp_path: Path, site: StoredSite, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningApp]:
    """The whole server, which knows the shop; a verb that is typed in this folder speaks to its database and log."""
    del site
    for name, value in {"DATABASE_URL": postgres_url, "NATS_URL": nats_url, "FIFTHCLICK_DATA_DIR": "data"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    wanted = {
        "data_dir": str(tmp_path / "data"),
        "port": free_port(),
        "database_url": postgres_url,
        "nats_url": nats_url,
    }
    async with serving(msgspec.convert(wanted, Settings)) as app:
        yield app
