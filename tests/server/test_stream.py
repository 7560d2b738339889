"""The WebSocket: what is taken, what is refused with which code and count, and that a bad peer disturbs no other."""

import pytest
from msgspec.msgpack import encode as pack
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from core.records import Record
from core.session import Session
from core.wire import MAX_FRAME_BYTES
from server.live.token import FORMAT
from tests.server.serving import Served, acked, close_of, refused, sample
from tests.support.builders import (
    KEY,
    ORIGIN,
    SESSION_ID,
    SITE_ID,
    START_MS,
    STREAM,
    frame,
    hello,
    make_sealer,
    page_view,
)

OTHER_STREAM = b"\x50\x00" + b"b" * 12


async def _assert_works(socket: ClientConnection, stream: bytes, seq: int) -> None:
    await socket.send(frame(page_view(seq), stream=stream))
    await acked(socket, stream, seq)


async def test_events_are_scored_logged_and_acked(server: Served) -> None:
    async with server.connect() as socket:
        assert socket.subprotocol == "fifthclick.v1"
        await socket.send(hello())
        await socket.send(frame(page_view(1), page_view(2)))
        ack = await acked(socket, STREAM, 2)
    assert ack.token
    rows = [row for row in server.rows if isinstance(row, Record)]
    assert [(row.site_id, row.seq) for row in rows] == [(SITE_ID, 1), (SITE_ID, 2)]
    assert all(row.scores is not None for row in rows)


async def test_a_program_without_an_origin_is_served(server: Served) -> None:
    async with server.connect(origin=None) as socket:
        await socket.send(hello())
        await _assert_works(socket, STREAM, 1)


BAD_FRAMES: dict[str, tuple[bytes | str, int, str]] = {
    "not msgpack": (b"\xc1", 1007, "malformed"),
    "empty": (b"", 1007, "malformed"),
    "truncated": (frame(page_view(1))[:-3], 1007, "malformed"),
    "deeply nested": (b"\x91" * 60_000, 1007, "malformed"),
    "a deeply nested event": (frame(b"\x93\x01\x02" + b"\x91" * 8000 + b"\xc0"), 1007, "malformed"),
    "a frame type that we do not know": (pack([9, b"x"]), 1007, "malformed"),
    "NaN for a number": (pack([2, [[STREAM, float("nan"), []]]]), 1007, "malformed"),
    "a negative covered_seq": (pack([2, [[STREAM, -1, []]]]), 1007, "malformed"),
    "a stream id of another length": (pack([2, [[b"short", 0, []]]]), 1007, "malformed"),
    "more events than a batch holds": (pack([2, [[STREAM, 0, [None] * 501]]]), 1007, "malformed"),
    "a second hello": (hello(), 1007, "second_hello"),
    "one byte too many": (bytes(MAX_FRAME_BYTES + 1), 1009, "too_big"),
    "text": ("hello", 1007, "text_frame"),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
async def test_a_bad_frame_costs_its_own_connection_and_no_other(server: Served, name: str) -> None:
    data, code, reason = BAD_FRAMES[name]
    before = refused(reason)
    async with server.connect() as bystander, server.connect() as socket:
        await bystander.send(hello(session_id=b"b" * 16, stream=OTHER_STREAM))
        await socket.send(hello())
        await _assert_works(socket, STREAM, 1)
        await socket.send(data)
        closed_with = await close_of(socket)
        assert closed_with[0] == code
        assert closed_with[1] in (reason, "")
        await _assert_works(bystander, OTHER_STREAM, 1)
    assert refused(reason) == before + 1


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (frame(page_view(1)), 1007, "no_hello"),
        (hello()[:-5], 1007, "malformed"),
        (hello(version=99), 1007, "unknown_version"),
        (hello(key="pk_another"), 1008, "key_differs"),
    ],
    ids=["no hello", "truncated", "another version", "another key"],
)
async def test_a_bad_beginning_is_counted_and_closed_with_its_code(
    server: Served, data: bytes, code: int, reason: str
) -> None:
    before = refused(reason)
    async with server.connect() as socket:
        await socket.send(data)
        assert await close_of(socket) == (code, reason)
    assert refused(reason) == before + 1
    assert server.rows == []


# shows: N1
@pytest.mark.parametrize(
    ("key", "origin", "reason"),
    [
        ("pk_nobody", ORIGIN, "unknown_site"),
        (KEY, "https://evil.example", "origin_not_listed"),
        (KEY, "null", "origin_not_listed"),
        (KEY, ORIGIN + ".evil.example", "origin_not_listed"),
        ("", "https://evil.example", "origin_not_listed"),
    ],
)
async def test_a_page_that_may_not_come_in_is_refused_before_the_upgrade(
    server: Served, key: str, origin: str, reason: str
) -> None:
    before = refused(reason)
    with pytest.raises(InvalidStatus) as caught:
        async with server.connect(key=key, origin=origin):
            raise AssertionError("it was let in")
    response = caught.value.response
    assert response.status_code == 403
    assert response.headers["Content-Type"].startswith("application/problem+json")
    assert reason.encode() in (response.body or b"")
    assert refused(reason) == before + 1


async def test_a_client_of_another_protocol_is_refused_before_the_upgrade(server: Served) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with server.connect(subprotocol="chat.v1"):
            raise AssertionError("it was let in")
    assert caught.value.response.status_code == 400


@pytest.mark.parametrize("what", ["NaN", "unknown type", "negative price", "purchase without a currency"])
async def test_a_bad_event_takes_its_place_in_the_stream_and_costs_nothing_else(server: Served, what: str) -> None:
    items = [["sku", "shoes", -5, 1]]
    bad = {
        "NaN": (pack([1, 2, float("nan"), "product"]), "invalid_at_ms"),
        "unknown type": (pack([99, 2, START_MS]), "unknown_type"),
        "negative price": (pack([6, 2, START_MS, "EUR", 100, items]), "invalid_items"),
        "purchase without a currency": (pack([12, 2, START_MS, None, 1999, []]), "missing_currency"),
    }
    data, reason = bad[what]
    before = sample("fifthclick_events_rejected_total", reason=reason)
    async with server.connect() as socket:
        await socket.send(hello())
        await socket.send(frame(page_view(1), data, page_view(3)))
        await acked(socket, STREAM, 3)
    assert [row.seq for row in server.rows if isinstance(row, Record)] == [1, 3]
    assert [row.reason for row in server.rows if not isinstance(row, Record)] == [reason]
    assert sample("fifthclick_events_rejected_total", reason=reason) == before + 1


async def test_a_frame_that_is_sent_twice_is_logged_once_and_acked_again(server: Served) -> None:
    async with server.connect() as socket:
        await socket.send(hello())
        for _ in range(2):
            await socket.send(frame(page_view(1), page_view(2)))
            await acked(socket, STREAM, 2)
    assert [row.seq for row in server.rows] == [1, 2]


# shows: N1
@pytest.mark.parametrize("reason", ["forged", "expired", "unknown_key", "unknown_format"])
async def test_a_token_that_cannot_be_opened_is_counted_and_the_session_starts_afresh(
    server: Served, reason: str
) -> None:
    session = Session(id=SESSION_ID)
    now_ms = 4_000_000_000_000
    tokens = {
        "forged": make_sealer().seal(session, site_id="another", now_ms=now_ms),
        "expired": make_sealer().seal(session, site_id=SITE_ID, now_ms=START_MS - 10**10),
        "unknown_key": bytes((FORMAT, 0xFF)) + bytes(60),
        "unknown_format": b"\x7f" + bytes(60),
    }
    before = sample("fifthclick_tokens_refused_total", reason=reason)
    async with server.connect() as socket:
        await socket.send(hello(token=tokens[reason]))
        await _assert_works(socket, STREAM, 1)
    assert sample("fifthclick_tokens_refused_total", reason=reason) == before + 1
