"""What every importer takes: where to look, a seed, and for stored sessions a way to the rows."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct


class StoredEvent(NamedTuple):
    """A row of the store, in the order of its session's events. `payload` is the event's canonical msgpack."""

    session_id: str
    stream: bytes
    payload: bytes
    was_offered: bool


StoredEvents = Callable[[str], Iterable[StoredEvent]]
"""The live events of one site, or of all for an empty name, session by session."""

Said = Callable[[str], None]
"""Told once, when a file is read to its end, how many of its rows were left out and where the first one is."""


def _say_nothing(_: str) -> None:
    pass


class Source(Struct, frozen=True, kw_only=True):
    """`path` is a folder, a file, a number or a site's name: the importer says which. `is_for_training`: what helps to
    learn and costs time is wanted too. `on_skipped` hears of rows that were left out. `shop`: a file of the simulator's, empty
    for the shop that comes with it."""

    path: str = ""
    seed: int = 1
    stored_events: StoredEvents | None = None
    is_for_training: bool = False
    on_skipped: Said = _say_nothing
    shop: str = ""
