"""A worker keeps the last good sites on disk, so that it starts with the store down."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from server.store.publish import StoredSite
from tests.merchant.refreshing import BROKEN, Store, refresher, row, until
from tests.merchant.texts import FREE_SHIPPING


async def test_a_worker_starts_from_its_disk_while_the_store_is_down(tmp_path: Path) -> None:
    store = Store(row(toml=FREE_SHIPPING))
    await refresher(store, tmp_path)[1].start()
    store.error = ConnectionRefusedError("down")
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    assert [len(site.rules.actions) for site in sites.all()] == [1]
    assert fresh.problems() == ["the store does not answer (ConnectionRefusedError); rules stay as they are"]
    store.error = None
    await fresh.refresh()
    assert fresh.problems() == []


# shows: F9
async def test_what_was_killed_and_learned_is_on_disk_too(tmp_path: Path) -> None:
    learned = '{"free-shipping":{"weights":[0.1,0,0,0,0,0.25],"session_count":812}}'
    store = Store(row(toml=FREE_SHIPPING, killed=("free-shipping",), responses=learned))
    live, first = refresher(store, tmp_path)
    await first.start()
    store.error = ConnectionRefusedError("down")
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    [rules] = [site.rules for site in sites.all()]
    assert rules.killed == ("free-shipping",)
    assert rules.responses["free-shipping"].session_count == 812
    assert rules == live.all()[0].rules


async def test_a_copy_that_was_kept_before_there_was_a_kill_switch_is_read(tmp_path: Path) -> None:
    await refresher(Store(row(toml=FREE_SHIPPING)), tmp_path)[1].start()
    [kept] = msgspec.json.decode((tmp_path / "sites.json").read_bytes())
    del kept["killed"], kept["responses"]
    (tmp_path / "sites.json").write_bytes(msgspec.json.encode([kept]))
    store = Store()
    store.error = ConnectionRefusedError("down")
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    assert [len(site.rules.actions) for site in sites.all()] == [1]


async def test_rules_that_went_live_just_before_a_stop_are_on_disk_for_the_next_start(tmp_path: Path) -> None:
    store = Store()
    sites, fresh = refresher(store, tmp_path, every_s=0.01)
    await fresh.start()
    is_free = threading.Event()
    with ThreadPoolExecutor(1) as busy:
        asyncio.get_running_loop().set_default_executor(busy)
        busy.submit(is_free.wait)
        running = asyncio.create_task(fresh.run())
        store.rows = [row(toml=FREE_SHIPPING)]
        await until(lambda: bool(sites.all()))
        running.cancel()
        await asyncio.wait([running], timeout=0.05)
        is_free.set()
        with pytest.raises(asyncio.CancelledError):
            await running
    store.error = ConnectionRefusedError("down")
    again, next_start = refresher(store, tmp_path)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    await next_start.start()
    assert [len(site.rules.actions) for site in again.all()] == [1]


async def test_the_disk_keeps_the_last_good_text_and_not_the_broken_one(tmp_path: Path) -> None:
    store = Store(row(toml=FREE_SHIPPING))
    await refresher(store, tmp_path)[1].start()
    store.rows = [row(version="v2", toml=BROKEN)]
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    assert len(sites.all()[0].rules.actions) == 1
    kept = msgspec.json.decode((tmp_path / "sites.json").read_bytes(), type=list[StoredSite])
    assert [site.version for site in kept] == ["v1"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe"])
async def test_a_damaged_copy_on_disk_is_said_and_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sites.json").write_bytes(content)
    store = Store(row())
    store.error = OSError("down")
    sites, fresh = refresher(store, tmp_path)
    await fresh.start()
    assert sites.all() == ()
    assert any("on disk cannot be read" in problem for problem in fresh.problems())
    store.error = None
    await fresh.refresh()
    assert fresh.problems() == []
    assert len(sites.all()) == 1


async def test_a_folder_that_cannot_be_written_is_a_problem_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sites, fresh = refresher(Store(row()), tmp_path / "file")
    await fresh.start()
    assert len(sites.all()) == 1
    assert any("on disk" in problem for problem in fresh.problems())
    (tmp_path / "file").unlink()
    await fresh.refresh()
    assert fresh.problems() == [], "it is tried again also when no rules have changed"


async def test_the_copy_on_disk_is_for_this_account_only(tmp_path: Path) -> None:
    await refresher(Store(row()), tmp_path)[1].start()
    assert (tmp_path / "sites.json").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["sites.json"]
