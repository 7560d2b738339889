"""Says that a session has ended, and computes what became of it: one loop for all servers, under an advisory lock.

Idempotent: a session that is settled twice, or again when a refund arrives, gives the same rows. Nobody else writes
marts.sessions, marts.outcomes and marts.rollups.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg
import structlog

from core.rules import Rules
from server.metrics import OUTCOMES_WRITTEN
from server.store.named import load
from server.store.pool import UNREACHABLE, StoreUnavailable, connect_one
from server.store.rulebook import Rulebook
from server.writer.earning import read_earning
from server.writer.late_scores import LateScorer
from server.writer.settling import OUTCOME_COLUMNS, SESSION_COLUMNS, Due, Settled, rules_version_of, settled

log = structlog.get_logger()

BATCH = 50
"""Sessions in one transaction: their rows are decoded in one go, in the loop that also answers shoppers."""

_LOCK = 0x0F1F7D
_TRIES = 5
_STATEMENT_TIMEOUT_S = 600.0


def _sql() -> dict[str, str]:
    sql = load("settle.sql") | load("orders.sql")
    for name, columns, key in (
        ("store_session", SESSION_COLUMNS, ("site_id", "session_id")),
        ("store_outcome", OUTCOME_COLUMNS, ()),
    ):
        sql[name] = sql[name].format(
            columns=", ".join(columns),
            values=", ".join(f"${i}" for i in range(1, len(columns) + 1)),
            updates=", ".join(f"{c} = excluded.{c}" for c in columns if c not in key),
        )
    return sql


_SQL = _sql()


class SettleCount(NamedTuple):
    """What one run has done."""

    session_count: int
    outcome_count: int


class Settler:
    """Settles what is due. `late_scorer` scores events that were only ever beaconed; None leaves them unscored."""

    def __init__(self, url: str, late_scorer: LateScorer | None = None) -> None:
        self._url = url
        self._late_scorer = late_scorer
        self._rulebook = Rulebook()
        self._failure = ""

    def problems(self) -> list[str]:
        """Why no visit is settled just now, in words; for /readyz."""
        if not self._failure:
            return []
        return [f"visits cannot be settled ({self._failure}): outcomes wait. Next: read the log of Postgres."]

    async def run(self, every_s: float) -> None:
        """Settle every `every_s` seconds until cancelled. While Postgres is away, sessions wait."""
        while True:
            try:
                done = await self.settle(datetime.now(UTC), is_waiting=False)
                self._failure = ""
                if done.session_count:
                    log.info("settled", session_count=done.session_count, outcome_count=done.outcome_count)
            except (StoreUnavailable, asyncpg.PostgresError, *UNREACHABLE) as error:
                self._failure = type(error).__name__
                log.warning("settle_waits_for_postgres", error=type(error).__name__)
            await asyncio.sleep(every_s)

    async def settle(self, now: datetime, *, is_waiting: bool = True) -> SettleCount:
        """Settle every session that is due at `now`. Another that settles just now is waited for, or left to do it.

        Raises:
            StoreUnavailable: Postgres does not answer, or writers were in the way too often.
        """
        connection = await connect_one(self._url, command_timeout_s=_STATEMENT_TIMEOUT_S)
        try:
            await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
            take = "pg_advisory_lock" if is_waiting else "pg_try_advisory_lock"
            if await connection.fetchval(f"SELECT {take}($1)", _LOCK) is False:
                return SettleCount(0, 0)
            session_count = outcome_count = 0
            while (done := await self._settle_batch(connection, now)).session_count:
                session_count += done.session_count
                outcome_count += done.outcome_count
            await _refresh_rollups(connection)
            await connection.execute(_SQL["finish_outcomes"], now)
        finally:
            await connection.close()
        OUTCOMES_WRITTEN.inc(outcome_count)
        return SettleCount(session_count, outcome_count)

    async def _settle_batch(self, connection: asyncpg.Connection, now: datetime) -> SettleCount:
        """One snapshot: rows that a writer adds meanwhile make this fail, and it is done again with them."""
        for left in reversed(range(_TRIES)):
            try:
                async with connection.transaction(isolation="repeatable_read"):
                    return await self._settle_snapshot(connection, now)
            except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                if not left:
                    raise StoreUnavailable(
                        "the same visits are being stored just now, so they were not settled. Next: try again in a minute."
                    ) from None
        raise AssertionError("unreachable")

    async def _settle_snapshot(self, connection: asyncpg.Connection, now: datetime) -> SettleCount:
        touches = await connection.fetch(_SQL["due_sessions"], now, BATCH)
        if not touches:
            return SettleCount(0, 0)
        ids = ([t["site_id"] for t in touches], [t["session_id"] for t in touches])
        await connection.execute(_SQL["mark_settled"], *ids)
        told = await connection.fetch(_SQL["orders_of_sessions"], *ids)
        if told:
            # They came before the visit's events did, so that nobody knew then what kind of visit they are of.
            await connection.execute(
                _SQL["refresh_orders"], *([r[name] for r in told] for name in ("site_id", "order_id"))
            )
        # What an order earned hangs on the claims that it redeemed.
        await connection.execute(_SQL["redeem_claims"], *ids)
        dues = await _read(connection, touches, ids)
        if self._late_scorer is not None:
            dues = await self._late_scorer.fill(connection, dues, self._rulebook)
        results = [await self._settled(connection, due, now) for due in dues]
        await _mark_robots(connection, dues, results)
        outcomes = [row for result in results for row in result.outcomes]
        await connection.execute(_SQL["mark_days"], *ids)
        await connection.executemany(_SQL["store_session"], [result.session for result in results])
        await connection.execute(_SQL["mark_days"], *ids)
        await connection.execute(_SQL["forget_outcomes"], *ids)
        await connection.executemany(_SQL["store_outcome"], outcomes)
        return SettleCount(len(results), len(outcomes))

    async def _settled(self, connection: asyncpg.Connection, due: Due, now: datetime) -> Settled:
        version = rules_version_of(due)
        rules = await self._rulebook.of(connection, due.site_id, version)
        if rules is None and version:
            log.warning("settled_with_default_goals", site_id=due.site_id, rules_version=version)
        await asyncio.sleep(0)  # a session's turn, then a shopper's
        return settled(due, (rules or Rules()).goals, None if rules is None else rules.money, now)


async def _read(connection: asyncpg.Connection, touches: Sequence[Any], ids: tuple[list[Any], list[Any]]) -> list[Due]:
    stored = await connection.fetch(_SQL["events"], *ids)
    events = _by_session(stored)
    decisions = _by_session(await connection.fetch(_SQL["decisions"], *ids))
    exposed = {(r["site_id"], r["session_id"]) for r in await connection.fetch(_SQL["exposed_sessions"], *ids)}
    found = await connection.fetch(_SQL["orders"], *ids)
    orders = {(r["site_id"], r["traffic"], r["order_id"]): r for r in found}
    earning = await read_earning(connection, stored, found)
    due = []
    for t in touches:
        if events[key := (t["site_id"], t["session_id"])]:
            is_exposed = key in exposed
            due.append(
                Due(*key, t["traffic"], events[key], decisions[key], is_exposed, orders, t["bot_reason"], earning)
            )
    return due


def _by_session(rows: Sequence[Any]) -> dict[tuple[str, Any], list[Any]]:
    grouped: dict[tuple[str, Any], list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row["site_id"], row["session_id"]].append(row)
    return grouped


async def _mark_robots(connection: asyncpg.Connection, dues: Sequence[Due], results: Sequence[Settled]) -> None:
    """Beside the sessions' own rows: those that are robots' now, and those that were taken for one before."""
    judged = [
        (due.site_id, due.session_id, result.traffic, result.bot_reason)
        for due, result in zip(dues, results, strict=True)
        if (result.bot_reason or due.bot_reason) is not None
    ]
    if judged:
        await connection.execute(_SQL["mark_robots"], *map(list, zip(*judged, strict=True)))


async def _refresh_rollups(connection: asyncpg.Connection) -> None:
    async with connection.transaction():
        await connection.execute(_SQL["forget_rollups"])
        await connection.execute(_SQL["store_rollups"])
        await connection.execute(_SQL["forget_dirty_days"])
