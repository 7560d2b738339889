"""Settles new actions: once their visits have answered whether they pay, or after four weeks, fewer go without them.

In the settle role. The answer is the always-valid one of `core.analysis`, so that asking each few hours claims no more often by
chance than asking once. What is settled becomes a version of its own (`settle` in the history).
"""

import asyncio
from datetime import UTC, datetime

import asyncpg
import structlog

from core.analysis.report import lift_report
from core.errors import ConfigError
from core.records import Traffic
from server.offers.rounds import rounds
from server.store.lifts import choice_rows
from server.store.live_rules import StoredSite
from server.store.pool import connect
from server.store.publish import load_sites
from server.store.starts import Because, Start, is_long_ago, settle_action, starts

log = structlog.get_logger()

EVERY_S = 3600.0
_MADE_BY = "known from visits"


class NewActions:
    """Looks at every site of the database at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def run(self, every_s: float = EVERY_S) -> None:
        """Look until cancelled. While Postgres is away, what is new stays new."""
        await rounds(lambda: self.look(datetime.now(UTC)), every_s, waits="new_actions_wait_for_postgres")

    async def look(self, now: datetime) -> list[tuple[str, str]]:
        """Settle what is known or has been new for long enough at `now`. Gives what was settled as (site, action)."""
        pool = await connect(self._url, max_size=1)
        done = []
        try:
            for site in await load_sites(pool):
                for start in await starts(pool, site.site_id):
                    if start.settled_at is None and await self._settled(pool, site, start, now):
                        done.append((site.site_id, start.action_id))
            return done
        finally:
            await pool.close()

    async def _settled(self, pool: asyncpg.Pool, site: StoredSite, start: Start, now: datetime) -> bool:
        because = await self._why(pool, site, start, now)
        if because is None:
            return False
        try:
            await settle_action(pool, site.site_id, start.action_id, because, made_by=_MADE_BY)
        except ConfigError as error:  # its rules cannot be read, or somebody was faster: every other action goes on
            log.error("new_action_not_settled", site_id=site.site_id, action_id=start.action_id, error=str(error))
            return False
        log.info("new_action_settled", site_id=site.site_id, action_id=start.action_id, because=because)
        return True

    async def _why(self, pool: asyncpg.Pool, site: StoredSite, start: Start, now: datetime) -> Because | None:
        if is_long_ago(start, now):
            return "time"
        # The demo shop's visitors are made up; of every other site only live visits count.
        traffic: Traffic = "simulated" if site.is_demo else "live"
        rows = await choice_rows(pool, site.site_id, start.action_id, traffic=traffic, since=start.started_at)
        return "known" if (await asyncio.to_thread(lift_report, rows)).claim else None
