"""Waves: who is folded with whom, in what order, and how soon."""

import asyncio

from core.wire import Ack
from server.live.gateway import Limits, Scorers
from tests.support.builders import SESSION_ID, STREAM, dwell, frame, hello, page_view
from tests.support.loop import virtually
from tests.support.scorer import HashScorer
from tests.support.stage import Stage, stored_seqs


def who(number: int) -> tuple[bytes, bytes]:
    """A session id and a stream."""
    return bytes([number]) * 16, STREAM[:13] + bytes([number])


@virtually
async def test_a_wave_holds_one_event_per_session_and_no_more_rows_than_the_scorer_takes() -> None:
    scorer = HashScorer(max_batch=4)
    stage = await Stage(scorer=scorer).start()
    connections = []
    for number in range(10):
        session_id, stream = who(number)
        connection, _ = stage.join(hello(session_id=session_id, stream=stream))
        connection.receive(frame(*(dwell(seq) for seq in range(1, 6)), stream=stream))
        connections.append(connection)
    for connection in connections:
        assert await connection.acked(5.0)
    assert max(scorer.rows) == 4
    assert sum(scorer.rows) == 50
    for number in range(10):
        rows = [row for row in stage.rows if row.session_id == who(number)[0]]
        assert [(row.seq, row.step) for row in rows] == [(seq, seq) for seq in range(1, 6)]


@virtually
async def test_a_busy_session_does_not_hold_up_the_others() -> None:
    stage = await Stage(scorer=HashScorer(max_batch=2)).start()
    greedy, _ = stage.join(hello(session_id=who(1)[0], stream=who(1)[1]))
    greedy.receive(frame(*(dwell(seq) for seq in range(1, 101)), stream=who(1)[1]))
    modest, _ = stage.join(hello(session_id=who(2)[0], stream=who(2)[1]))
    modest.receive(frame(dwell(1), stream=who(2)[1]))
    assert await modest.acked(5.0)
    assert await greedy.acked(5.0)
    order = [row.session_id for row in stage.rows]
    assert order.index(who(2)[0]) < 4


@virtually
async def test_what_shares_a_wave_gets_what_it_would_get_alone() -> None:
    together = await Stage(scorer=HashScorer(max_batch=8)).start()
    alone = await Stage(scorer=HashScorer(max_batch=1)).start()
    for stage in (together, alone):
        for number in range(8):
            connection, _ = stage.join(hello(session_id=who(number)[0], stream=who(number)[1]))
            connection.receive(frame(page_view(1, page_type=f"kind{number}"), dwell(2), stream=who(number)[1]))
        await stage.gateway.drain()
    scores = [{(row.session_id, row.seq): row.scores for row in stage.rows} for stage in (together, alone)]
    assert scores[0] == scores[1]
    assert len(set(scores[0].values())) == 16


@virtually
async def test_sessions_on_two_scorers_are_folded_in_the_same_wave_each_on_its_own() -> None:
    old, new = HashScorer("a" * 16), HashScorer("b" * 16)
    stage = await Stage(scorers=Scorers(new, old)).start()
    begun = await Stage(scorer=old).start()
    first, first_peer = begun.join()
    first.receive(frame(page_view(1)))
    assert await first.acked(5.0)
    going_on, _ = stage.join(hello(token=first_peer.of(Ack)[-1].token))
    fresh, _ = stage.join(hello(session_id=who(7)[0], stream=who(7)[1]))
    going_on.receive(frame(dwell(2), covered_seq=1))
    fresh.receive(frame(page_view(1), stream=who(7)[1]))
    assert await going_on.acked(5.0)
    assert await fresh.acked(5.0)
    assert {row.session_id: row.scorer_version for row in stage.rows} == {SESSION_ID: "a" * 16, who(7)[0]: "b" * 16}


@virtually
async def test_a_lone_event_waits_for_nobody_and_under_load_none_waits_longer_than_the_window() -> None:
    loop = asyncio.get_running_loop()
    scorer = HashScorer(max_batch=64)
    stage = await Stage(scorer=scorer, limits=Limits(window_s=0.002)).start()
    people = [stage.join(hello(session_id=who(n)[0], stream=who(n)[1])) for n in range(30)]
    people[0][0].receive(frame(dwell(1), stream=who(0)[1]))
    started_s = loop.time()
    while not scorer.rows:
        await asyncio.sleep(0)
    assert loop.time() == started_s
    for number, (connection, _) in enumerate(people):
        connection.receive(frame(dwell(2 if number == 0 else 1), stream=who(number)[1]))
        if number % 10 == 9:
            await asyncio.sleep(0.0005)
    await asyncio.sleep(0.01)
    assert sum(scorer.rows) == 31
    assert len(scorer.rows) < 5
    assert max(row.latency_us or 0 for row in stage.rows) <= 2100


@virtually
async def test_a_gap_that_never_fills_is_given_up_counted_and_logged() -> None:
    stage = await Stage(limits=Limits(gap_events=4)).start()
    connection, peer = stage.join()
    connection.receive(frame(dwell(1)))
    connection.receive(frame(*(dwell(seq) for seq in range(4, 8))))
    assert await connection.acked(5.0)
    assert stored_seqs(stage) == [1]
    connection.receive(frame(dwell(8)))
    assert await connection.acked(5.0)
    assert stored_seqs(stage) == [1, 4, 5, 6, 7, 8]
    assert [(row.seq, row.reason) for row in stage.rejected] == [(3, "gap")]
    assert peer.covered == {STREAM: 8}


@virtually
async def test_swapped_frames_are_folded_in_order() -> None:
    stage = await Stage().start()
    connection, _ = stage.join()
    for seqs in ((3, 4), (1,), (2,), (4, 5)):
        connection.receive(frame(*(dwell(seq) for seq in seqs)))
    assert await connection.acked(5.0)
    assert stored_seqs(stage) == [1, 2, 3, 4, 5]
