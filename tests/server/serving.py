"""A gateway behind real sockets on a free port, with the log in memory and a scorer that hashes, and clients that are not ours."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import aiohttp
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from core.records import Record, Rejected, decode_frame
from core.wire import Ack, ActionFrame, Notice, Withdraw, decode_server_frame
from server.embedded.system import free_port
from server.live.gateway import Gateway, Limits, Scorers
from server.live.sites import Sites
from server.log.memory import MemoryLog
from server.metrics import REGISTRY
from server.net.routes import NetServer
from server.settings import Settings
from tests.support.builders import KEY, ORIGIN, make_links, make_sealer, make_sites
from tests.support.scorer import HashScorer

ServerFrame = Ack | ActionFrame | Withdraw | Notice


class Served:
    """One running server. `url` and `ws_url` have no path; `problems` is what /readyz will say."""

    def __init__(
        self, settings: Settings, sites: Sites, limits: Limits, gateway: Gateway | None, static: Path, kept: Path | None
    ) -> None:
        self.log = MemoryLog()
        self.problems: list[str] = []
        self.url = f"http://{settings.host}:{settings.port}"
        self.gateway = gateway or Gateway(
            sites=sites,
            scorers=Scorers(HashScorer()),
            log=self.log,
            sealer=make_sealer(),
            limits=limits,
            links=make_links(),
        )
        self.net = NetServer(
            settings, gateway=self.gateway, sites=sites, problems=lambda: self.problems, static=static, kept=kept
        )

    def connect(
        self,
        *,
        key: str = KEY,
        origin: str | None = ORIGIN,
        subprotocol: str = "fifthclick.v1",
        user_agent: str | None = None,
    ) -> AbstractAsyncContextManager[ClientConnection]:
        return socket_to(self.url, key=key, origin=origin, subprotocol=subprotocol, user_agent=user_agent)

    @property
    def rows(self) -> list[Record | Rejected]:
        """All that was logged, in order."""
        frames = [decode_frame(data) for data in self.log.frames]
        rows: list[Record | Rejected] = []
        for frame in frames:
            rows += [*frame.records, *frame.rejected]
        return rows


def socket_to(
    base_url: str,
    *,
    key: str = KEY,
    origin: str | None = ORIGIN,
    subprotocol: str = "fifthclick.v1",
    user_agent: str | None = None,
) -> AbstractAsyncContextManager[ClientConnection]:
    """A WebSocket by the `websockets` package."""
    return connect(
        f"{base_url.replace('http', 'ws', 1)}/_fc/v1/stream?site={key}",
        origin=cast(Origin, origin) if origin else None,
        subprotocols=[cast(Subprotocol, subprotocol)],
        compression=None,
        max_size=None,
        ping_interval=None,
        user_agent_header=user_agent,
    )


@asynccontextmanager
async def served(
    *,
    static: Path,
    sites: Sites | None = None,
    limits: Limits | None = None,
    gateway: object = None,
    kept: Path | None = None,
    **settings: object,
) -> AsyncIterator[Served]:
    """A server for as long as the block runs. `gateway` replaces the real one; `settings` are fields of `Settings`."""
    chosen = msgspec.convert({"port": free_port(), **settings}, Settings)
    server = Served(
        chosen, sites or make_sites(), limits or Limits(ack_every_s=0.01), cast(Gateway | None, gateway), static, kept
    )
    if gateway is None:
        await server.gateway.start()
    await server.net.start()
    try:
        yield server
    finally:
        await server.net.stop()
        if gateway is None:
            server.gateway.abort()


async def received(socket: ClientConnection) -> ServerFrame:
    """The next frame of the server's."""
    data = await socket.recv()
    assert isinstance(data, bytes)
    return decode_server_frame(data)


async def acked(socket: ClientConnection, stream: bytes, seq: int) -> Ack:
    """The first ack that covers `seq` of `stream`; what comes before it is dropped."""
    while True:
        frame = await received(socket)
        if isinstance(frame, Ack) and dict(frame.covered).get(stream, 0) >= seq:
            return frame


async def close_of(socket: ClientConnection) -> tuple[int, str]:
    """Read until the server closes; its code and reason."""
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()
    assert socket.close_code is not None, "the server dropped the connection without a close frame"
    return socket.close_code, socket.close_reason or ""


def refused(reason: str) -> float:
    """How many connections were refused for `reason` so far."""
    return REGISTRY.get_sample_value("fifthclick_connections_refused_total", {"reason": reason}) or 0.0


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def browser() -> aiohttp.ClientSession:
    """An HTTP client that leaves compressed bodies as they are."""
    return aiohttp.ClientSession(auto_decompress=False)
