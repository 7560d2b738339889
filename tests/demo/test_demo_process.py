"""The shop as a process of its own, and what the demo verb says when it cannot start."""

import asyncio
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from core.errors import OurError
from server.cli import main
from server.verbs import _demo_children as children


async def test_the_shop_runs_as_a_process_of_its_own_and_ends_with_the_block(tmp_path: Path, free_port: int) -> None:
    async with (
        children.shop(
            port=free_port, data_dir=tmp_path, tag_host="http://127.0.0.1:9", site_key="pk_demo", analyst_dsn=""
        ) as url,
        aiohttp.ClientSession() as client,
        client.get(url) as answer,
    ):
        assert answer.status == 200
        assert 'data-site="pk_demo"' in await answer.text()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", free_port)


async def test_the_shop_stops_when_whoever_started_it_is_gone(tmp_path: Path, free_port: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", "--until-stdin-ends", "--port", str(free_port), "--data-dir", str(tmp_path),
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    await children.wait_until_it_answers(process, free_port)
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_a_shop_that_cannot_have_its_port_says_so_and_the_demo_does_not_wait(
    tmp_path: Path, free_port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        # Bound and not listening: nothing answers there, so only the shop's end can tell.
        other.bind(("127.0.0.1", free_port))
        with pytest.raises(OurError, match="ended at once"):
            async with children.shop(port=free_port, data_dir=tmp_path, tag_host="", site_key="", analyst_dsn=""):
                raise AssertionError("it cannot have started")
    said = capfd.readouterr().err
    assert said.startswith(f"demo shop: port {free_port} cannot be used")
    assert "Traceback" not in said


@pytest.mark.parametrize("flag", ["--port", "--shop-port"])
def test_a_taken_port_is_one_sentence_that_names_it_and_the_flag(
    free_port: int, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        assert main(["demo", flag, str(free_port)]) == 1
    assert capsys.readouterr().err == (
        f"fifthclick demo: port {free_port} is taken. "
        f"Next: end the program that holds it, or choose another with {flag}.\n"
    )


@pytest.mark.parametrize("flag", ["--port", "--shop-port"])
@pytest.mark.parametrize("port", ["0", "99999"])
def test_a_port_that_is_none_is_one_sentence_with_a_next_step(
    flag: str, port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--data-dir", str(tmp_path), flag, port]) == 1
    said = capsys.readouterr().err
    assert "port" in said
    assert "Next: " in said
    assert said.count("\n") == 1
