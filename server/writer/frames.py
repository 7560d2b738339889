"""One frame as one transaction over all tables (DESIGN 3.6): a record is stored together with its decision or not at all.

Offers and orders are computed again from all their events, so that frames may come in any order and more than once.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg

from core.records import Frame, Record, Rejected
from server.metrics import EVENTS_REJECTED, ROWS_WRITTEN
from server.store.named import load
from server.writer.rows import (
    DECISION_COLUMNS,
    EVENT_COLUMNS,
    KEY_COLUMNS,
    REJECTED_COLUMNS,
    BadRow,
    Row,
    decision_row,
    event_row,
    merged,
    rejected_record,
    rejected_row,
    unreadable_frame,
)

BAD_ROW = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    OverflowError,
)
"""What is raised for a value that no column will ever take. Anything else may pass, so the frame is tried again."""

_OLDEST_DAYS = 400
_NEWEST_DAYS = 2
"""Streams of a day outside this window around their arrival go to the default partition: clocks lie."""


_AT_ONCE = 64
"""Records that are turned into rows in one go, about a millisecond, in the loop that also answers shoppers."""


def _values(columns: Sequence[str]) -> str:
    return ", ".join(f"${i}" for i in range(1, len(columns) + 1))


_SQL = load("writer.sql") | load("orders.sql")
_STORE_EVENTS = _SQL["store_events"].format(
    columns=", ".join(EVENT_COLUMNS),
    updates=", ".join(f"{c} = excluded.{c}" for c in EVENT_COLUMNS if c not in KEY_COLUMNS),
)
_STORE_DECISION = _SQL["store_decision"].format(
    columns=", ".join(DECISION_COLUMNS), values=_values(DECISION_COLUMNS)
)  # fmt: skip
_STORE_REJECTED = _SQL["store_rejected"].format(
    columns=", ".join(REJECTED_COLUMNS), values=_values(REJECTED_COLUMNS)
)  # fmt: skip


class FrameStore:
    """Stores frames over one connection, which it has for itself."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._days: set[date] = set()

    async def prepare(self) -> None:
        """What the connection needs once."""
        await self._connection.execute(_SQL["make_staging"])
        await self._connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")

    async def store(self, frame: Frame) -> None:
        """Store a frame. Records that Postgres will never take end in raw.rejected, each alone.

        Raises:
            whatever asyncpg raises while Postgres is away or not ready; nothing of the frame is stored then.
        """
        rows, rejected = await _rows(frame)
        try:
            await self._store(rows, rejected)
        except BAD_ROW:
            await self._store_one_by_one(rows, rejected)

    async def reject_unreadable(self, data: bytes, now: datetime) -> None:
        """Keep that a frame of the log could not be read. Its content is not kept."""
        row = unreadable_frame(data, int(now.timestamp() * 1000))
        await self._connection.execute(_STORE_REJECTED, *row)
        EVENTS_REJECTED.labels(reason="unreadable_frame").inc()

    async def _store_one_by_one(self, rows: Sequence[Row], rejected: Sequence[Rejected]) -> None:
        for row in rows:
            try:
                await self._store([row], [])
            except BAD_ROW:
                await self._store([], [_refusal(row.record, "bad_row")])
        await self._store([], rejected)

    async def _store(self, rows: Sequence[Row], rejected: Sequence[Rejected]) -> None:
        kept = merged(rows)
        await self._make_partitions(kept.values())
        async with self._connection.transaction():
            changed = await self._store_events(list(kept.values()))
            decisions = [d for d in map(decision_row, changed) if d is not None]
            if decisions:
                await self._connection.executemany(_STORE_DECISION, decisions)
            await self._touch_sessions(rows, {row.key for row in changed})
            await self._refresh(changed)
            if rejected:
                await self._connection.executemany(_STORE_REJECTED, [rejected_row(r) for r in rejected])
        ROWS_WRITTEN.labels(table="events").inc(len(changed))
        ROWS_WRITTEN.labels(table="decisions").inc(len(decisions))
        ROWS_WRITTEN.labels(table="rejected").inc(len(rejected))

    async def _store_events(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that are new, or that fill one which was only beaconed."""
        if not rows:
            return []
        await self._connection.copy_records_to_table(
            "staging", records=[row.values for row in rows], columns=EVENT_COLUMNS
        )
        keys = {tuple(key) for key in await self._connection.fetch(_STORE_EVENTS)}
        return [row for row in rows if row.key in keys]

    async def _touch_sessions(self, rows: Iterable[Row], changed: set[Any]) -> None:
        touches: dict[tuple[Any, Any], tuple[Any, ...]] = {}
        for row in rows:
            session = (row.site_id, row.session_id)
            known = touches.get(session)
            now = (
                row.traffic, row.received_at, row.occurred_at, row.key in changed, row.record.bot_reason or "",
            )  # fmt: skip
            touches[session] = tuple(map(max, known, now)) if known else now
        if touches:
            columns = zip(*((*session, *values) for session, values in touches.items()), strict=True)
            await self._connection.execute(_SQL["touch_sessions"], *map(list, columns))

    async def _refresh(self, changed: Sequence[Row]) -> None:
        offers = sorted({(row.site_id, row.decision_id) for row in changed if row.decision_id})
        orders = sorted({(row.site_id, row.order_id) for row in changed if row.order_id})
        if offers or orders:
            names = [f"{kind}|{site}|{name}" for kind, pairs in (("o", offers), ("p", orders)) for site, name in pairs]
            await self._connection.execute(_SQL["lock_names"], names)
        if offers:
            await self._connection.execute(_SQL["refresh_exposures"], *_columns(offers))
        if orders:
            await self._connection.execute(_SQL["refresh_orders"], *_columns(orders))
            await self._connection.execute(_SQL["unsettle_sessions_of_orders"], *_columns(orders))

    async def _make_partitions(self, rows: Iterable[Row]) -> None:
        unknown = [row for row in rows if row.stream_day not in self._days]
        for day in sorted({row.stream_day for row in unknown if _is_sensible(row)}):
            await make_partition(self._connection, day)
            self._days.add(day)


async def make_partition(connection: asyncpg.Connection, day: date) -> None:
    """A partition of raw.events for this day, unless there is one. Attached, which lets others read and write meanwhile."""
    name = f"events_{day:%Y%m%d}"
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(716, 0)")
        if await connection.fetchval("SELECT to_regclass($1)", f"raw.{name}") is not None:
            return
        await connection.execute("SET LOCAL lock_timeout = '5s'")
        try:
            async with connection.transaction():
                await connection.execute(f"CREATE TABLE raw.{name} (LIKE raw.events INCLUDING ALL)")
                await connection.execute(
                    f"ALTER TABLE raw.events ATTACH PARTITION raw.{name}"
                    f" FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
                )
        except asyncpg.CheckViolationError:
            # Rows of this day came when it still was an odd one: they stay where they are, and so does the day.
            return


async def _rows(frame: Frame) -> tuple[list[Row], list[Rejected]]:
    rows = []
    rejected = list(frame.rejected)
    for number, record in enumerate(frame.records, start=1):
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
        try:
            rows.append(event_row(record))
        except BadRow as error:
            rejected.append(_refusal(record, error.reason))
    return rows, rejected


def _refusal(record: Record, reason: str) -> Rejected:
    EVENTS_REJECTED.labels(reason=reason).inc()
    return rejected_record(record, reason)


def _is_sensible(row: Row) -> bool:
    off: int = (row.stream_day - row.received_at.date()).days
    return -_OLDEST_DAYS <= off <= _NEWEST_DAYS


def _columns(pairs: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [a for a, _ in pairs], [b for _, b in pairs]
