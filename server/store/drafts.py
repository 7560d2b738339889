"""Drafts of a site's rules: kept, compared and published later, and refused where somebody else's text went live meanwhile.

A draft may hold mistakes: it is work in progress, and publishing it is what is checked.
"""

import re
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec

from core.errors import ConfigError
from core.rules_text import MAX_TEXT_BYTES, check_rules_for_site, parse_rules
from server.store.live_rules import SQL, Entry, Published, held_site, make_live, site_of

DEFAULT_NAME = "draft"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


class Draft(NamedTuple):
    """`based_on`: the version that was live when it was begun. `is_outdated`: other text has gone live since. What a kill, a
    revive or a lesson changed is in no merchant's text, so it outdates nothing: publishing takes it along."""

    name: str
    toml: str
    note: str
    based_on: str
    updated_at: datetime
    is_outdated: bool


async def keep_draft(
    pool: asyncpg.Pool, site_id: str, text: str, note: str = "", *, name: str = DEFAULT_NAME, file: str = ""
) -> Draft:
    """Keep this text, also one with mistakes. The same name again replaces the text, and the note where one is given.

    Raises:
        ConfigError: an unknown site, a name that is none, or what is no text at all.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name for a draft. Next: use small letters, digits, '-' and '_'.")
    if "\0" in text or len(text) > MAX_TEXT_BYTES:
        raise ConfigError(f"is no text of at most {MAX_TEXT_BYTES // 1024} KiB. Next: check the file.", file=file)
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        await connection.execute(SQL["keep_draft"], site_id, name, text, note, site.version)
        return await draft_of(connection, site_id, name)


async def drafts(connection: Any, site_id: str) -> list[Draft]:
    """A site's drafts, over a pool or a connection, the newest first."""
    await site_of(connection, site_id)
    return [Draft(**dict(row)) for row in await connection.fetch(SQL["drafts"], site_id)]


async def draft_of(connection: Any, site_id: str, name: str = DEFAULT_NAME) -> Draft:
    """One draft. Raises `ConfigError` with those that there are."""
    found = await drafts(connection, site_id)
    draft = next((each for each in found if each.name == name), None)
    if draft is None:
        there_are = f"There are: {', '.join(each.name for each in found)}" if found else "It has none"
        raise ConfigError(f"{site_id} has no draft {name!r}. {there_are}. Next: fifthclick rules draft {site_id} FILE.")
    return draft


async def drop_draft(pool: asyncpg.Pool, site_id: str, name: str = DEFAULT_NAME) -> None:
    """Forget a draft. Raises `ConfigError` as `draft_of`."""
    await draft_of(pool, site_id, name)
    await pool.execute(SQL["drop_draft"], site_id, name)


async def publish_draft(
    pool: asyncpg.Pool,
    site_id: str,
    name: str = DEFAULT_NAME,
    note: str = "",
    *,
    made_by: str = "",
    our_base_url: str = "",
    is_forced: bool = False,
) -> Published:
    """Make a draft the live rules. It is a draft no more then; one that decides as the live rules do stays one.

    Raises:
        ConfigError: no such draft, one with a mistake, or other text went live since it was begun and `is_forced` is not set.
    """
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        draft = await draft_of(connection, site_id, name)
        if draft.is_outdated and not is_forced:
            raise ConfigError(
                f"other rules went live since draft {name!r} was begun: it is based on {draft.based_on}, and {site.version} is"
                f" live. Next: `fifthclick rules diff {site_id} --draft {name}` says what it would change of those;"
                " publish it with --force if that is meant."
            )
        rules = parse_rules(draft.toml, name)
        check_rules_for_site(draft.toml, rules, origins=site.origins, our_base_url=our_base_url, file=name)
        fresh = msgspec.structs.replace(site, toml=draft.toml)
        done = await make_live(connection, fresh, Entry("publish", note or draft.note, made_by))
        if done.is_change:
            await connection.execute(SQL["drop_draft"], site_id, name)
        return done
