"""Rows in any order become sessions: one way for every format, in bounded memory.

Each row is mapped and validated, then kept in a temporary SQLite file under a keyed hash of the visitor's id, sorted there,
and cut at 30 minutes of silence. So a file may be sorted by time, by visitor or not at all, and be larger than memory;
the temporary file holds what would be handed on anyway, and goes with the reading. Neither the visitor's id nor
anything that links two sessions of a visitor is handed on.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

from msgspec import MsgspecError
from msgspec.structs import replace

from core import events as ev
from core.errors import ConfigError
from core.events import encode_event
from core.fields import SESSION_IDLE_MS
from core.wire import Unreadable, decode_event
from model.dataset import Recorded
from model.importers.clean import ITEMS_MOST, BadRow, items_total
from model.importers.files import Place, file_key
from model.importers.source import Source

STREAM = b"\0" * 14
_SPOOL = """
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -32000;
    CREATE TABLE rows (visit BLOB, at_ms INTEGER, place INTEGER, event BLOB, number BLOB);
"""
_FIRST_TOLD = """
    CREATE TABLE orders AS SELECT number, min(at_ms) AS first_ms FROM rows WHERE number IS NOT NULL GROUP BY number;
    CREATE INDEX orders_by_number ON orders (number);
"""
_SORTED = """
    SELECT visit, at_ms, event, first_ms IS NOT NULL AND at_ms > first_ms
    FROM rows LEFT JOIN orders USING (number) ORDER BY visit, at_ms, place
"""

RowType = TypeVar("RowType")
_Row = tuple[bytes, int, int, bytes, bytes | None]


class Happened(NamedTuple):
    """What a row says. `who`: the source's own name for the visitor or the visit, `visitor`: for the visitor where it has
    both; they go no further than a hash. The events' own `seq` and `at_ms` are filled in later."""

    who: str
    at_ms: int
    events: tuple[ev.Event, ...]
    visitor: str = ""


class _Kept(NamedTuple):
    """An event's bytes. `is_told_again`: an order that this visitor's rows have told before."""

    at_ms: int
    event: bytes
    is_told_again: bool


class Tally:
    """Counts what was left out, so that it can be said once."""

    def __init__(self) -> None:
        self.read = 0
        self.other = 0
        self.bad: Counter[str] = Counter()
        self.first: Place | None = None

    def spoil(self, place: Place, reason: str) -> None:
        self.first = self.first or place
        self.bad[reason] += 1

    def words(self) -> str:
        """One sentence for each kind of row that was left out; empty where none was."""
        said = []
        if self.first is not None:
            reasons = ", ".join(f"{reason}: {count:,}" for reason, count in self.bad.most_common())
            where = f"{self.first.file}:{self.first.line}"
            said.append(f"{_rows(self.bad.total())} not usable and left out ({reasons}; the first: {where}).")
        if self.other:
            said.append(f"{_rows(self.other)} of kinds that tell nothing of shopping, left out.")
        return " ".join(said)


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def sessions_of(
    source: Source,
    rows: Iterable[tuple[Place, RowType]],
    read_row: Callable[[RowType], Happened | None],
    *,
    has_row_per_item: bool = False,
) -> Iterator[Recorded]:
    """The sessions of a file, in an order that tells nothing. `read_row` gives None for a row of a kind that is left out.

    `has_row_per_item`: an order of three products is three rows. Otherwise a second row with the same order number is the
    same order, told again by a page that was loaded again; in a later visit of the same visitor it is no purchase.

    Raises:
        ConfigError: the file cannot be read, or none of its rows can.
    """
    tally = Tally()
    with (
        TemporaryDirectory(prefix="fifthclick-import-") as folder,
        closing(sqlite3.connect(Path(folder) / "rows")) as spool,
    ):
        _fill(spool, _mapped(source, rows, read_row, tally))
        said = tally.words()
        if not tally.read:
            raise ConfigError(f"no row of {source.path} can be used. {said}".rstrip() + " Next: check its format.")
        if said:
            source.on_skipped(said)
        for visit, group in groupby(spool.execute(_SORTED), key=lambda row: bytes(row[0])):
            for part in _cut(_Kept(at_ms, event, bool(again)) for _, at_ms, event, again in group):
                recorded = _recorded(visit, part, has_row_per_item)
                if recorded.events:
                    yield recorded


def _fill(spool: sqlite3.Connection, rows: Iterable[_Row]) -> None:
    try:
        spool.executescript(_SPOOL)
        spool.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", rows)
        spool.executescript(_FIRST_TOLD)
    except sqlite3.Error as error:
        wanted = "Next: set TMPDIR to a folder with as much room as the file takes unpacked."
        raise ConfigError(f"the rows cannot be sorted: {error}. {wanted}") from None


def _mapped(
    source: Source, rows: Iterable[tuple[Place, RowType]], read_row: Callable[[RowType], Happened | None], tally: Tally
) -> Iterator[_Row]:
    key, place_number = file_key(source.path), 0
    for place, row in rows:
        try:
            happened = read_row(row)
            packed = [(_packed(event, happened.at_ms), _number(event)) for event in happened.events] if happened else []
        except BadRow as error:
            tally.spoil(place, str(error))
            continue
        except (KeyError, MsgspecError):
            tally.spoil(place, "not of this format's shape")
            continue
        if happened is None:
            tally.other += 1
            continue
        tally.read += 1
        visit = blake2b(happened.who.encode(), key=key, digest_size=16).digest()
        visitor = (happened.visitor or happened.who).encode()
        for event, number in packed:
            place_number += 1
            order = blake2b(visitor + b"\0" + number.encode(), key=key, digest_size=16).digest() if number else None
            yield visit, happened.at_ms, place_number, event, order


def _number(event: ev.Event) -> str:
    return event.transaction_id if isinstance(event, ev.Purchase) else ""


def _packed(event: ev.Event, at_ms: int) -> bytes:
    """The event's bytes, if the wire itself would take them. Raises `BadRow` where it would not."""
    try:
        packed = encode_event(replace(event, seq=1, at_ms=at_ms))
    except OverflowError:
        raise BadRow("a value is out of range") from None
    if at_ms < 0 or isinstance(decode_event(packed), Unreadable):
        raise BadRow("a value is out of range")
    return packed


def _cut(rows: Iterable[_Kept]) -> Iterator[list[_Kept]]:
    """The events of one visitor, part by part: silence ends a session here as everywhere."""
    part: list[_Kept] = []
    for row in rows:
        if part and row.at_ms - part[-1].at_ms >= SESSION_IDLE_MS:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _recorded(visit: bytes, kept: list[_Kept], has_row_per_item: bool) -> Recorded:
    events: list[ev.Event] = []
    for row in kept:
        event = decode_event(row.event)
        assert not isinstance(event, Unreadable), "checked when it was kept"
        place = _same_order(events, event, has_row_per_item) if isinstance(event, ev.Purchase) else None
        if place is not None:
            if has_row_per_item:
                events[place] = _joined(events[place], event)
        elif not row.is_told_again:
            events.append(event)
    began_ms = kept[0].at_ms.to_bytes(8, "big")
    return Recorded(
        # The start is part of the name: so two sessions of one visitor have nothing in common.
        session_id=blake2b(visit + began_ms, digest_size=16).hexdigest(),
        events=[(STREAM, _numbered(event, seq)) for seq, event in enumerate(events, start=1)],
        has_bought=any(isinstance(event, ev.Purchase) for event in events),
    )


def _same_order(events: list[ev.Event], order: ev.Purchase, has_row_per_item: bool) -> int | None:
    """Where the order that this row belongs to stands already. Rows of one order are of one moment or one number."""
    for place in range(len(events) - 1, -1, -1):
        before = events[place]
        if not isinstance(before, ev.Purchase) or before.transaction_id != order.transaction_id:
            continue
        if order.transaction_id or (has_row_per_item and before.at_ms == order.at_ms):
            return place
    return None


def _joined(before: ev.Event, order: ev.Event) -> ev.Event:
    assert isinstance(before, ev.Purchase)
    assert isinstance(order, ev.Purchase)
    total = (before.value_minor or 0) + (order.value_minor or 0) or None
    items = before.items + order.items
    return replace(before, items=items[:ITEMS_MOST], value_minor=total or items_total(items))


def _numbered(event: ev.Event, seq: int) -> ev.Event:
    """The event with its place; an order's number has done its work and stays behind."""
    if isinstance(event, ev.Purchase):
        return replace(event, seq=seq, transaction_id="")
    return replace(event, seq=seq)
