"""What the tracker keeps in sessionStorage, in Python: token and queue as one value, and frames made of the queue."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from core.wire import Ack, Batch, Events, encode

MOST_BATCHES = 16


class Queued(NamedTuple):
    stream: bytes
    seq: int
    data: bytes


class Stored(NamedTuple):
    """One stored value, written whole or not at all."""

    token: bytes | None
    queue: tuple[Queued, ...]
    covered: dict[bytes, int]

    def with_event(self, queued: Queued) -> "Stored":
        return self._replace(queue=(*self.queue, queued))

    def after(self, ack: Ack) -> "Stored":
        """An event leaves the queue only when the token that is kept with it covers it."""
        known = {**self.covered, **dict(ack.covered)}
        return Stored(ack.token, tuple(q for q in self.queue if q.seq > known.get(q.stream, 0)), known)

    def frames(self, events: Sequence[Queued]) -> list[bytes]:
        """These events in the order in which they were queued: a new batch wherever the stream changes."""
        batches: list[Batch] = []
        for item in events:
            if not batches or batches[-1].stream != item.stream:
                batches.append(Batch(item.stream, self.covered.get(item.stream, 0), []))
            batches[-1].events.append(msgspec.Raw(item.data))
        parts = [batches[at : at + MOST_BATCHES] for at in range(0, len(batches), MOST_BATCHES)]
        return [encode(Events(part)) for part in parts]
