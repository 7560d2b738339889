"""A WebSocket client for load alone: no library in the way, so that the generator is not what is measured.

Frames are masked with a zero key, which RFC 6455 allows and which makes masking free.
"""

import asyncio
import base64
import os
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

from core.wire import SUBPROTOCOL

OnFrame = Callable[[bytes], None]


class LoadSocket(asyncio.Protocol):
    """One connection. `on_frame` gets each binary message's payload; anything unexpected closes it and is counted."""

    def __init__(self, url: str, protocol: str, on_frame: OnFrame) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._protocol = protocol
        self._on_frame = on_frame
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {self._protocol}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self._buffer = rest
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.opened.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))
                return
            self.opened.set_result(None)
        self._frames()

    def _frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1] & 0x7F, at + 2
            if length == 126:
                length, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if start > len(buffer) or len(buffer) - start < length:
                break
            payload = buffer[start : start + length]
            opcode = buffer[at] & 0x0F
            if opcode == 2:
                self._on_frame(payload)
            elif opcode == 8:
                self.close_code = int.from_bytes(payload[:2], "big")
            elif opcode == 9:
                self._write(0x8A, payload)
            at = start + length
        self._buffer = buffer[at:]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed before the handshake ended"))
        self.gone.set_result(None)

    def send(self, payload: bytes) -> None:
        self._write(0x82, payload)

    def _write(self, first: int, payload: bytes) -> None:
        length = len(payload)
        head = bytes((first, 0x80 | length)) if length < 126 else bytes((first, 0xFE)) + length.to_bytes(2, "big")
        assert self._transport is not None
        self._transport.write(head + b"\0\0\0\0" + payload)

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            await self.gone


async def connect(url: str, protocol: str, on_frame: OnFrame) -> LoadSocket:
    """An open connection. Raises ConnectionError with the status line where the handshake is refused."""
    loop = asyncio.get_running_loop()
    socket = LoadSocket(url, protocol, on_frame)
    await loop.create_connection(lambda: socket, socket.host, socket.port)
    try:
        await socket.opened
    except OSError:
        await socket.close()
        raise
    return socket


async def until_known(base_url: str, site_key: str, seconds: float = 20.0) -> None:
    """Waits until a running server takes connections for this site. Raises ConnectionError where it does not in time."""
    url = f"{base_url.replace('http', 'ws', 1)}/_fc/v1/stream?site={site_key}"
    until = time.monotonic() + seconds
    while True:
        try:
            socket = await connect(url, SUBPROTOCOL, lambda _: None)
        except ConnectionError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.05)
        else:
            return await socket.close()
