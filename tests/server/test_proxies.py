"""The recipes in deploy/ in the programs that they are for: everything passes under the shop's own host, and nothing else."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from core.records import Record
from server.embedded.system import free_port
from tests.server.serving import Served, acked, served
from tests.support.builders import KEY, ORIGIN, STREAM, frame, hello, page_view

DEPLOY = Path(__file__).parents[2] / "deploy"
PATH = "/shop-events"
SHOP = "the shop"
NGINX = """
daemon off; pid {folder}/pid; error_log stderr warn; worker_processes 1;
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{ listen 127.0.0.1:{port}; include {recipe}; location / {{ return 200 "{shop}"; }} }}
}}
"""
CADDY = """
{{
	admin off
	auto_https off
}}
http://127.0.0.1:{port} {{
	import {recipe}
	handle {{
		respond "{shop}"
	}}
}}
"""


def nginx(folder: Path, port: int, upstream: str) -> list[str]:
    recipe = folder / "recipe.conf"
    text = (DEPLOY / "nginx-first-party.conf").read_text()
    assert text.count("127.0.0.1:8700") == 1
    recipe.write_text(text.replace("127.0.0.1:8700", upstream))
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, recipe=recipe, shop=SHOP))
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(config)]


def caddy(folder: Path, port: int, upstream: str) -> list[str]:
    config = folder / "Caddyfile"
    config.write_text(CADDY.format(port=port, recipe=DEPLOY / "first-party.caddy", shop=SHOP))
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(config)]


Recipe = Callable[[Path, int, str], list[str]]


@asynccontextmanager
async def proxied(recipe: Recipe, folder: Path, upstream: str) -> AsyncIterator[str]:
    """The proxy with this recipe in front of `upstream`; gives the shop's address."""
    folder.mkdir()
    port = free_port()
    command = recipe(folder, port, upstream)
    name = next(word for word in command if word in ("nginx", "caddy"))
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not on this machine. Next: tools/setup.sh proxies")
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "FIFTHCLICK_UPSTREAM": upstream}
    program = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **home}, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(30), aiohttp.ClientSession() as http:
            while True:
                assert program.returncode is None, (await program.stderr.read()).decode() if program.stderr else ""
                try:
                    async with http.get(f"{url}/") as answer:
                        assert await answer.text() == SHOP
                        break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        yield url
    finally:
        if program.returncode is None:
            program.terminate()
        await program.wait()


async def test_the_file_for_a_host_of_our_own_passes_what_is_ours_and_nothing_else(
    server: Served, static: Path, tmp_path: Path
) -> None:
    def own_host(folder: Path, port: int, upstream: str) -> list[str]:
        """deploy/Caddyfile as it is, beside a page that says that it is up."""
        (folder / "Caddyfile").write_text(
            f'import {DEPLOY / "Caddyfile"}\nhttp://127.0.0.1:{port} {{\n\trespond "{SHOP}"\n}}'
        )
        return ["env", f"FIFTHCLICK_DOMAIN=http://localhost:{own}", f"FIFTHCLICK_UPSTREAM={upstream}",
                "caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]  # fmt: skip

    own = free_port()
    async with (
        proxied(own_host, tmp_path / "proxy", server.url.removeprefix("http://")),
        aiohttp.ClientSession() as http,
    ):
        async with http.get(f"http://localhost:{own}/_fc/t.js") as answer:
            assert await answer.read() == (static / "t.js").read_bytes()
        async with http.get(f"http://localhost:{own}/metrics") as answer:
            assert answer.status == 404
            assert b"fifthclick_" not in await answer.read()


@pytest.fixture(params=[nginx, caddy])
async def shop(request: pytest.FixtureRequest, server: Served, tmp_path: Path) -> AsyncIterator[str]:
    async with proxied(request.param, tmp_path / "proxy", server.url.removeprefix("http://")) as url:
        yield url


# shows: C5
async def test_the_script_its_chunks_and_its_pinned_form_come_from_the_shops_own_path(
    shop: str, server: Served, static: Path
) -> None:
    pinned = f"/v/{server_version(static)}/t.js"
    async with aiohttp.ClientSession() as http:
        for path in ("/t.js", "/r.abc123.js", pinned):
            async with http.get(f"{shop}{PATH}{path}") as answer:
                assert answer.status == 200, path
                assert await answer.read() == (static / path.rsplit("/", 1)[1]).read_bytes()
                assert answer.headers["Content-Type"].startswith("text/javascript")
                assert "max-age" in answer.headers["Cache-Control"]


# shows: C5
async def test_the_socket_answers_and_a_beacon_is_logged_under_the_shops_own_path(shop: str, server: Served) -> None:
    address = f"{shop.replace('http', 'ws')}{PATH}/v1/stream?site={KEY}"
    async with connect(address, origin=Origin(ORIGIN), subprotocols=[Subprotocol("fifthclick.v1")]) as socket:
        await socket.send(hello())
        await socket.send(frame(page_view(1)))
        await acked(socket, STREAM, 1)
    sent = b"\x92" + hello() + frame(page_view(2))
    headers = {"Origin": ORIGIN, "Content-Type": "text/plain;charset=UTF-8"}
    async with aiohttp.ClientSession(headers=headers, cookies={"cart": "secret"}) as http:
        async with http.post(f"{shop}{PATH}/v1/events", data=sent) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, ORIGIN)
        async with http.post(f"{shop}{PATH}/v1/events?reply=1", data=sent) as answer:
            assert answer.status == 200
            assert await answer.read()
    await server.gateway.drain()
    assert {row.seq for row in server.rows if isinstance(row, Record)} == {1, 2}


async def test_nothing_else_of_the_server_is_reached_through_it(shop: str) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/metrics", "/readyz", "/livez", f"{PATH}/../metrics", f"{PATH}/%2e%2e/metrics", f"{PATH}metrics"):
            async with http.get(shop + path, allow_redirects=False) as answer:
                assert b"fifthclick_" not in await answer.read(), path


@pytest.mark.parametrize("recipe", [nginx, caddy])
async def test_a_client_cannot_say_that_it_is_somebody_else(recipe: Recipe, static: Path, tmp_path: Path) -> None:
    """The server believes the last entry of X-Forwarded-For, so the proxy must have written it. Here one address may have one
    connection, and this machine's own any number: who passes as the address that was made up is refused the second time."""
    async with served(static=static, trust_proxy=True, max_connections_per_address=1) as strict:
        assert await let_in(strict.url + "/_fc") == [True, False], "where nothing stands in front, it is believed"
        async with proxied(recipe, tmp_path / "strict", strict.url.removeprefix("http://")) as url:
            assert await let_in(url + PATH) == [True, True]


async def let_in(place: str) -> list[bool]:
    """Whether each of two sockets that claim the same foreign address is let in while the other is open."""
    opened: list[bool] = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            try:
                await stack.enter_async_context(
                    connect(
                        f"{place.replace('http', 'ws')}/v1/stream?site={KEY}", origin=Origin(ORIGIN),
                        subprotocols=[Subprotocol("fifthclick.v1")], additional_headers={"X-Forwarded-For": "203.0.113.7"},
                    )
                )  # fmt: skip
                opened.append(True)
            except InvalidStatus as refused:
                opened.append(refused.response.status_code != 429)
    return opened


def server_version(static: Path) -> str:
    return sha256((static / "t.js").read_bytes()).hexdigest()[:12]
