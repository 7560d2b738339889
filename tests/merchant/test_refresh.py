"""Running workers follow the store: quickly, through failures, and never to rules that cannot be read."""

import asyncio
from pathlib import Path

import msgspec

from server.live.refresh import Refresher
from server.live.sites import Sites
from server.log.jetstream import JetStreamLog
from server.settings import load_settings
from server.store.pool import connect
from server.store.publish import add_site, load_sites, publish_rules
from server.verbs._store import announce
from tests.merchant.refreshing import BROKEN, Bell, Store, refresher, row, until
from tests.merchant.texts import FREE_SHIPPING


async def test_the_sites_are_those_of_the_store_with_their_rules_bound(tmp_path: Path) -> None:
    sites, fresh = refresher(Store(row("one", toml=FREE_SHIPPING), row("two")), tmp_path)
    await fresh.start()
    one = sites.by_key("pk_one")
    assert one is not None
    assert [rule.id for rule in one.rules.actions] == ["free-shipping"]
    assert (one.rules.site_id, one.rules.holdout_salt, len(one.rules.version)) == ("one", "salt", 16)
    assert fresh.problems() == []


async def test_a_text_that_cannot_be_read_keeps_the_old_rules_and_lets_other_sites_change(tmp_path: Path) -> None:
    store = Store(row("one", toml=FREE_SHIPPING), row("two"))
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    store.rows = [row("one", "v2", BROKEN), row("two", "v2", FREE_SHIPPING)]
    await fresh.refresh()
    assert [len(site.rules.actions) for site in sites.all()] == [1, 1]
    (problem,) = fresh.problems()
    assert "site one" in problem
    assert "Did you mean 'quiet_ms'" in problem


# shows: F9
async def test_a_kill_holds_also_where_the_rest_of_the_version_cannot_be_read(tmp_path: Path) -> None:
    store = Store(row("one", toml=FREE_SHIPPING), row("two", toml=FREE_SHIPPING))
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    store.rows = [
        row("one", "v2", BROKEN, killed=("*",)),
        row("two", "v2", FREE_SHIPPING, responses='{"free-shipping": {"weights": []}}'),
    ]
    await fresh.refresh()
    one, two = (site.rules for site in sites.all())
    assert (one.killed, len(one.actions)) == (("*",), 1)
    assert (two.killed, len(two.actions)) == ((), 1)
    assert len(fresh.problems()) == 2
    store.rows[0] = row("one", toml=FREE_SHIPPING)
    await fresh.refresh()
    assert sites.all()[0].rules.killed == ()


async def test_a_text_that_is_mended_is_no_problem_any_more(tmp_path: Path) -> None:
    store = Store(row(toml=BROKEN))
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    assert len(fresh.problems()) == 1
    store.rows = [row(version="v2", toml=FREE_SHIPPING)]
    await fresh.refresh()
    assert fresh.problems() == []
    assert len(sites.all()[0].rules.actions) == 1


async def test_a_first_text_that_cannot_be_read_still_lets_events_in_and_shows_nothing(tmp_path: Path) -> None:
    sites, fresh = refresher(Store(row(toml=BROKEN)), tmp_path)
    await fresh.start()
    assert [(site.key, site.rules.actions) for site in sites.all()] == [("pk_shop", ())]


async def test_a_site_that_is_gone_from_the_store_is_gone_here(tmp_path: Path) -> None:
    store = Store(row("one"), row("two"))
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    store.rows = [row("two")]
    await fresh.refresh()
    assert [site.site_id for site in sites.all()] == ["two"]


async def test_a_changed_origin_is_live_without_new_rules(tmp_path: Path) -> None:
    store = Store(row())
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    store.rows = [msgspec.structs.replace(row(), origins=("https://b.example",))]
    await fresh.refresh()
    assert sites.all()[0].origins == ("https://b.example",)


async def test_an_announcement_is_followed_at_once_and_not_at_the_next_poll(tmp_path: Path) -> None:
    store, bell = Store(row()), Bell()
    sites, fresh = refresher(store, tmp_path, bell, every_s=60.0)
    await fresh.start()
    running = asyncio.create_task(fresh.run())
    store.rows = [row(version="v2", toml=FREE_SHIPPING)]
    bell.rung.put_nowait("shop")
    await until(lambda: len(sites.all()[0].rules.actions) == 1)
    running.cancel()
    assert store.loads == 2


async def test_without_announcements_the_poll_finds_the_change(tmp_path: Path) -> None:
    store, bell = Store(row()), Bell()
    bell.is_broken = True
    sites, fresh = refresher(store, tmp_path, bell, every_s=0.02)
    await fresh.start()
    running = asyncio.create_task(fresh.run())
    store.error = OSError("down")
    await until(lambda: store.loads > 3)
    store.error, store.rows = None, [row(version="v2", toml=FREE_SHIPPING)]
    await until(lambda: len(sites.all()[0].rules.actions) == 1)
    assert not running.done()
    running.cancel()


async def test_published_rules_are_live_in_a_running_worker_within_5_seconds(postgres_url: str, tmp_path: Path) -> None:
    pool = await connect(postgres_url)
    await add_site(pool, name="Shop", origins=["https://a.example"])
    sites = Sites()
    fresh = Refresher(sites, lambda: load_sites(pool), tmp_path / "sites.json")
    await fresh.start()
    running = asyncio.create_task(fresh.run())
    done = await publish_rules(pool, "shop", FREE_SHIPPING)
    took_s = await until(lambda: sites.all()[0].rules.version == done.version)
    running.cancel()
    await pool.close()
    assert took_s < 5


async def test_what_a_verb_announces_over_the_real_log_reaches_a_worker_before_its_poll(
    nats_url: str, tmp_path: Path
) -> None:
    records = await JetStreamLog.connect(nats_url, max_bytes=10_000_000)
    store = Store(row())
    sites, fresh = refresher(store, tmp_path, records, every_s=60.0)
    await fresh.start()
    running = asyncio.create_task(fresh.run())
    store.rows = [row(version="v2", toml=FREE_SHIPPING)]
    await announce(load_settings(nats_url=nats_url, data_dir=str(tmp_path)), "shop")
    took_s = await until(lambda: len(sites.all()[0].rules.actions) == 1)
    running.cancel()
    await records.close()
    assert took_s < 5
