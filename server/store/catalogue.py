"""The products of each shop in Postgres: what a feed or pages tell, and what the shop's own events say where nobody does."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, Literal, NamedTuple

import asyncpg
from msgspec import Struct

from core import events as ev
from core.privacy import REDACTED
from core.wire import decode_event
from server.store.named import load

CatalogueSource = Literal["events", "feed", "page"]

AGREEING_LOOKS = 3
"""A price or an address is taken from events when this many of the last five visits agree: none can plant it alone."""

_AT_ONCE = 1_000
_SQL = load("catalogue.sql")
_EVER = datetime(1, 1, 1, tzinfo=UTC)


class CatalogueRow(Struct, frozen=True, kw_only=True):
    """A product as it is stored. None: not known. Units: money in minor units of `currency`."""

    item_id: str
    title: str | None = None
    category: str | None = None
    url: str | None = None
    image_url: str | None = None
    price_minor: int | None = None
    margin_minor: int | None = None
    currency: str | None = None
    is_in_stock: bool = True


class Stored(NamedTuple):
    """A row with who told it and when."""

    product: CatalogueRow
    source: CatalogueSource
    seen_at: datetime


async def save_products(
    connection: asyncpg.Connection, site_id: str, products: Iterable[CatalogueRow], source: CatalogueSource
) -> int:
    """Store these, each id once (its last row counts); how many. A field that is None keeps what was known of it."""
    unique = list({product.item_id: product for product in products}.values())
    for start in range(0, len(unique), _AT_ONCE):
        part = unique[start : start + _AT_ONCE]
        columns = [[getattr(product, name) for product in part] for name in CatalogueRow.__struct_fields__]
        await connection.execute(_SQL["save_products"], site_id, *columns, source)
    return len(unique)


async def mark_unnamed_as_sold_out(connection: asyncpg.Connection, site_id: str, named: Iterable[str]) -> int:
    """Every product that is not named cannot be bought any more; how many of them could until now."""
    status: str = await connection.execute(_SQL["mark_unnamed_as_sold_out"], site_id, list(named))
    return int(status.split()[-1])


async def products_of(connection: asyncpg.Connection, site_id: str, since: datetime = _EVER) -> list[Stored]:
    """The site's catalogue by id: all that the merchant told, and what events have told since then."""
    rows = await connection.fetch(_SQL["products"], site_id, since)
    names = CatalogueRow.__struct_fields__
    return [Stored(CatalogueRow(**{n: row[n] for n in names}), row["source"], row["seen_at"]) for row in rows]


async def ask_for_assortment(connection: asyncpg.Connection, site_id: str) -> None:
    """Let the next count take up a catalogue that has changed, instead of the one a quarter of an hour later."""
    await connection.execute(_SQL["ask_for_assortment"], site_id)


async def learn_from_events(
    connection: asyncpg.Connection,
    site_id: str,
    traffic: Sequence[str],
    *,
    origin: str,
    window_start: date,
    since: datetime,
) -> int:
    """Take products from events: id, category, price, and the page as an address of `origin`. Looked at are those that
    visits opened since `since`, and those that the catalogue does not know yet; how many."""
    rows = await connection.fetch(_SQL["looks_at_items"], site_id, list(traffic), window_start, since)
    products = await asyncio.to_thread(_products, rows, origin)  # beside the loop, which answers shoppers
    count = await save_products(connection, site_id, products, "events")
    await connection.execute(_SQL["forget_shared_pages"], site_id)
    return count


def _products(rows: Sequence[Any], origin: str) -> list[CatalogueRow]:
    return [
        product
        for item_id, looks in groupby(rows, key=lambda row: row["item_id"])
        if (product := _product(item_id, list(looks), origin)) is not None
    ]


def _product(item_id: str, looks: Sequence[Any], origin: str) -> CatalogueRow | None:
    if REDACTED in item_id:
        return None
    events = [decode_event(row["payload"]) for row in looks]
    views = [event for event in events if isinstance(event, ev.ViewItem) and event.items]
    prices = [(v.items[0].price_minor, v.currency) for v in views if v.items[0].price_minor is not None and v.currency]
    price, currency = _agreed(prices) or (None, None)
    paths = [
        row["path"] for row in looks if row["path"] and row["path"].startswith("/") and REDACTED not in row["path"]
    ]
    path = _agreed(paths)
    return CatalogueRow(
        item_id=item_id,
        category=_agreed([v.items[0].category for v in views if v.items[0].category]),
        url=f"{origin}{path}" if path is not None and not path.startswith("//") else None,
        price_minor=price,
        currency=currency,
    )


def _agreed(told: Sequence[Any]) -> Any:
    """What most say, if enough do; None otherwise."""
    [(value, count)] = Counter(told).most_common(1) or [(None, 0)]
    return value if count >= AGREEING_LOOKS else None
