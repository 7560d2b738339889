"""The sites and their rules as Postgres keeps them: rules are immutable rows by hash, and a history says which is live.

Written here and announced elsewhere (`server.verbs.rules`): whoever hears of a change reads it from these tables, so an
announcement that is lost costs a moment and never a version. The newest history row of a site names its live rules.
"""

import secrets
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
from msgspec import Struct

from core.errors import ConfigError
from core.rules import bind
from core.rules_template import NEW_SITE_RULES
from core.rules_text import check_rules_for_site, parse_rules
from server.store.named import load
from server.store.names import clean_origins, slug_of

_sql = load("sites.sql")


class StoredSite(Struct, frozen=True, kw_only=True):
    """A site with the text of its live rules. This is also what a worker keeps on disk."""

    site_id: str
    name: str
    key: str
    origins: tuple[str, ...]
    is_demo: bool
    holdout_salt: str
    version: str
    toml: str


class Change(NamedTuple):
    """One line of a site's history, and whether it is what is live now."""

    version: str
    published_at: datetime
    verb: str
    note: str
    is_live: bool


class Published(NamedTuple):
    """The version that is live now, and whether that is a change."""

    version: str
    is_change: bool


async def load_sites(pool: asyncpg.Pool) -> list[StoredSite]:
    """Every site with its live rules, in order of id."""
    return [_stored(row) for row in await pool.fetch(_sql["live_sites"], None)]


async def site_of(pool: asyncpg.Pool, site_id: str) -> StoredSite:
    """One site. Raises `ConfigError` with the sites that there are."""
    row = await pool.fetchrow(_sql["live_sites"], site_id)
    if row is None:
        raise await _unknown_site(pool, site_id)
    return _stored(row)


async def add_site(pool: asyncpg.Pool, *, name: str, origins: list[str], is_demo: bool = False) -> StoredSite:
    """A new site with a key and a salt of its own, and rules that watch and show nothing.

    Raises:
        ConfigError: a name without a letter or digit, or an origin that is none.
    """
    allowed = clean_origins(origins)
    wanted = slug_of(name)
    salt, key = secrets.token_hex(16), f"pk_{secrets.token_hex(12)}"
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_sql["lock_for_new_site"])
        taken = {row["site_id"] for row in await connection.fetch(_sql["site_ids"])}
        site_id = next(candidate for candidate in _numbered(wanted) if candidate not in taken)
        await connection.execute(_sql["add_site"], site_id, name.strip(), key, allowed, is_demo, salt)
        await _make_live(connection, site_id, salt, NEW_SITE_RULES, verb="publish", note="the site was added")
    return await site_of(pool, site_id)


async def set_origins(pool: asyncpg.Pool, site_id: str, *, add: str = "", remove: str = "") -> StoredSite:
    """Let one more origin send events, or one less."""
    site = await site_of(pool, site_id)
    origins = [origin for origin in site.origins if not remove or origin not in clean_origins([remove])]
    if remove and len(origins) == len(site.origins):
        raise ConfigError(f"{remove} is not an origin of {site_id}. Next: choose one of {', '.join(site.origins)}.")
    allowed = clean_origins([*origins, *([add] if add else [])])
    await pool.execute(_sql["set_origins"], site_id, allowed)
    return await site_of(pool, site_id)


async def publish_rules(
    pool: asyncpg.Pool, site_id: str, toml_text: str, note: str = "", *, our_base_url: str = "", file: str = ""
) -> Published:
    """Make this text the live rules of a site. Text that decides as the live rules do is no change.

    Raises:
        ConfigError: an unknown site, or rules with a mistake; what was live stays live.
    """
    rules = parse_rules(toml_text, file)
    async with pool.acquire() as connection, connection.transaction():
        site = await _locked(connection, site_id)
        check_rules_for_site(toml_text, rules, origins=site["origins"], our_base_url=our_base_url, file=file)
        return await _make_live(connection, site_id, site["holdout_salt"], toml_text, verb="publish", note=note)


async def rollback(pool: asyncpg.Pool, site_id: str, version: str = "", note: str = "") -> Published:
    """Make an earlier version live again: the one named (its first characters will do), else what was live before.

    Raises:
        ConfigError: no such version, or it was written for an older program and can no longer be read.
    """
    async with pool.acquire() as connection, connection.transaction():
        site = await _locked(connection, site_id)
        rows = await connection.fetch(_sql["history"], site_id)
        versions = [row["version"] for row in rows]
        target = _earlier(site_id, versions, version)
        text = await _text(connection, site_id, target)
        parse_rules(text, f"{site_id} {target}")
        return await _make_live(connection, site_id, site["holdout_salt"], text, verb="rollback", note=note)


async def keep_readable(pool: asyncpg.Pool) -> list[str]:
    """Publish again, under their new name, live rules that this program's version hashes otherwise than the one before.

    A new field in `core.rules` changes every version, and a record must name a row that is here. Text that can no longer
    be read is left alone. Gives the sites whose version has changed.
    """
    renamed = []
    for site in await load_sites(pool):
        try:
            done = await publish_rules(pool, site.site_id, site.toml, "read by a newer version of the program")
        except ConfigError:
            continue
        if done.is_change:
            renamed.append(site.site_id)
    return renamed


async def history(pool: asyncpg.Pool, site_id: str) -> list[Change]:
    """What was live and when, newest first."""
    await site_of(pool, site_id)
    rows = await pool.fetch(_sql["history"], site_id)
    return [Change(r["version"], r["published_at"], r["verb"], r["note"] or "", i == 0) for i, r in enumerate(rows)]


async def rules_text_of(pool: asyncpg.Pool, site_id: str, version: str | None = None) -> str:
    """The TOML text of a site's live rules, or of an earlier version of them."""
    site = await site_of(pool, site_id)
    if version is None:
        return site.toml
    known = [change.version for change in await history(pool, site_id)]
    return await _text(pool, site_id, _matching(site_id, known, version))


async def _make_live(connection: Any, site_id: str, salt: str, text: str, *, verb: str, note: str) -> Published:
    version = bind(parse_rules(text), site_id=site_id, holdout_salt=salt).version
    rows = await connection.fetch(_sql["history"], site_id)
    if rows and rows[0]["version"] == version:
        return Published(version, is_change=False)
    await connection.execute(_sql["add_rules"], site_id, version, text, note)
    await connection.execute(_sql["go_live"], site_id, version, verb, note)
    return Published(version, is_change=True)


async def _locked(connection: Any, site_id: str) -> Any:
    """The site's row, held until the transaction ends, so that two publishers follow each other."""
    row = await connection.fetchrow(_sql["lock_site"], site_id)
    if row is None:
        raise await _unknown_site(connection, site_id)
    return row


async def _text(connection: Any, site_id: str, version: str) -> str:
    text = await connection.fetchval(_sql["rules_text"], site_id, version)
    return str(text)


async def _unknown_site(connection: Any, site_id: str) -> ConfigError:
    known = [row["site_id"] for row in await connection.fetch(_sql["site_ids"])]
    there_are = f"There are: {', '.join(known)}." if known else "Next: fifthclick site add NAME --origin URL."
    return ConfigError(f"there is no site {site_id!r}. {there_are}")


def _earlier(site_id: str, versions: list[str], wanted: str) -> str:
    if wanted:
        return _matching(site_id, versions, wanted)
    before = next((version for version in versions if version != versions[0]), None)
    if before is None:
        raise ConfigError(f"{site_id} has had only one version of its rules, so there is nothing to go back to.")
    return before


def _matching(site_id: str, versions: list[str], start: str) -> str:
    found = sorted({version for version in versions if version.startswith(start)})
    if len(found) != 1:
        what = "several versions" if found else "no version"
        raise ConfigError(
            f"{site_id} has {what} beginning with {start!r}. Next: `fifthclick rules history {site_id}` lists them."
        )
    return found[0]


def _numbered(slug: str) -> Any:
    yield slug
    for number in range(2, 10_000):
        yield f"{slug}-{number}"


def _stored(row: Any) -> StoredSite:
    return StoredSite(**{**dict(row), "origins": tuple(row["origins"])})
