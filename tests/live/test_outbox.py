"""Acks, and the log that is slow, away or full: nothing is acked that is not in it, and nothing waits for it but the ack."""

import asyncio

import pytest

from core import events as ev
from core.errors import LogUnavailable
from core.records import decode_frame
from core.session import STREAMS_KEPT
from core.wire import Ack, ActionFrame
from server import metrics
from server.live.gateway import Limits
from server.log.memory import MemoryLog
from tests.support.builders import SESSION_ID, START_MS, STREAM, browsing, dwell, frame, hello, page_view
from tests.support.loop import virtually
from tests.support.stage import Stage, stored_seqs

OTHER = b"\x50\x00" + b"o" * 12
OTHER_ID = b"t" * 16


def add_to_cart(seq: int) -> ev.AddToCart:
    return ev.AddToCart(seq=seq, at_ms=START_MS + 1000 * seq, currency="EUR", value_minor=900)


@virtually
async def test_calm_events_are_acked_once_a_second_and_urgent_ones_at_once() -> None:
    stage = await Stage().start()
    connection, peer = stage.join()
    for seq in range(1, 21):
        connection.receive(frame(dwell(seq)))
        await asyncio.sleep(0.1)
    assert 2 <= len(peer.of(Ack)) <= 4
    before = len(peer.of(Ack))
    connection.receive(frame(add_to_cart(21)))
    await asyncio.sleep(0.001)
    assert len(peer.of(Ack)) == before + 1
    assert peer.covered == {STREAM: 21}


@virtually
async def test_the_last_calm_event_is_acked_too() -> None:
    stage = await Stage().start()
    connection, peer = stage.join()
    connection.receive(frame(dwell(1)))
    await asyncio.sleep(0.01)
    connection.receive(frame(dwell(2)))
    await asyncio.sleep(0.01)
    assert peer.covered == {STREAM: 1}
    await asyncio.sleep(1.0)
    assert peer.covered == {STREAM: 2}


# shows: B2
@virtually
async def test_with_the_log_away_offers_still_go_out_and_acks_do_not() -> None:
    stage = await Stage().start()
    stage.log.is_available = False
    connection, peer = stage.join()
    connection.receive(frame(*browsing(12)))
    await asyncio.sleep(5.0)
    assert peer.of(ActionFrame)
    assert peer.of(Ack) == []
    assert (stage.gateway.is_log_up, stage.gateway.waiting_rows) == (False, 24)
    stage.log.is_available = True
    assert await connection.acked(5.0)
    assert stored_seqs(stage) == list(range(1, 25))
    assert (stage.gateway.is_log_up, stage.gateway.waiting_rows) == (True, 0)


class SlowLog(MemoryLog):
    """Takes a while for each frame and remembers how many were under way at once."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = self.most_under_way = 0

    async def append(self, frame: bytes) -> None:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.05)
        self.under_way -= 1
        await super().append(frame)


class LyingLog(MemoryLog):
    """Stores every frame, and says of every other one that it did not."""

    async def append(self, frame: bytes) -> None:
        self.store(frame)
        if len(self.frames) % 2 == 1:
            raise LogUnavailable("planted")


async def slow_stage(limits: Limits | None = None) -> tuple[Stage, SlowLog]:
    log = SlowLog()
    return await Stage(limits=limits, log=log).start(), log


@virtually
async def test_rows_of_all_sessions_share_a_frame_and_one_publish_is_in_flight() -> None:
    stage, log = await slow_stage()
    peers = []
    for number in range(20):
        stream = STREAM[:13] + bytes([number])
        connection, peer = stage.join(hello(session_id=bytes([number]) * 16, stream=stream))
        connection.receive(frame(dwell(1), dwell(2), stream=stream))
        peers.append((connection, peer, stream))
    for connection, peer, stream in peers:
        assert await connection.acked(5.0)
        assert peer.covered == {stream: 2}
    assert log.most_under_way == 1
    assert len(log.frames) < 5
    assert len(stage.rows) == 40


@virtually
async def test_a_frame_is_bounded_in_rows_and_in_bytes() -> None:
    stage, log = await slow_stage(Limits(frame_rows=10))
    connection, _ = stage.join()
    connection.receive(frame(*(dwell(seq) for seq in range(1, 41))))
    assert await connection.acked(5.0)
    assert max(len(decode_frame(data).records) for data in log.frames) == 10
    small, small_log = await slow_stage(Limits(frame_bytes=2000))
    connection, _ = small.join()
    connection.receive(frame(*(dwell(seq) for seq in range(1, 41))))
    assert await connection.acked(5.0)
    assert max(map(len, small_log.frames)) < 4000


@virtually
async def test_an_ack_covers_what_is_logged_and_its_token_holds_no_more() -> None:
    stage, _ = await slow_stage(Limits(frame_rows=3))
    connection, peer = stage.join()
    connection.receive(frame(*(add_to_cart(seq) for seq in range(1, 10))))
    assert await connection.acked(5.0)
    acks = peer.of(Ack)
    assert len(acks) >= 3
    for ack in acks:
        state = stage.sealer.open(ack.token, site_id="shop", session_id=SESSION_ID, now_ms=stage.clock.now_ms())
        assert dict(ack.covered) == {STREAM: state.folded_seq(STREAM)} == {STREAM: state.step}


@virtually
async def test_leftovers_of_more_pages_than_the_state_remembers_are_all_acked() -> None:
    stage = await Stage().start()
    connection, peer = stage.join()
    pages = [bytes([number]) * 14 for number in range(2 * STREAMS_KEPT)]
    for stream in pages:
        connection.receive(frame(page_view(1), dwell(2), stream=stream))
    assert await connection.acked(5.0)
    assert peer.covered == dict.fromkeys(pages, 2)


@virtually
async def test_a_frame_that_was_stored_though_the_log_said_no_is_offered_again_and_keeps_its_place() -> None:
    stage = await Stage(log=LyingLog()).start()
    connection, peer = stage.join()
    connection.receive(frame(page_view(1)))
    await asyncio.sleep(0.01)
    connection.receive(frame(dwell(2)))
    assert await connection.acked(5.0)
    assert stored_seqs(stage) == [1, 1, 2, 2]
    assert peer.covered == {STREAM: 2}


@virtually
async def test_when_the_outbox_is_full_the_session_is_let_go_and_rebuilt_by_its_resend() -> None:
    stage = await Stage(limits=Limits(outbox_rows=10)).start()
    before = metrics.REGISTRY.get_sample_value("fifthclick_sessions_dropped_total") or 0
    stage.log.is_available = False
    early, early_peer = stage.join(hello(session_id=OTHER_ID, stream=OTHER))
    early.receive(frame(dwell(1), stream=OTHER))
    late, late_peer = stage.join()
    late.receive(frame(*(dwell(seq) for seq in range(1, 21))))
    await asyncio.sleep(1.0)
    assert late_peer.closed_with == (1013, "later")
    assert late_peer.of(Ack) == []
    assert early_peer.closed_with is None
    assert metrics.REGISTRY.get_sample_value("fifthclick_sessions_dropped_total") == before + 1
    stage.log.is_available = True
    late.closed()
    assert await early.acked(5.0)
    again, again_peer = stage.join()
    again.receive(frame(*(dwell(seq) for seq in range(1, 6))))
    assert await again.acked(5.0)
    again.receive(frame(*(dwell(seq) for seq in range(6, 11))))
    assert await again.acked(5.0)
    assert again_peer.covered == {STREAM: 10}
    steps = {(row.seq, row.step) for row in stage.rows if row.session_id == SESSION_ID}
    assert steps >= {(seq, seq) for seq in range(1, 11)}
    assert all(seq == step for seq, step in steps)


@virtually
async def test_what_a_connection_sent_before_it_closed_is_logged_all_the_same() -> None:
    stage = await Stage().start()
    connection, peer = stage.join()
    connection.receive(frame(*(dwell(seq) for seq in range(1, 8))))
    connection.closed()
    await asyncio.sleep(1.0)
    assert stored_seqs(stage) == list(range(1, 8))
    assert peer.frames == []


@virtually
async def test_the_fetch_path_waits_for_its_ack_and_gives_up_in_time() -> None:
    stage = await Stage().start()
    stage.log.is_available = False
    connection, peer = stage.join()
    connection.receive(frame(page_view(1)))
    assert not await connection.acked(0.5)
    assert peer.of(Ack) == []
    stage.log.is_available = True
    assert await connection.acked(5.0)
    assert peer.covered == {STREAM: 1}


@virtually
async def test_draining_logs_and_acks_what_is_queued_then_says_restart() -> None:
    stage, _ = await slow_stage()
    connection, peer = stage.join()
    silent, silent_peer = stage.connect()
    connection.receive(frame(*(dwell(seq) for seq in range(1, 31))))
    await stage.gateway.drain(5.0)
    assert stored_seqs(stage) == list(range(1, 31))
    assert peer.covered == {STREAM: 30}
    assert peer.closed_with == silent_peer.closed_with == (1012, "restart")
    connection.receive(frame(dwell(31)))
    silent.receive(hello())
    assert stage.gateway.waiting_rows == 0


@virtually
async def test_draining_without_a_log_gives_up_in_time_and_acks_nothing_new() -> None:
    stage = await Stage().start()
    stage.log.is_available = False
    connection, peer = stage.join()
    connection.receive(frame(dwell(1)))
    started_s = asyncio.get_running_loop().time()
    await stage.gateway.drain(2.0)
    assert asyncio.get_running_loop().time() - started_s == pytest.approx(2.0, abs=0.1)
    assert peer.closed_with == (1012, "restart")
    assert peer.covered == {}
