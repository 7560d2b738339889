"""Lets go of old events once an hour, where the settings say for how long they are kept."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import structlog

from core.errors import OurError
from server.store.pool import UNREACHABLE, connect_one
from server.store.retention import let_go

log = structlog.get_logger()

_EVERY_S = 3600.0


async def keep_days(url: str, days: int) -> None:
    """Until cancelled; `days` 0 keeps them all. Whatever stands in the way is logged, and tried again in an hour."""
    while True:
        if not days:
            await asyncio.sleep(_EVERY_S)
            continue
        try:
            connection = await connect_one(url, command_timeout_s=None)
            try:
                done = await let_go(connection, days, datetime.now(UTC).date())
            finally:
                await connection.close()
            if done.days:
                log.info("events_let_go", day_count=len(done.days), kept_from=str(done.kept_from))
        except (OurError, asyncpg.PostgresError, *UNREACHABLE) as error:
            log.warning("events_not_let_go", error=str(error) or type(error).__name__)
        await asyncio.sleep(_EVERY_S)
