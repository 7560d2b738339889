"""A shop of one page and a server of one script and one socket, each of which a test can spoil."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web

from core.wire import SUBPROTOCOL, Hello, decode_client_frame
from server.store.publish import StoredSite
from server.verbs._tag import script_tag

KEY = "pk_0123456789abcdef"
DATA_LAYER = "<script>window.dataLayer = window.dataLayer || []</script>"


class Shop:
    """What the shop answers. `page` None takes the right tag; `socket_status` and `close_code` spoil the WebSocket."""

    def __init__(self) -> None:
        self.base_url = ""
        self.page: str | None = None
        self.status = 200
        self.policy = ""
        self.script_status = 200
        self.script_type = "text/javascript"
        self.socket_status = 0
        self.close_code = 0
        self.hellos: list[tuple[str | None, Hello]] = []

    @property
    def tag(self) -> str:
        return script_tag(f"{self.base_url}/_fc", KEY)

    @property
    def site(self) -> StoredSite:
        """The site as the server keeps it, with this shop as its one origin."""
        return StoredSite(
            site_id="shop",
            name="Shop",
            key=KEY,
            origins=(self.base_url,),
            is_demo=False,
            holdout_salt="salt",
            version="v",
            toml="",
        )

    async def _page(self, _request: web.Request) -> web.Response:
        html = f"<!doctype html><head>{DATA_LAYER}{self.tag}</head>" if self.page is None else self.page
        headers = {"Content-Security-Policy": self.policy} if self.policy else {}
        return web.Response(text=html, status=self.status, content_type="text/html", headers=headers)

    async def _script(self, _request: web.Request) -> web.Response:
        return web.Response(text="", status=self.script_status, content_type=self.script_type)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self.socket_status:
            return web.Response(status=self.socket_status)
        socket = web.WebSocketResponse(protocols=[SUBPROTOCOL])
        await socket.prepare(request)
        message = await socket.receive()
        if message.type is WSMsgType.BINARY:
            hello = decode_client_frame(message.data)
            assert isinstance(hello, Hello)
            self.hellos.append((request.headers.get("Origin"), hello))
        if self.close_code:
            await socket.close(code=self.close_code)
        else:
            await socket.receive()
        return socket


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    """A shop on a free port of this machine."""
    shop = Shop()
    app = web.Application()
    app.router.add_get("/", shop._page)
    app.router.add_get("/_fc/t.js", shop._script)
    app.router.add_get("/_fc/v1/stream", shop._stream)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shop.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield shop
    finally:
        await runner.cleanup()
