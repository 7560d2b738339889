"""New actions: half of the visits that choose one first are its control, until its worth is known or enough time has passed.

What is new is part of the rules' version, so that a replay knows it, and the logged `treatment_probability` says for each
visit which period it is of. Once an action is settled only the permanent control and holdout are left without it.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import asyncpg

from core.errors import ConfigError
from server.store.live_rules import SQL, Entry, Published, held_site, make_live

NEW_FOR = timedelta(days=28)
"""Longer than that no shop should do without an offer in half of its visits. Whole weeks: each weekday counts alike."""

Because = Literal["known", "time", "said"]
NOTES: dict[Because, str] = {
    "known": "its visits have answered whether it pays",
    "time": f"it has been new for {NEW_FOR.days} days",
    "said": "said by hand",
}


class Start(NamedTuple):
    """An action that was ever live, since when, and until when it was new; None while it is."""

    action_id: str
    started_at: datetime
    settled_at: datetime | None
    because: str


async def starts(connection: Any, site_id: str) -> list[Start]:
    """Every action that was ever live for the site, the oldest first."""
    return [Start(*row) for row in await connection.fetch(SQL["starts"], site_id)]


async def settle_action(
    pool: asyncpg.Pool, site_id: str, action_id: str, because: Because = "said", *, made_by: str = ""
) -> Published:
    """From now on only the permanent control is left without this action: a new live version.

    Raises:
        ConfigError: an unknown site, or an action that is not new.
    """
    async with pool.acquire() as connection, connection.transaction():
        site = await held_site(connection, site_id)
        if await connection.fetchval(SQL["settle_action"], site_id, action_id, because) is None:
            raise ConfigError(_not_new(site_id, action_id, await starts(connection, site_id)))
        return await make_live(connection, site, Entry("settle", f"{action_id}: {NOTES[because]}", made_by))


def is_long_ago(start: Start, now: datetime) -> bool:
    """Whether the action has been new for long enough."""
    return now - start.started_at > NEW_FOR


def _not_new(site_id: str, action_id: str, known: list[Start]) -> str:
    new = [start.action_id for start in known if start.settled_at is None]
    if action_id in {start.action_id for start in known}:
        return f"action {action_id!r} of {site_id} is not new any more. {_those(new)}"
    return f"{site_id} has had no action {action_id!r}. {_those(new)}"


def _those(new: list[str]) -> str:
    return f"New are: {', '.join(new)}." if new else "Nothing is new there, so there is nothing to settle."
