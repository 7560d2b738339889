"""A line between browsers and the server that can be cut: a TCP proxy on a port of its own, with a weather that the test makes."""

import asyncio
from contextlib import suppress
from typing import Literal

from bench.processes import free_port

Weather = Literal["fair", "down", "deaf"]
"""`down`: nobody is let in. `deaf`: the server hears the page, and the page does not hear the server: acks are lost on the way."""

_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_CHUNK = 65536


class Line:
    """One proxy. `takes_sockets` False: every handshake is refused, as by a company's firewall; plain requests go through."""

    def __init__(self, port_behind: int, *, takes_sockets: bool = True) -> None:
        self.port = free_port()
        self.weather: Weather = "fair"
        self.takes_sockets = takes_sockets
        self.cut_count = 0
        self._behind = port_behind
        self._calls: dict[asyncio.StreamWriter, bool] = {}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._call, "127.0.0.1", self.port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Every connection ends in the middle of whatever it was saying."""
        for writer in tuple(self._calls):
            self.cut_count += 1
            writer.transport.abort()

    def close_sockets(self, code: int) -> None:
        """Every stream gets a close frame, as from a server that restarts (1012) or is full (1013)."""
        for writer, is_socket in tuple(self._calls.items()):
            if is_socket:
                self.cut_count += 1
                writer.write(b"\x88\x02" + code.to_bytes(2, "big"))
                writer.close()

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._calls[writer] = False
        with suppress(OSError):
            head = b"" if self.weather == "down" else await reader.read(_CHUNK)
            is_socket = b"upgrade: websocket" in head.lower()
            if is_socket and not self.takes_sockets:
                writer.write(_REFUSED)
                await writer.drain()
                writer.close()
            elif head:
                self._calls[writer] = is_socket
                await self._join(head, reader, writer)
        self._calls.pop(writer, None)
        writer.transport.abort() if not writer.is_closing() else None

    async def _join(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        far_writer.write(head)
        pumps = [
            asyncio.create_task(self._pump(reader, far_writer)),
            asyncio.create_task(self._pump(far_reader, writer, is_answer=True)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            far_writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool = False
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if not (is_answer and self.weather == "deaf"):
                    writer.write(data)
                    await writer.drain()
            if is_answer and not writer.is_closing():
                writer.close()
