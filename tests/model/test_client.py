"""The player against the real gateway: a codec and a socket of its own, and still every event is logged once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from core import events as ev
from core.errors import PeerError
from core.events import encode_event
from core.records import Record, decode_frame
from core.wire import SUBPROTOCOL, Ack, ActionFrame, Events, decode_client_frame, decode_event, encode
from model.simulator import wire
from model.simulator.client import Played, Player, Scripted, Target
from model.simulator.crowd import play_all
from model.simulator.scripts import RecordedScript, ShopperScript, start_times
from server.live.gateway import Gateway, Scorers
from server.live.ports import Limits
from server.log.memory import MemoryLog
from tests.model.builders import START_MS, dwell, page, visit
from tests.support.builders import KEY, make_sealer, make_sites
from tests.support.scorer import HashScorer

SHOPPERS = 24


class _Peer:
    """The gateway's other end, over a socket of the websockets package."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._frames: asyncio.Queue[bytes | tuple[int, str]] = asyncio.Queue()

    def send(self, frame: bytes) -> None:
        self._frames.put_nowait(frame)

    def close(self, code: int, reason: str) -> None:
        self._frames.put_nowait((code, reason))

    async def pump(self) -> None:
        while True:
            frame = await self._frames.get()
            if isinstance(frame, tuple):
                await self._socket.close(*frame)
                return
            await self._socket.send(frame)


class Shop:
    """A gateway behind sockets. `breaks_every`: every so many frames the connection is cut, as networks do."""

    def __init__(self, *, breaks_every: int = 0, is_demo: bool = True, ack_every_s: float = 0.02) -> None:
        self.log = MemoryLog()
        self.url = ""
        self._breaks_every = breaks_every
        self._frame_count = 0
        self._gateway = Gateway(
            sites=make_sites(is_demo=is_demo),
            scorers=Scorers(HashScorer()),
            log=self.log,
            sealer=make_sealer(),
            limits=Limits(ack_every_s=ack_every_s),
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Shop"]:
        await self._gateway.start()
        async with serve(self._serve, "127.0.0.1", 0, subprotocols=[Subprotocol(SUBPROTOCOL)]) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}/_fc/v1/stream"
            yield self
        await self._gateway.drain()

    @property
    def records(self) -> list[Record]:
        return [record for data in self.log.frames for record in decode_frame(data).records]

    async def _serve(self, socket: ServerConnection) -> None:
        peer = _Peer(socket)
        connection = self._gateway.connect(peer, origin=None)
        pump = asyncio.create_task(peer.pump())
        try:
            async for data in socket:
                assert isinstance(data, bytes)
                self._frame_count += 1
                if self._breaks_every and self._frame_count % self._breaks_every == 0:
                    socket.transport.abort()
                connection.receive(data)
        except PeerError as error:
            await socket.close(error.close_code, error.reason)
        finally:
            connection.closed()
            pump.cancel()


def players(shop: Shop, key: str = KEY) -> tuple[list[Player], list[ShopperScript]]:
    target = Target(shop.url, key, "simulated", ack_timeout_s=10.0)
    starts = start_times(SHOPPERS, now_ms=START_MS, days=3, seed=1)
    scripts = [ShopperScript(seed, start_ms) for seed, start_ms in enumerate(starts)]
    return [Player(target, script, seed=f"test:{i}") for i, script in enumerate(scripts)], scripts


async def play(shop: Shop, key: str = KEY) -> list[Played]:
    crowd, _ = players(shop, key)
    played: list[Played] = []
    await play_all(lambda i: crowd[i], len(crowd), rate=0, most_at_once=8, on_played=played.append)
    return played


# shows: C1
@pytest.mark.parametrize("breaks_every", [0, 9], ids=["calm", "broken connections"])
async def test_every_event_is_logged_once_and_acked(breaks_every: int) -> None:
    async with Shop(breaks_every=breaks_every).open() as shop:
        played = await play(shop)
        keys = Counter((record.stream, record.seq) for record in shop.records)
        assert [p.failure for p in played] == [""] * SHOPPERS
        assert sum(p.acked_count for p in played) == sum(p.event_count for p in played) == len(keys)
        assert {r.traffic for r in shop.records} == {"simulated"}
        assert {r.session_id for r in shop.records} == {p.session_id for p in played}
        # A new page's hello brings what its predecessor was not acked for: such a row is the very same row again.
        assert len({(r.stream, r.seq, r.payload, r.scores) for r in shop.records}) == len(keys)
        for record in shop.records:
            event = decode_event(record.payload)
            assert isinstance(event, ev.Event)
            assert event.seq == record.seq


async def test_offers_are_answered_on_the_page_that_they_were_meant_for() -> None:
    async with Shop().open() as shop:
        played = await play(shop)
        chosen = {r.decision.decision_id: r.stream for r in shop.records if r.decision and r.decision.is_delivered}
        shown = {}
        for record in shop.records:
            event = decode_event(record.payload)
            if isinstance(event, ev.ActionShown):
                shown[event.decision_id] = record.stream
        assert len(shown) == sum(len(p.offers) for p in played) > 5
        assert all(chosen[decision_id] == stream for decision_id, stream in shown.items())


async def test_without_notices_offers_are_still_heard() -> None:
    async with Shop(is_demo=False).open() as shop:
        played = await play(shop)
        assert sum(len(p.offers) for p in played) > 0
        assert all(not p.failure for p in played)


async def test_a_wrong_key_ends_a_visit_at_once_with_the_reason() -> None:
    async with Shop().open() as shop:
        played = await play(shop, key="pk_wrong")
        assert {p.failure for p in played} == {"the server closed the connection with 1008 unknown_site"}
        assert shop.records == []


async def test_nobody_there_is_said_in_words() -> None:
    target = Target("ws://127.0.0.1:9/_fc/v1/stream", KEY, "simulated", tries=1)
    played = await Player(target, ShopperScript(1, START_MS), seed="x").play()
    assert played.failure.startswith("ws://127.0.0.1:9/_fc/v1/stream cannot be used: ")
    assert played.acked_count == 0


async def test_a_recorded_session_is_played_as_it_was() -> None:
    recorded = visit(page("page_3"), page("page_6"), page("page_3"), dwell(2), has_bought=True)
    async with Shop().open() as shop:
        target = Target(shop.url, KEY, "replayed")
        played = await Player(target, RecordedScript(recorded), seed="r").play()
        assert (played.event_count, played.acked_count, played.connection_count, played.offers) == (4, 4, 1, [])
        assert [decode_event(r.payload) for r in shop.records] == [event for _, event in recorded.events]
        assert all(r.scores is not None and r.traffic == "replayed" for r in shop.records)


class Pages:
    """So many pages, each a document of its own."""

    takes_socket_per_page = True
    takes_offers = False
    has_bought = False

    def __init__(self, count: int) -> None:
        self._events = enumerate(page("page_3") for _ in range(count))

    def next(self) -> Scripted | None:
        following = next(self._events, None)
        if following is None:
            return None
        number, event = following
        return Scripted(number, replace(event, seq=1, at_ms=START_MS + 1000 * number))

    def offer(self, decision_id: str, action_id: str, action_type: str) -> None:
        raise AssertionError("it takes none")


async def test_a_visit_of_many_pages_that_no_ack_has_covered_yet_arrives_whole() -> None:
    async with Shop(ack_every_s=1.0).open() as shop:
        played = await Player(Target(shop.url, KEY, "simulated"), Pages(40), seed="many").play()
        assert (played.failure, played.event_count, played.acked_count) == ("", 40, 40)
        assert len({record.stream for record in shop.records}) == 40


def test_our_other_codec_writes_the_events_that_the_core_reads() -> None:
    play_one = ShopperScript(11, START_MS)
    scripted = play_one.next()
    count = 0
    while scripted is not None:
        frame = decode_client_frame(wire.events([(b"\0\1" + b"x" * 12, 0, [wire.event(scripted.event)])]))
        assert isinstance(frame, Events)
        [batch] = frame.batches
        assert decode_event(batch.events[0]) == scripted.event
        # The canonical bytes are the core's own; another codec may choose longer ones.
        assert len(encode_event(scripted.event)) <= len(bytes(batch.events[0]))
        scripted = play_one.next()
        count += 1
    assert count > 1


def test_our_other_codec_reads_the_frames_that_the_core_writes() -> None:
    stream = b"\0\1" + b"x" * 12
    assert wire.frame(encode(Ack(((stream, 7),), b"token"))) == wire.Ack([(stream, 7)], b"token")
    action = ActionFrame("0" * 16, stream, 3, "guide", {"type": "content", "title": "How"}, 15_000)
    assert wire.frame(encode(action)) == wire.Action("0" * 16, stream, "guide", "content")


def test_visits_are_over_by_now_and_spread_over_the_days() -> None:
    starts = start_times(500, now_ms=START_MS, days=10, seed=2)
    assert max(starts) < START_MS - 3_600_000
    assert len({start // 86_400_000 for start in starts}) >= 10
    assert starts == start_times(500, now_ms=START_MS, days=10, seed=2)
