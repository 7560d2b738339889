"""`POST /_fc/v1/claims` over HTTP: who may claim what, in which words it is refused, and that a page can read it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgpack
import msgspec
import pytest

from server.embedded.system import free_port
from server.live.gateway import Gateway, Scorers, SystemClock
from server.log.memory import MemoryLog
from server.net.routes import NetServer
from server.offers.claims import Claimed
from server.offers.ticket import Ticket
from server.settings import Settings
from server.store.pool import StoreUnavailable
from tests.offers.claiming import make_ticket_sealer, ticket
from tests.server.serving import browser
from tests.support.builders import KEY, ORIGIN, SESSION_ID, SITE_ID, make_sealer, make_sites
from tests.support.scorer import HashScorer

SEALER = make_ticket_sealer()
MINE = SEALER.seal(ticket(1), site_id=SITE_ID, session_id=SESSION_ID)


class Desk:
    """Answers each claim as it is told, and remembers what reached it."""

    def __init__(self, answer: Claimed | str | None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, bytes, Ticket]] = []

    async def claim(self, site_id: str, session_id: bytes, ticket: Ticket, *, now_ms: int) -> Claimed | str:
        self.asked.append((site_id, session_id, ticket))
        if self.answer is None:
            raise StoreUnavailable("away. Next: wait.")
        return self.answer


@asynccontextmanager
async def claiming(desk: Desk, static: Path, *, frames_per_s: int = 50) -> AsyncIterator[str]:
    sites = make_sites()
    gateway = Gateway(sites=sites, scorers=Scorers(HashScorer()), log=MemoryLog(), sealer=make_sealer())
    settings = Settings(port=free_port(), frames_per_s=frames_per_s, trust_proxy=True)
    net = NetServer(settings, gateway=gateway, sites=sites, problems=list, static=static, claims=(desk, SEALER))
    await net.start()
    try:
        yield f"http://127.0.0.1:{settings.port}/_fc/v1/claims"
    finally:
        await net.stop()
        gateway.abort()


async def posted(url: str, body: bytes, **headers: str) -> tuple[int, Any, Any]:
    """Status, headers and body of one claim."""
    sent = {"Origin": ORIGIN, "Content-Type": "text/plain;charset=UTF-8", **headers}
    async with browser() as http, http.post(url, data=body, headers=sent) as response:
        data = await response.read()
        is_json = "json" in response.headers["Content-Type"]
        return response.status, response.headers, msgspec.json.decode(data) if is_json else msgpack.unpackb(data)


def asking(claim: str = MINE, *, site: str = KEY, session: str = SESSION_ID.hex()) -> bytes:
    return msgspec.json.encode({"site": site, "session": session, "claim": claim})


async def test_a_claim_is_answered_so_that_the_page_can_read_it(static: Path) -> None:
    ends_ms = SystemClock().now_ms() + 60_000
    desk = Desk(Claimed("SPRING-1", ends_ms, is_sample=False, is_new=True))
    async with claiming(desk, static) as url:
        status, headers, answer = await posted(url, asking())
        in_msgpack = await posted(url, msgpack.packb({"site": KEY, "session": SESSION_ID.hex(), "claim": MINE}))
    assert (status, headers["Access-Control-Allow-Origin"], headers["Cache-Control"]) == (200, ORIGIN, "no-store")
    assert answer["code"] == "SPRING-1"
    assert 0 < answer["ends_in_ms"] <= 60_000
    assert answer["is_sample"] is False
    assert in_msgpack[2]["code"] == "SPRING-1"
    assert desk.asked == [(SITE_ID, SESSION_ID, ticket(1))] * 2


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        ("deadline_passed", 410, "deadline_passed"),
        ("withheld", 410, "withheld"),
        ("no_codes", 409, "no_codes"),
        (None, 503, "store_down"),
    ],
)
async def test_each_refusal_is_a_problem_document_with_its_reason(
    answer: str | None, status: int, reason: str, static: Path
) -> None:
    async with claiming(Desk(answer), static) as url:
        got, headers, body = await posted(url, asking())
    assert (got, body["reason"], headers["Content-Type"].split(";")[0]) == (status, reason, "application/problem+json")
    assert ("Retry-After" in headers) == (status == 503)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (asking(MINE[:-2] + "AA"), 403, "forged_claim"),
        (asking(make_ticket_sealer(2).seal(ticket(1), site_id="other", session_id=SESSION_ID)), 403, "forged_claim"),
        (asking(session=(b"x" * 16).hex()), 403, "forged_claim"),
        (asking("ünsinn"), 403, "forged_claim"),
        (asking(""), 403, "forged_claim"),
        (asking(site="pk_other"), 403, "unknown_site"),
        (asking(session="zz"), 400, "malformed"),
        (asking("A" * 2000), 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"\xc1", 400, "malformed"),
        (b"{" + b" " * 5000, 413, "too_big"),
    ],
)
async def test_what_is_forged_moved_or_no_claim_never_reaches_the_codes(
    body: bytes, status: int, reason: str, static: Path
) -> None:
    desk = Desk(Claimed("SPRING-1", None, is_sample=False, is_new=True))
    async with claiming(desk, static) as url:
        got, _, answer = await posted(url, body)
    assert (got, answer["reason"]) == (status, reason)
    assert desk.asked == []


async def test_a_foreign_page_can_neither_claim_nor_read_and_floods_are_stopped(static: Path) -> None:
    desk = Desk(Claimed("SPRING-1", None, is_sample=False, is_new=True))
    async with claiming(desk, static, frames_per_s=1) as url:
        status, headers, body = await posted(url, asking(), Origin="https://evil.example")
        assert (status, body["reason"]) == (403, "origin_not_listed")
        assert "Access-Control-Allow-Origin" not in headers
        assert desk.asked == []
        many = [await posted(url, asking(), **{"X-Forwarded-For": "203.0.113.9"}) for _ in range(6)]
        async with aiohttp.ClientSession() as http, http.options(url, headers={"Origin": ORIGIN}) as response:
            assert response.headers["Access-Control-Allow-Methods"] == "POST"
    assert [status for status, _, _ in many] == [200] * 4 + [429] * 2


def test_a_session_token_is_no_ticket_and_every_key_opens_what_any_key_sealed() -> None:
    two = make_ticket_sealer(2)
    assert two.open(MINE, site_id=SITE_ID, session_id=SESSION_ID) == ticket(1)
    assert SEALER.seal(ticket(1), site_id=SITE_ID, session_id=SESSION_ID) != MINE, "a nonce of its own each time"
