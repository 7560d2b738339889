"""A guardrail that breaks while a page is open on a real server: the offer goes within five seconds, as by any kill."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from server.app import serving
from server.cli import main
from server.embedded.system import free_port
from server.offers.guarding import Guarding
from server.settings import Settings
from server.store.history import history
from server.store.pool import connect
from server.store.publish import StoredSite, add_site, publish_rules
from tests.merchant.open_page import OpenPage, open_page, rules_of
from tests.support.builders import ORIGIN
from tests.support.planted import plant


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect(postgres_url)
    yield pool
    await pool.close()


@pytest.fixture
async def site(pool: asyncpg.Pool) -> StoredSite:
    site = await add_site(pool, name="Shop", origins=[ORIGIN], is_demo=True)
    await publish_rules(pool, site.site_id, rules_of("guide", "help"))
    return site


async def offered(page: OpenPage, action_id: str) -> str:
    await page.rest_until(lambda told: told.action_id == action_id)
    await page.until(lambda: page.offers[-1].action_id == action_id)
    return page.offers[-1].decision_id


# shows: H8
@pytest.mark.timeout(60)
async def test_an_open_page_lets_go_of_an_action_that_is_paused_and_is_offered_it_again_once_revived(
    postgres_url: str, nats_url: str, tmp_path: Path, pool: asyncpg.Pool, site: StoredSite,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    wanted = {
        "data_dir": str(tmp_path / "data"),
        "port": free_port(),
        "database_url": postgres_url,
        "nats_url": nats_url,
    }
    for name, value in {"DATABASE_URL": postgres_url, "NATS_URL": nats_url, "FIFTHCLICK_DATA_DIR": "data"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    async with serving(msgspec.convert(wanted, Settings)) as app, open_page(app.base_url, site.key) as page:
        guide = await offered(page, "guide")
        async with pool.acquire() as connection:
            await plant(connection, 2_000, seed=5, traffic="simulated", shares={"bounced": (0.5, 0.2)})
        assert await Guarding(postgres_url).look() == [("shop", "guide")], "and help has done nothing"
        await page.until(lambda: [(w.decision_id, w.reason) for w in page.withdrawn] == [(guide, "killed")])
        await offered(page, "help")
        assert [change.verb for change in await history(pool, "shop")][:2] == ["pause", "publish"]

        assert await asyncio.to_thread(main, ("rules", "history", "shop")) == 0
        told = capsys.readouterr().out
        assert "guardrail" in told
        assert "went no further" in told
        assert await asyncio.to_thread(main, ("rules", "revive", "shop", "guide")) == 0
        assert await Guarding(postgres_url).look() == []
        async with open_page(app.base_url, site.key) as other:
            await offered(other, "guide")
