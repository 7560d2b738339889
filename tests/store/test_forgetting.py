"""What is let go is gone: a visit from every table at once, old days of events once nothing depends on them."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.errors import ConfigError
from server.cli import main
from server.store.erase import SESSION_TABLES, UNLINKED
from server.store.retention import LEAST_DAYS, let_go
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.store.tables import count, everything
from tests.store.visits import NOON, RULES_UNSTORED, events_of, frame_of, records_of, session_of, shop, with_offer_shown

LATER = NOON + timedelta(hours=1)
Run = Callable[..., Coroutine[Any, Any, tuple[int, str, str]]]


@pytest.fixture
def run(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIFTHCLICK_DATA_DIR", str(tmp_path / "data"))

    async def go(*words: str) -> tuple[int, str, str]:
        status = await asyncio.to_thread(main, list(words))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return go


async def two_visits(store: FrameStore, connection: asyncpg.Connection, url: str) -> None:
    """Two visits that saw an offer and bought; the first one took a code and its order is known from the shop's server."""
    rules = await shop(url)
    for number in (1, 2):
        records = records_of(events_of(order=f"A-{number}"), rules, number=number, arm="treatment")
        await store.store(frame_of(records + with_offer_shown(records, rules)))
    mine = UUID(bytes=session_of(1))
    decision = await connection.fetchval("SELECT decision_id FROM marts.decisions WHERE session_id = $1 LIMIT 1", mine)
    await connection.execute("INSERT INTO config.code_pools (site_id, pool) VALUES ('shop', 'spring')")
    await connection.execute(
        "INSERT INTO config.codes (site_id, pool, code, session_id, action_id, decision_id, claimed_at)"
        " VALUES ('shop', 'spring', 'SPRING-1', $1, 'a', $2, $3)", mine, decision, NOON,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO marts.claims (site_id, session_id, action_id, decision_id, traffic, claimed_at, pool, code)"
        " VALUES ('shop', $1, 'a', $2, 'live', $3, 'spring', 'SPRING-1')", mine, decision, NOON,
    )  # fmt: skip
    await connection.execute("INSERT INTO raw.void_offers (site_id, decision_id) VALUES ('shop', $1)", decision)
    await connection.execute(
        "INSERT INTO raw.rejected VALUES ('r', 'shop', NULL, NULL, NULL, $1, $2, 'bad_row', -1)", mine, NOON
    )
    await connection.execute(
        "INSERT INTO marts.explanations (site_id, decision_id, session_id, traffic, signals, explained_at)"
        " VALUES ('shop', $1, $2, 'live', '[]', $3)", decision, mine, NOON,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO raw.server_orders (site_id, order_id, source, session_id, placed_at, changed_at, value_minor, currency,"
        " item_count, received_at) VALUES ('shop', 'B-1', 'api', $1, $2, $2, 900, 'EUR', 1, $2)", mine, NOON,
    )  # fmt: skip
    await Settler(url).settle(LATER)


async def session_columns(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT c.table_schema || '.' || c.table_name FROM information_schema.columns AS c"
        " JOIN information_schema.tables AS t USING (table_schema, table_name)"
        " JOIN pg_class AS p ON p.oid = format('%I.%I', c.table_schema, c.table_name)::regclass"
        " WHERE c.column_name = 'session_id' AND c.table_schema IN ('raw', 'marts', 'config')"
        " AND t.table_type = 'BASE TABLE' AND NOT p.relispartition"
    )
    return [row[0] for row in rows]


# shows: B5
async def test_a_deleted_visit_is_gone_from_every_table_and_counted_and_the_other_stays(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str, run: Run
) -> None:
    await two_visits(store, connection, postgres_url)
    mine, other = (UUID(bytes=session_of(number)) for number in (1, 2))
    tables = await session_columns(connection)
    assert set(tables) == {*SESSION_TABLES, *UNLINKED}, "a new table with visits must say what becomes of them"
    for table in tables:
        assert await connection.fetchval(f"SELECT count(*) FROM {table} WHERE session_id = $1", mine) > 0 or (
            table == "raw.explanations_due"
        ), table
    kept = {t: await connection.fetchval(f"SELECT count(*) FROM {t} WHERE session_id = $1", other) for t in tables}
    status, said, _ = await run("session", "shop", mine.hex, "--delete")
    assert status == 0
    assert "raw.events" in said
    for table in await connection.fetch(
        "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
        " WHERE table_schema IN ('raw', 'marts', 'config') AND table_type = 'BASE TABLE'"
    ):
        text = await connection.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table[0]} AS t")
        assert str(mine) not in text, table[0]
    assert kept == {
        t: await connection.fetchval(f"SELECT count(*) FROM {t} WHERE session_id = $1", other) for t in tables
    }
    assert await count(connection, "raw.void_offers") == 0
    orders = await connection.fetch("SELECT order_id, is_tracked FROM marts.orders ORDER BY order_id")
    assert [tuple(row) for row in orders] == [("A-2", True), ("B-1", False)], (
        "the shop's own order stays, without its visit"
    )
    assert [tuple(r) for r in await connection.fetch("SELECT session_count FROM raw.deleted_sessions")] == [(1,)]
    await Settler(postgres_url).settle(LATER)
    assert await connection.fetchval("SELECT sum(session_count) FROM marts.rollups") == 1


# shows: B5
async def test_a_visit_can_be_handed_out_as_json_and_what_is_not_there_is_said(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str, run: Run
) -> None:
    await two_visits(store, connection, postgres_url)
    mine = UUID(bytes=session_of(1))
    status, said, _ = await run("session", "shop", str(mine), "--export")
    assert status == 0
    found = json.loads(said)
    for table, rows in found.items():
        assert len(rows) >= 1
        assert all(row.get("session_id", str(mine)) == str(mine) for row in rows), table
    assert len(found["raw.events"]) == await connection.fetchval(
        "SELECT count(*) FROM raw.events WHERE session_id = $1", mine
    )
    assert str(UUID(bytes=session_of(2))) not in said
    for words in (("shop", "0" * 32), ("shop", "not an id"), ("other", mine.hex)):
        for what in ("--export", "--delete"):
            status, _, error = await run("session", *words, what)
            assert status == 1
            assert "Next:" in error or "There are: shop" in error


async def test_old_days_go_and_what_was_computed_of_them_stays(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    for number, days in enumerate((0, 1, LEAST_DAYS + 10), start=1):
        start = NOON - timedelta(days=days)
        events = events_of(start_ms=int(start.timestamp() * 1000), order=f"A-{number}")
        await store.store(frame_of(records_of(events, rules, number=number)))
    await Settler(postgres_url).settle(NOON + timedelta(hours=2))
    before = await everything(connection)
    done = await let_go(connection, LEAST_DAYS, NOON.date(), is_trial=True)
    assert len(done.days) == 1
    assert await everything(connection) == before
    done = await let_go(connection, LEAST_DAYS, NOON.date())
    assert [NOON.date() - day for day in done.days] == [timedelta(days=LEAST_DAYS + 10)]
    after = await everything(connection)
    for table in ("marts.sessions", "marts.decisions", "marts.outcomes", "marts.orders", "marts.rollups"):
        assert after[table] == before[table]
    assert {row["session_id"].bytes for row in after["raw.events"]} == {session_of(1), session_of(2)}
    await connection.execute("UPDATE raw.session_touches SET settled_at = NULL")
    await Settler(postgres_url).settle(NOON + timedelta(hours=2))
    assert (await everything(connection))["marts.sessions"] == before["marts.sessions"]


async def test_a_day_waits_while_a_visit_of_it_is_not_settled(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    start = NOON - timedelta(days=60)
    events = events_of(start_ms=int(start.timestamp() * 1000))
    await store.store(frame_of(records_of(events, RULES_UNSTORED)))
    done = await let_go(connection, LEAST_DAYS, NOON.date())
    assert (done.days, done.waiting) == ([], [start.date()])
    assert await count(connection, "raw.events") == len(events)


async def test_so_few_days_that_an_outcome_may_still_change_are_refused(
    connection: asyncpg.Connection, run: Run
) -> None:
    with pytest.raises(ConfigError, match="Next: keep 40 days"):
        await let_go(connection, LEAST_DAYS - 1, NOON.date())
    status, said, _ = await run("retention", "--days", "400", "--dry-run")
    assert status == 0
    assert "Events of 0 days would go" in said
