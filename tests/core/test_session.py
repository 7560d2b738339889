"""The fold of one session: each event once, times clamped, numbers bounded, and nothing but the past in it."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core import events as ev
from core.fields import SESSION_IDLE_MS, Item
from core.pacing import ACTIONS_KEPT
from core.session import MAX_COUNT, STREAMS_KEPT, TRAIL_LENGTH, Session, observe, pass_over
from server.live.token import Sealer
from tests.support.builders import START_MS, STREAM, dwell, page_view
from tests.support.strategies import journeys

NEW = Session(id=b"s" * 16)


def fold(events: list[tuple[bytes, ev.Event]], session: Session = NEW) -> Session:
    for stream, event in events:
        session = observe(session, stream, event)
    return session


@given(journeys())
def test_an_event_that_was_folded_already_changes_nothing(events: list[tuple[bytes, ev.Event]]) -> None:
    session = fold(events)
    for stream, event in events:
        assert observe(session, stream, event) is session


@given(journeys(), st.integers(0, 25))
def test_a_fold_may_stop_anywhere_be_stored_and_go_on_elsewhere(events: list[tuple[bytes, ev.Event]], at: int) -> None:
    stored = msgspec.msgpack.encode(fold(events[:at]))
    assert fold(events[at:], msgspec.msgpack.decode(stored, type=Session)) == fold(events)


@given(journeys())
def test_every_state_can_be_sealed_whatever_was_sent(events: list[tuple[bytes, ev.Event]]) -> None:
    sealer = Sealer({1: b"1" * 32}, sealing_key_id=1)
    state = fold(events)
    token = sealer.seal(state, site_id="shop", now_ms=START_MS)
    assert sealer.open(token, site_id="shop", session_id=state.id, now_ms=START_MS) == state


def test_the_largest_carts_stay_a_number_that_can_be_stored() -> None:
    most = tuple(Item(f"sku-{i}", "", 10**12, 10**6) for i in range(20))
    session = NEW
    for seq in range(1, 200):
        session = observe(session, STREAM, ev.AddToCart(seq=seq, at_ms=START_MS, currency="EUR", items=most))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(session), type=Session) == session
    assert session.cart.value_minor > 0


@given(journeys())
def test_times_are_differences_of_at_most_half_an_hour_and_never_negative(
    events: list[tuple[bytes, ev.Event]],
) -> None:
    session = NEW
    for stream, event in events:
        before, session = session, observe(session, stream, event)
        assert 0 <= session.elapsed_ms - before.elapsed_ms <= SESSION_IDLE_MS
        assert 0 <= session.gap_ms <= SESSION_IDLE_MS
        assert session.same_type_gap_ms >= 0


def test_a_clock_that_jumps_costs_one_gap() -> None:
    hours = 3_600_000
    times = [0, 1000, 9 * hours, 9 * hours + 1000, 2000, 9 * hours + 3000]
    session, gaps = NEW, []
    for seq, at_ms in enumerate(times, 1):
        session = observe(session, STREAM, ev.Dwell(seq=seq, at_ms=START_MS + at_ms, active_ms=1))
        gaps.append(session.gap_ms)
    assert gaps == [0, 1000, SESSION_IDLE_MS, 1000, 0, 2000]


@given(journeys())
def test_what_our_own_offers_caused_and_a_page_s_speed_move_no_clock_and_no_counter(
    events: list[tuple[bytes, ev.Event]],
) -> None:
    ours = [(s, e) for s, e in events if isinstance(e, ev.UNSEEN_EVENTS)]
    session = fold(events)
    assert session.step == len(events)
    assert session.event_count == len(events) - len(ours)
    assert all(session.count(kind) == 0 for kind in ev.ACTION_EVENTS)
    before = fold([(s, e) for s, e in events if not isinstance(e, ev.UNSEEN_EVENTS)])
    for name in ("last_at_ms", "elapsed_ms", "counts", "last_seen_ds", "page_counts", "page", "trail", "seen", "cart"):
        assert getattr(session, name) == getattr(before, name), name


def test_the_epoch_names_the_fold_by_its_first_event() -> None:
    first = fold([(STREAM, page_view(1)), (STREAM, dwell(2))])
    again = fold([(STREAM, page_view(1))])
    later = fold([(STREAM, dwell(2))])
    assert first.epoch == again.epoch
    assert len(first.epoch) == 8
    assert later.epoch != first.epoch


def test_a_place_that_is_passed_over_is_behind_the_session_and_counts_for_nothing() -> None:
    session = pass_over(fold([(STREAM, page_view(1))]), STREAM, 2)
    assert session.has_seen(STREAM, 2)
    assert (session.step, session.event_count) == (1, 1)
    assert observe(session, STREAM, dwell(2)) is session
    assert observe(session, STREAM, dwell(3)).step == 2
    assert pass_over(session, STREAM, 1) is session


def test_the_last_streams_are_kept_and_an_old_one_that_speaks_again_stays() -> None:
    streams = [bytes([i]) * 14 for i in range(STREAMS_KEPT + 3)]
    session = NEW
    for stream in streams:
        session = observe(session, stream, page_view(1))
        session = observe(session, streams[0], dwell((session.folded_seq(streams[0]) or 0) + 1))
    assert len(session.streams) == STREAMS_KEPT
    assert session.has_seen(streams[0], 2)
    assert not session.has_seen(streams[1], 1)


def test_counters_and_trail_are_bounded() -> None:
    session = msgspec.structs.replace(NEW, counts=(MAX_COUNT,) * ev.EVENT_TAG_COUNT)
    for seq in range(1, 40):
        session = observe(session, STREAM, page_view(seq))
    assert session.count(ev.PageView) == MAX_COUNT
    assert len(session.trail) == 3 * TRAIL_LENGTH


def test_a_page_that_names_ever_more_actions_does_not_make_the_state_grow() -> None:
    def shown(seq: int) -> tuple[bytes, ev.Event]:
        return STREAM, ev.ActionShown(seq=seq, at_ms=START_MS, decision_id=f"{seq:016x}", action_id=f"made-up-{seq}")

    pacing = fold([shown(seq) for seq in range(1, 1001)]).pacing
    assert len(pacing.offered) == ACTIONS_KEPT + 1
    assert pacing.offered_count == 1000, "each of them still counts towards the cap"


def test_a_page_load_takes_offers_away_and_a_route_of_the_same_document_does_not() -> None:
    waiting = msgspec.structs.replace(NEW, pacing=msgspec.structs.replace(NEW.pacing, pending="0" * 16))
    route = ev.PageView(seq=1, at_ms=START_MS, page_type="product", navigation="spa")
    assert observe(waiting, STREAM, route).pacing.pending == "0" * 16
    assert observe(waiting, STREAM, page_view(1)).pacing.pending == ""
