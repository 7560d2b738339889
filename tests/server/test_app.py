"""The whole server as `serve` composes it: from an empty folder to a row, over a restart, and with log and store away."""

import asyncio
from pathlib import Path

import aiohttp
import asyncpg
import msgspec
import pytest

from core.errors import ConfigError, OurError
from server.app import RunningApp, serving
from server.embedded.system import free_port, is_free
from server.settings import Settings
from server.store.pool import connect
from server.store.publish import StoredSite, add_site
from server.store.running import connect_info
from tests.server.serving import acked, socket_to
from tests.support.builders import STREAM, frame, hello, page_view

ORIGIN = "https://shop.example"
ROWS = "SELECT seq FROM raw.events WHERE site_id = $1 ORDER BY seq"


def _settings(folder: Path, **others: object) -> Settings:
    return msgspec.convert({"data_dir": str(folder), "port": free_port(), **others}, Settings)


async def _site(app: RunningApp) -> StoredSite:
    pool = await connect(app.database_url)
    try:
        return await add_site(pool, name="Shop", origins=[ORIGIN])
    finally:
        await pool.close()


async def _until_open(app: RunningApp, key: str) -> None:
    """Until the running server knows the site."""
    async with aiohttp.ClientSession() as http:
        while True:
            asked = {"Origin": ORIGIN}
            async with http.post(
                f"{app.base_url}/_fc/v1/events", data=b"\x91" + hello(key=key), headers=asked
            ) as reply:
                if reply.status == 204:
                    return
            await asyncio.sleep(0.05)


async def _rows(app: RunningApp, site_id: str, count: int) -> list[int]:
    """The seqs of the site's events, as soon as there are `count`."""
    connection = await asyncpg.connect(app.database_url)
    try:
        while len(rows := await connection.fetch(ROWS, site_id)) < count:
            await asyncio.sleep(0.05)
        return [row["seq"] for row in rows]
    finally:
        await connection.close()


async def _status(app: RunningApp) -> tuple[int, list[str]]:
    async with aiohttp.ClientSession() as http, http.get(f"{app.base_url}/readyz") as reply:
        return reply.status, (await reply.json())["problems"]


def _nobody() -> dict[str, object]:
    """URLs where nobody answers."""
    return {
        "database_url": f"postgresql://postgres@127.0.0.1:{free_port()}/nothing",
        "nats_url": f"nats://127.0.0.1:{free_port()}",
    }


async def test_from_an_empty_folder_to_a_row_and_the_row_is_there_after_a_restart(servers_folder: Path) -> None:
    settings = _settings(servers_folder / "app")
    async with serving(settings) as app:
        assert (await _status(app)) == (200, [])
        assert connect_info(settings).base_url == app.base_url
        site = await _site(app)
        await asyncio.wait_for(_until_open(app, site.key), 10)
        async with socket_to(app.base_url, key=site.key, origin=ORIGIN) as socket:
            await socket.send(hello(key=site.key))
            await socket.send(frame(page_view(1), page_view(2)))
            await acked(socket, STREAM, 2)
        assert await asyncio.wait_for(_rows(app, site.site_id, 2), 20) == [1, 2]
    assert is_free(settings.port)
    async with serving(settings) as again:
        assert again.database_url == app.database_url
        assert await _rows(again, site.site_id, 2) == [1, 2]
        async with socket_to(again.base_url, key=site.key, origin=ORIGIN) as socket:
            await socket.send(hello(key=site.key))
            await socket.send(frame(page_view(1), page_view(2), page_view(3)))
            await acked(socket, STREAM, 3)
        assert await asyncio.wait_for(_rows(again, site.site_id, 3), 20) == [1, 2, 3]


async def test_a_start_publishes_rules_that_this_version_names_otherwise_and_notes_its_model(
    servers_folder: Path,
) -> None:
    settings = _settings(servers_folder / "app")
    async with serving(settings) as app:
        site = await _site(app)
        connection = await asyncpg.connect(app.database_url)
        await connection.execute(
            "INSERT INTO config.rules (site_id, version, toml) VALUES ($1, 'of-an-older-one', $2)",
            site.site_id, site.toml,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO config.rules_history (site_id, version, verb) VALUES ($1, 'of-an-older-one', 'publish')",
            site.site_id,
        )  # fmt: skip
        await connection.close()
    async with serving(settings) as app:
        connection = await asyncpg.connect(app.database_url)
        live = "SELECT version FROM config.rules_history WHERE site_id = $1 ORDER BY history_id DESC LIMIT 1"
        assert await connection.fetchval(live, site.site_id) == site.version
        while (noted := await connection.fetchrow("SELECT version, manifest FROM config.models")) is None:
            await asyncio.sleep(0.05)
        assert msgspec.json.decode(noted["manifest"])["version"] == noted["version"]
        await connection.close()


async def test_the_analysts_login_reads_the_marts_and_nothing_raw(servers_folder: Path) -> None:
    async with serving(_settings(servers_folder / "analyst")) as app:
        connection = await asyncpg.connect(app.analyst_dsn)
        assert await connection.fetchval("SELECT count(*) FROM marts.sessions") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("SELECT count(*) FROM raw.events")
        await connection.close()


async def test_with_log_and_store_away_the_last_known_sites_are_served_and_both_are_named(
    servers_folder: Path,
) -> None:
    settings = _settings(servers_folder / "away")
    async with serving(settings) as app:
        site = await _site(app)
        await asyncio.wait_for(_until_open(app, site.key), 10)
    async with (
        serving(_settings(servers_folder / "away", **_nobody())) as alone,
        socket_to(alone.base_url, key=site.key, origin=ORIGIN) as socket,
    ):
        await socket.send(hello(key=site.key))
        await socket.send(frame(page_view(1)))
        status, problems = await _status(alone)
        assert status == 503
        assert any("the log is not reached" in problem for problem in problems)
        assert any("Postgres is not reached" in problem for problem in problems)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(acked(socket, STREAM, 1), 0.3)


async def test_a_writer_and_a_settle_that_cannot_store_are_named_until_they_can(servers_folder: Path) -> None:
    settings = _settings(servers_folder / "app", settle_every_s=0.2)
    async with serving(settings) as app:
        site = await _site(app)
        await asyncio.wait_for(_until_open(app, site.key), 10)
        connection = await asyncpg.connect(app.database_url)
        await connection.execute("ALTER TABLE raw.session_touches RENAME TO touches_away")
        async with socket_to(app.base_url, key=site.key, origin=ORIGIN) as socket:
            await socket.send(hello(key=site.key))
            await socket.send(frame(page_view(9), stream=b"\x50\x00" + b"w" * 12, covered_seq=8))
            async with asyncio.timeout(20):
                while len(problems := (await _status(app))[1]) < 2:
                    await asyncio.sleep(0.05)
        assert any(problem.startswith("the writer cannot store (UndefinedTableError)") for problem in problems)
        assert any(problem.startswith("visits cannot be settled (UndefinedTableError)") for problem in problems)
        await connection.execute("ALTER TABLE raw.touches_away RENAME TO session_touches")
        await connection.close()
        async with asyncio.timeout(20):
            while (await _status(app)) != (200, []):
                await asyncio.sleep(0.05)


async def test_a_refused_model_is_named_and_events_are_still_kept(servers_folder: Path) -> None:
    settings = _settings(servers_folder / "app", bundle=str(servers_folder / "no-bundle"))
    async with serving(settings) as app:
        status, problems = await _status(app)
        assert status == 503
        assert any(problem.startswith("no model is loaded") for problem in problems)
        site = await _site(app)
        await asyncio.wait_for(_until_open(app, site.key), 10)
        async with socket_to(app.base_url, key=site.key, origin=ORIGIN) as socket:
            await socket.send(hello(key=site.key))
            await socket.send(frame(page_view(1)))
            await acked(socket, STREAM, 1)


async def test_a_role_with_a_typo_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown role 'gateways'\. Next: use one of gateway, writer, settle"):
        async with serving(_settings(tmp_path / "data", roles=("gateways",))):
            raise AssertionError("it was started")
    assert not (tmp_path / "data").exists()


async def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OurError, match=r"cannot be written: .* Next: choose another with --data-dir"):
        async with serving(_settings(tmp_path / "file" / "data")):
            raise AssertionError("it was started")


async def test_a_writer_of_its_own_says_how_it_is_and_takes_no_events(servers_folder: Path) -> None:
    settings = _settings(servers_folder / "app", roles=("writer", "settle"))
    async with serving(settings) as app, aiohttp.ClientSession() as http:
        async with http.get(f"{app.base_url}/livez") as reply:
            assert reply.status == 200
        async with http.post(f"{app.base_url}/_fc/v1/events", data=b"") as reply:
            assert reply.status == 404
