"""All that the writer and settle have stored, as values that can be compared."""

from typing import Any

import asyncpg

TABLES = {
    "raw.events": "site_id, stream_day, stream_id, seq",
    "raw.rejected": "rejected_id",
    "raw.session_touches": "site_id, session_id",
    "marts.decisions": "site_id, decision_id",
    "marts.exposures": "site_id, decision_id",
    "marts.orders": "site_id, traffic, order_id",
    "marts.sessions": "site_id, session_id",
    "marts.outcomes": "site_id, decision_id, goal",
    "marts.rollups": "site_id, day, traffic, arm, segment, currency",
}


async def everything(connection: asyncpg.Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in order of its key, without the time at which settle ran."""
    found = {}
    for table, key in TABLES.items():
        rows = await connection.fetch(f"SELECT * FROM {table} ORDER BY {key}")
        found[table] = [{k: v for k, v in row.items() if k != "settled_at"} for row in rows]
    return found


async def count(connection: asyncpg.Connection, table: str) -> int:
    return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
