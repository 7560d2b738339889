"""Every address that this server answers, and the listening socket. `NetServer` is all that `app` knows of HTTP."""

import errno
import socket
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from core.errors import ConfigError
from server.live.gateway import Gateway
from server.live.ports import SystemClock
from server.live.sites import Sites
from server.net.claims import Claiming, ClaimsEndpoint
from server.net.fallback import EventsEndpoint
from server.net.health import Health
from server.net.limits import ConnectionCount, RequestRate
from server.net.orders import Keeping, OrdersEndpoint
from server.net.pages import Pages
from server.net.problems import no_traces
from server.net.robots import Robots
from server.net.websocket import StreamEndpoint
from server.offers.ticket import TicketSealer
from server.settings import Settings

STATIC = Path(__file__).parents[2] / "static"
_BACKLOG = 2048
_BURST_S = 4
"""A page that comes back after an outage may send this many seconds' worth of requests at once."""


class NetServer:
    """The listening side of one process."""

    def __init__(
        self,
        settings: Settings,
        *,
        gateway: Gateway | None,
        sites: Sites,
        problems: Callable[[], list[str]],
        static: Path = STATIC,
        kept: Path | None = None,
        claims: tuple[Claiming, TicketSealer] | None = None,
        orders: Keeping | None = None,
    ) -> None:
        """`gateway` None: a process that takes no events (a writer of its own) and only says how it is. `claims`: where they
        are kept, and what opens the tickets for them. `orders`: where those are kept. `kept`: where trackers stay that pages may
        have pinned (`Pages`)."""
        self._settings = settings
        self._stream: StreamEndpoint | None = None
        pages = Pages(static, kept)
        health = Health(lambda: [*problems(), *pages.problems()])
        app = web.Application(middlewares=[no_traces])
        if gateway is not None:
            self._add_events(app, gateway, sites)
            if claims is not None:
                self._add_claims(app, *claims, sites)
            if orders is not None:
                endpoint = OrdersEndpoint(orders, sites, self._rate(), trusts_proxy=settings.trust_proxy)
                app.router.add_post("/_fc/v1/orders", endpoint.handle)
            app.router.add_get("/_fc/t.js", pages.newest)
            app.router.add_get("/_fc/v/{version}/t.js", pages.pinned)
            app.router.add_get(r"/_fc/{file:[a-z]+\.[\w-]+\.js}", pages.chunk)
        app.router.add_get("/livez", health.livez)
        app.router.add_get("/readyz", health.readyz)
        app.router.add_get("/metrics", health.metrics)
        # No access log: it would hold addresses.
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=3.0)

    def _add_events(self, app: web.Application, gateway: Gateway, sites: Sites) -> None:
        settings = self._settings
        trusts = settings.trust_proxy
        count = ConnectionCount(most=settings.max_connections, most_per_address=settings.max_connections_per_address)
        rate = self._rate()
        robots = Robots()
        self._stream = StreamEndpoint(gateway, sites, count, robots, trusts_proxy=trusts)
        events = EventsEndpoint(gateway, sites, rate, robots, trusts_proxy=trusts)
        app.router.add_get("/_fc/v1/stream", self._stream.handle, allow_head=False)
        app.router.add_post("/_fc/v1/events", events.handle)
        app.router.add_options("/_fc/v1/events", events.options)

    def _add_claims(self, app: web.Application, claims: Claiming, sealer: TicketSealer, sites: Sites) -> None:
        endpoint = ClaimsEndpoint(
            claims, sealer, sites, self._rate(), trusts_proxy=self._settings.trust_proxy, now_ms=SystemClock().now_ms
        )
        app.router.add_post("/_fc/v1/claims", endpoint.handle)
        app.router.add_options("/_fc/v1/claims", endpoint.options)

    def _rate(self) -> RequestRate:
        per_s = self._settings.frames_per_s
        return RequestRate(per_s=per_s, burst=per_s * _BURST_S)

    async def start(self) -> None:
        """Listen. Raises `ConfigError` when the port is taken or may not be used."""
        host, port = self._settings.host, self._settings.port
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port, backlog=_BACKLOG).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigError(_port_sentence(error, host, port)) from None

    def refuse_new(self) -> None:
        """From now on new streams are sent away with 503; open ones go on."""
        if self._stream is not None:
            self._stream.is_draining = True

    async def stop(self) -> None:
        """Stop listening and let go of what is still open."""
        await self._runner.cleanup()


def check_port(settings: Settings) -> None:
    """Say early that the port is taken, before anything else is started. Raises `ConfigError`."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        raise ConfigError(_port_sentence(error, settings.host, settings.port)) from None


def _port_sentence(error: OSError, host: str, port: int) -> str:
    change = "choose another with --port (FIFTHCLICK_PORT, or `port` in fifthclick.toml)"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken. Next: {change}, or end the program that holds it."
    if error.errno == errno.EACCES:
        return f"port {port} needs rights that this account lacks. Next: {change}."
    return f"cannot listen on {host}:{port} ({error.strerror or error}). Next: correct --host, or {change}."
