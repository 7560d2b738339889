"""The world's network: connections that are slow, break, repeat and swap frames, as the weather says, all by seed."""

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Protocol

from msgspec import Struct

from core.errors import PeerError
from core.wire import Events, Hello, decode_client_frame
from server.live.gateway import Connection, Gateway

GONE = 1006


class Weather(Struct, frozen=True, kw_only=True):
    """Shares are per chance to happen: per frame, per append, per page or per second."""

    slowest_s: float = 0.0
    duplicate_share: float = 0.0
    reorder_share: float = 0.0
    cuts_per_s: float = 0.0
    crashes_per_s: float = 0.0
    outages_per_s: float = 0.0
    longest_outage_s: float = 8.0
    log_fault_share: float = 0.0
    fetch_share: float = 0.0
    clock_jump_share: float = 0.0
    slowest_log_s: float = 0.0


CALM = Weather()
STORMY = Weather(
    slowest_s=0.4,
    duplicate_share=0.1,
    reorder_share=0.1,
    cuts_per_s=0.05,
    crashes_per_s=0.08,
    outages_per_s=0.03,
    log_fault_share=0.1,
    fetch_share=0.2,
    clock_jump_share=0.02,
    slowest_log_s=0.3,
)


LOG_AWAY = Weather(slowest_s=0.2, cuts_per_s=0.05, outages_per_s=0.2, longest_outage_s=400.0, slowest_log_s=0.1)
"""A log that is away for so long that leftovers of many pages pile up in the browser."""


class Host:
    """A place where a gateway runs, or does not just now."""

    def __init__(self) -> None:
        self.gateway: Gateway | None = None
        self.links: dict[Link, None] = {}  # Ordered, as sets are not: the seed decides everything.

    def cut(self) -> None:
        """Every connection of this host breaks; what was on its way is lost."""
        for link in tuple(self.links):
            link.cut()


class Client(Protocol):
    """The browser's end of a link."""

    def opened(self, link: "Link") -> None: ...
    def received(self, link: "Link", frame: bytes) -> None: ...
    def closed(self, link: "Link", code: int) -> None: ...


class Network:
    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.weather = CALM

    def delay_s(self) -> float:
        return self.chance.random() * self.weather.slowest_s

    def happens(self, share: float) -> bool:
        return share > 0 and self.chance.random() < share

    def connect(self, host: Host, client: Client) -> "Link":
        return Link(self, host, client)


class Link:
    """One connection: in order both ways, as TCP is, but for what the weather breaks."""

    def __init__(self, network: Network, host: Host, client: Client) -> None:
        self._network = network
        self._host = host
        self._client: Client | None = client
        self._loop = asyncio.get_running_loop()
        self._connection: Connection | None = None
        self._up: deque[bytes | None] = deque()
        self._down: deque[bytes | int] = deque()
        self._up_at_s = self._down_at_s = 0.0
        self._up_count = 0
        self._loop.call_later(network.delay_s(), self._open)

    def send(self, frame: bytes) -> None:
        """From the browser. The first two frames (hello, first events) are never repeated or swapped."""
        self._push_up(frame)
        self._up_count += 1
        if self._up_count <= 2:
            return
        if self._network.happens(self._network.weather.duplicate_share):
            self._push_up(frame)
        before = self._up[-2] if len(self._up) >= 3 else None
        if before is not None and self._network.happens(self._network.weather.reorder_share):
            self._up[-2], self._up[-1] = self._up[-1], before

    def leave(self) -> None:
        """The page closes its end: what it sent may still arrive, and nothing reaches it any more."""
        self._client = None
        if self._network.happens(0.5) and self._network.weather is not CALM:
            self._up.clear()
        self._push_up(None)

    def cut(self) -> None:
        """The connection breaks: what was on its way either way is lost. Each end learns of it in its own time."""
        self._up.clear()
        self._down.clear()
        self._down_at_s = 0.0
        self._push_down(GONE)
        self._push_up(None)

    # The server's end is a `Peer`.

    def peer_send(self, frame: bytes) -> None:
        self._push_down(frame)

    def peer_close(self, code: int) -> None:
        self._push_down(code)

    def _open(self) -> None:
        gateway = self._host.gateway
        if self._client is None:
            return
        if gateway is None:
            self._push_down(GONE)
            return
        self._host.links[self] = None
        self._connection = gateway.connect(_LinkPeer(self), origin="https://shop.example")
        self._client.opened(self)

    def _push_up(self, frame: bytes | None) -> None:
        self._up.append(frame)
        self._up_at_s = max(self._up_at_s, self._loop.time() + self._network.delay_s())
        self._loop.call_at(self._up_at_s, self._arrive_up)

    def _push_down(self, frame: bytes | int) -> None:
        self._down.append(frame)
        self._down_at_s = max(self._down_at_s, self._loop.time() + self._network.delay_s())
        self._loop.call_at(self._down_at_s, self._arrive_down)

    def _arrive_up(self) -> None:
        # One timer per frame, and whichever fires takes the oldest: frames keep their order.
        if not self._up:
            return
        frame = self._up.popleft()
        if self._connection is None or self not in self._host.links:
            return
        if frame is None:
            self._forget()
            return
        try:
            self._connection.receive(frame)
        except PeerError as error:
            self._push_down(error.close_code)
            self._forget()

    def _arrive_down(self) -> None:
        if not self._down:
            return
        frame = self._down.popleft()
        client = self._client
        if client is None:
            return
        if isinstance(frame, int):
            self._client = None
            client.closed(self, frame)
            self._forget()
        else:
            client.received(self, frame)

    def _forget(self) -> None:
        self._host.links.pop(self, None)
        if self._connection is not None:
            self._connection.closed()


class _LinkPeer:
    def __init__(self, link: Link) -> None:
        self._link = link

    def send(self, frame: bytes) -> None:
        self._link.peer_send(frame)

    def close(self, code: int, reason: str) -> None:
        self._link.peer_close(code)


class Exchange:
    """The fetch path's one request and reply, as `server.net` does it: a connection that ends with its ack."""

    def __init__(self, network: Network, host: Host, frames: list[bytes], reply: Callable[[list[bytes]], None]) -> None:
        self._network = network
        self._frames = frames
        self._host = host
        self._reply = reply
        self._answers: list[bytes] = []
        self.task = asyncio.get_running_loop().create_task(self._run())

    def send(self, frame: bytes) -> None:
        self._answers.append(frame)

    def close(self, code: int, reason: str) -> None:
        self._answers.clear()

    async def _run(self) -> None:
        await asyncio.sleep(self._network.delay_s())
        gateway = self._host.gateway
        if gateway is None:
            self._reply([])
            return
        connection = gateway.connect(self, origin="https://shop.example")
        for data in self._frames:
            frame: Hello | Events = decode_client_frame(data)
            connection.take(frame)
        await connection.acked(1.0)
        connection.closed()
        await asyncio.sleep(self._network.delay_s())
        # An answer that is lost on the way is an empty one: the page asks again.
        lost = self._host.gateway is not gateway or self._network.happens(self._network.weather.log_fault_share)
        self._reply([] if lost else self._answers)
