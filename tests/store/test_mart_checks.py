"""The marts hold what they promise on simulated visits; and each check finds the fault that it is there for."""

import asyncpg
import pytest

from tests.store.mart_checks import UNIQUE, Check, checks


# shows: I2
@pytest.mark.parametrize("check", checks(), ids=lambda check: check.name)
async def test_the_marts_hold(check: Check, simulated: asyncpg.Connection) -> None:
    assert len(await simulated.fetch(f"{check.broken} LIMIT 3")) == 0


@pytest.mark.parametrize("check", [c for c in checks() if c.fault], ids=lambda check: check.name)
async def test_each_check_finds_its_fault(check: Check, simulated: asyncpg.Connection) -> None:
    transaction = simulated.transaction()
    await transaction.start()
    try:
        await simulated.execute(check.fault)
        assert await simulated.fetch(f"{check.broken} LIMIT 1")
    finally:
        await transaction.rollback()


@pytest.mark.parametrize("table", UNIQUE)
async def test_the_grain_of_each_table_is_held_by_the_database_itself(
    table: str, simulated: asyncpg.Connection
) -> None:
    found = await simulated.fetch(
        "SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM pg_index AS i"
        " CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (number, place)"
        " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number"
        " WHERE i.indrelid = $1::regclass AND i.indisunique GROUP BY i.indexrelid",
        table,
    )
    assert UNIQUE[table] in [row[0] for row in found]


async def test_every_table_of_the_marts_has_its_grain_checked(simulated: asyncpg.Connection) -> None:
    tables = await simulated.fetch(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_schema = 'marts' AND table_type = 'BASE TABLE'"
    )
    assert {row[0] for row in tables} == set(UNIQUE)
