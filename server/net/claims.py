"""`POST /_fc/v1/claims`: the shopper takes an offer. As text/plain, so that no preflight is needed; JSON or msgpack."""

from collections.abc import Callable
from typing import Protocol

import msgspec
from aiohttp import web
from msgspec import Struct

from core.errors import Malformed, NotAllowed, PeerError
from server.live.sites import Site, Sites
from server.metrics import CLAIMS
from server.net.fallback import read_body
from server.net.limits import RequestRate, client_address
from server.net.origins import cors_headers, preflight
from server.net.problems import problem, refuse
from server.offers.claims import Claimed
from server.offers.ticket import MOST_CHARACTERS, Ticket, TicketRefused, TicketSealer
from server.store.pool import StoreUnavailable

MAX_BYTES = 4096
_STATUS = {"deadline_passed": 410, "withheld": 410, "no_codes": 409}


class Claiming(Protocol):
    """Where claims are kept (`server.offers.claims.Claims`)."""

    async def claim(self, site_id: str, session_id: bytes, ticket: Ticket, *, now_ms: int) -> Claimed | str: ...


class ClaimRequest(Struct, frozen=True, kw_only=True):
    """`session`: 32 hexadecimal characters. `claim`: the ticket as the offer brought it."""

    site: str
    session: str
    claim: str


class ClaimAnswer(Struct, frozen=True, kw_only=True):
    """`code` null: there is nothing to type in. `ends_in_ms`: left by the server's clock, null without a deadline."""

    code: str | None
    ends_in_ms: int | None
    is_sample: bool


class ClaimsEndpoint:
    """Answers with the claim, or with a problem document whose reason the page understands."""

    def __init__(
        self,
        claims: Claiming,
        sealer: TicketSealer,
        sites: Sites,
        rate: RequestRate,
        *,
        trusts_proxy: bool,
        now_ms: Callable[[], int],
    ) -> None:
        self._claims = claims
        self._sealer = sealer
        self._sites = sites
        self._rate = rate
        self._trusts_proxy = trusts_proxy
        self._now_ms = now_ms

    async def options(self, request: web.Request) -> web.Response:
        return preflight(self._sites, request)

    async def handle(self, request: web.Request) -> web.Response:
        origin = request.headers.get("Origin")
        cors = {**cors_headers(self._sites, origin), "Cache-Control": "no-store"}
        if not self._rate.takes(client_address(request, trusts_proxy=self._trusts_proxy)):
            return refuse(429, "too_fast", headers=cors)
        try:
            data = await read_body(request, MAX_BYTES)
            asked = _read(data)
            site = self._site(asked, origin)
            return await self._answered(asked, site, cors, is_json=data[:1] == b"{")
        except PeerError as error:
            return refuse(error.http_status, error.reason, headers=cors)
        except TimeoutError:
            return refuse(408, "too_slow", headers=cors)

    def _site(self, asked: ClaimRequest, origin: str | None) -> Site:
        site = self._sites.by_key(asked.site)
        if site is None:
            raise NotAllowed("unknown_site")
        if origin is not None and origin not in site.origins:
            raise NotAllowed("origin_not_listed")
        return site

    async def _answered(self, asked: ClaimRequest, site: Site, cors: dict[str, str], *, is_json: bool) -> web.Response:
        session_id, now_ms = _session_id(asked.session), self._now_ms()

        def no(status: int, reason: str) -> web.Response:
            CLAIMS.labels(site.site_id, reason).inc()
            return problem(status, reason, headers=cors)

        try:
            ticket = self._sealer.open(asked.claim, site_id=site.site_id, session_id=session_id)
            answer = await self._claims.claim(site.site_id, session_id, ticket, now_ms=now_ms)
        except TicketRefused:
            return no(403, "forged_claim")
        except StoreUnavailable:
            return no(503, "store_down")
        if isinstance(answer, str):
            return no(_STATUS[answer], answer)
        CLAIMS.labels(site.site_id, "claimed" if answer.is_new else "repeated").inc()
        left_ms = None if answer.ends_ms is None else max(0, answer.ends_ms - now_ms)
        told = ClaimAnswer(code=answer.code, ends_in_ms=left_ms, is_sample=answer.is_sample)
        encode, kind = (msgspec.json.encode, "json") if is_json else (msgspec.msgpack.encode, "msgpack")
        return web.Response(body=encode(told), content_type=f"application/{kind}", headers=cors)


def _read(data: bytes) -> ClaimRequest:
    try:
        decode = msgspec.json.decode if data[:1] == b"{" else msgspec.msgpack.decode
        asked = decode(data, type=ClaimRequest)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Malformed from None
    if len(asked.claim) > MOST_CHARACTERS:
        raise Malformed
    return asked


def _session_id(given: str) -> bytes:
    try:
        session_id = bytes.fromhex(given)
    except ValueError:
        raise Malformed from None
    if len(session_id) != 16:
        raise Malformed
    return session_id
