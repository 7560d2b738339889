"""One deterministic world (DESIGN 3.12): fake tabs, N gateways, log and store in memory, under a virtual clock.

Gateways crash, connections break, frames come twice or swapped, the log is slow, lies or goes away, all by seed. What it
must keep to in spite of that is in `checks`.
"""

import asyncio
from random import Random

from msgspec import Struct

from core.errors import LogUnavailable
from core.rules import Pacing, Rules
from core.scoring import Scorer
from server.live.gateway import Gateway, Limits, Scorers
from server.live.sites import Sites
from server.log.memory import MemoryLog
from tests.support.builders import START_MS, make_rules, make_sealer, make_site
from tests.support.loop import run_virtually
from tests.support.memory_store import MemoryStore
from tests.support.network import CALM, LOG_AWAY, STORMY, Host, Network, Weather
from tests.support.scorer import HashScorer
from tests.support.script import make_visits
from tests.support.tab import Tab

TROUBLE_EVERY_S = 0.25
PATIENCE_S = 3600.0


class Plan(Struct, frozen=True, kw_only=True):
    """What one world is made of. `shares_session`: all tabs are of one visitor and know nothing of each other."""

    seed: int
    tabs: int = 3
    pages: int = 4
    gateways: int = 3
    weather: Weather = STORMY
    rules: Rules | None = None
    max_batch: int = 4
    shares_session: bool = False


class Clock:
    """The loop's virtual time as both clocks."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now_ms(self) -> int:
        return START_MS + round(self._loop.time() * 1000)

    def monotonic_s(self) -> float:
        return self._loop.time()


class WorldLog(MemoryLog):
    """Slow, and sometimes it refuses, or stores the frame and then says that it did not."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    async def append(self, frame: bytes) -> None:
        network, weather = self._network, self._network.weather
        await asyncio.sleep(network.chance.random() * weather.slowest_log_s)
        if not self.is_available or network.happens(weather.log_fault_share):
            raise LogUnavailable("planted")
        self.store(frame)
        await asyncio.sleep(network.chance.random() * weather.slowest_log_s)
        if network.happens(weather.log_fault_share):
            raise LogUnavailable("planted: it was stored")


class World:
    """Build it and `run` it inside a virtual loop; `play` does both."""

    def __init__(self, plan: Plan, scorer: Scorer | None = None) -> None:
        self.plan = plan
        self.rules = plan.rules or world_rules()
        self.scorer: Scorer = scorer or HashScorer(max_batch=plan.max_batch)
        self.store = MemoryStore()
        self.crash_count = 0
        self.cut_count = 0
        self._chance = Random(f"trouble {plan.seed}")
        self._loop = asyncio.get_running_loop()
        self._network = Network(Random(f"network {plan.seed}"))
        self._network.weather = plan.weather
        self.log = WorldLog(self._network)
        self.hosts = [Host() for _ in range(plan.gateways)]
        self._sites = Sites([make_site(self.rules)])
        # Some worlds have so small an outbox that an outage of the log makes it overflow.
        self._limits = Limits(outbox_rows=40 if plan.seed % 4 == 0 and plan.weather is not CALM else 10_000)
        self._turn: int | None = None
        self._used: set[int] = set()
        self.tabs = [self._tab(i) for i in range(plan.tabs)]

    def visit_hosts_in_turn(self) -> None:
        """Each connection goes to the next host instead of to any."""
        self._turn = 0

    @property
    def used_host_count(self) -> int:
        return len(self._used)

    async def run(self) -> "World":
        """Until every tab has had everything acked and the store has taken all that was logged."""
        for host in self.hosts:
            await self._start(host)
        writers = [self._loop.create_task(self._write()) for _ in range(2)]
        trouble = self._loop.create_task(self._trouble())
        visits = [self._loop.create_task(tab.run()) for tab in self.tabs]
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*visits)
            trouble.cancel()
            for host in self.hosts:
                if host.gateway is not None:
                    self.log.is_available = True
                    await host.gateway.drain(60.0)
        self._network.weather = CALM
        await asyncio.sleep(30.0)
        for writer in writers:
            writer.cancel()
        return self

    def _tab(self, number: int) -> Tab:
        chance = Random(f"tab {self.plan.seed} {number}")
        return Tab(
            network=self._network,
            pick_host=self._pick_host,
            visits=make_visits(chance, pages=self.plan.pages),
            chance=chance,
            uses_fetch=self._network.happens(self.plan.weather.fetch_share),
            session_id=b"one visitor" + b"." * 5 if self.plan.shares_session else None,
        )

    def _pick_host(self) -> Host:
        if self._turn is None:
            number = self._network.chance.randrange(len(self.hosts))
        else:
            number = self._turn % len(self.hosts)
            self._turn += 1
        self._used.add(number)
        return self.hosts[number]

    async def _start(self, host: Host) -> None:
        gateway = Gateway(
            sites=self._sites,
            scorers=Scorers(self.scorer),
            log=self.log,
            sealer=make_sealer(sealing_key_id=self._chance.choice((1, 2))),
            clock=Clock(self._loop),
            limits=self._limits,
        )
        await gateway.start()
        host.gateway = gateway

    async def _trouble(self) -> None:
        """Now and then: a gateway is killed and comes back, connections break, the log is away for seconds."""
        weather, chance = self.plan.weather, self._chance
        while True:
            await asyncio.sleep(TROUBLE_EVERY_S)
            for host in self.hosts:
                if host.gateway is not None and chance.random() < weather.crashes_per_s * TROUBLE_EVERY_S:
                    self._crash(host)
                for link in tuple(host.links):
                    if chance.random() < weather.cuts_per_s * TROUBLE_EVERY_S:
                        self.cut_count += 1
                        link.cut()
            if self.log.is_available and chance.random() < weather.outages_per_s * TROUBLE_EVERY_S:
                self.log.is_available = False
                self._loop.call_later(
                    chance.uniform(0.5, weather.longest_outage_s), setattr, self.log, "is_available", True
                )

    def _crash(self, host: Host) -> None:
        """SIGKILL: everything in memory is gone, also what waited for the log."""
        assert host.gateway is not None
        self.crash_count += 1
        host.gateway.abort()
        host.gateway = None
        host.cut()
        host.links.clear()
        self._loop.call_later(self._chance.uniform(0.1, 3.0), lambda: self._loop.create_task(self._start(host)))

    async def _write(self) -> None:
        """A writer: takes any frame, is slow, fails, and sometimes writes a frame twice."""
        subscription = await self.log.subscribe("writer")
        while True:
            delivery = await subscription.next(1.0)
            if delivery is None:
                continue
            await asyncio.sleep(self._network.chance.random() * self._network.weather.slowest_log_s)
            if self._network.happens(self._network.weather.log_fault_share):
                await delivery.retry(0.5)
                continue
            self.store.write(delivery.data)
            if self._network.happens(self._network.weather.duplicate_share):
                self.store.write(delivery.data)
            await delivery.ack()


def world_rules() -> Rules:
    """Offers as early and as often as rules allow, and all three arms."""
    pacing = Pacing(quiet_ms=5000, after_page_views=2, gap_ms=5000, shows_per_session=3, shows_per_action=2)
    return make_rules(holdout_share=0.2, control_share=0.25, pacing=pacing)


def plan_of(seed: int) -> Plan:
    """The world of this number: mostly three shoppers in a storm, now and then a long visit with the log away."""
    return Plan(seed=seed, tabs=1, pages=16, weather=LOG_AWAY) if seed % 10 == 9 else Plan(seed=seed)


def play(plan: Plan, scorer: Scorer | None = None) -> World:
    """One world from beginning to end."""

    async def main() -> World:
        return await World(plan, scorer).run()

    return run_virtually(main(), seed=plan.seed)
