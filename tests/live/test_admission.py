"""Who comes in through the gateway's front door, as what, and what costs a connection."""

import msgspec
import pytest

from core.errors import Malformed, NotAllowed, PeerError, TooBig, TooFast
from core.records import Arm, Traffic
from core.session import Session
from core.wire import Ack, Events, Hello
from server import metrics
from server.live.gateway import Limits
from tests.support.builders import (
    ORIGIN,
    SESSION_ID,
    START_MS,
    batch,
    dwell,
    frame,
    hello,
    make_sites,
    page_view,
)
from tests.support.loop import virtually
from tests.support.stage import Stage

OLD_STREAM = b"\x50\x00" + b"o" * 12


def refused_count(reason: str) -> float:
    return counted("fifthclick_connections_refused_total", reason)


def counted(name: str, reason: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, {"reason": reason}) or 0.0


@virtually
async def test_a_token_goes_on_where_it_was_sealed_and_without_one_the_session_starts_afresh() -> None:
    stage = await Stage().start()
    first, peer = stage.join()
    first.receive(frame(page_view(1), dwell(2)))
    assert await first.acked(5.0)
    for token, step in ((peer.of(Ack)[-1].token, 3), (None, 1), (b"forged" * 9, 1)):
        again, _ = stage.join(hello(token=token))
        again.receive(frame(dwell(3), covered_seq=2))
        assert await again.acked(5.0)
        assert stage.rows[-1].step == step


@virtually
async def test_a_token_that_is_refused_is_counted_and_no_error() -> None:
    stage = await Stage().start()
    before = counted("fifthclick_tokens_refused_total", "forged")
    connection, peer = stage.join(
        hello(token=stage.sealer.seal(Session(id=SESSION_ID), site_id="other", now_ms=START_MS))
    )
    assert counted("fifthclick_tokens_refused_total", "forged") == before + 1
    connection.receive(frame(page_view(1)))
    assert await connection.acked(5.0)
    assert peer.closed_with is None


@pytest.mark.parametrize(
    ("first", "origin", "error"),
    [
        (hello(key="pk_other"), ORIGIN, NotAllowed("unknown_site")),
        (hello(), "https://shop.example.evil.test", NotAllowed("origin_not_listed")),
        (hello(), "http://shop.example", NotAllowed("origin_not_listed")),
        (hello(), None, NotAllowed("no_origin")),
        (hello(version=9), ORIGIN, Malformed("unknown_version")),
        (frame(page_view(1)), ORIGIN, Malformed("no_hello")),
        (b"\xc1", ORIGIN, Malformed("malformed")),
        (b"", ORIGIN, Malformed("malformed")),
        (hello()[:-3], ORIGIN, Malformed("malformed")),
        (b"\x91" * 5000, ORIGIN, Malformed("malformed")),
        (b"x" * 70_000, ORIGIN, TooBig("too_big")),
    ],
)
@virtually
async def test_who_may_not_come_in_is_told_once_and_counted(first: bytes, origin: str | None, error: PeerError) -> None:
    stage = await Stage(allows_no_origin=False).start()
    connection, peer = stage.connect(origin=origin)
    before = refused_count(error.reason)
    with pytest.raises(type(error)) as raised:
        connection.receive(first)
    assert (raised.value.reason, raised.value.close_code) == (error.reason, error.close_code)
    assert refused_count(error.reason) == before + 1
    connection.receive(frame(page_view(1)))
    await stage.gateway.drain()
    assert (stage.rows, peer.frames) == ([], [])


@virtually
async def test_a_bad_frame_costs_its_connection_and_nothing_that_came_before_or_elsewhere() -> None:
    stage = await Stage().start()
    bad, _ = stage.join()
    good, good_peer = stage.join(hello(session_id=b"t" * 16, stream=OLD_STREAM))
    bad.receive(frame(page_view(1)))
    with pytest.raises(Malformed):
        bad.receive(b"\x93\x02\x01")
    bad.closed()
    good.receive(frame(page_view(1), stream=OLD_STREAM))
    assert await good.acked(5.0)
    assert sorted(row.session_id for row in stage.rows) == [SESSION_ID, b"t" * 16]
    assert good_peer.covered == {OLD_STREAM: 1}


@virtually
async def test_a_second_hello_costs_the_connection() -> None:
    stage = await Stage().start()
    connection, _ = stage.join()
    with pytest.raises(Malformed, match="second_hello"):
        connection.receive(hello())


@pytest.mark.parametrize(
    ("is_demo", "origin", "said", "arm", "counts_as", "forced"),
    [
        (False, ORIGIN, "preview", "treatment", "live", None),
        (True, ORIGIN, "preview", "holdout", "preview", "holdout"),
        (False, ORIGIN, "simulated", None, "live", None),
        (False, None, "simulated", "control", "simulated", None),
        (True, ORIGIN, "replayed", None, "replayed", None),
        (False, ORIGIN, "live", "treatment", "live", None),
    ],
)
@virtually
async def test_a_shoppers_browser_cannot_mark_itself(
    is_demo: bool, origin: str | None, said: Traffic, arm: Arm | None, counts_as: str, forced: Arm | None
) -> None:
    stage = await Stage(sites=make_sites(is_demo=is_demo)).start()
    connection, _ = stage.join(hello(traffic=said, preview_arm=arm), origin=origin)
    connection.receive(frame(page_view(1)))
    assert await connection.acked(5.0)
    [row] = stage.rows
    assert (row.traffic, row.forced_arm) == (counts_as, forced)


@virtually
async def test_a_preview_never_becomes_live_by_leaving_the_mark_out() -> None:
    stage = await Stage(sites=make_sites(is_demo=True)).start()
    first, peer = stage.join(hello(traffic="preview", preview_arm="control"))
    first.receive(frame(page_view(1)))
    assert await first.acked(5.0)
    again, _ = stage.join(hello(token=peer.of(Ack)[-1].token))
    again.receive(frame(dwell(2), covered_seq=1))
    assert await again.acked(5.0)
    assert [(r.traffic, r.forced_arm, r.step) for r in stage.rows] == [
        ("preview", "control", 1),
        ("preview", "control", 2),
    ]


@virtually
async def test_another_preview_arm_starts_the_session_afresh() -> None:
    stage = await Stage(sites=make_sites(is_demo=True)).start()
    first, peer = stage.join(hello(traffic="preview", preview_arm="control"))
    first.receive(frame(page_view(1)))
    assert await first.acked(5.0)
    again, _ = stage.join(hello(token=peer.of(Ack)[-1].token, traffic="preview", preview_arm="treatment"))
    again.receive(frame(dwell(2), covered_seq=1))
    assert await again.acked(5.0)
    assert (stage.rows[-1].forced_arm, stage.rows[-1].step) == ("treatment", 1)
    assert stage.rows[-1].epoch != stage.rows[0].epoch


@virtually
async def test_more_frames_or_events_than_a_page_can_mean_cost_the_connection() -> None:
    stage = await Stage(limits=Limits(frames_burst=5, events_burst=8)).start()
    many, _ = stage.join()
    with pytest.raises(TooFast, match="too_many_events"):
        many.receive(frame(*(dwell(seq) for seq in range(1, 10))))
    often, _ = stage.join()
    for seq in range(1, 5):
        often.receive(frame(dwell(seq)))
    with pytest.raises(TooFast, match="too_many_frames") as raised:
        often.receive(frame(dwell(5)))
    assert raised.value.close_code == 1008


@virtually
async def test_a_beacon_from_elsewhere_is_refused() -> None:
    stage = await Stage().start()
    said = msgspec.msgpack.decode(hello(), type=Hello)
    with pytest.raises(NotAllowed):
        stage.gateway.log_unscored(said, [Events([batch([page_view(1)])])], origin="https://evil.test")
    await stage.gateway.drain()
    assert stage.rows == []
