"""The kill switch: an action, or every action of a site, off at once and until it is revived.

What is off is kept with the site, so that every later version takes it along, and in each version, so that a replay knows it.
The site is held while it changes: a publish that runs at the same time comes before or after, and is killed in both cases.
"""

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from core.errors import ConfigError
from core.rules import ALL_ACTIONS
from server.store.live_rules import SQL, Entry, Published, StoredSite, held_site, make_live

GUARDRAIL = "guardrail"
"""Who is said to have made a pause."""


async def kill(
    pool: asyncpg.Pool, site_id: str, action_id: str = ALL_ACTIONS, note: str = "", *, made_by: str = ""
) -> Published:
    """Switch one action off, or every one, and say so in a new live version.

    Raises:
        ConfigError: an unknown site, or an action that its live rules do not have.
    """
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        known = [rule.id for rule in site.rules().actions]
        if action_id not in (ALL_ACTIONS, *known):
            there_are = f"There are: {', '.join(known)}" if known else "It has none"
            raise ConfigError(
                f"{site_id} has no action {action_id!r}. {there_are}. Next: without a name every action is switched off."
            )
        return await _switched(connection, site, {*site.killed, action_id}, Entry("kill", note, made_by))


async def pause(pool: asyncpg.Pool, site_id: str, action_id: str, why: str) -> Published:
    """Switch an action off because it broke a guardrail. A merchant that does so at the same moment is asked nothing twice:
    what is off already is no change.

    Raises:
        ConfigError: an unknown site, or rules that cannot be read.
    """
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        return await _switched(connection, site, {*site.killed, action_id}, Entry("pause", why, GUARDRAIL))


async def revived_at(connection: Any, site_id: str, action_id: str) -> datetime | None:
    """When this action was last brought back, by itself or with every other; None where it never was."""
    at: datetime | None = await connection.fetchval(SQL["revived_at"], site_id, action_id)
    return at


async def revive(
    pool: asyncpg.Pool, site_id: str, action_id: str = ALL_ACTIONS, note: str = "", *, made_by: str = ""
) -> Published:
    """Take back one kill: that of this action, or that of every action. One of the other kind stays.

    Raises:
        ConfigError: an unknown site, or this is not switched off.
    """
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        if action_id not in site.killed:
            raise ConfigError(_not_killed(site, action_id))
        return await _switched(connection, site, {*site.killed} - {action_id}, Entry("revive", note, made_by))


async def _switched(connection: asyncpg.Connection, site: StoredSite, killed: set[str], entry: Entry) -> Published:
    fresh = msgspec.structs.replace(site, killed=tuple(sorted(killed)))
    await connection.execute(SQL["set_killed"], site.site_id, list(fresh.killed))
    return await make_live(connection, fresh, entry)


def _not_killed(site: StoredSite, action_id: str) -> str:
    what = f"{site.site_id} as a whole" if action_id == ALL_ACTIONS else f"action {action_id!r} of {site.site_id}"
    if not site.killed:
        return f"{what} is not switched off; nothing is. Next: `fifthclick rules history {site.site_id}` says what was done."
    names = " ".join(name for name in site.killed if name != ALL_ACTIONS)
    if ALL_ACTIONS in site.killed:
        return f"{what} is not switched off by itself: every action is. Next: fifthclick rules revive {site.site_id}."
    return f"{what} is not switched off. Next: fifthclick rules revive {site.site_id} ACTION, for one of: {names}."
