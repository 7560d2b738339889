"""Brings a database to this version's schema: numbered files once and forward only, views whenever their text changed.

A file that was applied is never edited: its checksum is kept and compared. Views hold no rows, so they are dropped and made
again together; a question's view is one file in `migrations/views`.
"""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import asyncpg

from core.errors import ConfigError, OurError
from server.store.pool import connect_one

FOLDER = Path(__file__).parents[2] / "migrations"

_LOCK = 0x0F1F7C
_VIEWS = "views"

_BOOTSTRAP = """
CREATE SCHEMA IF NOT EXISTS config;
CREATE TABLE IF NOT EXISTS config.migrations (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE config.migrations IS 'Which schema changes this database has had.';
COMMENT ON COLUMN config.migrations.name IS 'The file; "views" stands for all views together.';
COMMENT ON COLUMN config.migrations.checksum IS 'SHA-256 of its text: a file that was applied is never edited.';
COMMENT ON COLUMN config.migrations.applied_at IS 'When.';
"""

_DROP_VIEWS = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT table_name FROM information_schema.views WHERE table_schema = 'marts' LOOP
        EXECUTE format('DROP VIEW IF EXISTS marts.%I CASCADE', found.table_name);
    END LOOP;
END
$$;
"""


class _File(NamedTuple):
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return sha256(self.text.encode()).hexdigest()


async def migrate(url: str, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing, each file in a transaction of its own. Gives the names of what was applied.

    Two that migrate at once take turns.

    Raises:
        ConfigError: a file that was applied has been edited, or is not in this version.
        StoreUnavailable: Postgres does not answer.
    """
    connection = await connect_one(url, command_timeout_s=None)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _bootstrap(connection)
        applied = {row["name"]: row["checksum"] for row in await connection.fetch("TABLE config.migrations")}
        files = _files(folder)
        _check(files, applied)
        done = []
        for file in files:
            if file.name not in applied:
                await _apply(connection, file)
                done.append(file.name)
        if await _renew_views(connection, folder, applied.get(_VIEWS), has_changed=bool(done)):
            done.append(_VIEWS)
        return done
    finally:
        await connection.close()


def _files(folder: Path) -> list[_File]:
    files = [_File(path.name, path.read_text()) for path in sorted(folder.glob("[0-9]*.sql"))]
    if not files:
        raise OurError(f"no migrations in {folder}. Next: install fifthclick again; its SQL files are missing.")
    return files


def _check(files: list[_File], applied: dict[str, str]) -> None:
    known = {file.name for file in files} | {_VIEWS}
    strangers = sorted(set(applied) - known)
    if strangers:
        raise ConfigError(
            f"this database has {strangers[0]}, which this version lacks. Next: install the newer version."
        )
    for file in files:
        if applied.get(file.name, file.checksum) != file.checksum:
            raise ConfigError(
                f"{file.name} was edited after it was applied. Next: restore it and add a new file instead."
            )


async def _bootstrap(connection: asyncpg.Connection) -> None:
    try:
        await connection.execute(_BOOTSTRAP)
    except _NO_RIGHTS as error:
        raise _needs_rights("the first step", error) from None


_NO_RIGHTS = (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)


def _needs_rights(what: str, error: BaseException) -> OurError:
    return OurError(f"{what} needs more rights: {error}. Next: migrate as the database's owner with CREATEROLE.")


async def _apply(connection: asyncpg.Connection, file: _File) -> None:
    try:
        async with connection.transaction():
            await connection.execute(file.text)
            await connection.execute(
                "INSERT INTO config.migrations (name, checksum) VALUES ($1, $2)", file.name, file.checksum
            )
    except _NO_RIGHTS as error:
        raise _needs_rights(file.name, error) from None


async def _renew_views(
    connection: asyncpg.Connection, folder: Path, checksum: str | None, *, has_changed: bool
) -> bool:
    """Make all views again if the text of any changed, or a table did. Whether they were."""
    views = _File(_VIEWS, "\n".join(path.read_text() for path in sorted((folder / "views").glob("*.sql"))))
    if views.checksum == checksum and not has_changed:
        return False
    async with connection.transaction():
        await connection.execute(_DROP_VIEWS)
        if views.text:
            await connection.execute(views.text)
        await connection.execute(
            "INSERT INTO config.migrations (name, checksum) VALUES ($1, $2)"
            " ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()",
            views.name, views.checksum,
        )  # fmt: skip
    return True
