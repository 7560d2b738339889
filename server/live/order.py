"""Events of each stream in the order in which they happened, whatever the network did. Nothing is folded here."""

from typing import NamedTuple

from core.events import Event
from core.wire import Unreadable


class Arrived(NamedTuple):
    """One event with a place in its stream. `received_s` is monotonic, for the latency that the record will carry."""

    stream: bytes
    seq: int
    event: Event | Unreadable
    received_at_ms: int
    received_s: float


class _Place:
    """How far one stream has been let through, and what waits beyond a gap."""

    __slots__ = ("passed_seq", "waiting")

    def __init__(self, passed_seq: int) -> None:
        self.passed_seq = passed_seq
        self.waiting: dict[int, Arrived] = {}


class Gap(NamedTuple):
    """A place in a stream that was given up: `first_seq` to `last_seq` never came."""

    stream: bytes
    first_seq: int
    last_seq: int


class StreamOrder:
    """Lets each event of a connection through once and in order.

    Limits: `most_streams` streams, and `most_waiting` events beyond gaps over all of them; when the latter is reached
    the gap is given up.
    """

    def __init__(self, *, most_streams: int, most_waiting: int) -> None:
        self._places: dict[bytes, _Place] = {}
        self._most_streams = most_streams
        self._most_waiting = most_waiting
        self._waiting_count = 0

    def begin(self, stream: bytes, *, folded_seq: int, covered_seq: int) -> list[Arrived] | None:
        """A batch of this stream comes: what its `covered_seq` lets through, or None for one stream too many.

        An unknown stream starts after what the session holds or the client has let go of; a known one jumps there.
        """
        place = self._places.get(stream)
        if place is None:
            if len(self._places) >= self._most_streams:
                return None
            self._places[stream] = _Place(max(folded_seq, covered_seq))
            return []
        if covered_seq <= place.passed_seq:
            return []
        let_go = sorted(seq for seq in place.waiting if seq <= covered_seq)
        passed = [self._release(place, seq) for seq in let_go]
        place.passed_seq = covered_seq
        return passed + self._follow(place)

    def knows(self, stream: bytes) -> bool:
        return stream in self._places

    def push(self, event: Arrived) -> list[Arrived]:
        """What may be folded now that this event is here; empty for a duplicate and for one beyond a gap."""
        place = self._places[event.stream]
        if event.seq == place.passed_seq + 1:
            place.passed_seq = event.seq
            return [event, *self._follow(place)] if place.waiting else [event]
        if event.seq > place.passed_seq and event.seq not in place.waiting:
            place.waiting[event.seq] = event
            self._waiting_count += 1
        return []

    def is_duplicate(self, stream: bytes, seq: int) -> bool:
        place = self._places[stream]
        return seq <= place.passed_seq or seq in place.waiting

    def give_up(self, stream: bytes) -> tuple[Gap, list[Arrived]] | None:
        """When too many wait: the gap of this stream that is passed over, and what that lets through."""
        place = self._places[stream]
        if self._waiting_count <= self._most_waiting or not place.waiting:
            return None
        first = min(place.waiting)
        gap = Gap(stream, place.passed_seq + 1, first - 1)
        place.passed_seq = first - 1
        return gap, self._follow(place)

    def _follow(self, place: _Place) -> list[Arrived]:
        passed: list[Arrived] = []
        while place.passed_seq + 1 in place.waiting:
            place.passed_seq += 1
            passed.append(self._release(place, place.passed_seq))
        return passed

    def _release(self, place: _Place, seq: int) -> Arrived:
        self._waiting_count -= 1
        return place.waiting.pop(seq)
