"""The WebSocket under strain: limits, restarts, errors of ours, and peers that do not read."""

import asyncio
import socket as sockets
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from core.wire import Notice
from server.live.gateway import Limits
from server.live.ports import Peer
from server.net import websocket
from server.net.limits import ConnectionCount
from tests.server.serving import Served, acked, close_of, received, refused, sample, served
from tests.support.builders import KEY, ORIGIN, SITE_ID, STREAM, frame, hello, make_sites, page_view

OTHER_STREAM = b"\x50\x00" + b"b" * 12


async def _assert_works(socket: ClientConnection, stream: bytes, seq: int) -> None:
    await socket.send(frame(page_view(seq), stream=stream))
    await acked(socket, stream, seq)


async def test_frames_beyond_the_pace_of_a_page_close_with_1008(static: Path) -> None:
    limits = Limits(ack_every_s=0.01, frames_per_s=1, frames_burst=3)
    async with served(static=static, limits=limits) as server, server.connect() as socket:
        await socket.send(hello())
        for seq in range(1, 5):
            await socket.send(frame(page_view(seq)))
        assert await close_of(socket) == (1008, "too_many_frames")
    assert {row.seq for row in server.rows} <= {1, 2}


# shows: N1
async def test_events_beyond_the_pace_of_a_page_close_with_1008(static: Path) -> None:
    limits = Limits(ack_every_s=0.01, events_per_s=1, events_burst=5)
    async with served(static=static, limits=limits) as server, server.connect() as socket:
        await socket.send(hello())
        await socket.send(frame(*[page_view(seq) for seq in range(1, 7)]))
        assert await close_of(socket) == (1008, "too_many_events")


async def test_a_socket_that_never_says_hello_is_closed(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "HELLO_TIMEOUT_S", 0.05)
    async with server.connect() as socket:
        assert await close_of(socket) == (1008, "no_hello")


async def test_connections_beyond_the_limit_are_told_to_come_later_and_there_is_room_again_afterwards(
    static: Path,
) -> None:
    async with served(static=static, max_connections=1) as server:
        async with server.connect() as socket:
            await socket.send(hello())
            await _assert_works(socket, STREAM, 1)
            with pytest.raises(InvalidStatus) as caught:
                async with server.connect():
                    raise AssertionError("it was let in")
            assert caught.value.response.status_code == 503
            assert int(caught.value.response.headers["Retry-After"]) > 0
        async with server.connect() as socket:
            await socket.send(hello(stream=OTHER_STREAM))
            await _assert_works(socket, OTHER_STREAM, 1)


def test_one_address_has_its_share_and_this_machine_is_no_address() -> None:
    count = ConnectionCount(most=5, most_per_address=2)
    assert [count.enter("192.0.2.1") for _ in range(3)] == [None, None, "too_many_from_address"]
    assert count.enter("192.0.2.2") is None
    count.leave("192.0.2.1")
    assert count.enter("192.0.2.1") is None
    assert [count.enter("127.0.0.1") for _ in range(3)] == [None, None, "too_many_connections"]


# shows: M3
async def test_a_restart_acks_what_came_and_says_come_back(server: Served) -> None:
    async with server.connect() as socket:
        await socket.send(hello())
        await _assert_works(socket, STREAM, 1)
        await socket.send(frame(page_view(2), page_view(3)))
        while sample("fifthclick_events_received_total", site=SITE_ID, state="accepted") < 1:
            await asyncio.sleep(0.01)
        server.net.refuse_new()
        await server.gateway.drain(2.0)
        assert await close_of(socket) == (1012, "restart")
        with pytest.raises(InvalidStatus) as caught:
            async with server.connect():
                raise AssertionError("it was let in")
        assert caught.value.response.status_code == 503


class _Scripted:
    """A gateway whose connections do one thing, and which remembers its peers."""

    def __init__(self, error: Exception | None = None) -> None:
        self.peers: list[Peer] = []
        self.error = error

    def connect(self, peer: Peer, *, origin: str | None, robot: str | None = None) -> "_Scripted":
        self.peers.append(peer)
        return self

    def receive(self, data: bytes) -> None:
        if self.error is not None:
            raise self.error

    def closed(self) -> None:
        """Nothing is held."""


async def test_an_error_of_ours_closes_one_connection_and_tells_it_nothing(static: Path) -> None:
    async with (
        served(static=static, gateway=_Scripted(ZeroDivisionError("secret"))) as server,
        server.connect() as bystander,
        server.connect() as socket,
    ):
        await socket.send(hello())
        assert await close_of(socket) == (1011, "internal")
        pong = await bystander.ping()
        assert await pong >= 0


async def test_a_peer_that_does_not_read_is_closed_and_holds_up_nobody(static: Path) -> None:
    gateway = _Scripted()
    before = refused("reads_too_slowly")
    async with served(static=static, gateway=gateway) as server:
        deaf = sockets.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])))
        deaf.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        request = (
            f"GET /_fc/v1/stream?site={KEY} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Origin: {ORIGIN}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: fifthclick.v1\r\n\r\n"
        )
        deaf.send(request.encode())
        while not gateway.peers:
            await asyncio.sleep(0.01)
        while refused("reads_too_slowly") == before:
            gateway.peers[0].send(bytes(60_000))
            await asyncio.sleep(0)
        async with server.connect() as socket:
            while len(gateway.peers) < 2:
                await asyncio.sleep(0.01)
            gateway.peers[1].send(hello())
            assert await socket.recv() == hello()
        deaf.close()
    assert refused("reads_too_slowly") == before + 1


@pytest.mark.parametrize("size", [1, 125, 126, 65_535, 65_536])
async def test_frames_of_every_size_arrive_whole(static: Path, size: int) -> None:
    gateway = _Scripted()
    async with served(static=static, gateway=gateway) as server, server.connect() as socket:
        while not gateway.peers:
            await asyncio.sleep(0.01)
        gateway.peers[0].send(bytes(range(256)) * (size // 256) + bytes(size % 256))
        data = await socket.recv()
        assert len(data) == size


async def test_the_first_frame_after_a_hello_can_be_a_notice(static: Path) -> None:
    async with served(static=static, sites=make_sites(is_demo=True)) as server, server.connect() as socket:
        await socket.send(hello(wants_notices=True, traffic="preview"))
        await socket.send(frame(page_view(1)))
        assert isinstance(await received(socket), Notice)
