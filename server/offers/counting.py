"""Counts what gateways recommend and say of buyers: one loop for all servers, under an advisory lock, in the settle role.

Every minute when each product was bought. Which products go together: every minute where that is quickly done, at least every
quarter of an hour, and when the catalogue has changed. Live visits count; simulated ones on demo sites alone; previews and
machines never.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import asyncpg
import structlog

from core.recommend import PRODUCTS_MOST, Product, Snapshot, pack_neighbours
from server.store.catalogue import Stored, learn_from_events, products_of
from server.store.named import load
from server.store.neighbours import Together, looked_at_together, together
from server.store.pool import UNREACHABLE, StoreUnavailable, connect_one
from server.store.shelves import Purchases, publish
from server.store.sold import Ledger, Sold

log = structlog.get_logger()

EVERY_S = 60.0
ASSORTMENT_EVERY = timedelta(minutes=15)
BUSY_SHARE = 0.01
"""A small shop's products are counted each minute: as often as this share of the time allows."""

WINDOW = timedelta(days=30)
"""Long enough for pairs to come together, short enough to follow the seasons."""

LONGEST_COUNT = timedelta(hours=168)
"""What `SocialProof.window_hours` may ask for at most."""

BUYERS_LEAST = 5
TIMES_MOST = 2_000
"""Per product. Of one that sells more often, the newest are kept: what is said then is too small, never too large."""

PRODUCTS_COUNTED_MOST = 5_000

_BOUGHT_WEIGHT = 10
"""An order says as much of a product's popularity as so many visits that looked at it."""

_LOCK = 0x0F1F7E
_TIMEOUT_S = 600.0
_SQL = load("catalogue.sql")


class Counting:
    """Counts for the database at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ledger = Ledger()
        self._took: dict[str, timedelta] = {}
        self._failure = ""

    def problems(self) -> list[str]:
        """Why nothing is counted just now, in words; for /readyz."""
        if not self._failure:
            return []
        return [f"products cannot be counted ({self._failure}): recommendations stay, numbers of buyers are not shown."]

    async def run(self, every_s: float = EVERY_S) -> None:
        """Count until cancelled. While Postgres is away, what was counted last stays."""
        while True:
            try:
                await self.count(datetime.now(UTC))
                self._failure = ""
            except (StoreUnavailable, asyncpg.PostgresError, *UNREACHABLE) as error:
                self._failure = type(error).__name__
                log.warning("counting_waits_for_postgres", error=self._failure)
            await asyncio.sleep(every_s)

    async def count(self, now: datetime) -> None:
        """Count every site once, as of `now`. Another process that counts just now is left to do it.

        Raises:
            StoreUnavailable: Postgres does not answer.
        """
        connection = await connect_one(self._url, command_timeout_s=_TIMEOUT_S)
        try:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                return
            for site in await connection.fetch(_SQL["sites_due"]):
                await self._count_site(connection, site, now)
            self._ledger.forget(now - WINDOW)
        finally:
            await connection.close()

    async def _count_site(self, connection: asyncpg.Connection, site: Any, now: datetime) -> None:
        traffic = ("live", "simulated") if site["is_demo"] else ("live",)
        sold = await self._ledger.orders(connection, site["site_id"], traffic, now - LONGEST_COUNT)
        purchases = await asyncio.to_thread(_purchases, sold, now)  # as packing, below
        await publish(connection, site["site_id"], "purchases", purchases, now)
        made_at = site["assortment_made_at"]
        if made_at is not None and made_at > now - self._pause(site["site_id"]):
            return
        began_s = perf_counter()
        sold = await self._ledger.orders(connection, site["site_id"], traffic, now - WINDOW)
        version = await self._make_assortment(connection, site, traffic, sold, now)
        self._took[site["site_id"]] = timedelta(seconds=perf_counter() - began_s)
        log.info("assortment_made", site_id=site["site_id"], version=version)

    def _pause(self, site_id: str) -> timedelta:
        took = self._took.get(site_id)
        return ASSORTMENT_EVERY if took is None else min(took / BUSY_SHARE, ASSORTMENT_EVERY)

    async def _make_assortment(
        self, connection: asyncpg.Connection, site: Any, traffic: Sequence[str], sold: Sequence[Sold], now: datetime
    ) -> str:
        site_id, made_at, window_start = site["site_id"], site["assortment_made_at"], now - WINDOW
        if site["origins"]:
            # What came in late may lie a little before the last time.
            since = max(made_at - timedelta(hours=1), window_start) if made_at is not None else window_start
            await learn_from_events(
                connection, site_id, traffic, origin=site["origins"][0], window_start=window_start.date(), since=since
            )
        looked = await looked_at_together(connection, site_id, traffic, window_start.date())
        bought = await together(connection, [one.item_ids for one in sold])
        stored = await products_of(connection, site_id, window_start)
        # Packing takes some 100 ms for a large shop: beside the loop, which answers shoppers.
        snapshot = await asyncio.to_thread(snapshot_of, stored, looked, bought)
        return await publish(connection, site_id, "assortment", snapshot, now)


def snapshot_of(stored: Sequence[Stored], looked: Together, bought: Together) -> Snapshot:
    """The most popular products, by orders and visits of the window, each with its neighbours."""

    def popularity(row: Stored) -> tuple[int, str]:
        item_id = row.product.item_id
        orders, visits = bought.visit_counts.get(item_id, 0), looked.visit_counts.get(item_id, 0)
        return -(_BOUGHT_WEIGHT * orders + visits), item_id

    kept = [row.product for row in sorted(stored, key=popularity)[:PRODUCTS_MOST]]
    places = {product.item_id: place for place, product in enumerate(kept)}
    return Snapshot(
        tuple(
            Product(
                item_id=product.item_id,
                url=product.url or "",
                title=product.title or "",
                category=product.category or "",
                image_url=product.image_url or "",
                price_minor=product.price_minor,
                currency=product.currency or "",
                margin_minor=product.margin_minor,
                is_in_stock=product.is_in_stock,
                bought_with=_packed(product.item_id, bought, places),
                viewed_with=_packed(product.item_id, looked, places),
            )
            for product in kept
        )
    )


def _packed(item_id: str, found: Together, places: Mapping[str, int]) -> bytes:
    near = found.neighbours.get(item_id, ())
    return pack_neighbours((places[other], score) for other, score in near if other in places)


def _purchases(sold: Sequence[Sold], now: datetime) -> Purchases:
    """When each product was bought in the longest window; those that fewer than five orders hold are not said at all."""
    times: dict[str, list[int]] = {}
    until_s = int(now.timestamp())
    for one in sold:
        if one.at_s <= until_s:
            for item_id in one.item_ids:
                times.setdefault(item_id, []).append(one.at_s)
    often = sorted((i for i, at in times.items() if len(at) >= BUYERS_LEAST), key=lambda i: (-len(times[i]), i))
    return Purchases({item_id: sorted(times[item_id])[-TIMES_MOST:] for item_id in often[:PRODUCTS_COUNTED_MOST]})
