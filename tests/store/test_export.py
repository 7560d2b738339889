"""What an analyst takes away: the same rows and sums as in the marts, opened by programs that are not ours."""

import asyncio
import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest

from server.cli import main
from server.store.export import DAY_OF, NO_DAY

Run = Callable[..., tuple[int, str, str]]

SUMS = {
    "sessions": "count(*), sum(revenue_minor), sum(event_count), sum(peak_score), count(arm)",
    "decisions": "count(*), sum(purchase_score), count(action_id), sum(seq)",
    "orders": "count(*), sum(net_minor), sum(item_count), count(coupon)",
    "outcomes": "count(*), sum(value_minor), sum(is_converted::integer)",
    "exposures": "count(*), count(shown_at), sum(after_ms)",
    "rollups": "count(*), sum(session_count), sum(revenue_minor)",
    "claims": "count(*), sum(amount_minor), count(code)",
}


def asked(query: str) -> list[tuple[Any, ...]]:
    """What DuckDB says."""
    with duckdb.connect() as opened:
        rows: list[tuple[Any, ...]] = opened.execute(query).fetchall()
    return rows


@pytest.fixture
def run(simulated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("DATABASE_URL", simulated_url)
    monkeypatch.setenv("FIFTHCLICK_DATA_DIR", str(tmp_path / "data"))

    def go(*words: str) -> tuple[int, str, str]:
        status = main(["export", *words])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return go


# shows: I2
async def test_parquet_opens_in_duckdb_with_the_same_sums(
    run: Run, simulated: asyncpg.Connection, tmp_path: Path
) -> None:
    out = tmp_path / "marts"
    status, said, _ = await asyncio.to_thread(run, "--out", str(out))
    assert status == 0, said
    for table, sums in SUMS.items():
        expected = await simulated.fetchrow(f"SELECT {sums} FROM marts.{table}")
        files = f"read_parquet('{out}/{table}/**/*.parquet', hive_partitioning = true)"
        found = asked(f"SELECT {sums} FROM {files}")[0]
        assert [float(v or 0) for v in found] == pytest.approx([float(v or 0) for v in expected]), table
    assert not out.with_name("marts.partial").exists()


async def test_each_day_is_a_folder_with_that_day_s_rows_alone(
    run: Run, simulated: asyncpg.Connection, tmp_path: Path
) -> None:
    out = tmp_path / "marts"
    await asyncio.to_thread(run, "--out", str(out), "sessions", "orders", "exposures")
    for table in ("sessions", "orders", "exposures"):
        days = await simulated.fetch(
            f"SELECT coalesce((({DAY_OF[table]}) AT TIME ZONE 'UTC')::date::text, '{NO_DAY}') AS day, count(*)"
            f" FROM marts.{table} GROUP BY 1 ORDER BY 1"
        )
        assert sorted(f.name for f in (out / table).iterdir()) == [f"dt={day}" for day, _ in days]
        for day, count in days:
            found = asked(f"SELECT count(*) FROM '{out}/{table}/dt={day}/*.parquet'")[0]
            assert found == (count,)


async def test_types_survive_so_that_times_are_times_and_ids_can_be_joined(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "marts"
    await asyncio.to_thread(run, "--out", str(out), "sessions", "decisions")
    columns = asked(f"DESCRIBE SELECT * FROM '{out}/sessions/*/*.parquet'")
    kinds = {name: kind for name, kind, *_ in columns}
    assert (kinds["started_at"], kinds["has_purchase"], kinds["revenue_minor"], kinds["peak_score"]) == (
        "TIMESTAMP WITH TIME ZONE", "BOOLEAN", "BIGINT", "DOUBLE",
    )  # fmt: skip
    decisions = f"'{out}/decisions/*/*.parquet' AS d"
    joined = asked(f"SELECT count(*) FROM {decisions} JOIN '{out}/sessions/*/*.parquet' AS s USING (session_id)")
    assert joined == asked(f"SELECT count(*) FROM {decisions}")
    assert joined[0][0] > 0


async def test_csv_holds_the_same_rows(run: Run, simulated: asyncpg.Connection, tmp_path: Path) -> None:
    out = tmp_path / "csv"
    await asyncio.to_thread(run, "--out", str(out), "--format", "csv", "orders", "revenue_by_day")
    with (out / "orders.csv").open(newline="") as file:
        orders = list(csv.DictReader(file))
    assert sum(int(row["net_minor"]) for row in orders) == await simulated.fetchval(
        "SELECT sum(net_minor) FROM marts.orders"
    )
    assert {row["order_id"] for row in orders} == {
        row[0] for row in await simulated.fetch("SELECT order_id FROM marts.orders")
    }
    with (out / "revenue_by_day.csv").open(newline="") as file:
        assert sum(int(row["order_count"]) for row in csv.DictReader(file)) == len(orders)


async def test_a_part_is_those_days_and_that_site_alone(
    run: Run, simulated: asyncpg.Connection, tmp_path: Path
) -> None:
    first: date = await simulated.fetchval("SELECT min(started_at)::date FROM marts.sessions")
    expected = await simulated.fetchval(
        "SELECT count(*) FROM marts.sessions WHERE (started_at AT TIME ZONE 'UTC')::date = $1", first
    )
    out = tmp_path / "part"
    words = ("--since", str(first), "--until", str(first), "--site", "shop", "--traffic", "simulated", "sessions")
    await asyncio.to_thread(run, "--out", str(out), *words)
    assert [f.name for f in (out / "sessions").iterdir()] == [f"dt={first}"]
    assert asked(f"SELECT count(*) FROM '{out}/sessions/*/*.parquet'")[0] == (expected,)
    nothing = tmp_path / "nothing"
    status, _, error = await asyncio.to_thread(run, "--out", str(nothing), "--site", "nobody", "sessions")
    assert status == 1
    assert "nothing was written. Next: compare --site" in " ".join(error.split())
    assert not nothing.exists()
    # A table without rows among others that have some is there, and empty.
    some = tmp_path / "some"
    await asyncio.to_thread(run, "--out", str(some), "--site", "shop", "sessions", "catalogue")
    assert asked(f"SELECT count(*) FROM '{some}/catalogue/**/*.parquet'")[0] == (0,)


async def test_what_cannot_be_exported_is_said_and_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    status, _, error = await asyncio.to_thread(run, "--out", str(tmp_path / "there"))
    assert (status, "is there already" in error) == (1, True)
    status, _, error = await asyncio.to_thread(run, "--out", str(tmp_path / "new"), "session")
    assert (status, "Did you mean 'sessions'?" in error) == (1, True)
    status, _, error = await asyncio.to_thread(run, "--out", str(tmp_path / "new"), "events")
    assert status == 1, "raw is not the analyst's"
    assert not (tmp_path / "new").exists()


# shows: I2
async def test_the_analyst_reads_every_mart_and_nothing_else(simulated: asyncpg.Connection) -> None:
    relations = await simulated.fetch(
        "SELECT format('%I.%I', n.nspname, c.relname) AS name, n.nspname = 'marts' AS is_mart"
        " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema)'"
    )
    assert {True, False} == {row["is_mart"] for row in relations}
    for name, is_mart in relations:
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            may = await simulated.fetchval("SELECT has_table_privilege('fifthclick_analyst', $1, $2)", name, right)
            assert may is (is_mart and right == "SELECT"), (name, right)
    for name, is_mart in relations:
        transaction = simulated.transaction()
        await transaction.start()
        try:
            await simulated.execute("SET LOCAL ROLE fifthclick_analyst")
            if is_mart:
                await simulated.fetch(f"SELECT * FROM {name} LIMIT 1")
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await simulated.fetch(f"SELECT * FROM {name} LIMIT 1")
        finally:
            await transaction.rollback()
