"""A page that stays open on a real server: it rests as a shopper does, and hears what the server asks of it."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection

from core import events as ev
from core.wire import Ack, ActionFrame, Notice, Withdraw, decode_server_frame
from tests.server.serving import socket_to
from tests.support.builders import ORIGIN, frame, hello

SEEN_WITHIN_S = 5.0
"""What is promised: a change of rules is seen by an open page within this time."""

RULES = """
[pacing]
after_page_views = 1
gap_ms = 0
[arms]
holdout_share = 0.0
new_action_share = 0.0
no_holdout_because = "a test"
[choosing]
by = "order"
"""

ACTION = """
[[actions]]
id = "{id}"
segments = ["likely_to_buy", "on_the_fence", "unlikely_to_buy"]
[actions.action]
type = "content"
title = "How to choose"
url = "https://shop.example/{id}"
"""


def rules_of(*action_ids: str) -> str:
    """Rules that offer the first of these to everybody, and the next where that one may not be had."""
    return RULES + "".join(ACTION.format(id=action_id) for action_id in action_ids)


class OpenPage:
    """Its clock runs 20 s with each rest, so that nothing waits. `session_id` as replay takes it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.session_id = secrets.token_hex(16)
        self.withdrawn: list[Withdraw] = []
        self.offers: list[ActionFrame] = []
        self.notices: dict[int, Notice] = {}
        self.acked_seq = 0
        self.seq = 0
        self._at_ms = time.time_ns() // 1_000_000 - 3_600_000
        self._stream = (self._at_ms // 86_400_000).to_bytes(2, "big") + secrets.token_bytes(12)
        self._socket = socket

    async def offered(self, action_id: str) -> str:
        """Rests until this is offered; the decision."""
        await self.rest_until(lambda told: told.action_id == action_id)
        await self.until(lambda: self.offers[-1].action_id == action_id)
        return self.offers[-1].decision_id

    async def open(self, key: str) -> None:
        first = hello(
            key=key, session_id=bytes.fromhex(self.session_id), stream=self._stream, sent_at_ms=self._at_ms,
            wants_notices=True,
        )  # fmt: skip
        await self._socket.send(first)
        await self._send(ev.PageView(seq=self._next(), at_ms=self._at_ms, page_type="product"))

    async def listen(self) -> None:
        async for data in self._socket:
            assert isinstance(data, bytes)
            match decode_server_frame(data):
                case Withdraw() as gone:
                    self.withdrawn.append(gone)
                case ActionFrame() as offer:
                    self.offers.append(offer)
                case Notice() as notice:
                    self.notices[notice.seq] = notice
                case Ack(covered=covered):
                    self.acked_seq = max(self.acked_seq, *(seq for _, seq in covered))

    async def rest(self) -> Notice:
        """The shopper pauses; what the server thinks then."""
        seq = self._next()
        await self._send(ev.Dwell(seq=seq, at_ms=self._at_ms, active_ms=2_000))
        await self.until(lambda: seq in self.notices)
        return self.notices[seq]

    async def rest_until(self, told: Callable[[Notice], bool]) -> Notice:
        """Rests until the server thinks so, and fails where it does not in time."""
        async with asyncio.timeout(SEEN_WITHIN_S):
            while not told(notice := await self.rest()):
                await asyncio.sleep(0.05)
        return notice

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for what the server does by itself, as long as it may take."""
        async with asyncio.timeout(SEEN_WITHIN_S):
            while not condition():
                await asyncio.sleep(0.005)

    async def _send(self, event: ev.Event) -> None:
        await self._socket.send(frame(event, stream=self._stream))

    def _next(self) -> int:
        self.seq += 1
        self._at_ms += 20_000
        return self.seq


@asynccontextmanager
async def open_page(base_url: str, key: str) -> AsyncIterator[OpenPage]:
    """A page of the demo shop with this key, which has just been opened."""
    async with socket_to(base_url, key=key, origin=ORIGIN) as socket:
        page = OpenPage(socket)
        listening = asyncio.create_task(page.listen())
        try:
            await page.open(key)
            yield page
        finally:
            listening.cancel()
