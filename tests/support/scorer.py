"""A scorer for tests whose hidden state is a hash of all that it saw: one event lost, doubled or moved changes every score."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from struct import pack

from core.features import Encoded
from core.records import Scores
from core.scoring import Scored


class HashScorer:
    """Scores are spread evenly over 0..1, so every segment comes up in a few events."""

    def __init__(self, version: str = "5c0" + "e" * 13, max_batch: int = 8) -> None:
        self.version = version
        self.max_batch = max_batch
        self.rows: list[int] = []

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        assert len(hidden) == len(encoded) <= self.max_batch
        self.rows.append(len(hidden))
        return [self._one(h, e) for h, e in zip(hidden, encoded, strict=True)]

    def _one(self, hidden: bytes, e: Encoded) -> Scored:
        seen = pack(f"<HH{len(e.numbers)}d", e.event, e.page, *e.numbers)
        after = blake2b(hidden + seen, digest_size=16, salt=self.version.encode()[:16]).digest()
        purchase, leave = int.from_bytes(after[:4], "big") / 2**32, int.from_bytes(after[4:8], "big") / 2**32
        return Scored(after, Scores(purchase, leave))


class BrokenScorer(HashScorer):
    """Raises where `is_poison` says so of a row: a bug in our own code."""

    def __init__(self, is_poison: Callable[[Encoded], bool]) -> None:
        super().__init__()
        self._is_poison = is_poison

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        if any(self._is_poison(e) for e in encoded):
            raise ZeroDivisionError("a planted bug")
        return super().step(hidden, encoded)
