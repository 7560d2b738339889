"""Where the socket is blocked: the same frames over POST. And the beacon of a page that is being left.

`?reply=1` answers with the frames that a socket would have brought, after a short wait for the log; without it the events
are logged unscored, and the next page's resend scores them (DESIGN 5).
"""

import asyncio

from aiohttp import web
from msgspec import Raw

from core.errors import Malformed, PeerError, TooBig
from core.records import ToldReason
from core.wire import MAX_BEACON_BYTES, MAX_FRAME_BYTES, Events, Hello, decode_body, encode
from server.live.gateway import Gateway
from server.live.sites import Sites
from server.net.limits import RequestRate, client_address
from server.net.origins import cors_headers, preflight
from server.net.problems import refuse
from server.net.robots import Robots

BODY_TIMEOUT_S = 15.0
REPLY_WAIT_S = 1.5
"""How long an answer waits for the log. With the log down, offers still go out, and the events stay with the browser."""

_HTTP_BY_CLOSE_CODE = {1007: 400, 1008: 403, 1009: 413, 1012: 503, 1013: 503}


class CollectingPeer:
    """Keeps the frames for the answer. Bounded by the events of one body."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.close_code: int | None = None

    def send(self, frame: bytes) -> None:
        if self.close_code is None:
            self.frames.append(frame)

    def close(self, code: int, reason: str) -> None:
        self.close_code = code


class EventsEndpoint:
    """`POST /_fc/v1/events`: a msgpack array of a hello and the events after it, as text/plain, so that no preflight is needed."""

    def __init__(
        self, gateway: Gateway, sites: Sites, rate: RequestRate, robots: Robots, *, trusts_proxy: bool
    ) -> None:
        self._gateway = gateway
        self._sites = sites
        self._rate = rate
        self._robots = robots
        self._trusts_proxy = trusts_proxy

    async def options(self, request: web.Request) -> web.Response:
        return preflight(self._sites, request)

    async def handle(self, request: web.Request) -> web.Response:
        origin = request.headers.get("Origin")
        cors = cors_headers(self._sites, origin)
        if not self._rate.takes(client_address(request, trusts_proxy=self._trusts_proxy)):
            return refuse(429, "too_fast", headers=cors)
        if not self._sites.all():
            return refuse(503, "no_sites", headers=cors)
        wants_reply = request.query.get("reply") == "1"
        try:
            data = await read_body(request, MAX_FRAME_BYTES if wants_reply else MAX_BEACON_BYTES)
            hello, events = _parts(data)
            robot = self._robots.reason_of(request.headers.get("User-Agent", ""))
            if wants_reply:
                return await self._answered(hello, events, origin, robot, cors)
            self._gateway.log_unscored(hello, events, origin=origin, robot=robot)
        except PeerError as error:
            return refuse(error.http_status, error.reason, headers=cors)
        except TimeoutError:
            return refuse(408, "too_slow", headers=cors)
        return web.Response(status=204, headers=cors)

    async def _answered(
        self, hello: Hello, events: list[Events], origin: str | None, robot: ToldReason | None, cors: dict[str, str]
    ) -> web.Response:
        peer = CollectingPeer()
        connection = self._gateway.connect(peer, origin=origin, robot=robot)
        try:
            connection.take(hello)
            for frame in events:
                connection.take(frame)
            await connection.acked(REPLY_WAIT_S)
        finally:
            connection.closed()
        if peer.close_code is not None and not peer.frames:
            return refuse(_HTTP_BY_CLOSE_CODE.get(peer.close_code, 503), "closed", headers=cors)
        body = encode([Raw(frame) for frame in peer.frames])
        headers = {**cors, "Cache-Control": "no-store"}
        return web.Response(body=body, content_type="application/octet-stream", headers=headers)


async def read_body(request: web.Request, limit: int) -> bytes:
    """The whole body, and never more than `limit` bytes of it in memory.

    Raises:
        TooBig: it is over `limit`.
        TimeoutError: it does not come within `BODY_TIMEOUT_S`.
    """
    if (request.content_length or 0) > limit:
        raise TooBig
    data = bytearray()
    async with asyncio.timeout(BODY_TIMEOUT_S):
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > limit:
                raise TooBig
    return bytes(data)


def _parts(data: bytes) -> tuple[Hello, list[Events]]:
    frames = decode_body(data)
    if not frames or not isinstance(frames[0], Hello):
        raise Malformed("no_hello")
    events = [frame for frame in frames[1:] if isinstance(frame, Events)]
    if len(events) != len(frames) - 1:
        raise Malformed("second_hello")
    return frames[0], events
