"""A bug of ours meets one session and never its neighbours; no event is lost by it and none kills a connection for ever."""

import asyncio

from core import events as ev
from core.wire import Ack
from server import metrics
from server.log.memory import MemoryLog
from tests.support.builders import SESSION_ID, STREAM, FakePeer, browsing, dwell, frame, hello, page_view
from tests.support.loop import virtually
from tests.support.scorer import BrokenScorer
from tests.support.stage import Stage

OTHER = b"\x50\x00" + b"o" * 12
OTHER_ID = b"t" * 16
SCROLL = ev.TAG_BY_TYPE[ev.Scroll]


class DeafPeer(FakePeer):
    """Breaks its promise never to raise."""

    def send(self, frame: bytes) -> None:
        raise OSError("a planted bug")


class BuggyLog(MemoryLog):
    """Fails on its second frame in a way that nobody foresaw."""

    calls = 0

    async def append(self, frame: bytes) -> None:
        self.calls += 1
        if self.calls == 2:
            raise ZeroDivisionError("a planted bug")
        await super().append(frame)


@virtually
async def test_a_bug_in_the_log_costs_the_sessions_of_that_frame_and_no_other() -> None:
    stage = await Stage(log=BuggyLog()).start()
    well, well_peer = stage.join(hello(session_id=OTHER_ID, stream=OTHER))
    well.receive(frame(dwell(1), stream=OTHER))
    assert await well.acked(5.0)
    ill, ill_peer = stage.join()
    ill.receive(frame(dwell(1)))
    assert not await ill.acked(5.0)
    assert ill_peer.closed_with == (1011, "internal")
    well.receive(frame(dwell(2), stream=OTHER))
    assert await well.acked(5.0)
    assert well_peer.covered == {OTHER: 2}


@virtually
async def test_a_peer_that_cannot_be_answered_costs_itself_alone() -> None:
    stage = await Stage().start()
    well, well_peer = stage.join(hello(session_id=OTHER_ID, stream=OTHER))
    ill_peer = DeafPeer()
    ill = stage.gateway.connect(ill_peer, origin=None)
    ill.receive(hello())
    ill.receive(frame(*browsing(12)))
    well.receive(frame(*browsing(12), stream=OTHER))
    assert await well.acked(5.0)
    assert well_peer.covered == {OTHER: 24}
    assert ill_peer.closed_with == (1011, "internal")
    again, again_peer = stage.join()
    again.receive(frame(*browsing(12)))
    assert await again.acked(5.0)
    assert again_peer.covered == {STREAM: 24}
    assert {row.seq for row in stage.rows if row.session_id == SESSION_ID} == set(range(1, 25))


@virtually
async def test_a_bug_in_the_fold_costs_one_session_its_connection_and_no_event() -> None:
    stage = await Stage(scorer=BrokenScorer(lambda encoded: encoded.event == SCROLL)).start()
    before = metrics.REGISTRY.get_sample_value("fifthclick_events_rejected_total", {"reason": "fold_failed"}) or 0
    ill, ill_peer = stage.join()
    well, well_peer = stage.join(hello(session_id=OTHER_ID, stream=OTHER))
    poison = ev.Scroll(seq=2, at_ms=1, percent=50)
    ill.receive(frame(page_view(1), poison, dwell(3)))
    well.receive(frame(page_view(1), dwell(2), dwell(3), stream=OTHER))
    assert await well.acked(5.0)
    await asyncio.sleep(0.1)
    assert ill_peer.closed_with == (1011, "internal")
    assert well_peer.closed_with is None
    assert well_peer.covered == {OTHER: 3}
    kept = [(row.seq, row.step) for row in stage.rows if row.session_id == SESSION_ID]
    assert kept == [(1, 1), (2, None)]
    # The last ack is behind the poison, so the resend does not meet it again.
    assert ill_peer.covered == {STREAM: 2}
    ill.closed()
    again, again_peer = stage.join(hello(token=ill_peer.of(Ack)[-1].token))
    again.receive(frame(dwell(3), covered_seq=2))
    assert await again.acked(5.0)
    assert again_peer.covered == {STREAM: 3}
    after = metrics.REGISTRY.get_sample_value("fifthclick_events_rejected_total", {"reason": "fold_failed"}) or 0
    assert after == before + 1
