"""Learns what each action does from a site's own visits, a few times a day, and makes it part of the live rules.

In the settle role. What it finds becomes a version of its own (`learn` in the history), so that replay knows it and a
rollback undoes it; a version is made only where something has changed that could change a choice.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from operator import mul

import asyncpg
import structlog

from core.errors import ConfigError
from core.margin import PRIORS, Response, Trial
from core.records import Traffic
from core.stakes import offer_kind
from server.offers.rounds import rounds
from server.store.live_rules import StoredSite
from server.store.pool import connect
from server.store.publish import load_sites, set_responses
from server.store.trials import read_trials

log = structlog.get_logger()

Learn = Callable[[Iterable[Trial], Mapping[str, Response]], dict[str, Response]]
"""`model.responses.learn`: handed in, since serving does not import the model."""

WINDOW = timedelta(days=60)
EVERY_S = 6 * 3600.0
MOVED = 0.5
"""An effect that moved by less than half its spread changes no choice worth a version."""
MOVED_SHARE = 0.02
_SITUATIONS = tuple(
    (1.0, answers, 1.0, 0.0, 0.0, 0.0, leverage) for answers in (0.0, 1.0) for leverage in (0.0, 0.15, 0.4)
)
_MADE_BY = "learned from visits"


class Learning:
    """Learns for every site of the database at `url`."""

    def __init__(self, url: str, learn: Learn) -> None:
        self._url, self._learn = url, learn

    async def run(self, every_s: float = EVERY_S) -> None:
        """Learn until cancelled. While Postgres is away, what was learned last stays."""
        await rounds(lambda: self.learn_once(datetime.now(UTC)), every_s, waits="learning_waits_for_postgres")

    async def learn_once(self, now: datetime) -> list[str]:
        """Learn for every site as of `now`. Gives the sites that have a new version."""
        pool = await connect(self._url, max_size=1)
        learned = []
        try:
            for site in await load_sites(pool):
                try:
                    if await self._site(pool, site, now):
                        learned.append(site.site_id)
                except (
                    ConfigError
                ) as error:  # what was found is no number, or its rules changed: every other site goes on
                    log.error("responses_not_learned", site_id=site.site_id, error=str(error))
            return learned
        finally:
            await pool.close()

    async def _site(self, pool: asyncpg.Pool, site: StoredSite, now: datetime) -> bool:
        try:
            rules = site.rules()
        except ConfigError:
            return False  # The refresher names what is wrong with them.
        actions = {rule.id: rule for rule in rules.actions}
        # The demo shop's visitors are made up; of every other site only live visits count.
        traffic: Traffic = "simulated" if site.is_demo else "live"
        found = read_trials(pool, site.site_id, actions, traffic=traffic, since=now - WINDOW)
        trials = [trial async for trial in found]
        priors = {rule.id: PRIORS[offer_kind(rule)] for rule in rules.actions}
        learned = await asyncio.to_thread(self._learn, trials, priors)
        if not any(has_moved(rules.responses.get(name), response) for name, response in learned.items()):
            return False
        note = f"learned from {len(trials):,} visits with a choice"
        done = await set_responses(pool, site.site_id, {**rules.responses, **learned}, note, made_by=_MADE_BY)
        log.info("responses_learned", site_id=site.site_id, trials=len(trials), actions=sorted(learned))
        return done.is_change


def has_moved(before: Response | None, after: Response) -> bool:
    """Whether what is believed now could choose otherwise."""
    if before is None or len(before.weights) != len(after.weights):
        return True
    shares = abs(before.take_share - after.take_share) + abs(before.order_share - after.order_share)
    return shares > MOVED_SHARE or any(_has_moved_here(before, after, here) for here in _SITUATIONS)


def _has_moved_here(before: Response, after: Response, situation: tuple[float, ...]) -> bool:
    """Parts that vary together are known far better together than each alone, so the effect as a whole is compared."""
    old, new = (sum(map(mul, response.weights, situation)) for response in (before, after))
    spread = after.spread_of(situation)
    return abs(old - new) > MOVED * spread or spread < MOVED * before.spread_of(situation)
