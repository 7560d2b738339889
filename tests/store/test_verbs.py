"""`fifthclick migrate`, `settle` and `sql` as people type them."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core.errors import ConfigError, OurError
from server.cli import main
from server.settings import Settings
from server.store.roles import ANALYST, ensure_login
from server.store.running import Running, connect_info, forget, save
from server.verbs.settle import time_of
from server.verbs.sql import table
from server.writer.frames import FrameStore
from tests.store.visits import RULES_UNSTORED, events_of, frame_of, records_of

Run = Callable[..., Coroutine[Any, Any, tuple[int, str, str]]]


@pytest.fixture
def run(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a verb against this test's database: its status, and what it printed on both outputs."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIFTHCLICK_DATA_DIR", str(tmp_path / "data"))

    async def go(*words: str) -> tuple[int, str, str]:
        status = await asyncio.to_thread(main, list(words))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return go


async def test_migrate_says_what_it_applied_and_then_that_there_is_nothing_left(
    run: Run, connection: asyncpg.Connection
) -> None:
    await connection.execute("DROP SCHEMA raw, config, marts CASCADE")
    status, said, _ = await run("migrate")
    assert status == 0
    assert "applied 0001_schemas_and_roles.sql" in said
    assert await run("migrate") == (0, "The database has this version's schema already.\n", "")


@pytest.mark.parametrize("words", [("settle",), ("replay", "0" * 32), ("simulate", "--shoppers", "1")])
async def test_a_verb_on_a_database_without_our_tables_names_the_next_step(
    words: tuple[str, ...], run: Run, connection: asyncpg.Connection
) -> None:
    await connection.execute("DROP SCHEMA raw, config, marts CASCADE")
    status, said, wrong = await run(*words)
    assert (status, said) == (1, "")
    assert wrong == f"fifthclick {words[0]}: the database has no tables of ours yet. Next: fifthclick migrate.\n"


async def test_migrate_by_an_account_that_may_change_nothing_names_the_next_step(
    run: Run, connection: asyncpg.Connection, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst = await ensure_login(postgres_url, ANALYST, tmp_path / "password")
    await connection.execute("DROP SCHEMA raw, config, marts CASCADE")
    monkeypatch.setenv("DATABASE_URL", analyst)
    status, said, wrong = await run("migrate")
    assert (status, said) == (1, "")
    assert "Next: migrate as the database's owner" in wrong
    assert wrong.count("\n") == 1


async def test_a_database_address_with_a_port_that_is_none_is_said_in_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:99999/shop")
    status, _, wrong = await run("site", "list")
    assert status == 1
    assert "Next: check DATABASE_URL" in wrong
    assert wrong.count("\n") == 1


async def test_settle_as_of_later_shows_an_outcome_without_waiting(
    run: Run, store: FrameStore, connection: asyncpg.Connection
) -> None:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    await store.store(frame_of(records_of(events_of(start_ms=now_ms), RULES_UNSTORED)))
    assert (await run("settle"))[:2] == (0, "Settled 0 sessions with 0 outcomes.\n")
    status, said, _ = await run("settle", "--as-of", "+2h")
    assert (status, "Settled 1 sessions" in said) == (0, True)
    assert await connection.fetchval("SELECT count(*) FROM marts.sessions") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+31m", datetime(2026, 5, 1, 12, 31, tzinfo=UTC)),
        ("-2h", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("+1d", datetime(2026, 5, 2, 12, tzinfo=UTC)),
        ("2026-04-01T08:00", datetime(2026, 4, 1, 8, tzinfo=UTC)),
        ("2026-04-01T08:00+02:00", datetime(2026, 4, 1, 6, tzinfo=UTC)),
        ("2026-04-01T08:00Z", datetime(2026, 4, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_written_as_a_date_or_as_a_distance(text: str, expected: datetime) -> None:
    assert time_of(text, datetime(2026, 5, 1, 12, tzinfo=UTC)) == expected


@pytest.mark.parametrize("text", ["", "tomorrow", "31m", "+31", "+99999999d"])
def test_what_is_no_time_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError, match=r"is no time\. Next: write "):
        time_of(text, datetime(2026, 5, 1, tzinfo=UTC))


async def test_sql_prints_aligned_rows_or_csv(run: Run) -> None:
    query = "SELECT 'a' AS name, 12 AS amount UNION ALL SELECT 'longer', NULL ORDER BY 1"
    expected = "name    amount\n------  ------\na           12\nlonger       ·\n(2 rows)\n"
    assert await run("sql", query) == (0, expected, "")
    assert await run("sql", query, "--csv") == (0, "name,amount\na,12\nlonger,\n", "")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "SELECT * FROM raw.events",
            "permission denied for schema raw near 'raw.events'. Next: the analyst reads schema marts and",
        ),
        (
            "DELETE FROM sessions",
            "cannot execute DELETE in a read-only transaction. Next: the analyst reads schema marts and",
        ),
        ("CREATE TABLE x (id int)", "Next: the analyst reads schema marts and nothing else."),
        ("SELECT nonsense FROM sessions", 'column "nonsense" does not exist near'),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM", "syntax error at end of input. Next: "),
        ("SELECT 1; SELECT 2", "one statement at a time. Next: "),
    ],
)
async def test_sql_says_what_postgres_refuses_and_what_to_do_next(query: str, sentence: str, run: Run) -> None:
    status, said, error = await run("sql", query)
    assert (status, said) == (1, "")
    assert sentence in error
    assert "Next: " in error
    assert "Traceback" not in error


async def test_sql_logs_in_as_the_analyst(run: Run) -> None:
    assert (await run("sql", "SELECT session_user", "--csv"))[1] == f"session_user\n{ANALYST}\n"


def test_a_table_without_rows_shows_its_columns() -> None:
    assert table(["one", "two"], []) == "one  two\n---  ---\n(0 rows)"


@pytest.mark.parametrize("words", [["sql", "SELECT 1"], ["settle"], ["replay", "0" * 32]])
def test_a_verb_that_reads_makes_no_database_in_a_folder_that_has_none(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = tmp_path / "mistyped"
    assert main([*words, "--data-dir", str(folder)]) == 1
    error = capsys.readouterr().err
    assert "no server has kept data in" in error
    assert "Next: " in error
    assert not folder.exists()


async def test_a_server_that_is_away_is_one_sentence_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me:secret@127.0.0.1:{free_port}/shop")
    for verb in (["migrate"], ["settle"], ["sql", "SELECT 1"], ["replay", "0" * 32]):
        status, _, error = await run(*verb)
        assert status == 1
        assert "Postgres cannot be reached: " in error
        assert "Next: " in error
        assert "secret" not in error


def test_what_runs_is_found_in_its_data_folder_and_gone_when_it_has_stopped(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path))
    with pytest.raises(OurError, match=r"nothing is running in .* Next: start `fifthclick serve`"):
        connect_info(settings)
    running = Running(database_url="postgresql://here", base_url="http://127.0.0.1:8700", pid=os.getpid())
    save(tmp_path, running)
    assert connect_info(settings) == running
    assert (tmp_path / "running.json").stat().st_mode & 0o077 == 0
    forget(tmp_path)
    with pytest.raises(OurError, match="nothing is running"):
        connect_info(settings)


def test_a_server_that_stops_leaves_the_word_of_the_one_that_took_its_place(tmp_path: Path) -> None:
    successor = Running(database_url="postgresql://here", base_url="http://127.0.0.1:8701", pid=os.getppid())
    save(tmp_path, successor)
    forget(tmp_path)
    assert connect_info(Settings(data_dir=str(tmp_path))) == successor


def test_a_server_that_was_killed_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    child = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitpid(child, 0)
    save(tmp_path, Running(database_url="postgresql://here", pid=child))
    with pytest.raises(OurError, match="nothing is running"):
        connect_info(Settings(data_dir=str(tmp_path)))


def test_a_configured_database_needs_nothing_running(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), database_url="postgresql://elsewhere")
    assert connect_info(settings).database_url == "postgresql://elsewhere"
