"""A connection through the gateway's front door: what is folded, logged and answered."""

import msgspec

from core import events as ev
from core.wire import Ack, ActionFrame, Events, Hello, Notice, Withdraw, encode
from server.live.gateway import Scorers
from tests.support.builders import (
    ORIGIN,
    SESSION_ID,
    START_MS,
    STREAM,
    FakePeer,
    batch,
    browsing,
    dwell,
    frame,
    hello,
    make_rules,
    make_site,
    make_sites,
    page_view,
)
from tests.support.loop import virtually
from tests.support.scorer import HashScorer
from tests.support.stage import Stage, stored_seqs

OLD_STREAM = b"\x50\x00" + b"o" * 12


# shows: B1
@virtually
async def test_an_event_is_scored_logged_and_then_acked_with_a_token_of_exactly_that_state() -> None:
    stage = await Stage().start()
    connection, peer = stage.join()
    connection.receive(frame(page_view(1), dwell(2)))
    assert await connection.acked(5.0)
    assert stored_seqs(stage) == [1, 2]
    assert all(row.scores is not None and row.step == row.seq for row in stage.rows)
    ack = peer.of(Ack)[-1]
    assert dict(ack.covered) == {STREAM: 2}
    state = stage.sealer.open(ack.token, site_id="shop", session_id=SESSION_ID, now_ms=stage.clock.now_ms())
    assert (state.step, state.scores) == (2, stage.rows[-1].scores)


@virtually
async def test_an_unreadable_event_takes_its_place_and_is_logged_without_its_content() -> None:
    stage = await Stage().start()
    connection, peer = stage.join()
    money_only = ev.encode_event(ev.Purchase(seq=2, at_ms=START_MS, value_minor=4200))
    negative = msgspec.msgpack.encode([6, 3, START_MS, "EUR", -5, []])
    unknown = msgspec.msgpack.encode([99, 4, START_MS])
    placeless = msgspec.msgpack.encode([99, "x"])
    connection.receive(frame(page_view(1), money_only, negative, unknown, placeless, dwell(5)))
    assert await connection.acked(5.0)
    assert stored_seqs(stage) == [1, 5]
    assert [(r.seq, r.reason) for r in stage.rejected] == [
        (2, "missing_currency"),
        (3, "invalid_value_minor"),
        (4, "unknown_type"),
    ]
    assert peer.covered == {STREAM: 5}
    assert stage.rows[-1].step == 2


# shows: A6
@virtually
async def test_what_looks_personal_is_cut_before_it_is_logged() -> None:
    stage = await Stage().start()
    connection, _ = stage.join()
    connection.receive(frame(ev.PageView(seq=1, at_ms=START_MS, page_type="home", path="/u/ann@example.org/orders")))
    assert await connection.acked(5.0)
    assert b"ann" not in stage.log.frames[0]
    assert b"redacted" in stage.log.frames[0]


@virtually
async def test_a_resend_of_what_is_logged_is_acked_again_and_not_logged_again() -> None:
    stage = await Stage().start()
    connection, peer = stage.join()
    connection.receive(frame(page_view(1), dwell(2)))
    assert await connection.acked(5.0)
    acks = len(peer.of(Ack))
    connection.receive(frame(page_view(1), dwell(2)))
    assert await connection.acked(5.0)
    assert len(peer.of(Ack)) > acks
    assert stored_seqs(stage) == [1, 2]


async def _offered(peer_hello: bytes, *frames: bytes) -> tuple[Stage, FakePeer]:
    stage = await Stage(sites=make_sites(is_demo=True), scorer=HashScorer()).start()
    connection, peer = stage.join(peer_hello)
    for data in frames:
        connection.receive(data)
    assert await connection.acked(5.0)
    return stage, peer


# shows: F1
@virtually
async def test_an_offer_goes_out_at_once_and_names_its_deciding_event() -> None:
    stage, peer = await _offered(hello(), frame(*browsing(12)))
    offers = peer.of(ActionFrame)
    assert offers
    chosen = {r.decision.decision_id: r for r in stage.rows if r.decision is not None and r.decision.action_id}
    for offer in offers:
        row = chosen[offer.decision_id]
        assert (row.stream, row.seq) == (offer.stream, offer.seq)
        assert offer.valid_ms == 15_000
    assert peer.frames.index(offers[0]) < peer.frames.index(peer.of(Ack)[-1])


@virtually
async def test_leftovers_of_a_page_that_is_gone_bring_no_offer_onto_this_one() -> None:
    leftovers = encode(Events([batch(browsing(12), stream=OLD_STREAM), batch([page_view(1, at_s=200)])]))
    stage, peer = await _offered(hello(sent_at_ms=START_MS + 200_000), leftovers)
    assert any(r.decision is not None and r.decision.is_delivered for r in stage.rows)
    assert peer.of(ActionFrame) == []


@virtually
async def test_a_second_document_that_is_open_now_gets_its_offer() -> None:
    _, peer = await _offered(hello(), frame(*browsing(12), stream=OLD_STREAM))
    assert {offer.stream for offer in peer.of(ActionFrame)} == {OLD_STREAM}


@virtually
async def test_notices_go_to_those_who_ask_on_sites_that_allow_it() -> None:
    _, asked = await _offered(hello(wants_notices=True), frame(page_view(1), dwell(2)))
    assert [n.seq for n in asked.of(Notice)] == [1, 2]
    assert asked.of(Notice)[0].reason == "quiet_period"
    assert asked.of(Notice)[0].words.endswith(".")
    _, silent = await _offered(hello(), frame(page_view(1), dwell(2)))
    assert silent.of(Notice) == []
    shop = await Stage().start()
    connection, peer = shop.join(hello(wants_notices=True))
    connection.receive(frame(page_view(1)))
    assert await connection.acked(5.0)
    assert peer.of(Notice) == []


@virtually
async def test_an_offer_on_its_way_is_withdrawn_when_the_shopper_pays() -> None:
    events = browsing(12)
    paying = ev.PageView(seq=len(events) + 1, at_ms=events[-1].at_ms + 1000, page_type="payment", navigation="spa")
    _, peer = await _offered(hello(), frame(*events), frame(paying))
    last_offer = peer.of(ActionFrame)[-1].decision_id
    assert [w.decision_id for w in peer.of(Withdraw)] == [last_offer]


@virtually
async def test_without_a_model_everything_is_logged_and_nothing_offered() -> None:
    stage = await Stage(scorers=Scorers(None)).start()
    connection, peer = stage.join()
    connection.receive(frame(*browsing(6)))
    assert await connection.acked(5.0)
    assert len(stage.rows) == 12
    assert {row.scores for row in stage.rows} == {None}
    assert peer.of(ActionFrame) == []


# shows: D9
@virtually
async def test_a_session_ends_on_the_scorer_that_it_began_with_and_a_new_one_takes_the_new() -> None:
    old, new = HashScorer("a" * 16), HashScorer("b" * 16)
    stage = await Stage(scorers=Scorers(old)).start()
    connection, _ = stage.join()
    connection.receive(frame(page_view(1)))
    assert await connection.acked(5.0)
    stage.scorers.replace(new)
    fresh, _ = stage.join(hello(session_id=b"t" * 16, stream=OLD_STREAM))
    connection.receive(frame(dwell(2)))
    fresh.receive(frame(page_view(1), stream=OLD_STREAM))
    assert await connection.acked(5.0)
    assert await fresh.acked(5.0)
    assert [(r.session_id, r.scorer_version[0]) for r in stage.rows] == [
        (SESSION_ID, "a"),
        (SESSION_ID, "a"),
        (b"t" * 16, "b"),
    ]


@virtually
async def test_new_rules_hold_from_the_next_event_on() -> None:
    stage = await Stage().start()
    connection, _ = stage.join()
    connection.receive(frame(page_view(1)))
    assert await connection.acked(5.0)
    changed = make_rules(holdout_share=0.5)
    stage.sites.replace([make_site(changed)])
    connection.receive(frame(dwell(2)))
    assert await connection.acked(5.0)
    assert [row.rules_version for row in stage.rows] == [make_rules().version, changed.version]


@virtually
async def test_a_beacon_is_logged_unscored_and_a_resend_scores_it() -> None:
    stage = await Stage().start()
    said = msgspec.msgpack.decode(hello(), type=Hello)
    count = stage.gateway.log_unscored(said, [Events([batch([page_view(1), dwell(2)])])], origin=ORIGIN)
    assert count == 2
    connection, _ = stage.join()
    connection.receive(frame(page_view(1), dwell(2)))
    assert await connection.acked(5.0)
    assert [(r.seq, r.step, r.scores is None) for r in stage.rows] == [
        (1, None, True),
        (2, None, True),
        (1, 1, False),
        (2, 2, False),
    ]
