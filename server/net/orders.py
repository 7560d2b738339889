"""`POST /_fc/v1/orders`: a shop's own server tells of an order, with a secret key or as a signed webhook.

The signature is checked over the raw bytes before anything is read; what is read are the fields of `server.orders` and nothing
else; and no answer, log line or label ever holds anything of the body.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web

from core.errors import NotAllowed, PeerError
from server.live.sites import Sites
from server.metrics import ORDERS
from server.net.fallback import read_body
from server.net.limits import RequestRate, client_address
from server.net.problems import problem
from server.orders import ours, shopify, woocommerce
from server.orders.notice import BadOrder, Notice, checked
from server.orders.signatures import HEADERS, Kind
from server.store.pool import StoreUnavailable

MAX_BYTES = 1_048_576
"""An order of a few hundred lines, with everything that a platform adds to each."""

_RETRY_AFTER_S = 30
_WOOCOMMERCE_PING = re.compile(rb"webhook_id=\d{1,20}")
_PING_BYTES = 64


class Unsigned(PeerError):
    """Nothing proves who sent this: `not_signed`, `bad_signature`, `bad_key`, `no_secret`."""

    http_status = 401


class Keeping(Protocol):
    """Where orders are kept (`server.orders.ledger.OrderLedger`)."""

    async def site_of_key(self, key: str) -> str | None: ...

    async def prove(self, site_id: str, kind: Kind, headers: Mapping[str, str], body: bytes) -> str: ...

    async def keep(self, site_id: str, kind: Kind, notice: Notice, now: datetime) -> bool: ...


class OrdersEndpoint:
    """Answers `stored`, `unchanged` (it was known so) or `ignored` (it is no order); or a problem document."""

    def __init__(self, orders: Keeping, sites: Sites, rate: RequestRate, *, trusts_proxy: bool) -> None:
        self._orders = orders
        self._sites = sites
        self._rate = rate
        self._trusts_proxy = trusts_proxy

    async def handle(self, request: web.Request) -> web.Response:
        if not self._rate.takes(client_address(request, trusts_proxy=self._trusts_proxy)):
            return _no(429, "too_fast")
        kind = _kind_of(request)
        site_id = ""
        try:
            if kind is None:
                return await _unsigned(request)
            site_id, body = await self._proven(request, kind)
            notice = _read(kind, body, by_number=request.query.get("order") == "number")
            del body
            return await self._kept(site_id, kind, notice)
        except BadOrder as error:
            return _no(400, error.reason, site_id, kind, error.field)
        except PeerError as error:
            return _no(error.http_status, error.reason, site_id, kind)
        except StoreUnavailable:
            return _no(503, "orders_wait", site_id, kind)
        except TimeoutError:
            return _no(408, "too_slow", site_id, kind)

    async def _proven(self, request: web.Request, kind: Kind) -> tuple[str, bytes]:
        """The site that sends this, and the body. Raises `Unsigned` and what `read_body` raises."""
        if kind == "api":
            if "Origin" in request.headers:
                raise NotAllowed("secret_in_browser")
            scheme, _, key = request.headers["Authorization"].partition(" ")
            site_id = await self._orders.site_of_key(key.strip()) if scheme.lower() == "bearer" else None
            if site_id is None:
                raise Unsigned("bad_key")
            return site_id, await read_body(request, MAX_BYTES)
        site = self._sites.by_key(request.query.get("site", ""))
        if site is None:
            raise NotAllowed("unknown_site")
        body = await read_body(request, MAX_BYTES)
        proof = await self._orders.prove(site.site_id, kind, request.headers, body)
        if proof != "proven":
            raise Unsigned(proof)
        return site.site_id, body

    async def _kept(self, site_id: str, kind: Kind, notice: Notice | None) -> web.Response:
        if notice is None:
            return _yes(site_id, kind, "ignored")
        now = datetime.now(UTC)
        is_new = await self._orders.keep(site_id, kind, checked(notice, now), now)
        return _yes(site_id, kind, "stored" if is_new else "unchanged")


def _kind_of(request: web.Request) -> Kind | None:
    return next((kind for kind, header in HEADERS.items() if header in request.headers), None)


async def _unsigned(request: web.Request) -> web.Response:
    """WooCommerce tries a new webhook's address without a signature, and says nothing but the webhook's number."""
    is_form = request.content_type == "application/x-www-form-urlencoded"
    if is_form and _WOOCOMMERCE_PING.fullmatch(await read_body(request, _PING_BYTES)):
        return _yes("", "woocommerce", "ignored")
    raise Unsigned("not_signed")


def _read(kind: Kind, body: bytes, *, by_number: bool) -> Notice | None:
    readers: dict[Kind, Callable[[], Notice | None]] = {
        "api": lambda: ours.read(body),
        "standard": lambda: ours.read_webhook(body),
        "shopify": lambda: shopify.read(body, by_number=by_number),
        "woocommerce": lambda: woocommerce.read(body, by_number=by_number),
    }
    return readers[kind]()


def _yes(site_id: str, kind: Kind, status: str) -> web.Response:
    ORDERS.labels(site_id, kind, status).inc()
    return web.Response(text=json.dumps({"status": status}), content_type="application/json")


def _no(status: int, reason: str, site_id: str = "", kind: Kind | None = None, field: str = "") -> web.Response:
    ORDERS.labels(site_id, kind or "", reason).inc()
    return problem(status, reason, retry_after_s=_RETRY_AFTER_S if status == 503 else None, field=field)
