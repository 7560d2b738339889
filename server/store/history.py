"""What was live for a site and when, who made it so, and any earlier version as it was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec

from core.errors import ConfigError
from server.store.live_rules import SQL, StoredSite, site_of


class Change(NamedTuple):
    """One line of a site's history, and whether it is what is live now. `made_by` is empty for the program itself."""

    version: str
    published_at: datetime
    verb: str
    note: str
    is_live: bool
    made_by: str
    killed: tuple[str, ...]


async def history(pool: asyncpg.Pool, site_id: str) -> list[Change]:
    """What was live and when, newest first."""
    await site_of(pool, site_id)
    return [
        Change(r["version"], r["published_at"], r["verb"], r["note"], i == 0, r["made_by"], tuple(r["killed"]))
        for i, r in enumerate(await pool.fetch(SQL["history"], site_id))
    ]


async def rules_text_of(pool: asyncpg.Pool, site_id: str, version: str | None = None) -> str:
    """The TOML text of a site's live rules, or of an earlier version of them."""
    site = await site_of(pool, site_id)
    if version is None:
        return site.toml
    rows = await pool.fetch(SQL["history"], site_id)
    return (await as_it_was(pool, site, _matching(site_id, rows, version))).toml


async def as_it_was(connection: Any, site: StoredSite, version: str) -> StoredSite:
    """The site with text and responses of that version, and what is switched off now."""
    row = await connection.fetchrow(SQL["version"], site.site_id, version)
    return msgspec.structs.replace(site, version=version, **dict(row))


async def earlier_version(connection: Any, site_id: str, wanted: str = "") -> str:
    """The version that is named, by its first characters; else the last that was live and said something else than what is
    live. A kill or a revive alone says nothing else: going back never switches anything on.

    Raises:
        ConfigError: there is none, or more than one begins so.
    """
    rows = await connection.fetch(SQL["history"], site_id)
    if wanted:
        return _matching(site_id, rows, wanted)
    before = next((row["version"] for row in rows if row["content"] != rows[0]["content"]), None)
    if before is None:
        raise ConfigError(f"{site_id} has had only one version of its rules, so there is nothing to go back to.")
    return str(before)


def _matching(site_id: str, rows: Sequence[Any], start: str) -> str:
    found = sorted({row["version"] for row in rows if row["version"].startswith(start)})
    if len(found) != 1:
        what = "several versions" if found else "no version"
        raise ConfigError(
            f"{site_id} has {what} beginning with {start!r}. Next: `fifthclick rules history {site_id}` lists them."
        )
    return str(found[0])
