"""The order of a stream's events, whatever the network did, and how fast a connection may send."""

from hypothesis import given
from hypothesis import strategies as st

from server.live.order import Arrived, StreamOrder
from server.live.pace import Allowance
from tests.support.builders import STREAM, dwell

OTHER = b"\x50\x00" + b"b" * 12


def arrived(seq: int, stream: bytes = STREAM) -> Arrived:
    return Arrived(stream, seq, dwell(seq), 0, 0.0)


def order(*, streams: int = 8, waiting: int = 8) -> StreamOrder:
    return StreamOrder(most_streams=streams, most_waiting=waiting)


def seqs(passed: list[Arrived] | None) -> list[int]:
    assert passed is not None
    return [a.seq for a in passed]


@given(st.permutations(range(1, 13)), st.lists(st.integers(1, 12), max_size=10))
def test_any_arrival_order_with_repeats_lets_each_event_through_once_and_in_order(
    arrivals: list[int], repeats: list[int]
) -> None:
    lane = order(waiting=100)
    lane.begin(STREAM, folded_seq=0, covered_seq=0)
    passed = [seq for a in [*arrivals, *repeats] for seq in seqs(lane.push(arrived(a)))]
    assert passed == list(range(1, 13))


def test_an_unknown_stream_starts_after_what_the_session_holds_or_the_client_let_go_of() -> None:
    for folded, covered in ((4, 0), (0, 4), (4, 2)):
        lane = order()
        lane.begin(STREAM, folded_seq=folded, covered_seq=covered)
        assert seqs(lane.push(arrived(4))) == []
        assert lane.is_duplicate(STREAM, 4)
        assert seqs(lane.push(arrived(5))) == [5]


def test_a_known_stream_jumps_to_what_the_client_let_go_of_and_keeps_what_came() -> None:
    lane = order()
    lane.begin(STREAM, folded_seq=0, covered_seq=0)
    assert [seqs(lane.push(arrived(seq))) for seq in (1, 3, 6)] == [[1], [], []]
    assert seqs(lane.begin(STREAM, folded_seq=0, covered_seq=5)) == [3, 6]
    assert seqs(lane.push(arrived(7))) == [7]


def test_a_lower_covered_seq_never_goes_back() -> None:
    lane = order()
    lane.begin(STREAM, folded_seq=9, covered_seq=0)
    assert lane.begin(STREAM, folded_seq=0, covered_seq=2) == []
    assert seqs(lane.push(arrived(5))) == []
    assert seqs(lane.push(arrived(10))) == [10]


def test_when_too_many_wait_the_gap_is_given_up_and_named() -> None:
    lane = order(waiting=3)
    lane.begin(STREAM, folded_seq=0, covered_seq=0)
    for seq in (5, 4, 7):
        lane.push(arrived(seq))
        assert lane.give_up(STREAM) is None
    lane.push(arrived(9))
    given_up = lane.give_up(STREAM)
    assert given_up is not None
    gap, behind = given_up
    assert (gap.first_seq, gap.last_seq, seqs(behind)) == (1, 3, [4, 5])
    assert lane.give_up(STREAM) is None
    assert lane.is_duplicate(STREAM, 2)


def test_streams_do_not_wait_for_each_other_and_their_number_is_bounded() -> None:
    lane = order(streams=2)
    lane.begin(STREAM, folded_seq=0, covered_seq=0)
    lane.begin(OTHER, folded_seq=0, covered_seq=0)
    assert seqs(lane.push(arrived(2))) == []
    assert seqs(lane.push(arrived(1, OTHER))) == [1]
    assert lane.begin(b"\x50\x00" + b"c" * 12, folded_seq=0, covered_seq=0) is None


def test_an_allowance_takes_a_burst_then_the_rate() -> None:
    allowance = Allowance(per_s=10, burst=20, now_s=0.0)
    assert allowance.take(20, 0.0)
    assert not allowance.take(1, 0.05)
    assert allowance.take(1, 0.1)
    assert not allowance.take(21, 100.0)
    assert allowance.take(20, 100.0)


@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0, 2)), max_size=60))
def test_no_pattern_of_sending_gets_more_than_burst_and_rate(sends: list[tuple[int, float]]) -> None:
    allowance, now_s, taken = Allowance(per_s=10, burst=20, now_s=0.0), 0.0, 0
    for count, wait_s in sends:
        now_s += wait_s
        taken += count * allowance.take(count, now_s)
        assert taken <= 20 + 10 * now_s + 1e-6
