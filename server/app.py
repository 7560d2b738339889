"""The composition root: the one place that knows everybody. Starts what the settings ask for, in order, and stops it again.

Only what cannot be right by itself later is an error here (a folder, a port, a schema of another version). A log or a
store that is down, a model that is refused: the server starts, says so in /readyz, and takes them up when they come.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from core.errors import BundleRefused, ConfigError
from core.scoring import Scorer
from model.bundle import STARTER, load_bundle
from model.responses import learn
from model.scorer import load_scorer
from server.background import Background
from server.database import Database
from server.embedded.process import Embedded
from server.embedded.running import bundled_nats, bundled_postgres
from server.embedded.system import make_folder
from server.live.gateway import Gateway, Limits, Scorers, SystemClock
from server.live.preview import PreviewSealer
from server.live.refresh import Refresher
from server.live.sites import Sites
from server.log.jetstream import JetStreamLog
from server.log.ledger import JetStreamLedger
from server.metrics import MODEL_INFO
from server.net.health import measure_lag
from server.net.routes import NetServer, check_port
from server.offers import from_visits
from server.offers.counting import Counting
from server.offers.desk import Desk, Keys
from server.orders.ledger import OrderLedger
from server.orders.secrets import SecretSealer
from server.settings import Settings
from server.store.running import Running, forget, save
from server.token_keys import load_keys, load_sealer
from server.writer.explain import Explainer
from server.writer.late_scores import LateScorer
from server.writer.retention import keep_days
from server.writer.settle import Settler
from server.writer.writer import Writer

log = structlog.get_logger()

ROLES = ("gateway", "writer", "settle")
_LOG_WAIT_S = 3.0
"""How long a start waits for the log. It comes by itself later; only the first seconds of events would be acked late."""

_DRAIN_S = 5.0


class RunningApp(Struct, frozen=True, kw_only=True):
    """Where the parts of a started server are. `analyst_dsn` is empty where the role may not be given a password."""

    base_url: str
    database_url: str
    analyst_dsn: str
    nats_url: str
    problems: Callable[[], list[str]]


async def run(
    settings: Settings, *, ready: Callable[[RunningApp], None] | None = None, stop: asyncio.Event | None = None
) -> None:
    """Serve until SIGTERM, SIGINT, or `stop`, then drain: browsers are told 1012 and come back to the next process.

    Raises:
        OurError: it cannot start; one sentence and a next step.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with serving(settings) as app:
            if ready is not None:
                ready(app)
            await stop.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[RunningApp]:
    """A started server for as long as the block runs. Raises as `run`."""
    _check_roles(settings)
    check_port(settings)
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(make_folder, settings.data_path)
        database_url, nats_url = await _start_servers(settings, stack)
        records = JetStreamLog(nats_url, max_bytes=settings.log_max_bytes)
        stack.push_async_callback(records.close)
        await records.start()
        database = Database(database_url, settings.data_path)
        stack.push_async_callback(database.close)
        await asyncio.gather(database.prepare(), records.wait_until_up(_LOG_WAIT_S))
        desk = orders = None
        if "gateway" in settings.roles:
            desk = Desk(database_url, JetStreamLedger(records), Keys(*load_keys(settings)), now_ms=SystemClock().now_ms)
            stack.push_async_callback(desk.close)
            orders = OrderLedger(database_url, SecretSealer(*load_keys(settings)))
            stack.push_async_callback(orders.close)
        background = await stack.enter_async_context(Background())
        parts: list[Callable[[], list[str]]] = [background.problems, database.problems, lambda: _log_problems(records)]

        scorer, refused = await asyncio.to_thread(_load_scorer, settings)
        scorers = Scorers(scorer)
        sites, gateway = Sites(), None
        loops: dict[str, Callable[[], Awaitable[None]]] = {"store": database.keep_prepared, "lag": measure_lag}
        if scorer is not None:
            loops["model"] = partial(_note_model, settings, scorer.version, database)
        refresher = Refresher(sites, database.load_sites, settings.data_path / "sites.json", announcements=records)
        await refresher.start()
        loops["rules"] = refresher.run
        parts.append(refresher.problems)
        if desk is not None:
            gateway = _gateway(settings, sites, scorers, records, desk)
            await gateway.start()
            stack.callback(gateway.abort)
            loops |= desk.loops
            parts += [lambda: refused, partial(_publish_problems, gateway, records), desk.problems]
        if "writer" in settings.roles:
            writer = Writer(database_url, records)
            loops["writer"] = writer.run
            parts.append(writer.problems)
        if "settle" in settings.roles:
            settler = Settler(database_url, LateScorer(lambda: scorers.current, scorers.by_version))
            loops["settle"] = partial(settler.run, settings.settle_every_s)
            explainer, counting = Explainer(database_url, scorers.by_version), Counting(database_url)
            loops |= {"explain": explainer.run, "counting": counting.run}
            loops |= from_visits.loops_of(database_url, learn)
            loops["retention"] = partial(keep_days, database_url, settings.keep_events_days)
            parts += [settler.problems, explainer.problems, counting.problems]

        def problems() -> list[str]:
            return [text for part in parts for text in part()]

        claims = (desk.claims, desk.sealer) if desk is not None else None
        kept = settings.data_path / "tracker"
        net = NetServer(
            settings, gateway=gateway, sites=sites, problems=problems, claims=claims, orders=orders, kept=kept
        )
        await net.start()
        for name, loop in loops.items():
            background.keep(name, loop)
        stack.push_async_callback(_drain, net, gateway)
        app = RunningApp(
            base_url=settings.base_url, database_url=database_url, analyst_dsn=database.analyst_dsn, nats_url=nats_url,
            problems=problems,
        )  # fmt: skip
        _leave_word(settings, app)
        stack.callback(forget, settings.data_path)
        log.info("serving", port=settings.port, roles=settings.roles, problems=problems())
        yield app
        log.info("draining")


async def _start_servers(settings: Settings, stack: AsyncExitStack) -> tuple[str, str]:
    """The URLs of store and log: as set, else of the bundled ones, which are started, kept alive, and let go at the end."""
    bundled: list[Embedded] = []
    if not settings.database_url:
        bundled.append(bundled_postgres(settings))
    if not settings.nats_url:
        bundled.append(bundled_nats(settings))
    for server in bundled:
        stack.push_async_callback(server.stop)
    for result in await asyncio.gather(*(server.start() for server in bundled), return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
    guards = await stack.enter_async_context(Background())
    for server in bundled:
        guards.keep(server.name, server.keep_alive)
    urls = {server.setting: server.url for server in bundled}
    return settings.database_url or urls["DATABASE_URL"], settings.nats_url or urls["NATS_URL"]


def _load_scorer(settings: Settings) -> tuple[Scorer | None, list[str]]:
    """The model, or why there is none: then everything is kept and nothing is shown."""
    try:
        scorer = load_scorer(settings.bundle or None)
    except BundleRefused as error:
        log.error("bundle_refused", error=str(error))
        return None, [f"no model is loaded ({error}) Events are kept, and no offer is shown."]
    MODEL_INFO.labels(scorer.version).set(1)
    return scorer, []


async def _note_model(settings: Settings, version: str, database: Database) -> None:
    """Records name the model that scored them by its version: the store says which that was."""
    bundle = await asyncio.to_thread(load_bundle, Path(settings.bundle) if settings.bundle else STARTER)
    if bundle.manifest.version == version:  # else its folder was replaced since
        await database.keep_model(version, msgspec.json.encode(bundle.manifest))


def _gateway(settings: Settings, sites: Sites, scorers: Scorers, records: JetStreamLog, desk: Desk) -> Gateway:
    limits = Limits(frames_per_s=settings.frames_per_s, events_per_s=settings.events_per_s)
    keys, sealing = load_keys(settings)
    return Gateway(
        sites=sites, scorers=scorers, log=records, sealer=load_sealer(settings), limits=limits, supplies=desk.supplies,
        links=PreviewSealer(keys, sealing_key_id=sealing),
    )  # fmt: skip


async def _drain(net: NetServer, gateway: Gateway | None) -> None:
    """What was received is logged and acked, then browsers are told to come back, then the port is free."""
    net.refuse_new()
    if gateway is not None:
        await gateway.drain(_DRAIN_S)
    await net.stop()


def _log_problems(records: JetStreamLog) -> list[str]:
    return (
        [] if records.is_up else ["the log is not reached: offers go on, browsers keep their events until it is back"]
    )


def _publish_problems(gateway: Gateway, records: JetStreamLog) -> list[str]:
    if gateway.is_log_up or not records.is_up:
        return []
    return ["the log refuses frames. Next: see that its disk has room and that a writer runs (log_max_bytes)."]


def _check_roles(settings: Settings) -> None:
    unknown = sorted(set(settings.roles) - set(ROLES))
    if unknown or not settings.roles:
        raise ConfigError(
            f"settings: unknown role {unknown[0] if unknown else ''!r}. Next: use one of {', '.join(ROLES)}."
        )


def _leave_word(settings: Settings, app: RunningApp) -> None:
    """Verbs in the same data folder find the server by this."""
    running = Running(
        database_url=app.database_url, analyst_dsn=app.analyst_dsn, nats_url=app.nats_url, base_url=app.base_url,
        pid=os.getpid(),
    )  # fmt: skip
    save(settings.data_path, running)
