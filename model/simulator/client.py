"""One visitor over real sockets, as the tracker does it: hello, events, acks, token, resend after a break, offers.

Time is compressed: events carry their virtual times and are sent as fast as they are taken. Where an offer may come
the player waits a moment for it, so that the shopper can answer it on the page that it was meant for.
"""

import asyncio
from contextlib import suppress
from random import Random
from time import time
from typing import NamedTuple, Protocol

from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException
from websockets.typing import Subprotocol

from core import events as ev
from core.errors import OurError
from model.simulator import wire
from model.simulator.unacked import Unacked

MOMENTS = (ev.Dwell, ev.Idle, ev.SectionView, ev.TabVisible, ev.ExitIntent)
"""After these the server may offer something; everything before them travels in the same frame."""
FRAME_EVENTS = 40
BATCHES_MOST = 16
"""A frame of more streams is refused. A visit played in no time has left as many pages before the first ack."""
DAY_MS = 86_400_000
BACKOFF_S = 0.2
OUR_FAULT = (1002, 1003, 1007, 1008, 1009)
"""Close codes that no second try can cure."""


class Scripted(NamedTuple):
    """The next thing that happens. `document` counts page loads from 0."""

    document: int
    event: ev.Event


class Script(Protocol):
    """A visit to play. `takes_socket_per_page`: each page load is a connection of its own, as in most shops.
    `takes_offers`: what it does next depends on what it is shown."""

    takes_socket_per_page: bool
    takes_offers: bool

    def next(self) -> Scripted | None: ...

    def offer(self, decision_id: str, action_id: str, action_type: str) -> None:
        """An offer is on the page; what it leads to comes with `next`."""
        ...


class Target(Struct, frozen=True):
    """Where to play. `url` is the stream's, ws:// or wss://. `answer_s`: how long to wait for an offer at a moment, where
    the site sends no notices that would tell when none will come. `tries`: of a connection, with growing pauses between."""

    url: str
    site_key: str
    traffic: str
    answer_s: float = 0.05
    notice_s: float = 5.0
    ack_timeout_s: float = 15.0
    tries: int = 6


class Played(Struct):
    """What became of one visit. `offers` names the actions that were shown."""

    session_id: bytes
    event_count: int = 0
    acked_count: int = 0
    connection_count: int = 0
    offers: list[str] = []
    failure: str = ""


class Player:
    """Plays one script. A connection that breaks is made again, and what was not acked is sent again, with its token."""

    def __init__(self, target: Target, script: Script, *, seed: str) -> None:
        self._target = target
        self._script = script
        self._chance = Random(f"client:{seed}")
        self._unacked = Unacked()
        self._token: bytes | None = None
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._offered = asyncio.Event()
        self._refusal = ""
        self._offer: wire.Action | None = None
        self._noticed: tuple[bytes, int] | None = None
        self._document = -1
        self.played = Played(self._chance.randbytes(16))

    async def play(self) -> Played:
        """The whole visit, to its last ack. A failure is told in the result."""
        try:
            scripted = self._script.next()
            while scripted is not None:
                await self._take(scripted)
                scripted = self._script.next()
            await self._send()
            await self._finish()
        except OurError as error:
            self.played.failure = str(error)
        finally:
            await self._close()
        return self.played

    async def _take(self, scripted: Scripted) -> None:
        if scripted.document != self._document:
            await self._turn_page(scripted)
        self._unacked.add(scripted.event.seq, wire.event(scripted.event))
        self.played.event_count += 1
        if self._script.takes_offers and isinstance(scripted.event, MOMENTS):
            await self._send()
            await self._hear_offer(scripted.event.seq)
        elif self._unacked.unsent_count >= FRAME_EVENTS:
            await self._send()

    async def _turn_page(self, scripted: Scripted) -> None:
        """A new document: a new stream and, in most shops, a new connection."""
        if not self._unacked.is_empty:
            await self._send()
            if self._script.takes_socket_per_page:
                await self._close()
        self._document, self._offer = scripted.document, None
        day = scripted.event.at_ms // DAY_MS % 65_536
        self._unacked.begin(day.to_bytes(2, "big") + self._chance.randbytes(12))

    async def _send(self) -> None:
        """Everything that this connection has not carried yet, over a new one if this one is gone."""
        for attempt in range(self._target.tries):
            if self._refusal:
                raise OurError(self._refusal)
            try:
                if self._socket is None:
                    await self._connect()
                await self._send_waiting()
            except (OSError, TimeoutError, WebSocketException) as error:
                await self._close()
                if attempt == self._target.tries - 1 or isinstance(error, InvalidURI | InvalidStatus):
                    raise OurError(f"{self._target.url} cannot be used: {error or type(error).__name__}") from None
                await asyncio.sleep(self._chance.random() * BACKOFF_S * 2**attempt)
            else:
                return

    async def _connect(self) -> None:
        target = self._target
        self._socket = await connect(
            f"{target.url}?site={target.site_key}",
            subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=15,
            close_timeout=1,
        )
        self.played.connection_count += 1
        self._unacked.reconnected()
        self._reader = asyncio.create_task(self._read(self._socket))
        hello = wire.hello(
            site_key=target.site_key,
            session_id=self.played.session_id,
            stream=self._unacked.stream,
            sent_at_ms=int(time() * 1000),
            token=self._token,
            traffic=target.traffic,
            wants_notices=self._script.takes_offers,
        )
        await self._socket.send(hello)

    async def _send_waiting(self) -> None:
        batches = self._unacked.take_unsent()
        if self._socket is not None:
            for at in range(0, len(batches), BATCHES_MOST):
                await self._socket.send(wire.events(batches[at : at + BATCHES_MOST]))

    async def _read(self, socket: ClientConnection) -> None:
        """Takes what the server says until the socket is gone. A close is no news here: the next send sees it."""
        with suppress(WebSocketException):
            async for data in socket:
                if isinstance(data, bytes):
                    self._hear(wire.frame(data))
        if socket.close_code in OUR_FAULT:
            self._refusal = (
                f"the server closed the connection with {socket.close_code} {socket.close_reason or ''}".strip()
            )
        if self._socket is socket:
            self._socket = None
        self._news.set()
        self._offered.set()

    def _hear(self, frame: wire.Ack | wire.Action | wire.Withdraw | wire.Notice | wire.Other) -> None:
        match frame:
            case wire.Ack(covered, token):
                self._token = token
                for stream_id, seq in covered:
                    self.played.acked_count += self._unacked.cover(stream_id, seq)
            case wire.Action():
                self._offer = frame
                self._offered.set()
            case wire.Withdraw(decision_id):
                if self._offer is not None and self._offer.decision_id == decision_id:
                    self._offer = None
            case wire.Notice(stream, seq):
                self._noticed = stream, seq
                self._offered.set()
            case wire.Other():
                return
        self._news.set()

    async def _hear_offer(self, seq: int) -> None:
        """Give an offer the moment that it needs, and show it if it is for the page on screen."""
        moment = self._unacked.stream, seq
        with suppress(TimeoutError):
            async with asyncio.timeout(self._target.notice_s if self._noticed else self._target.answer_s):
                # An offer travels before its event's notice, so the notice says that none will come.
                while self._offer is None and self._noticed != moment and self._socket is not None:
                    self._offered.clear()
                    await self._offered.wait()
        offer, self._offer = self._offer, None
        if offer is not None and offer.stream == self._unacked.stream:
            self.played.offers.append(offer.action_id)
            self._script.offer(offer.decision_id, offer.action_id, offer.action_type)

    async def _finish(self) -> None:
        """Wait for the last ack, sending again over a new connection where one breaks."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._target.ack_timeout_s):
                while len(self._unacked):
                    self._news.clear()
                    if self._socket is None:
                        await self._send()
                    await self._news.wait()
                return
        raise OurError(f"no ack within {self._target.ack_timeout_s:g} s for {len(self._unacked)} events")

    async def _close(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()
        if self._reader is not None:
            await self._reader
            self._reader = None
