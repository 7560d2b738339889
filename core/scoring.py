"""The port behind which the model lives. The core is handed a `Scorer` and knows nothing of torch."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from core.features import Encoded
from core.records import Scores


class Scored(Struct, frozen=True, gc=False):
    """`hidden` is the scorer's own state after the event, opaque to everybody else (float32, little endian)."""

    hidden: bytes
    scores: Scores


class Scorer(Protocol):
    """Steps many sessions by one event each.

    The result of a row depends on that row alone, bit for bit, wherever it stands in the batch and whatever stands
    beside it (DESIGN 3.10): that is what lets any process go on with any session.
    """

    @property
    def version(self) -> str: ...

    @property
    def max_batch(self) -> int:
        """Most rows that one call takes."""
        ...

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        """One row per session; an empty `hidden` is a session that begins."""
        ...
