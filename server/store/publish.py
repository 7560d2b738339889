"""The sites and their rules as Postgres keeps them: rules are immutable rows by hash, and a history says which is live.

Written here and announced elsewhere (`server.verbs.rules`): whoever hears of a change reads it from these tables, so an
announcement that is lost costs a moment and never a version. No publish, rollback or lesson switches on what the kill switch
holds off (`server.store.kill`).
"""

import secrets
from collections.abc import Iterator

import asyncpg
import msgspec

from core.errors import ConfigError
from core.rules_template import NEW_SITE_RULES
from core.rules_text import check_rules_for_site, parse_rules
from server.store.history import Change, as_it_was, earlier_version, history, rules_text_of
from server.store.live_rules import (
    SQL,
    Entry,
    Published,
    Responses,
    StoredSite,
    decode_responses,
    encode_responses,
    held_site,
    load_sites,
    make_live,
    site_of,
)
from server.store.names import clean_origins, slug_of

__all__ = [
    "Change",
    "Published",
    "StoredSite",
    "add_site",
    "history",
    "keep_readable",
    "load_sites",
    "publish_rules",
    "rollback",
    "rules_text_of",
    "set_origins",
    "set_responses",
    "site_of",
]


async def add_site(pool: asyncpg.Pool, *, name: str, origins: list[str], is_demo: bool = False) -> StoredSite:
    """A new site with a key and a salt of its own, and rules that watch and show nothing.

    Raises:
        ConfigError: a name without a letter or digit, or an origin that is none.
    """
    allowed = clean_origins(origins)
    wanted = slug_of(name)
    salt, key = secrets.token_hex(16), f"pk_{secrets.token_hex(12)}"
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(SQL["lock_for_new_site"])
        taken = {row["site_id"] for row in await connection.fetch(SQL["site_ids"])}
        site_id = next(candidate for candidate in _numbered(wanted) if candidate not in taken)
        site = StoredSite(
            site_id=site_id,
            name=name.strip(),
            key=key,
            origins=tuple(allowed),
            is_demo=is_demo,
            holdout_salt=salt,
            version="",
            toml=NEW_SITE_RULES,
        )
        await connection.execute(SQL["add_site"], site_id, site.name, key, allowed, is_demo, salt)
        await make_live(connection, site, Entry("publish", "the site was added"))
    return await site_of(pool, site_id)


async def set_origins(pool: asyncpg.Pool, site_id: str, *, add: str = "", remove: str = "") -> StoredSite:
    """Let one more origin send events, or one less."""
    site = await site_of(pool, site_id)
    origins = [origin for origin in site.origins if not remove or origin not in clean_origins([remove])]
    if remove and len(origins) == len(site.origins):
        raise ConfigError(f"{remove} is not an origin of {site_id}. Next: choose one of {', '.join(site.origins)}.")
    allowed = clean_origins([*origins, *([add] if add else [])])
    await pool.execute(SQL["set_origins"], site_id, allowed)
    return await site_of(pool, site_id)


async def publish_rules(
    pool: asyncpg.Pool,
    site_id: str,
    toml_text: str,
    note: str = "",
    *,
    made_by: str = "",
    our_base_url: str = "",
    file: str = "",
) -> Published:
    """Make this text the live rules of a site. Text that decides as the live rules do is no change.

    Raises:
        ConfigError: an unknown site, or rules with a mistake; what was live stays live.
    """
    rules = parse_rules(toml_text, file)
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        check_rules_for_site(toml_text, rules, origins=site.origins, our_base_url=our_base_url, file=file)
        fresh = msgspec.structs.replace(site, toml=toml_text)
        return await make_live(connection, fresh, Entry("publish", note, made_by))


async def rollback(
    pool: asyncpg.Pool, site_id: str, version: str = "", note: str = "", *, made_by: str = ""
) -> Published:
    """Make text and responses of an earlier version live again: the one named (its first characters will do), else what was
    live before. Where something is switched off now, that is a new version.

    Raises:
        ConfigError: no such version, or it was written for an older program and can no longer be read.
    """
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        target = await earlier_version(connection, site_id, version)
        before = await as_it_was(connection, site, target)
        parse_rules(before.toml, f"{site_id} {target}")
        return await make_live(connection, before, Entry("rollback", note, made_by))


async def set_responses(
    pool: asyncpg.Pool, site_id: str, responses: Responses, note: str = "", *, made_by: str = ""
) -> Published:
    """Make what was learned of each action part of the live rules: a new version, `learn` in the history. These replace all
    that was known before; a rollback undoes it.

    Raises:
        ConfigError: an unknown site, live rules that cannot be read, or a response with a number that is none.
    """
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        stored = await connection.fetchval(SQL["as_stored"], encode_responses(responses))
        decode_responses(stored)
        fresh = msgspec.structs.replace(site, responses=stored)
        return await make_live(connection, fresh, Entry("learn", note, made_by))


async def keep_readable(pool: asyncpg.Pool) -> list[str]:
    """Publish again, under their new name, live rules that this program's version hashes otherwise than the one before.

    A new field in `core.rules` changes every version, and a record must name a row that is here. Whether they suit the
    site's origins was asked as they were published and is not asked again: they are live. Text that can no longer be read
    is left alone. Gives the sites whose version has changed.
    """
    renamed = []
    for stored in await load_sites(pool):
        try:
            async with pool.acquire() as connection, connection.transaction():
                site = await held_site(connection, stored.site_id)
                done = await make_live(connection, site, Entry("publish", "read by a newer version of the program"))
        except ConfigError:
            continue
        if done.is_change:
            renamed.append(stored.site_id)
    return renamed


def _numbered(slug: str) -> Iterator[str]:
    yield slug
    for number in range(2, 10_000):
        yield f"{slug}-{number}"
