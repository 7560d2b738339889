"""A shop and a server in one small process: pages with the tag, the built tracker, and the wire spoken by another codec.

`Wire` is the server's side of the protocol as the `msgpack` package reads it. It keeps what came and acks it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgpack
from aiohttp import WSMsgType, web

STATIC = Path(__file__).parents[2] / "static"
TAGS = {"page_view": 1, "view_item": 4, "search": 14, "click": 17, "scroll": 18, "dwell": 19, "action_shown": 27}
TAGS |= {"action_clicked": 28, "action_dismissed": 29, "action_submitted": 30, "action_withheld": 31}

FILLER = "<p>" + "Good things for good days. " * 40 + "</p>"


class Wire:
    """What one fake server has seen. `events` is by (stream, seq), so that a resend changes nothing."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.hellos: list[list[Any]] = []
        self.frames: list[list[Any]] = []
        self.events: dict[tuple[bytes, int], list[Any]] = {}
        self.order: list[list[Any]] = []
        self.beacons: list[tuple[str, bytes]] = []
        self.requests: list[str] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.opened_count = 0
        self.acks = True
        self.takes_sockets = True
        self.on_event: Callable[[bytes, list[Any]], list[Any] | None] = lambda stream, event: None
        self.claims: list[dict[str, Any]] = []
        self.claim_answers: list[tuple[int, dict[str, Any]]] = []

    def of(self, name: str) -> list[list[Any]]:
        """The events of one type, in the order in which they came first."""
        return [event for event in self.order if event[0] == TAGS[name]]

    def take(self, data: bytes) -> list[Any]:
        """One body or frame. Returns the frames that answer it."""
        self.raw.append(data)
        return self._frame(msgpack.unpackb(data))

    def _frame(self, frame: list[Any]) -> list[Any]:
        if isinstance(frame[0], list):
            return [answer for part in frame for answer in self._frame(part)]
        self.frames.append(frame)
        if frame[0] == 1:
            self.hellos.append(frame)
            return []
        answers: list[Any] = []
        covered = []
        for stream, covered_seq, events in frame[1]:
            for event in events:
                if (stream, event[1]) not in self.events:
                    self.events[stream, event[1]] = event
                    self.order.append(event)
                    answer = self.on_event(stream, event)
                    answers += [answer] if answer else []
            covered.append([stream, events[-1][1] if events else covered_seq])
        ack = [[1, covered, b"token-%d" % len(self.raw)]] if self.acks else []
        return answers + ack

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if not self.takes_sockets:
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(protocols=["fifthclick.v1"])
        await socket.prepare(request)
        self.opened_count += 1
        self.sockets.append(socket)
        async for message in socket:
            if message.type == WSMsgType.BINARY:
                for answer in self.take(message.data):
                    await socket.send_bytes(msgpack.packb(answer))
        self.sockets.remove(socket)
        return socket

    async def post(self, request: web.Request) -> web.Response:
        data = await request.read()
        headers = {"Access-Control-Allow-Origin": request.headers.get("Origin", "*")}
        if "reply" in request.query:
            return web.Response(body=msgpack.packb(self.take(data)), headers=headers)
        self.beacons.append((request.headers["Content-Type"], data))
        self.raw.append(data)
        return web.Response(status=204, headers=headers)

    async def claim(self, request: web.Request) -> web.Response:
        """As the server's endpoint: JSON as text, answered with the next of `claim_answers`, the last one for ever."""
        assert request.content_type == "text/plain", "anything else costs the page a preflight"
        self.claims.append(json.loads(await request.read()))
        more = len(self.claim_answers) > 1
        status, body = self.claim_answers.pop(0) if more else self.claim_answers[0]
        headers = {"Access-Control-Allow-Origin": request.headers.get("Origin", "*")}
        return web.json_response(body, status=status, headers=headers)


Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Shop:
    """Serves `pages` by path, each an HTML body or (body, headers); everything under /_fc is the fake server."""

    def __init__(self, port: int) -> None:
        self.wire = Wire()
        self.url = f"http://127.0.0.1:{port}"
        self.tag = f'<script async src="{self.url}/_fc/t.js" data-site="pk_test" data-host="{self.url}/_fc"></script>'
        self.pages: dict[str, str | tuple[str, dict[str, str]]] = {}
        self.forms: list[dict[str, str]] = []
        self.routes: list[web.RouteDef] = []
        self._port = port
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(middlewares=[self._noted])
        app.router.add_get("/_fc/v1/stream", self.wire.socket)
        app.router.add_post("/_fc/v1/events", self.wire.post)
        app.router.add_post("/_fc/v1/claims", self.wire.claim)
        app.router.add_get("/_fc/{name}", self._static)
        app.router.add_post("/newsletter", self._form)
        app.router.add_routes(self.routes)
        app.router.add_get("/{path:.*}", self._page)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _noted(self, request: web.Request, handler: Page) -> web.StreamResponse:
        self.wire.requests.append(f"{request.method} {request.path}")
        return await handler(request)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        body = (STATIC / request.match_info["name"]).read_bytes()
        return web.Response(body=body, content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"})

    async def _form(self, request: web.Request) -> web.StreamResponse:
        self.forms.append({k: str(v) for k, v in (await request.post()).items()})
        return web.Response(text="ok")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/favicon.ico":
            return web.Response(status=204)
        page = self.pages.get(request.path, FILLER + self.tag)
        body, headers = page if isinstance(page, tuple) else (page, {})
        html = body if body.startswith("<!doctype") else f"<!doctype html><html lang=en><title>Shop</title><body>{body}"
        return web.Response(text=html, content_type="text/html", headers=headers)


async def until(condition: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
    """Wait until the condition holds; fails with `what` was waited for."""
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None
