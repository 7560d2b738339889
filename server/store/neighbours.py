"""Which products go together, counted in Postgres: pairs grow with the square of a visit, and its memory is bounded.

One temporary table holds (visit, product), whatever a visit is: one page visit for "looked at", one order for "bought".
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from core.recommend import NEIGHBOURS_MOST
from server.store.named import load

PRODUCTS_MOST_IN_A_VISIT = 50
"""Who looks at more compares prices for a living; the pairs of one such visit would outweigh a hundred others."""

SUPPORT_LEAST = 1
"""A pair that was seen once is let in, for the shrinkage leaves it a sixth of its cosine: on sparse data it is better than
nothing, and where there is more it is outweighed (`bench recommend`)."""

SHRINKAGE = 5.0
"""Pairs seen five times count half of what their cosine says."""

_SQL = load("catalogue.sql")

Neighbours = Mapping[str, Sequence[tuple[str, float]]]


class Together(NamedTuple):
    """In how many visits each product was, and its neighbours with their scores in 0..1, nearest first."""

    visit_counts: Mapping[str, int]
    neighbours: Neighbours


async def looked_at_together(
    connection: asyncpg.Connection, site_id: str, traffic: Sequence[str], since: date
) -> Together:
    """Products looked at in the same visit, over the visits of people since that day."""
    async with connection.transaction():
        await connection.execute(_SQL["make_together"])
        most = PRODUCTS_MOST_IN_A_VISIT
        await connection.execute(_SQL["looked_at_together"], site_id, list(traffic), since, most)
        return await _counted(connection)


async def together(connection: asyncpg.Connection, groups: Iterable[Sequence[str]]) -> Together:
    """Products of the same group: an order's, or a visit's that was read from a file. Longer groups are left out."""
    async with connection.transaction():
        await connection.execute(_SQL["make_together"])
        rows = (
            (number, item_id)
            for number, group in enumerate(groups)
            if len(group) <= PRODUCTS_MOST_IN_A_VISIT
            for item_id in dict.fromkeys(group)
        )
        await connection.copy_records_to_table("together", records=rows, columns=("visit", "item_id"))
        return await _counted(connection)


async def _counted(connection: asyncpg.Connection) -> Together:
    await connection.execute("ANALYZE together")
    counts = {row["item_id"]: row["visit_count"] async for row in connection.cursor(_SQL["item_counts"], prefetch=500)}
    arguments = (SUPPORT_LEAST, SHRINKAGE, NEIGHBOURS_MOST)
    found: dict[str, list[tuple[str, float]]] = {}
    async for row in connection.cursor(_SQL["neighbours"], *arguments, prefetch=200):
        found[row["item_id"]] = list(zip(row["other_ids"], row["scores"], strict=True))
    return Together(counts, found)
