"""What a client still holds: the events of each document that no ack has covered, and how far this connection sent them."""

from msgspec import Struct

from model.simulator import wire


class _Document(Struct):
    """One stream. `sent_seq` belongs to the connection of now."""

    stream: bytes
    covered_seq: int = 0
    sent_seq: int = 0
    waiting: list[tuple[int, wire.Wire]] = []


class Unacked:
    """All documents of one visit that still wait for something, the one on screen last. Bounded by the visit itself."""

    def __init__(self) -> None:
        self._documents: list[_Document] = []

    def __len__(self) -> int:
        return sum(len(document.waiting) for document in self._documents)

    @property
    def stream(self) -> bytes:
        """The document on screen."""
        return self._documents[-1].stream

    @property
    def unsent_count(self) -> int:
        """Events of the document on screen that this connection has not carried."""
        document = self._documents[-1]
        return document.waiting[-1][0] - document.sent_seq if document.waiting else 0

    @property
    def is_empty(self) -> bool:
        return not self._documents

    def begin(self, stream: bytes) -> None:
        """Another document comes on screen; older ones that are covered are forgotten."""
        self._documents = [document for document in self._documents if document.waiting]
        self._documents.append(_Document(stream))

    def add(self, seq: int, event: wire.Wire) -> None:
        self._documents[-1].waiting.append((seq, event))

    def reconnected(self) -> None:
        """A new connection has carried nothing yet: everything that is not covered goes again."""
        for document in self._documents:
            document.sent_seq = document.covered_seq

    def take_unsent(self) -> list[tuple[bytes, int, list[wire.Wire]]]:
        """Batches of what this connection has not carried, marked as sent."""
        batches = []
        for document in self._documents:
            fresh = [(seq, event) for seq, event in document.waiting if seq > document.sent_seq]
            if fresh:
                batches.append((document.stream, document.covered_seq, [event for _, event in fresh]))
                document.sent_seq = fresh[-1][0]
        return batches

    def cover(self, stream: bytes, seq: int) -> int:
        """Lets go of everything up to `seq`. How many events that were."""
        for document in self._documents:
            if document.stream == stream and seq > document.covered_seq:
                before = len(document.waiting)
                document.waiting = [entry for entry in document.waiting if entry[0] > seq]
                document.covered_seq = seq
                return before - len(document.waiting)
        return 0
