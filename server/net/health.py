"""What operators ask: is it alive, is it ready and if not why, and the numbers."""

import asyncio
import json
from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from server.metrics import EVENT_LOOP_LAG, REGISTRY

_LAG_EVERY_S = 0.5


class Health:
    """`problems` gives sentences; none means ready. A server with problems still takes events and still answers."""

    def __init__(self, problems: Callable[[], list[str]]) -> None:
        self._problems = problems

    async def livez(self, request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(self, request: web.Request) -> web.Response:
        problems = self._problems()
        body = {"status": "not ready" if problems else "ready", "problems": problems}
        return web.Response(
            status=503 if problems else 200,
            text=json.dumps(body),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def measure_lag() -> None:
    """How late the event loop wakes: the delay that every shopper feels. Runs until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_EVERY_S
        await asyncio.sleep(_LAG_EVERY_S)
        EVENT_LOOP_LAG.set(max(0.0, loop.time() - due))
