"""Proof that no personal data got in: walks every column of every table and reads what it holds, events decoded."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import asyncpg
import msgspec

from core.privacy import is_personal
from server.store.columns import Shape, shape_of

_COLUMNS = """
    SELECT c.table_schema || '.' || c.table_name AS table_name, c.column_name, c.data_type
    FROM information_schema.columns AS c
    JOIN pg_class AS t ON t.oid = format('%I.%I', c.table_schema, c.table_name)::regclass
    WHERE c.table_schema IN ('raw', 'config', 'marts')
      AND t.relkind IN ('r', 'p')
      AND NOT t.relispartition
    ORDER BY 1, c.ordinal_position
"""

_HELD_BACK = frozenset({"config.sites.name", "config.sites.origins", "config.rules.toml", "config.rules.note"})
"""What the merchant writes about the own shop may hold the shop's own address; no shopper's words ever get there."""


class Column(NamedTuple):
    """A column of a table, with its schema, as Postgres describes it."""

    table: str
    name: str
    data_type: str

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


class Finding(NamedTuple):
    """What is wrong with a column, and in how many rows; never the value itself."""

    column: str
    problem: str
    row_count: int


async def columns_of(connection: asyncpg.Connection) -> list[Column]:
    """Every column of every table of ours; a partition's are its table's."""
    return [Column(*row) for row in await connection.fetch(_COLUMNS)]


async def scan_for_personal_data(connection: asyncpg.Connection) -> list[Finding]:
    """Every column that is not on the allow-list, holds a value of another shape, or holds something like personal data."""
    findings: list[Finding] = []
    for column in await columns_of(connection):
        shape = shape_of(column.table, column.name)
        if shape is None or column.data_type not in shape.data_types:
            findings.append(Finding(str(column), "not on the allow-list", 0))
        elif shape.pattern is not None or shape.is_free:
            findings += await _scan(connection, column, shape)
    return findings


async def _scan(connection: asyncpg.Connection, column: Column, shape: Shape) -> list[Finding]:
    misshapen = personal = 0
    async with connection.transaction():
        query = f"SELECT {column.name} FROM {column.table} WHERE {column.name} IS NOT NULL"
        async for (value,) in connection.cursor(query, prefetch=2_000):
            values = value if isinstance(value, list) else [value]
            misshapen += not all(shape.fits(each) for each in values)
            if shape.is_free and str(column) not in _HELD_BACK:
                personal += any(is_personal(text) for each in values for text in _texts(each, column))
    found = [(misshapen, "a value of another shape"), (personal, "something like personal data")]
    return [Finding(str(column), problem, count) for count, problem in found if count]


def _texts(value: Any, column: Column) -> Iterator[str]:
    """Every string in a value. An event's decision id is a hash, whatever its digits look like."""
    if isinstance(value, bytes):
        decoded = msgspec.msgpack.decode(value)
        yield from (text for text in _strings(decoded) if not _is_hash(text))
    elif column.data_type == "jsonb":
        yield from _strings(msgspec.json.decode(value) if isinstance(value, str) else value)
    else:
        yield str(value)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield str(key)
            yield from _strings(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from _strings(held)


def _is_hash(text: str) -> bool:
    return len(text) == 16 and all(c in "0123456789abcdef" for c in text) and not text.isdigit()
