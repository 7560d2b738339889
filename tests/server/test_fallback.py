"""The POST path: the same frames where the socket is blocked, beacons, and answers that only a listed page can read."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgpack
import pytest
from websockets.exceptions import InvalidStatus

from core.records import Record
from core.wire import MAX_BEACON_BYTES, MAX_FRAME_BYTES
from server.live.ports import Limits
from server.live.sites import Sites
from tests.server.serving import Served, browser, refused, sample, served
from tests.support.builders import ORIGIN, SITE_ID, STREAM, frame, hello, page_view

FROM_SHOP = {"Origin": ORIGIN, "Content-Type": "text/plain;charset=UTF-8"}


def body(*frames: bytes) -> bytes:
    """A msgpack array of frames that are packed already."""
    return bytes((0x90 + len(frames),)) + b"".join(frames)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with browser() as session:
        yield session


async def _post(
    http: aiohttp.ClientSession, server: Served, data: Any, *, query: str = "?reply=1", origin: str = ORIGIN
) -> tuple[aiohttp.ClientResponse, bytes]:
    url = f"{server.url}/_fc/v1/events{query}"
    async with http.post(url, data=data, headers={**FROM_SHOP, "Origin": origin}) as response:
        return response, await response.read()


async def test_a_post_is_answered_with_the_frames_that_a_socket_would_have_brought(
    server: Served, http: aiohttp.ClientSession
) -> None:
    response, data = await _post(http, server, body(hello(), frame(page_view(1), page_view(2))))
    assert response.status == 200
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in response.headers
    acks = [f for f in msgpack.unpackb(data) if f[0] == 1]
    assert acks[-1][1] == [[STREAM, 2]]
    rows = [row for row in server.rows if isinstance(row, Record)]
    assert [row.seq for row in rows] == [1, 2]
    assert all(row.scores is not None for row in rows)


async def test_a_token_carries_the_session_from_one_post_to_the_next(
    server: Served, http: aiohttp.ClientSession
) -> None:
    _, first = await _post(http, server, body(hello(), frame(page_view(1))))
    token = msgpack.unpackb(first)[-1][2]
    await _post(http, server, body(hello(token=token), frame(page_view(2))))
    assert [row.step for row in server.rows if isinstance(row, Record)] == [1, 2]


async def test_a_beacon_is_logged_without_scores_and_without_an_answer(
    server: Served, http: aiohttp.ClientSession
) -> None:
    response, data = await _post(http, server, body(hello(), frame(page_view(1))), query="")
    assert (response.status, data) == (204, b"")
    while not server.rows:
        await server.gateway._outbox.flushed()
    (row,) = server.rows
    assert isinstance(row, Record)
    assert (row.seq, row.step, row.scores) == (1, None, None)


async def test_a_beacon_with_more_events_than_a_connection_may_send_at_once_is_refused_whole(
    static: Path, http: aiohttp.ClientSession
) -> None:
    async with served(static=static, limits=Limits(events_burst=3)) as server:
        many = body(hello(), frame(page_view(1), page_view(2)), frame(page_view(3), page_view(4)))
        response, _ = await _post(http, server, many, query="")
        assert (response.status, server.gateway.waiting_rows, server.rows) == (429, 0, [])
        few, _ = await _post(http, server, body(hello(), frame(page_view(1), page_view(2), page_view(3))), query="")
        assert few.status == 204


async def test_without_the_log_offers_can_still_go_out_and_nothing_is_acked(
    server: Served, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.net.fallback.REPLY_WAIT_S", 0.05)
    server.log.is_available = False
    response, data = await _post(http, server, body(hello(), frame(page_view(1))))
    assert response.status == 200
    assert [f for f in msgpack.unpackb(data) if f[0] == 1] == []


@pytest.mark.parametrize(
    ("data", "query", "status", "reason"),
    [
        (b"\xc1", "?reply=1", 400, "malformed"),
        (b"", "?reply=1", 400, "malformed"),
        (b"\x90", "?reply=1", 400, "no_hello"),
        (body(frame(page_view(1))), "?reply=1", 400, "no_hello"),
        (body(hello(), hello()), "?reply=1", 400, "second_hello"),
        (b"\x91" * 50_000, "", 400, "malformed"),
        (body(hello(key="pk_nobody")), "?reply=1", 403, "unknown_site"),
        (body(hello(key="pk_nobody")), "", 403, "unknown_site"),
        (bytes(MAX_FRAME_BYTES + 1), "?reply=1", 413, "too_big"),
        (bytes(MAX_BEACON_BYTES + 1), "", 413, "too_big"),
    ],
)
async def test_a_bad_body_is_one_counted_sentence(
    server: Served, http: aiohttp.ClientSession, data: bytes, query: str, status: int, reason: str
) -> None:
    before = refused(reason)
    response, answer = await _post(http, server, data, query=query)
    assert response.status == status
    assert response.headers["Content-Type"].startswith("application/problem+json")
    assert reason.encode() in answer
    assert b"Traceback" not in answer
    assert refused(reason) == before + 1
    assert server.rows == []
    good, _ = await _post(http, server, body(hello(), frame(page_view(1))))
    assert good.status == 200


async def test_a_body_that_hides_its_size_is_cut_off_at_the_limit(server: Served, http: aiohttp.ClientSession) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield bytes(1024)

    response, _ = await _post(http, server, drip())
    assert response.status == 413


@pytest.mark.parametrize("query", ["", "?reply=1"])
async def test_a_foreign_page_gets_nothing_in_and_may_not_read_why(
    server: Served, http: aiohttp.ClientSession, query: str
) -> None:
    response, _ = await _post(
        http, server, body(hello(), frame(page_view(1))), query=query, origin="https://evil.example"
    )
    assert response.status == 403
    assert "Access-Control-Allow-Origin" not in response.headers
    assert server.rows == []


async def test_posts_beyond_the_pace_are_told_when_to_come_again_and_other_addresses_are_not(
    static: Path, http: aiohttp.ClientSession
) -> None:
    async def statuses(address: str, count: int) -> list[tuple[int, str | None]]:
        found: list[tuple[int, str | None]] = []
        for _ in range(count):
            # What stands before the last entry is the client's own claim.
            headers = {**FROM_SHOP, "X-Forwarded-For": f"192.0.2.{len(found)}, {address}"}
            async with http.post(f"{server.url}/_fc/v1/events", data=body(hello()), headers=headers) as response:
                found.append((response.status, response.headers.get("Retry-After")))
        return found

    async with served(static=static, frames_per_s=1, trust_proxy=True) as server:
        assert await statuses("198.51.100.1", 5) == [(204, None)] * 4 + [(429, "5")]
        assert await statuses("198.51.100.2", 1) == [(204, None)]


async def test_a_body_that_never_ends_is_given_up(
    server: Served, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.net.fallback.BODY_TIMEOUT_S", 0.05)
    was_given_up = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"\x92"
        await was_given_up.wait()

    async def post() -> int:
        response, _ = await _post(http, server, stuck())
        was_given_up.set()
        return response.status

    assert await asyncio.wait_for(post(), 5) == 408


async def test_before_any_site_is_known_the_answer_is_later_and_not_never(
    static: Path, http: aiohttp.ClientSession
) -> None:
    async with served(static=static, sites=Sites()) as server:
        response, _ = await _post(http, server, body(hello()))
        assert (response.status, response.headers["Retry-After"]) == (503, "5")
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN, "a page that cannot read it gives up"
        with pytest.raises(InvalidStatus) as caught:
            async with server.connect():
                raise AssertionError("it was let in")
        assert caught.value.response.status_code == 503


async def test_a_preflight_is_granted_to_listed_pages_only(server: Served, http: aiohttp.ClientSession) -> None:
    granted = {}
    for origin in (ORIGIN, "https://evil.example"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        async with http.options(f"{server.url}/_fc/v1/events", headers=asked) as response:
            granted[origin] = response.headers.get("Access-Control-Allow-Origin")
    assert granted == {ORIGIN: ORIGIN, "https://evil.example": None}


async def test_an_unreadable_event_in_a_beacon_is_counted_and_the_rest_is_kept(
    server: Served, http: aiohttp.ClientSession
) -> None:
    before = sample("fifthclick_events_rejected_total", reason="unknown_type")
    unknown = msgpack.packb([99, 2, 1])
    response, _ = await _post(http, server, body(hello(), frame(page_view(1), unknown, page_view(3))), query="")
    assert response.status == 204
    assert sample("fifthclick_events_rejected_total", reason="unknown_type") == before + 1
    await server.gateway._outbox.flushed()
    assert sorted(row.seq for row in server.rows) == [1, 2, 3]
    assert {row.site_id for row in server.rows} == {SITE_ID}
