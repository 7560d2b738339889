"""A guardrail that breaks while a page is open on a real server: the offer goes within five seconds, as by any kill."""

import asyncio

import asyncpg
import pytest

from server.app import RunningApp
from server.cli import main
from server.offers.guarding import Guarding
from server.store.history import history
from server.store.publish import StoredSite
from tests.merchant.open_page import open_page
from tests.support.planted import plant


# shows: H8
@pytest.mark.timeout(60)
async def test_an_open_page_lets_go_of_an_action_that_is_paused_and_is_offered_it_again_once_revived(
    app: RunningApp, site: StoredSite, pool: asyncpg.Pool, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_page(app.base_url, site.key) as page:
        guide = await page.offered("guide")
        async with pool.acquire() as connection:
            await plant(connection, 2_000, seed=5, traffic="simulated", shares={"bounced": (0.5, 0.2)})
        assert await Guarding(postgres_url).look() == [("shop", "guide")], "and help has done nothing"
        await page.until(lambda: [(w.decision_id, w.reason) for w in page.withdrawn] == [(guide, "killed")])
        await page.offered("help")
        assert [change.verb for change in await history(pool, "shop")][:2] == ["pause", "publish"]

        assert await asyncio.to_thread(main, ("rules", "history", "shop")) == 0
        told = capsys.readouterr().out
        assert "guardrail" in told
        assert "went no further" in told
        assert await asyncio.to_thread(main, ("rules", "revive", "shop", "guide")) == 0
        assert await Guarding(postgres_url).look() == []
        async with open_page(app.base_url, site.key) as other:
            await other.offered("guide")
