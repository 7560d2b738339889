"""The marts as files: CSV, or Parquet in a folder for each day, streamed as the analyst reads them.

One snapshot for all tables, a few thousand rows in memory at a time, and a folder that is there whole or not at all.
"""

import csv
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self
from uuid import UUID

import asyncpg
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import ConfigError
from core.nearest import hint

DAY_OF = {
    "sessions": "started_at",
    "decisions": "decided_at",
    "exposures": "coalesce(shown_at, withheld_at, clicked_at, dismissed_at, submitted_at)",
    "claims": "claimed_at",
    "orders": "placed_at",
    "outcomes": "decided_at",
    "explanations": "explained_at",
    "predictions": "occurred_at",
    "lift_rows": "decided_at",
}
"""By which moment the rows of a table go to a day. Every other table is small, and one file."""

NO_DAY = "__HIVE_DEFAULT_PARTITION__"
"""How Hive, and with it DuckDB, Spark and Arrow, name the folder of rows without a day."""

_AT_ONCE = 5_000

_ARROW: dict[str, pa.DataType] = {
    "text": pa.string(), "uuid": pa.string(), "jsonb": pa.string(), "bytea": pa.binary(), "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"), "boolean": pa.bool_(), "smallint": pa.int16(),
    "integer": pa.int32(), "bigint": pa.int64(), "double precision": pa.float64(), "numeric": pa.float64(),
    "ARRAY": pa.list_(pa.string()),
}  # fmt: skip

_COLUMNS = """
    SELECT c.table_name, c.column_name, c.data_type, t.table_type = 'BASE TABLE' AS is_table
    FROM information_schema.columns AS c
    JOIN information_schema.tables AS t USING (table_schema, table_name)
    WHERE c.table_schema = 'marts'
    ORDER BY c.table_name, c.ordinal_position
"""


class Wanted(NamedTuple):
    """Which rows: those of a site and a traffic, with days from `since` to `until`, both included. "" and None: all."""

    site_id: str = ""
    traffic: str = ""
    since: date | None = None
    until: date | None = None


class Table(NamedTuple):
    """A table or view of the marts with its columns and their types, as Postgres names them."""

    name: str
    columns: Mapping[str, str]
    is_table: bool


class Writer(Protocol):
    """Where the rows of one table go."""

    def write(self, day: date | None, rows: Sequence[Sequence[Any]]) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


async def tables_of(connection: asyncpg.Connection, names: Sequence[str] = ()) -> list[Table]:
    """The tables and views of these names; without a name, every table.

    Raises:
        ConfigError: no such table or view.
    """
    found: dict[str, Table] = {}
    for name, column, data_type, is_table in await connection.fetch(_COLUMNS):
        table = found.setdefault(name, Table(name, {}, is_table))
        found[name] = table._replace(columns={**table.columns, column: data_type})
    for name in names:
        if name not in found:
            raise ConfigError(f"there is no table or view {name!r}. {hint(name, found)}")
    return [found[name] for name in names] if names else [table for table in found.values() if table.is_table]


async def export(
    connection: asyncpg.Connection,
    tables: Sequence[Table],
    wanted: Wanted,
    writer_of: Callable[[Table], Writer],
    told: Callable[[str, int], None],
) -> dict[str, int]:
    """Write these tables as they are at one moment. `told` hears each table's name and how many rows came. Gives rows by table."""
    counts = dict.fromkeys((table.name for table in tables), 0)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for table in tables:
            with writer_of(table) as writer:
                async for day, rows in _rows(connection, table, wanted):
                    writer.write(day, rows)
                    counts[table.name] += len(rows)
                    told(table.name, len(rows))
    return counts


async def _rows(
    connection: asyncpg.Connection, table: Table, wanted: Wanted
) -> AsyncIterator[tuple[date | None, list[Sequence[Any]]]]:
    """The rows by day, a few thousand at a time; a day's rows come together."""
    moment = DAY_OF.get(table.name)
    day = f"(({moment}) AT TIME ZONE 'UTC')::date" if moment else "NULL::date"
    conditions, values = _conditions(table, wanted, day if moment else "")
    columns = ", ".join(f'"{name}"' for name in table.columns)
    query = f'SELECT {day}, {columns} FROM marts."{table.name}"{conditions}{" ORDER BY 1" if moment else ""}'
    held: list[Sequence[Any]] = []
    held_day: date | None = None
    async for row in connection.cursor(query, *values, prefetch=_AT_ONCE):
        if held and (row[0] != held_day or len(held) == _AT_ONCE):
            yield held_day, held
            held = []
        held_day = row[0]
        held.append(tuple(row)[1:])
    if held:
        yield held_day, held


def _conditions(table: Table, wanted: Wanted, day: str) -> tuple[str, list[Any]]:
    asked = [
        ("site_id = ${}", wanted.site_id, "site_id" in table.columns),
        ("traffic = ${}", wanted.traffic, "traffic" in table.columns),
        (f"{day} >= ${{}}", wanted.since, bool(day)),
        (f"{day} <= ${{}}", wanted.until, bool(day)),
    ]
    held = [(condition, value) for condition, value, can_ask in asked if value and can_ask]
    text = " AND ".join(condition.format(place) for place, (condition, _) in enumerate(held, 1))
    return (f" WHERE {text}" if text else ""), [value for _, value in held]


class CsvWriter:
    """One file, with a first line of names. NULL is empty; arrays and structures are JSON."""

    def __init__(self, folder: Path, table: Table) -> None:
        self._path = folder / f"{table.name}.csv"
        self._names = list(table.columns)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._stack.enter_context(self._path.open("w", encoding="utf-8", newline=""))
        self._csv = csv.writer(file, lineterminator="\n")
        self._csv.writerow(self._names)
        return self

    def write(self, day: date | None, rows: Sequence[Sequence[Any]]) -> None:
        self._csv.writerows([[_plain(value) for value in row] for row in rows])

    def __exit__(self, *_: object) -> None:
        self._stack.close()


class ParquetWriter:
    """A folder for each day, `dt=2026-01-05`, with one file; tables without days are one file, and so is one without rows."""

    def __init__(self, folder: Path, table: Table) -> None:
        self._folder = folder / table.name
        self._has_days = table.name in DAY_OF
        self._schema = pa.schema([(name, _ARROW[kind]) for name, kind in table.columns.items()])
        self._file: pq.ParquetWriter | None = None
        self._day: date | None = None

    def __enter__(self) -> Self:
        return self

    def write(self, day: date | None, rows: Sequence[Sequence[Any]]) -> None:
        if self._file is None or day != self._day:
            self._open(day)
        assert self._file is not None
        columns = list(zip(*rows, strict=True))
        arrays = [
            pa.array([_arrow(value) for value in column], type=field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]
        self._file.write_batch(pa.record_batch(arrays, schema=self._schema))

    def _open(self, day: date | None) -> None:
        self._close()
        folder = self._folder / f"dt={day or NO_DAY}" if self._has_days else self._folder
        folder.mkdir(parents=True, exist_ok=True)
        self._file, self._day = pq.ParquetWriter(folder / "part-0.parquet", self._schema, compression="zstd"), day

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._file is None:
            self._open(None)
        self._close()


def _arrow(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | dict):
        return json.dumps(value)
    return value
