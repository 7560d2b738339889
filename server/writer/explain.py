"""Explains each decision that chose an action, in every arm, a moment after it was stored (DESIGN 3.6).

Runs in the loop that also answers shoppers, so it lets others in after each small step. What is to be explained is noted
in the writer's own transaction (`raw.explanations_due`), so nothing is searched for and a stop loses nothing.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from core.explain import Explanation, explaining
from core.scoring import Scorer
from server.metrics import EXPLANATION_SECONDS, EXPLANATIONS_WAITING, EXPLANATIONS_WRITTEN
from server.store.comparison import NEAR
from server.store.named import load
from server.store.pool import UNREACHABLE, StoreUnavailable, connect_one
from server.store.rulebook import Rulebook
from server.store.stored_session import stored_event, stream_of

log = structlog.get_logger()

BATCH = 20
"""Decisions in one transaction: few, so that their locks are short."""

_EVERY_S = 1.0
_WAITS_MOST = timedelta(days=30)
"""A model that was away for so long does not come back: its decisions stay unexplained."""
_ROWS_AT_ONCE = 16
"""Rows of the model in one step: about 2 ms, which is what a shopper elsewhere may have to wait."""

_SQL = load("explain.sql")


class Explainer:
    """Explains what is due. `scorer_of` gives a loaded scorer by version, or None: what only that one could explain waits."""

    def __init__(self, url: str, scorer_of: Callable[[str], Scorer | None]) -> None:
        self._url = url
        self._scorer_of = scorer_of
        self._rulebook = Rulebook()
        self._failure = ""
        self._missing: set[str] = set()

    def problems(self) -> list[str]:
        """Why nothing is explained just now, in words; for /readyz."""
        if not self._failure:
            return []
        return [f"decisions cannot be explained ({self._failure}): they wait. Next: read the log of Postgres."]

    async def run(self) -> None:
        """Explain what comes until cancelled. While Postgres is away, decisions wait."""
        while True:
            try:
                connection = await self._connected()
                try:
                    self._failure = ""
                    while True:
                        await self._explain_all(connection)
                        await asyncio.sleep(_EVERY_S)
                finally:
                    connection.terminate()
            except (StoreUnavailable, asyncpg.PostgresError, *UNREACHABLE) as error:
                self._failure = type(error).__name__
                log.warning("explain_waits_for_postgres", error=self._failure)
                await asyncio.sleep(_EVERY_S)

    async def explain(self) -> int:
        """Explain everything that is due now. How many were.

        Raises:
            StoreUnavailable: Postgres does not answer.
        """
        connection = await self._connected()
        try:
            return await self._explain_all(connection)
        finally:
            await connection.close()

    async def _connected(self) -> asyncpg.Connection:
        connection = await connect_one(self._url)
        await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        return connection

    async def _explain_all(self, connection: asyncpg.Connection) -> int:
        waiting = await connection.fetch(_SQL["waiting"])
        loaded = [row["scorer_version"] for row in waiting if self._scorer_of(row["scorer_version"]) is not None]
        await self._note_missing(connection, [row for row in waiting if row["scorer_version"] not in loaded])
        EXPLANATIONS_WAITING.set(sum(row["decision_count"] for row in waiting))
        count = 0
        while loaded and (done := await self._explain_batch(connection, loaded)):
            count += done
        return count

    async def _note_missing(self, connection: asyncpg.Connection, rows: list[Any]) -> None:
        """Said once for each model: its decisions stay unexplained until it is loaded again, for a month."""
        missing = {row["scorer_version"] for row in rows}
        if any(row["oldest_waits"] > _WAITS_MOST for row in rows):
            await connection.execute(_SQL["forget"], sorted(missing), _WAITS_MOST)
        for row in rows:
            if row["scorer_version"] not in self._missing:
                version, count = row["scorer_version"], row["decision_count"]
                log.warning("unexplained_for_lack_of_model", scorer_version=version, decision_count=count)
        self._missing = missing

    async def _explain_batch(self, connection: asyncpg.Connection, versions: list[str]) -> int:
        async with connection.transaction():
            dues = await connection.fetch(_SQL["due"], versions, BATCH)
            written = []
            for due in dues:
                found = await self._explained(connection, due)
                if found is not None:
                    await connection.execute(_SQL["store"], *_row(due, found))
                    written.append(due)
                await connection.execute(_SQL["done"], due["site_id"], due["decision_id"])
        now = datetime.now(UTC)
        for due in written:
            EXPLANATION_SECONDS.observe(max(0.0, (now - due["stored_at"]).total_seconds()))
        EXPLANATIONS_WRITTEN.inc(len(written))
        return len(dues)

    async def _explained(self, connection: asyncpg.Connection, due: Any) -> Explanation | None:
        """None where it cannot be: its rules are gone, or what is stored does not give the decision's own score."""
        scorer = self._scorer_of(due["scorer_version"])
        rules = await self._rulebook.of(connection, due["site_id"], due["rules_version"])
        rows = await connection.fetch(_SQL["events"], due["site_id"], due["session_id"])
        if scorer is None or rules is None:
            _say_unexplained(due, "no_model" if scorer is None else "no_rules")
            return None
        work = explaining(
            due["session_id"].bytes, [stored_event(row) for row in rows], (stream_of(due), due["seq"]), scorer, rules,
            action_type=due["action_type"], rows_at_once=_ROWS_AT_ONCE,
        )  # fmt: skip
        while True:
            try:
                next(work)
            except StopIteration as done:
                found: Explanation | None = done.value
                break
            except Exception as error:
                # The boundary of a visit: a bug that one of them meets must not keep all that wait behind it.
                _say_unexplained(due, type(error).__name__)
                log.error("explaining_failed", error=type(error).__name__, exc_info=True)
                return None
            await asyncio.sleep(0)  # a step's turn, then a shopper's
        if found is None or not _is_of(due, found):
            _say_unexplained(due, "other_fold")
            return None
        return found


def _is_of(due: Any, found: Explanation) -> bool:
    """Whether what was folded is what was decided on: a row that was lost on the way can leave the score and take a friction."""
    is_same = (found.segment, list(found.frictions)) == (due["segment"], list(due["frictions"]))
    return is_same and abs(found.score - due["purchase_score"]) <= NEAR


def _say_unexplained(due: Any, reason: str) -> None:
    log.warning("unexplained", site_id=due["site_id"], decision_id=due["decision_id"], reason=reason)


def _row(due: Any, found: Explanation) -> tuple[Any, ...]:
    signals = [{"signal": s.signal, "words": s.words, "contribution": s.contribution} for s in found.signals]
    return (
        due["site_id"], due["decision_id"], due["session_id"], due["traffic"], signals, found.sentence,
        list(found.frictions), due["scorer_version"],
    )  # fmt: skip
