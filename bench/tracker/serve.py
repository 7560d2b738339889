"""The shop and the stand-ins of three servers, in a process of its own: `python -m bench.tracker.serve PORT`.

Ours is answered as the product does: acks come at its pace and with a token of its size, and the event `ask` brings the offer that
it names. The others' endpoints answer as theirs do when nothing but counting is switched on.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from bench.tracker.offers import OFFERS
from bench.tracker.peers import PEERS, ROOT
from bench.tracker.shop import image, page, plausible_start
from core.events import URGENT_EVENTS
from core.wire import SUBPROTOCOL
from server.live.ports import Limits

STATIC = ROOT / "static"
EVENTS, CUSTOM = 2, 32
URGENT = {kind.__struct_config__.tag for kind in URGENT_EVENTS}
TOKEN = bytes(range(256)) * 4
POSTHOG_CONFIG = {
    "supportedCompression": ["gzip"],
    "autocapture_opt_out": False,
    "sessionRecording": False,
    "surveys": False,
    "heatmaps": False,
    "captureDeadClicks": False,
    "capturePerformance": False,
    "hasFeatureFlags": False,
    "siteApps": [],
    "analytics": {"endpoint": "/i/v0/e/"},
    "elementsChainAsString": True,
}


class Acks:
    """What one socket is acked, at the pace of server/live/sessions.py: at once at first and after what is urgent, else each
    second; and with each a token as long as that of a long session."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._covered: dict[bytes, int] = {}
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def take(self, batches: list[Any]) -> None:
        """These batches of events are logged: `[stream, covered, events]` each."""
        for stream, covered, events in batches:
            self._covered[stream] = events[-1][1] if events else covered
        loop = asyncio.get_running_loop()
        wait_s = self._next_at - loop.time()
        if wait_s <= 0 or any(event[0] in URGENT for _, _, events in batches for event in events):
            self._ack()
        elif self._timer is None:
            self._timer = loop.call_later(wait_s, self._ack)

    def _ack(self) -> None:
        self.end()
        self._next_at = asyncio.get_running_loop().time() + Limits().ack_every_s
        self._send(msgspec.msgpack.encode([1, list(self._covered.items()), TOKEN]))
        self._covered.clear()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def offers(batches: list[Any]) -> list[bytes]:
    """An offer for each `ask`."""
    asked = [(stream, e) for stream, _, events in batches for e in events if e[0] == CUSTOM and e[3] == "ask"]
    return [msgspec.msgpack.encode(_offer(stream, event)) for stream, event in asked]


def _offer(stream: bytes, event: list[Any]) -> list[Any]:
    kind = event[5] if len(event) > 5 else "content"
    return [2, f"{stream[-4:].hex()}{event[1]:08x}", stream, event[1], "the-offer", OFFERS[kind], 5000]


async def _socket(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse(protocols=[SUBPROTOCOL])
    await socket.prepare(request)
    outgoing: asyncio.Queue[bytes] = asyncio.Queue()
    acks = Acks(outgoing.put_nowait)

    async def send() -> None:
        while True:
            await socket.send_bytes(await outgoing.get())

    sender = asyncio.create_task(send())
    try:
        async for message in socket:
            frame: list[Any] = msgspec.msgpack.decode(message.data) if message.type == WSMsgType.BINARY else [0]
            if frame[0] == EVENTS:
                for offer in offers(frame[1]):
                    outgoing.put_nowait(offer)
                acks.take(frame[1])
    finally:
        acks.end()
        sender.cancel()
    return socket


async def _beacon(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(status=204)


def _text(body: str | bytes, kind: str) -> web.Response:
    data = body.encode() if isinstance(body, str) else body
    return web.Response(body=data, content_type=kind, charset="utf-8", headers={"Access-Control-Allow-Origin": "*"})


def _base(request: web.Request) -> str:
    return f"http://{request.host}"


async def _page(request: web.Request) -> web.Response:
    query = request.query
    html = page(
        request.match_info["variant"], _base(request), host=query.get("host", ""), site=query.get("site", "pk_bench")
    )
    return _text(html, "text/html")


async def _image(request: web.Request) -> web.Response:
    return _text(image(int(request.match_info["number"])), "image/svg+xml")


async def _ours(request: web.Request) -> web.Response:
    return _text((STATIC / Path(request.match_info["name"]).name).read_bytes(), "text/javascript")


async def _plausible(request: web.Request) -> web.Response:
    if request.match_info["name"] == "start.js":
        return _text(plausible_start(_base(request)), "text/javascript")
    return _text(PEERS["plausible"].path.read_bytes(), "text/javascript")


async def _posthog_static(request: web.Request) -> web.Response:
    # `static/<name>` and `static/<version>/<name>`: what its loader may ask for later lies beside it.
    file = PEERS["posthog"].folder / "dist" / Path(request.match_info["name"]).name
    return _text(file.read_bytes(), "text/javascript") if file.is_file() else web.Response(status=404)


async def _posthog(request: web.Request) -> web.Response:
    await request.read()
    name = request.match_info["name"]
    if name.endswith("config.js"):
        return _text("", "text/javascript")
    if name.endswith("config"):
        return web.json_response(POSTHOG_CONFIG)
    if name.startswith("flags"):
        return web.json_response({**POSTHOG_CONFIG, "flags": {}, "featureFlags": {}})
    return web.json_response({"status": 1})


def app() -> web.Application:
    app = web.Application()
    app.router.add_get("/tag/ours/v1/stream", _socket)
    app.router.add_post("/tag/ours/v1/events", _beacon)
    app.router.add_get("/tag/ours/{name}", _ours)
    app.router.add_post("/tag/plausible/event", _beacon)
    app.router.add_get("/tag/plausible/{name}", _plausible)
    app.router.add_get("/tag/posthog/static/{name:.*}", _posthog_static)
    app.router.add_route("*", "/tag/posthog/{name:.*}", _posthog)
    app.router.add_get("/image/{number:\\d+}.svg", _image)
    app.router.add_get("/{variant:bare|ours|plausible|posthog}/{rest:.*}", _page)
    app.router.add_get("/favicon.ico", _beacon)
    return app


if __name__ == "__main__":
    web.run_app(app(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
