"""Which products were in which orders: what "N bought" and "bought together" are counted from.

An order counts once, by its id. Orders do not count that were refunded, even in part; that came with a preview; or that a
machine may have sent: pages faster than a person opens them, no page at all, or more than three orders in one visit.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from core import events as ev
from core.privacy import REDACTED
from core.wire import decode_event
from server.store.named import load

ORDERS_MOST_IN_A_VISIT = 3
"""A person places one, sometimes two."""

_AT_ONCE = 500
_SQL = load("catalogue.sql")

_Key = tuple[str, str, str, Any, bytes, int]


class Sold(NamedTuple):
    """One order: when it was placed, in seconds since 1970, and which products were in it, each once."""

    at_s: int
    item_ids: tuple[str, ...]
    session_id: UUID


class Ledger:
    """Reads each order's event once: an order is asked for again every minute for weeks. Holds one small row per order."""

    def __init__(self) -> None:
        self._known: dict[_Key, Sold] = {}

    async def orders(
        self, connection: asyncpg.Connection, site_id: str, traffic: Sequence[str], since: datetime
    ) -> list[Sold]:
        """The site's orders since then that count, oldest first. `traffic`: which kinds of visits do."""
        rows = await connection.fetch(_SQL["counted_orders"], site_id, list(traffic), since)
        # A large shop's take some 100 ms: beside the loop, which answers shoppers where settle runs with a gateway.
        keys, new = await asyncio.to_thread(self._keyed, site_id, rows)
        for start in range(0, len(new), _AT_ONCE):
            await self._read(connection, site_id, new[start : start + _AT_ONCE], keys)
        return await asyncio.to_thread(self._counting, keys)

    def forget(self, before: datetime) -> None:
        """Let go of orders from before then."""
        day = (before - timedelta(days=2)).date()
        self._known = {key: sold for key, sold in self._known.items() if key[3] >= day}

    def _keyed(self, site_id: str, rows: Sequence[Any]) -> tuple[dict[_Key, UUID], list[_Key]]:
        """The visit of each order, and the orders that are not known yet."""
        keys = {_key(site_id, row): row["session_id"] for row in rows}
        return keys, [key for key in keys if key not in self._known]

    def _counting(self, keys: dict[_Key, UUID]) -> list[Sold]:
        per_visit = Counter(keys.values())
        sold = [self._known[key] for key in keys if key in self._known]
        return [one for one in sold if per_visit[one.session_id] <= ORDERS_MOST_IN_A_VISIT]

    async def _read(
        self, connection: asyncpg.Connection, site_id: str, keys: Sequence[_Key], sessions: dict[_Key, UUID]
    ) -> None:
        places = [[key[i] for key in keys] for i in (3, 4, 5)]
        rows = await connection.fetch(_SQL["order_events"], site_id, *places)
        found = {(row["stream_day"], row["stream_id"], row["seq"]): row for row in rows}
        for key in keys:
            row = found.get(key[3:])
            sold = _sold(row, sessions[key]) if row is not None and not row["is_machine"] else None
            if sold is not None:
                # What does not count is read again: its visit's pages may be stored after its order.
                self._known[key] = sold


def _key(site_id: str, row: Any) -> _Key:
    return site_id, row["traffic"], row["order_id"], row["stream_day"], bytes(row["stream_id"]), row["seq"]


def _sold(row: Any, session_id: UUID) -> Sold | None:
    event = decode_event(row["payload"])
    if not isinstance(event, ev.Purchase):
        return None
    names = dict.fromkeys(item.item_id for item in event.items if item.item_id and REDACTED not in item.item_id)
    return Sold(int(row["bought_at"].timestamp()), tuple(names), session_id)
