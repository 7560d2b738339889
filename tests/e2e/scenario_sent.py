"""The same visit by other ways into the server: once more, in another order, without a socket. Frames by the outsider's codec."""

from collections.abc import Sequence
from typing import Literal

import aiohttp
import msgpack
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from model.simulator import wire
from tests.e2e.scenario_shop import Event, Shop

Way = Literal["plain", "duplicated", "out_of_order", "fetch"]

Document = list[Event]


def documents_of(events: Sequence[Event]) -> list[Document]:
    """The events of each page together, in the order of the pages."""
    streams = dict.fromkeys(stream for stream, _ in events)
    return [[one for one in events if one[0] == stream] for stream in streams]


async def send(shop: Shop, session_id: bytes, events: Sequence[Event], way: Way) -> list[str]:
    """All of it over two connections, the second with the token of the first. The decision ids of what was offered."""
    token: bytes | None = None
    offered: list[str] = []
    documents = documents_of(events)
    half = len(documents) // 2
    for part in (documents[:half], documents[half:]):
        hello = _hello(shop, session_id, part[-1], token)
        frames = _frames(part, way)
        answers = await (
            _by_fetch(shop, hello, frames) if way == "fetch" else _by_socket(shop, hello, frames, part[-1])
        )
        for answer in answers:
            if isinstance(answer, wire.Ack):
                token = answer.token
            elif isinstance(answer, wire.Action):
                offered.append(answer.decision_id)
    return offered


def _hello(shop: Shop, session_id: bytes, document: Document, token: bytes | None) -> bytes:
    return wire.hello(
        site_key=shop.key,
        session_id=session_id,
        stream=document[0][0],
        sent_at_ms=document[-1][1].at_ms,
        token=token,
        traffic="simulated",
        wants_notices=False,
    )


def _frames(documents: list[Document], way: Way) -> list[bytes]:
    if way == "out_of_order":
        # Within a page: a page that has not been left sends nothing of the next.
        return [_frame([one]) for page in documents for one in (*page[1::2], *reversed(page[::2]))]
    frames = [_frame(page) for page in documents]
    if way == "duplicated":
        return [again for i, frame in enumerate(frames) for again in (frame, *frames[max(0, i - 1) : i + 1])]
    return frames


def _frame(events: Sequence[Event]) -> bytes:
    return wire.events([(events[0][0], 0, [wire.event(event) for _, event in events])])


async def _by_socket(shop: Shop, hello: bytes, frames: list[bytes], document: Document) -> list[object]:
    """What the server says up to the ack of the page's last event."""
    stream, last = document[-1]
    answers: list[object] = []
    async with connect(
        f"{shop.stream_url}?site={shop.key}", subprotocols=[Subprotocol(wire.SUBPROTOCOL)], compression=None, proxy=None
    ) as socket:
        for frame in (hello, *frames):
            await socket.send(frame)
        async for data in socket:
            assert isinstance(data, bytes)
            answer = wire.frame(data)
            answers.append(answer)
            if isinstance(answer, wire.Ack) and dict(answer.covered).get(stream, 0) >= last.seq:
                break
    return answers


async def _by_fetch(shop: Shop, hello: bytes, frames: list[bytes]) -> list[object]:
    body = bytes((0x90 + 1 + len(frames),)) + hello + b"".join(frames)
    url = f"http://127.0.0.1:{shop.stack.port}/_fc/v1/events?reply=1"
    async with aiohttp.ClientSession() as http, http.post(url, data=body) as response:
        assert response.status == 200, await response.text()
        answers = msgpack.unpackb(await response.read())
    return [wire.frame(msgpack.packb(answer)) for answer in answers]
