"""One visit by its id: everything that is kept of it, as JSON or gone. A test walks the tables, so that none is forgotten.

There is no way from a person to a visit but the id that the shop or the browser kept; who asks brings it along.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

SESSION_TABLES = (
    "raw.events",
    "raw.rejected",
    "raw.explanations_due",
    "raw.session_touches",
    "marts.explanations",
    "marts.exposures",
    "marts.outcomes",
    "marts.decisions",
    "marts.claims",
    "marts.sessions",
)
"""Where a row is about one visit alone: it goes with the visit."""

UNLINKED = {
    "raw.server_orders": ("session_id = NULL",),
    "marts.orders": ("session_id = NULL", "stream_day = NULL", "stream_id = NULL", "seq = NULL", "is_tracked = false"),
    "config.codes": ("session_id = NULL", "decision_id = NULL"),
}
"""What is the shop's own and stays, without saying of which visit it was. An order that only the visit told of goes with it."""

_BY_DECISION = ("raw.void_offers",)


async def rows_of(connection: asyncpg.Connection, site_id: str, session_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Every row of this visit, by table; only tables that have any."""
    found = {}
    for table in (*SESSION_TABLES, *UNLINKED):
        rows = await connection.fetch(
            f"SELECT * FROM {table} WHERE site_id = $1 AND session_id = $2", site_id, session_id
        )
        if rows:
            found[table] = [dict(row) for row in rows]
    for table in _BY_DECISION:
        rows = await connection.fetch(
            f"SELECT * FROM {table} WHERE site_id = $1 AND decision_id = ANY ($2::text[])",
            site_id,
            _decisions(found.get("marts.decisions", ())),
        )
        if rows:
            found[table] = [dict(row) for row in rows]
    return found


async def delete(connection: asyncpg.Connection, site_id: str, session_id: UUID) -> dict[str, int]:
    """Remove the visit from every table, and count that one was. Gives the rows that went or were unlinked, by table.

    Its day's rollups are computed again at the next settle.
    """
    async with connection.transaction():
        day = await connection.fetchval(
            "SELECT (min(occurred_at) AT TIME ZONE 'UTC')::date FROM raw.events WHERE site_id = $1 AND session_id = $2",
            site_id, session_id,
        ) or await connection.fetchval(
            "SELECT (started_at AT TIME ZONE 'UTC')::date FROM marts.sessions WHERE site_id = $1 AND session_id = $2",
            site_id, session_id,
        )  # fmt: skip
        decisions = [
            row["decision_id"]
            for row in await connection.fetch(
                "SELECT decision_id FROM marts.decisions WHERE site_id = $1 AND session_id = $2", site_id, session_id
            )
        ]
        counts: dict[str, int] = {}
        for table in _BY_DECISION:
            query = f"DELETE FROM {table} WHERE site_id = $1 AND decision_id = ANY ($2::text[])"
            counts[table] = _count(await connection.execute(query, site_id, decisions))
        for table, changes in UNLINKED.items():
            if table == "marts.orders":
                query = f"DELETE FROM {table} WHERE site_id = $1 AND session_id = $2 AND source = 'browser'"
                counts[table] = _count(await connection.execute(query, site_id, session_id))
            query = f"UPDATE {table} SET {', '.join(changes)} WHERE site_id = $1 AND session_id = $2"
            counts[table] = counts.get(table, 0) + _count(await connection.execute(query, site_id, session_id))
        for table in SESSION_TABLES:
            query = f"DELETE FROM {table} WHERE site_id = $1 AND session_id = $2"
            counts[table] = _count(await connection.execute(query, site_id, session_id))
        if day is not None and any(counts.values()):
            await connection.execute(
                "INSERT INTO raw.dirty_days (site_id, day) VALUES ($1, $2) ON CONFLICT DO NOTHING", site_id, day
            )
            await connection.execute(
                "INSERT INTO raw.deleted_sessions AS known (site_id, day, deleted_on, session_count)"
                " VALUES ($1, $2, (now() AT TIME ZONE 'UTC')::date, 1)"
                " ON CONFLICT (site_id, day, deleted_on) DO UPDATE SET session_count = known.session_count + 1",
                site_id, day,
            )  # fmt: skip
    return {table: count for table, count in counts.items() if count}


def _decisions(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [row["decision_id"] for row in rows]


def _count(status: str) -> int:
    """Of what Postgres says it did: "DELETE 3"."""
    return int(status.rpartition(" ")[2])
