"""Keeps what a shop's server tells of its orders, straight in Postgres and in one transaction with what follows from it.

Not by way of the log: who tells is a server that waits for an answer and tells again. While Postgres is away it is told so
(503), which is true; a yes would promise that the order counts, and proof of who tells needs the store in any case. Told twice,
or late, or in another order, it is the same row: the shop's own time of change decides.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import asyncpg

from server.orders.notice import Notice
from server.orders.secrets import SQL, SecretSealer, hash_of
from server.orders.signatures import Kind, is_signed
from server.store.few import FewConnections
from server.store.pool import StoreUnavailable

Proof = Literal["proven", "no_secret", "bad_signature"]

_TRIES = 3
_PAUSE_S = 0.05


class OrderLedger:
    """Over a few connections of its own."""

    def __init__(self, url: str, sealer: SecretSealer) -> None:
        self._store = FewConnections(url, "orders")
        self._sealer = sealer

    async def site_of_key(self, key: str) -> str | None:
        """The site whose secret key this is; None for any other text. Raises `StoreUnavailable`."""

        async def work(connection: Any) -> str | None:
            found: str | None = await connection.fetchval(SQL["site_of_key"], hash_of(key))
            return found

        return await self._store.run(work)

    async def prove(self, site_id: str, kind: Kind, headers: Mapping[str, str], body: bytes) -> Proof:
        """Whether one of the site's secrets has signed this body. Raises `StoreUnavailable`."""

        async def work(connection: Any) -> list[str]:
            rows = await connection.fetch(SQL["sealed_secrets"], site_id, kind)
            opened = (self._sealer.open(row["sealed"], site_id=site_id, kind=kind) for row in rows)
            return [secret for secret in opened if secret is not None]

        known = await self._store.run(work)
        if not known:
            return "no_secret"
        return "proven" if any(is_signed(kind, secret, headers, body) for secret in known) else "bad_signature"

    async def keep(self, site_id: str, kind: Kind, notice: Notice, now: datetime) -> bool:
        """Whether anything of it is new. Raises `StoreUnavailable`."""

        async def work(connection: Any) -> bool:
            return await _keep(connection, site_id, kind, notice, now)

        for left in reversed(range(_TRIES)):
            try:
                return await self._store.run(work)
            except StoreUnavailable as error:
                # A writer holds one of the same visit's orders and waits for another: one of the two has to begin anew.
                if not left or not isinstance(error.__context__, asyncpg.DeadlockDetectedError):
                    raise
                await asyncio.sleep(_PAUSE_S)
        raise AssertionError("unreachable")

    async def close(self) -> None:
        await self._store.close()


async def _keep(connection: Any, site_id: str, kind: Kind, notice: Notice, now: datetime) -> bool:
    await _lock(connection, site_id, [notice.order_id])
    is_new = False
    if notice.order is not None:
        told = notice.order
        money = (told.value_minor, told.shipping_minor, told.tax_minor, told.goods_cost_minor, told.currency)
        is_new = await connection.fetchval(
            SQL["store_server_order"], site_id, notice.order_id, kind, told.session_id, told.placed_at, told.changed_at,
            told.cancelled_at, *money, list(told.coupons), told.item_count, now,
        )  # fmt: skip
    for refund in notice.refunds:
        row = (refund.refund_id, refund.refunded_minor, refund.currency, refund.refunded_at or now, now)
        if await connection.fetchval(SQL["store_server_refund"], site_id, notice.order_id, *row):
            is_new = True
    if not is_new:
        return False
    sessions = [row["session_id"] for row in await connection.fetch(SQL["sessions_of_order"], site_id, notice.order_id)]
    tracked = [row["order_id"] for row in await connection.fetch(SQL["orders_tracked_in"], site_id, sessions)]
    order_ids = sorted({notice.order_id, *tracked})
    await _lock(connection, site_id, order_ids)
    names = [site_id] * len(order_ids), order_ids
    await connection.execute(SQL["refresh_orders"], *names)
    await connection.execute(SQL["unsettle_sessions_of_orders"], *names)
    return True


async def _lock(connection: Any, site_id: str, order_ids: list[str]) -> None:
    await connection.execute(SQL["lock_names"], [f"p|{site_id}|{order_id}" for order_id in order_ids])
