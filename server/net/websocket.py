"""The stream: one WebSocket is one `Connection` of the live part. Frames in order, close codes, and a bound on what waits.

Not here: what a frame means, and how many are too many (`live.connection` raises, this closes with the error's code).
"""

import asyncio
from contextlib import suppress

import structlog
from aiohttp import WSMessage, WSMsgType, web

from core.errors import Malformed, NotAllowed, PeerError
from core.wire import MAX_FRAME_BYTES, SUBPROTOCOL, Hello, decode_client_frame
from server.live.connection import Connection
from server.live.gateway import Gateway
from server.live.sites import Sites
from server.metrics import CONNECTIONS_REFUSED, WS_CONNECTIONS
from server.net.limits import ConnectionCount, client_address
from server.net.origins import check_origin
from server.net.problems import refuse
from server.net.robots import Robots

log = structlog.get_logger()

MAX_WAITING_BYTES = 256 * 1024
"""What may wait for a peer that does not read. An honest page is never so far behind; its queue and token make it whole."""

HEARTBEAT_S = 25.0
HELLO_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0
_INTERNAL_ERROR = 1011
_TRY_LATER = 1013


class SocketPeer:
    """The other end of one socket. `send` writes whole frames straight to the transport, so it cannot block.

    A peer that leaves more than `MAX_WAITING_BYTES` unread is closed with 1013 and comes back when it can.
    """

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._socket = socket
        self._transport = transport
        self._closing: asyncio.Task[None] | None = None

    def send(self, frame: bytes) -> None:
        if self._closing is not None or self._socket.closed or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() + len(frame) > MAX_WAITING_BYTES:
            CONNECTIONS_REFUSED.labels("reads_too_slowly").inc()
            self.close(_TRY_LATER, "reads_too_slowly")
            return
        self._transport.write(_header(len(frame)) + frame)

    def close(self, code: int, reason: str) -> None:
        if self._closing is None and not self._socket.closed:
            self._closing = asyncio.create_task(self._close(code, reason))

    async def wait_closed(self) -> None:
        if self._closing is not None:
            await self._closing

    async def _close(self, code: int, reason: str) -> None:
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S + 1.0):
                await self._socket.close(code=code, message=reason.encode())
                return
        self._transport.abort()  # it does not even read our close frame


class StreamEndpoint:
    """`GET /_fc/v1/stream?site=pk_...`. The key in the address lets a wrong Origin be refused before the upgrade."""

    def __init__(
        self, gateway: Gateway, sites: Sites, count: ConnectionCount, robots: Robots, *, trusts_proxy: bool
    ) -> None:
        self._gateway = gateway
        self._sites = sites
        self._count = count
        self._trusts_proxy = trusts_proxy
        self._robots = robots
        self.is_draining = False

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not self._sites.all():
            return refuse(503, "no_sites")  # the store has not told us yet: later, not never
        key, origin = request.query.get("site", ""), request.headers.get("Origin")
        check_origin(self._sites, key, origin)
        if SUBPROTOCOL not in request.headers.get("Sec-WebSocket-Protocol", "").replace(" ", "").split(","):
            return refuse(400, "subprotocol")
        if self.is_draining:
            return refuse(503, "draining")
        address = client_address(request, trusts_proxy=self._trusts_proxy)
        full = self._count.enter(address)
        if full is not None:
            return refuse(503 if full == "too_many_connections" else 429, full)
        try:
            return await self._serve(request, key, origin)
        finally:
            self._count.leave(address)

    async def _serve(self, request: web.Request, key: str, origin: str | None) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), compress=False, max_msg_size=MAX_FRAME_BYTES, heartbeat=HEARTBEAT_S,
            timeout=CLOSE_TIMEOUT_S, decode_text=False,
        )  # fmt: skip
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            return web.Response(status=499)  # the page was left while the socket opened: nobody to answer, and no error
        transport = request.transport
        if transport is None:
            return socket
        peer = SocketPeer(socket, transport)
        robot = self._robots.reason_of(request.headers.get("User-Agent", ""))
        connection = self._gateway.connect(peer, origin=origin, robot=robot)
        WS_CONNECTIONS.inc()
        try:
            await _feed(socket, connection, key)
        except PeerError as error:
            peer.close(error.close_code, error.reason)
        except Exception as error:
            # A boundary: one connection fails, the others do not notice. Nothing that the peer sent is logged.
            log.error("connection_failed", error=type(error).__name__, exc_info=True)
            peer.close(_INTERNAL_ERROR, "internal")
        finally:
            WS_CONNECTIONS.dec()
            connection.closed()
            await peer.wait_closed()
        return socket


async def _feed(socket: web.WebSocketResponse, connection: Connection, key: str) -> None:
    """Frames into the connection until the socket ends. Raises what the connection raises."""
    try:
        first = await socket.receive(timeout=HELLO_TIMEOUT_S)
    except TimeoutError:
        CONNECTIONS_REFUSED.labels("no_hello").inc()
        raise NotAllowed("no_hello") from None
    data = _bytes_of(first)
    if data is not None and key:
        _check_key(data, key)
    while data is not None:
        connection.receive(data)
        data = _bytes_of(await socket.receive())


def _bytes_of(message: WSMessage) -> bytes | None:
    """The frame; None when the socket has ended, in whatever way (aiohttp has answered 1009 or 1002 by then)."""
    if message.type is WSMsgType.BINARY:
        data: bytes = message.data
        return data
    if message.type is WSMsgType.TEXT:
        CONNECTIONS_REFUSED.labels("text_frame").inc()
        raise Malformed("text_frame")
    if message.type is WSMsgType.ERROR:
        CONNECTIONS_REFUSED.labels(_transport_reason(message)).inc()
    return None


def _check_key(data: bytes, key: str) -> None:
    """A page is let in by the key in its address: its hello must mean the same site."""
    try:
        hello = decode_client_frame(data)
    except PeerError:
        return  # the connection says so itself, and counts it
    if isinstance(hello, Hello) and hello.site_key != key:
        CONNECTIONS_REFUSED.labels("key_differs").inc()
        raise NotAllowed("key_differs")


def _transport_reason(message: WSMessage) -> str:
    code = getattr(message.data, "code", None)
    return {1009: "too_big", 1002: "protocol_error", 1007: "malformed"}.get(int(code or 0), "transport_error")


def _header(size: int) -> bytes:
    """A final, unmasked binary frame's header (RFC 6455, 5.2)."""
    if size < 126:
        return bytes((0x82, size))
    if size < 65536:
        return b"\x82\x7e" + size.to_bytes(2, "big")
    return b"\x82\x7f" + size.to_bytes(8, "big")
