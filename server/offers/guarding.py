"""Guardrails: an action that does harm is switched off by itself, through the kill switch, with the reason in the history.

In the settle role, since what was settled is what is judged. The answers are the always-valid ones of `core.analysis`, so asking
every few minutes pauses no more often by chance than asking once. After a revive only visits from then on are judged.
"""

import asyncio

import asyncpg
import structlog

from core.analysis.guards import breaches
from core.errors import ConfigError
from core.records import Traffic
from core.rules import ALL_ACTIONS, Rules
from server.offers.rounds import rounds
from server.store.guarded import guarded_visits
from server.store.kill import pause, revived_at
from server.store.lifts import EVER
from server.store.live_rules import StoredSite
from server.store.pool import connect
from server.store.publish import load_sites

log = structlog.get_logger()

EVERY_S = 600.0
"""A visit is settled half an hour after it ended, so a closer look would see little that is new."""


class Guarding:
    """Looks at every action that is on, of every site of the database at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def run(self, every_s: float = EVERY_S) -> None:
        """Look until cancelled. While Postgres is away nothing is switched off, and nothing new is decided by it either."""
        await rounds(self.look, every_s, waits="guardrails_wait_for_postgres")

    async def look(self) -> list[tuple[str, str]]:
        """Switch off what breaks a guardrail now. Gives what was switched off as (site, action)."""
        pool = await connect(self._url, max_size=1)
        done = []
        try:
            for site in await load_sites(pool):
                for action_id in await self._site(pool, site):
                    done.append((site.site_id, action_id))
            return done
        finally:
            await pool.close()

    async def _site(self, pool: asyncpg.Pool, site: StoredSite) -> list[str]:
        paused: list[str] = []
        try:
            rules = site.rules()
            if ALL_ACTIONS in rules.killed or not rules.guardrails.watch:
                return paused
            for rule in rules.actions:
                if rule.is_on and rule.id not in rules.killed and await self._action(pool, site, rules, rule.id):
                    paused.append(rule.id)
        except ConfigError as error:  # the refresher names what is wrong with them; every other site goes on
            log.error("guardrails_not_looked_at", site_id=site.site_id, error=str(error))
        return paused

    async def _action(self, pool: asyncpg.Pool, site: StoredSite, rules: Rules, action_id: str) -> bool:
        # The demo shop's visitors are made up; of every other site only live visits count.
        traffic: Traffic = "simulated" if site.is_demo else "live"
        since = await revived_at(pool, site.site_id, action_id) or EVER
        # Without a goal for orders nobody knows who bought, and the other guardrails hold all the same.
        goal = next((name for name, goal in rules.goals.items() if goal.event == "purchase"), "")
        visits = await guarded_visits(pool, site.site_id, action_id, traffic=traffic, since=since, goal=goal)
        found = await asyncio.to_thread(breaches, visits, rules.guardrails)
        if not found:
            return False
        why = " ".join(f"{breach.guardrail}: {breach.sentence}" for breach in found)
        done = await pause(pool, site.site_id, action_id, f"{action_id}: {why}")
        if done.is_change:
            log.warning(
                "action_paused", site_id=site.site_id, action_id=action_id, guardrails=[b.guardrail for b in found]
            )
        return done.is_change
