"""What a merchant changes is seen by an open page of a real server within five seconds, told in the history, and replayed."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from server.app import RunningApp, serving
from server.cli import main
from server.embedded.system import free_port
from server.store.kill import kill
from server.store.publish import StoredSite
from tests.merchant.conftest import settings_of
from tests.merchant.open_page import open_page, rules_of


async def typed(*words: str) -> None:
    """A verb as it is typed."""
    assert await asyncio.to_thread(main, words) == 0


# shows: F9 F10
@pytest.mark.timeout(60)
async def test_change_kill_rollback_and_revive_are_each_seen_by_an_open_page_told_in_the_history_and_replayed(
    app: RunningApp, site: StoredSite, pool: asyncpg.Pool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "three.toml").write_text(rules_of("tour", "guide", "help"))
    async with open_page(app.base_url, site.key) as page:
        guide = await page.offered("guide")

        # One action: the page lets go of it without an event of its own, and the next one takes its place.
        await typed("rules", "kill", "shop", "guide", "--note", "wrong text")
        await page.until(lambda: [(w.decision_id, w.reason) for w in page.withdrawn] == [(guide, "killed")])
        other = await page.offered("help")

        # The whole shop: nothing is shown, whatever is published meanwhile.
        await typed("rules", "kill", "shop")
        await page.until(lambda: page.withdrawn[-1].decision_id == other)
        count = len(page.offers)
        await typed("rules", "publish", "shop", "three.toml")
        told = await page.rest_until(lambda told: told.reason == "killed")
        assert (told.action_id, len(page.offers)) == ("", count)

        # Revived: what was published is what is offered. The action that was killed by itself stays off.
        await typed("rules", "revive", "shop")
        tour = await page.offered("tour")

        # Back to the text before: its action is gone, and so is what was offered of it.
        await typed("rules", "rollback", "shop")
        await page.until(lambda: page.withdrawn[-1].decision_id == tour)
        assert page.withdrawn[-1].reason == "switched_off"
        await page.offered("help")
        await typed("rules", "revive", "shop", "guide")
        assert not [offer for offer in page.offers if offer.action_id == "guide" and offer.decision_id != guide]
        await page.rest_until(lambda told: told.reason != "on_its_way")
        await page.until(lambda: page.acked_seq == page.seq)

    capsys.readouterr()
    await typed("rules", "history", "shop")
    lines = capsys.readouterr().out.splitlines()
    verbs = [line.removeprefix("live  ").split()[4] for line in reversed(lines)]
    assert verbs == ["publish", "publish", "kill", "kill", "publish", "revive", "rollback", "revive"]
    assert "wrong text" in lines[5]

    stored = "SELECT count(*) FROM raw.events WHERE session_id = $1::text::uuid"
    async with asyncio.timeout(20):
        while await pool.fetchval(stored, page.session_id) < page.seq:
            await asyncio.sleep(0.05)
    versions = "SELECT count(DISTINCT rules_version) FROM raw.events WHERE session_id = $1::text::uuid"
    assert await pool.fetchval(versions, page.session_id) >= 4
    await typed("replay", page.session_id)
    assert f"Equal: {page.seq} events" in capsys.readouterr().out


# shows: F9
@pytest.mark.timeout(60)
async def test_with_the_log_away_a_kill_still_reaches_an_open_page_in_time(
    postgres_url: str, site: StoredSite, pool: asyncpg.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for waits_for_the_log in ("_LOG_WAIT_S", "_DRAIN_S"):
        monkeypatch.setattr(f"server.app.{waits_for_the_log}", 0.1)
    nobody = f"nats://127.0.0.1:{free_port()}"
    async with (
        serving(settings_of(tmp_path / "data", postgres_url, nobody)) as app,
        open_page(app.base_url, site.key) as page,
    ):
        decision_id = await page.offered("guide")
        await kill(pool, "shop")
        await page.until(lambda: [(w.decision_id, w.reason) for w in page.withdrawn] == [(decision_id, "killed")])
        assert (await page.rest()).reason == "killed"
