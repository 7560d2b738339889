"""A reverse proxy before a shop, as a merchant's edge would be: it puts the tag into each page and changes nothing else.

Without a tag it passes everything on as it is: the same shop to compare with, at the same address.
"""

import re
from collections.abc import Mapping

import aiohttp
from aiohttp import web

_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "content-length",
    "content-encoding",
}


class Proxy:
    """`http://127.0.0.1:port` in front of `upstream`. `attributes`: what a merchant adds to his templates, at most three,
    by the piece of markup that they are put into."""

    def __init__(self, port: int, upstream: str, attributes: Mapping[str, str]) -> None:
        assert len(attributes) <= 3, "a shop gets at most three data-fc-* attributes"
        self.url = f"http://127.0.0.1:{port}"
        self.tag = ""
        self._upstream = upstream
        self._attributes = attributes
        self._port = port

    async def start(self) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in {*_HOP, "accept-encoding"}}
        address = f"{self._upstream}{request.raw_path}"
        try:
            async with self._session.request(
                request.method, address, headers=headers, data=await request.read(), allow_redirects=False
            ) as answer:
                body = await answer.read()
        except aiohttp.ClientError as error:
            return web.Response(status=502, text=f"the shop does not answer: {error}")
        if answer.content_type == "text/html":
            body = self._tagged(body)
        response = web.Response(status=answer.status, body=body)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP:
                if name == "Content-Type":
                    response.headers[name] = value
                else:
                    response.headers.add(name, value)
        return response

    def _tagged(self, body: bytes) -> bytes:
        if not self.tag:
            return body
        html = body.decode()
        for before, attribute in self._attributes.items():
            html = html.replace(before, f"{before} {attribute}")
        return re.sub("</head>", lambda end: self.tag + end.group(), html, count=1, flags=re.IGNORECASE).encode()
