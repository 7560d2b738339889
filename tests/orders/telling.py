"""A shop whose own server tells of orders: a real endpoint over a real Postgres, and bodies as each platform sends them."""

import base64
import hmac
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from standardwebhooks.webhooks import Webhook

from server.embedded.system import free_port
from server.live.gateway import Gateway, Scorers
from server.log.memory import MemoryLog
from server.net.routes import NetServer
from server.orders.ledger import OrderLedger
from server.orders.secrets import SecretSealer, make_key, set_webhook_secret
from server.orders.signatures import Kind
from server.settings import Settings
from tests.store.visits import NOON, session_of
from tests.support.builders import KEY, make_sealer, make_sites
from tests.support.scorer import HashScorer

SEALER = SecretSealer({1: b"1" * 32}, 1)
SHOPIFY_SECRET = "shpss_0123456789abcdef"
PLACED = NOON.isoformat()


class Teller:
    """The shop's server. Its secrets are made at the first use."""

    def __init__(self, url: str, database_url: str, connection: asyncpg.Connection) -> None:
        self.url = url
        self.database_url = database_url
        self.connection = connection
        self._secrets: dict[Kind, str] = {}

    async def secret(self, kind: Kind, *, is_new: bool = False, is_at_once: bool = False) -> str:
        if is_new or kind not in self._secrets:
            if kind == "api":
                self._secrets[kind] = await make_key(self.connection, "shop", is_at_once=is_at_once)
            else:
                given = SHOPIFY_SECRET if kind == "shopify" else ""
                self._secrets[kind] = await set_webhook_secret(
                    self.connection, SEALER, "shop", kind, given, is_at_once=is_at_once
                )
        return self._secrets[kind]

    async def tell(self, kind: Kind, content: object, **query: str) -> tuple[int, dict[str, Any]]:
        """Status and answer to one body, proven as this kind is."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        status, _, answer = await self.post(body, proof(kind, await self.secret(kind), body), **query)
        return status, answer

    async def post(
        self, body: bytes, headers: Mapping[str, str], **query: str
    ) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        """Status, headers and answer to a body with these headers."""
        asked = {"site": KEY, **query}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.url, data=io.BytesIO(body), headers=dict(headers), params=asked) as answer,
        ):
            return answer.status, answer.headers, await answer.json(content_type=None)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.connection.fetch(query)]


def proof(kind: Kind, secret: str, body: bytes, *, at: datetime | None = None) -> dict[str, str]:
    """The headers by which this secret's owner proves itself."""
    if kind == "api":
        return {"Authorization": f"Bearer {secret}"}
    if kind == "standard":
        now = at or datetime.now(UTC)
        signature = Webhook(secret).sign("msg_1", now, body.decode())
        return {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    name = "X-Shopify-Hmac-Sha256" if kind == "shopify" else "X-WC-Webhook-Signature"
    return {name: base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()}


@asynccontextmanager
async def telling(url: str, connection: asyncpg.Connection, static: Path) -> AsyncIterator[Teller]:
    """The endpoint over the database at `url`, in which the site is already."""
    sites = make_sites()
    gateway = Gateway(sites=sites, scorers=Scorers(HashScorer()), log=MemoryLog(), sealer=make_sealer())
    settings = Settings(port=free_port())
    ledger = OrderLedger(url, SEALER)
    net = NetServer(settings, gateway=gateway, sites=sites, problems=list, static=static, orders=ledger)
    await net.start()
    try:
        yield Teller(f"http://127.0.0.1:{settings.port}/_fc/v1/orders", url, connection)
    finally:
        await net.stop()
        await ledger.close()
        gateway.abort()


def our_order(order_id: str = "A-1", **fields: object) -> dict[str, object]:
    """An order in our own form, of 42.00 EUR."""
    return {
        "order_id": order_id,
        "placed_at": PLACED,
        "currency": "EUR",
        "value_minor": 4_200,
        "item_count": 1,
        **fields,
    }


def shopify_order(number: int = 1, **fields: object) -> dict[str, object]:
    """As `orders/create` sends it, with what a shop knows of a person beside what we may know."""
    return {
        "id": 5_000_000 + number, "order_number": 1_000 + number, "name": f"#{1_000 + number}", "created_at": PLACED,
        "updated_at": PLACED, "cancelled_at": None, "test": False, "currency": "EUR", "total_price": "42.00",
        "total_tax": "7.00", "total_shipping_price_set": {"shop_money": {"amount": "4.90", "currency_code": "EUR"}},
        "discount_codes": [{"code": "SHIP", "amount": "4.90", "type": "shipping"}],
        "line_items": [{"id": 1, "quantity": 2, "title": "A lamp"}, {"id": 2, "quantity": 1, "title": "A bulb"}],
        "note_attributes": [{"name": "gift", "value": {"to": "somebody"}}], "refunds": [], **fields,
    }  # fmt: skip


def woocommerce_order(number: int = 1, **fields: object) -> dict[str, object]:
    """As `order.created` sends it."""
    return {
        "id": 700 + number, "number": f"W-{number}", "status": "processing", "currency": "EUR",
        "date_created_gmt": f"{NOON:%Y-%m-%dT%H:%M:%S}", "date_modified_gmt": f"{NOON:%Y-%m-%dT%H:%M:%S}",
        "total": "42.00", "total_tax": "7.00", "shipping_total": "4.90", "coupon_lines": [{"id": 3, "code": "ship"}],
        "line_items": [{"id": 1, "quantity": 3}], "meta_data": [{"id": 9, "key": "note", "value": ["x"]}],
        "refunds": [], **fields,
    }  # fmt: skip


def session_text(number: int) -> str:
    """The visit's id as `fifthclick('on', 'session', fn)` gives it."""
    return session_of(number).hex()
