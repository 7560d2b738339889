"""Old events are let go a day at a time: a day is a partition, and dropping it costs nothing. What was computed of them stays.

Never before everything that depends on them is final: outcomes may change for the outcome window and the refund window after a
visit, and whoever settles a visit again needs all its events.
"""

from datetime import date, timedelta
from typing import NamedTuple

import asyncpg

from core.errors import ConfigError, OurError
from core.outcomes import OUTCOME_WINDOW_MS, REFUND_WINDOW_MS

_DAY_MS = 86_400_000
MOST_DAYS = 36_500
LEAST_DAYS = (OUTCOME_WINDOW_MS + REFUND_WINDOW_MS) // _DAY_MS + 3
"""Both windows, and some days for clocks that differ and for what is told late."""

_PARTITIONS = """
    SELECT c.relname AS name
    FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'raw.events'::regclass AND c.relname ~ '^events_[0-9]{8}$'
    ORDER BY c.relname
"""
_IS_UNSETTLED = """
    SELECT EXISTS (
        SELECT 1 FROM raw.session_touches AS t JOIN raw.{name} AS e USING (site_id, session_id) WHERE t.settled_at IS NULL
    )
"""
_FORGET_TOUCHES = """
    DELETE FROM raw.session_touches AS t USING raw.{name} AS e WHERE t.site_id = e.site_id AND t.session_id = e.session_id
"""
_FORGET_ODD = "DELETE FROM raw.events_odd_days WHERE stream_day < $1 AND received_at < $1"
_FORGET_REJECTED = "DELETE FROM raw.rejected WHERE received_at < $1"
_NOTE = "INSERT INTO raw.retention (kept_from) VALUES ($1) ON CONFLICT (kept_from) DO UPDATE SET applied_at = now()"


class LetGo(NamedTuple):
    """`days`: dropped. `waiting`: old enough, but a visit of that day is not settled yet. `rejected_count`: rows, not days."""

    kept_from: date
    days: list[date]
    waiting: list[date]
    rejected_count: int


async def let_go(connection: asyncpg.Connection, keep_days: int, today: date, *, is_trial: bool = False) -> LetGo:
    """Drop the events of days before `today - keep_days`. `is_trial`: only say what would go.

    Raises:
        ConfigError: so few days that an outcome could still change.
        OurError: readers hold the table, so that nothing could be dropped just now; what was done stays done.
    """
    if keep_days < LEAST_DAYS:
        raise ConfigError(
            f"events are needed for {LEAST_DAYS} days, until the outcomes of their visits are final. "
            f"Next: keep {LEAST_DAYS} days or more; `fifthclick session SITE ID --delete` removes one visit at once."
        )
    if keep_days > MOST_DAYS:
        raise ConfigError(f"--days {keep_days} is more than a hundred years. Next: name a number up to {MOST_DAYS}.")
    kept_from = today - timedelta(days=keep_days)
    old = [name for (name,) in await connection.fetch(_PARTITIONS) if _day_of(name) < kept_from]
    gone, waiting, rejected_count = [], [], 0
    for name in old:
        if await connection.fetchval(_IS_UNSETTLED.format(name=name)):
            waiting.append(_day_of(name))
            continue
        gone.append(_day_of(name))
        if not is_trial:
            await _drop(connection, name)
    if not is_trial:
        async with connection.transaction():
            await connection.execute(_FORGET_ODD, kept_from)
            status = await connection.execute(_FORGET_REJECTED, kept_from)
            rejected_count = int(status.rpartition(" ")[2])
            await connection.execute(_NOTE, kept_from)
    return LetGo(kept_from, gone, waiting, rejected_count)


async def _drop(connection: asyncpg.Connection, name: str) -> None:
    try:
        async with connection.transaction():
            # A writer waits behind this, so it does not wait long itself.
            await connection.execute("SET LOCAL lock_timeout = '5s'")
            await connection.execute(_FORGET_TOUCHES.format(name=name))
            await connection.execute(f"DROP TABLE raw.{name}")
    except asyncpg.LockNotAvailableError:
        raise OurError(f"raw.{name} is being read just now. Next: try again when long queries have ended.") from None


def _day_of(name: str) -> date:
    return date.fromisoformat(name.removeprefix("events_"))
