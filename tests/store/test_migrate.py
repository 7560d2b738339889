"""Migrations run once and in order, an edited file is refused, and the roles may read what they should and nothing else."""

import shutil
from pathlib import Path

import asyncpg
import pytest
from msgspec.structs import replace

from core.errors import ConfigError
from core.records import Scores
from server.store import migrate as module
from server.store.migrate import migrate
from server.store.named import load
from server.store.roles import ANALYST, REPLAY, ensure_login
from server.store.stored_session import stored_scores
from server.writer.frames import FrameStore, make_partition
from server.writer.rows import event_row
from tests.store.visits import RULES_UNSTORED, events_of, frame_of, records_of


async def test_migrating_again_does_nothing(postgres_url: str) -> None:
    assert await migrate(postgres_url) == []


async def test_an_empty_database_gets_every_file_in_order(postgres_url: str, connection: asyncpg.Connection) -> None:
    await connection.execute("DROP SCHEMA raw, config, marts CASCADE")
    files = sorted(path.name for path in module.FOLDER.glob("*.sql"))
    assert await migrate(postgres_url) == [*files, "views"]


async def test_a_file_that_was_edited_after_it_was_applied_is_refused(postgres_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "migrations"
    shutil.copytree(module.FOLDER, copy)
    edited = copy / "0002_config.sql"
    edited.write_text(edited.read_text() + "-- one more thought\n")
    with pytest.raises(ConfigError, match=r"0002_config\.sql was edited after it was applied\. Next: "):
        await migrate(postgres_url, copy)


async def test_a_database_of_a_newer_version_is_refused(postgres_url: str, connection: asyncpg.Connection) -> None:
    await connection.execute("INSERT INTO config.migrations (name, checksum) VALUES ('0999_later.sql', '')")
    with pytest.raises(ConfigError, match=r"0999_later\.sql, which this version lacks"):
        await migrate(postgres_url)


async def test_a_file_that_fails_leaves_nothing_behind(
    postgres_url: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    copy = tmp_path / "migrations"
    shutil.copytree(module.FOLDER, copy)
    (copy / "0900_broken.sql").write_text("CREATE TABLE marts.half (id text); SELECT nonsense;")
    with pytest.raises(asyncpg.UndefinedColumnError):
        await migrate(postgres_url, copy)
    assert await connection.fetchval("SELECT to_regclass('marts.half')") is None


async def test_a_changed_view_is_made_again_without_a_migration(
    postgres_url: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    copy = tmp_path / "migrations"
    shutil.copytree(module.FOLDER, copy)
    (copy / "views" / "funnel.sql").write_text("CREATE VIEW marts.funnel AS SELECT 1 AS one;")
    assert await migrate(postgres_url, copy) == ["views"]
    assert await connection.fetchval("SELECT one FROM marts.funnel") == 1
    assert await connection.fetchval("SELECT has_table_privilege($1, 'marts.funnel', 'SELECT')", ANALYST)


async def test_rows_from_before_frictions_were_kept_stay_readable(
    postgres_url: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    shutil.copytree(module.FOLDER, before, ignore=shutil.ignore_patterns("0006_*", "views"))
    await connection.execute("DROP SCHEMA raw, config, marts CASCADE")
    await migrate(postgres_url, before)
    await connection.execute(
        "INSERT INTO raw.events (site_id, stream_day, stream_id, seq, session_id, traffic, occurred_at, received_at,"
        " is_clock_skewed, event_type, payload, rules_version, scorer_version, purchase_score, exit_score)"
        " VALUES ('shop', '2026-03-04', '123456789012', 1, gen_random_uuid(), 'live', now(), now(), false, 'scroll',"
        " '', '', 'old', 0.4, 0.2)"
    )
    await connection.execute(
        "INSERT INTO marts.decisions SELECT site_id, 'd1', session_id, traffic, now(), stream_day, stream_id, seq,"
        " 'free-shipping', 'free_shipping', 'chosen', 'on_the_fence', 0.4, 'control', 0.9, '[]', false, false, '', 'old', 5"
        " FROM raw.events"
    )
    assert (await migrate(postgres_url))[0].startswith("0006_")
    row = await connection.fetchrow("SELECT * FROM raw.events")
    assert stored_scores(row) == Scores(0.4, 0.2)
    assert row["order_ratio"] is None
    decision = await connection.fetchrow("SELECT trend, frictions FROM marts.decisions")
    assert tuple(decision) == (None, [])
    [why] = await connection.fetch("SELECT action_id, sentence FROM marts.why_chosen")
    assert tuple(why) == ("free-shipping", None)
    assert await connection.fetchval("SELECT count(*) FROM raw.explanations_due") == 0


async def test_a_database_with_rows_of_the_version_before_kill_switch_and_codes_is_brought_on(
    postgres_url: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    shutil.copytree(
        module.FOLDER, before, ignore=shutil.ignore_patterns("0007_*", "0008_*", "0009_*", "0042_*", "views")
    )
    await connection.execute("DROP SCHEMA raw, config, marts CASCADE")
    await migrate(postgres_url, before)
    await connection.execute(
        "INSERT INTO config.sites (site_id, name, site_key, origins, is_demo, holdout_salt)"
        " VALUES ('shop', 'Shop', 'pk_1', '{https://shop.example}', false, 'salt');"
        "INSERT INTO config.rules (site_id, version, toml) VALUES ('shop', 'v1', '');"
        "INSERT INTO config.rules_history (site_id, version, verb) VALUES ('shop', 'v1', 'rollback');"
        "INSERT INTO raw.events (site_id, stream_day, stream_id, seq, session_id, traffic, occurred_at, received_at,"
        " is_clock_skewed, event_type, item_id, payload, rules_version, scorer_version)"
        " VALUES ('shop', '2026-03-04', '123456789012', 1, gen_random_uuid(), 'live', now(), now(), false, 'view_item',"
        " 'mug', '', '', 'old');"
        "INSERT INTO marts.claims (site_id, session_id, action_id, decision_id, traffic, claimed_at)"
        " VALUES ('shop', gen_random_uuid(), 'ship', 'd1', 'live', now())"
    )
    assert [name[:5] for name in await migrate(postgres_url)] == ["0007_", "0008_", "0009_", "0042_", "views"]
    assert await connection.fetchval("SELECT unavailable FROM raw.events") == []
    assert tuple(await connection.fetchrow("SELECT pool, code FROM marts.claims")) == ("", None)
    [site] = await connection.fetch(load("sites.sql")["live_sites"], None)
    assert (site["version"], site["killed"], site["responses"]) == ("v1", [], "{}")


async def test_a_day_that_was_begun_before_robots_were_known_takes_their_rows(
    postgres_url: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    shutil.copytree(module.FOLDER, before, ignore=shutil.ignore_patterns("001[3-9]_*", "0042_*", "views"))
    await connection.execute("DROP SCHEMA raw, config, marts CASCADE")
    await migrate(postgres_url, before)
    [record, later] = records_of(events_of(pages=1), RULES_UNSTORED)
    await make_partition(connection, event_row(record).stream_day)
    assert "0013_bots.sql" in await migrate(postgres_url)
    store = FrameStore(connection)
    await store.prepare()
    await store.store(frame_of([record, replace(later, traffic="bot", bot_reason="named")]))
    kept = await connection.fetch("SELECT traffic FROM raw.events ORDER BY seq")
    assert [row["traffic"] for row in kept] == ["live", "bot"]
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("UPDATE raw.events SET traffic = 'somebody'")


@pytest.fixture
async def filled(store: FrameStore) -> None:
    await store.store(frame_of(records_of(events_of(), RULES_UNSTORED)))


@pytest.mark.usefixtures("filled")
async def test_the_analyst_reads_marts_and_nothing_else(postgres_url: str, tmp_path: Path) -> None:
    analyst = await asyncpg.connect(await ensure_login(postgres_url, ANALYST, tmp_path / "password"))
    try:
        assert await analyst.fetchval("SELECT count(*) FROM marts.decisions") > 0
        assert await analyst.fetchval("SELECT count(*) FROM predictions") > 0
        for table in ("raw.events", "raw.rejected", "raw.events_20260304", "config.sites", "config.rules"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await analyst.fetch(f"SELECT * FROM {table}")
        # The role's default is read-only; it must not be able to write with that switched off either.
        await analyst.execute("SET default_transaction_read_only = off")
        for statement in (
            "INSERT INTO marts.rollups SELECT * FROM marts.rollups",
            "UPDATE marts.decisions SET reason = ''",
            "DELETE FROM marts.sessions",
            "TRUNCATE marts.orders",
            "DROP VIEW marts.funnel",
            "CREATE TABLE marts.mine (id int)",
            "CREATE TABLE public.mine (id int)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await analyst.execute(statement)
    finally:
        await analyst.close()


@pytest.mark.usefixtures("filled")
async def test_replay_reads_raw_events_without_anything_that_was_computed(postgres_url: str, tmp_path: Path) -> None:
    role = await asyncpg.connect(await ensure_login(postgres_url, REPLAY, tmp_path / "password"))
    try:
        assert await role.fetchval("SELECT count(payload) FROM raw.events") > 0
        for query in (
            "SELECT purchase_score FROM raw.events",
            "SELECT exit_score FROM raw.events",
            "SELECT order_ratio FROM raw.events",
            "SELECT * FROM raw.explanations_due",
            "SELECT segment FROM raw.events",
            "SELECT * FROM raw.events_20260304",
            "SELECT * FROM marts.decisions",
            "SELECT * FROM marts.predictions",
            "SELECT site_key FROM config.sites",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await role.fetch(query)
    finally:
        await role.close()


async def test_a_password_is_made_once_and_for_the_owner_alone(postgres_url: str, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "analyst.password"
    first = await ensure_login(postgres_url, ANALYST, file)
    assert await ensure_login(postgres_url, ANALYST, file) == first
    assert file.read_text() in first
    assert file.stat().st_mode & 0o077 == 0
