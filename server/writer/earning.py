"""What each order of the visits to settle earned: what is stored of orders, products and claims, as `core.earned` takes it.

As of the moment of settling: a price or a margin that the catalogue learns later counts from the visit's next settling on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg

from core import events as ev
from core.earned import Bought, Given, Goods, earned_minor
from core.fields import Item
from core.rules import Money
from core.wire import decode_event
from server.store.named import load

_SQL = load("earning.sql")

OrderKey = tuple[str, str, str]
"""(site, traffic, order id)."""
_GoodsKey = tuple[str, str | None, str]


class Earning(NamedTuple):
    """`goods` by (site, currency, item id); `given` by order; `money` of the rules that decided, None where nobody knows them."""

    goods: Mapping[_GoodsKey, Goods]
    given: Mapping[OrderKey, Given]
    money: Money | None = None

    def of(self, order: Mapping[str, Any], event: ev.Purchase | None) -> int | None:
        """The margin of a row of marts.orders, whose purchase event is `event`; None where nobody can say."""
        if self.money is None:
            return None
        is_told_by_shop = order["source"] == "server"
        if not is_told_by_shop and event is not None and event.value_minor is None:
            # Nobody says what was paid: its revenue counts for nothing, and so do its goods.
            return 0
        site_id, currency = order["site_id"], order["currency"]
        items = event.items if event is not None else ()
        bought = Bought(
            value_minor=order["value_minor"],
            kept_minor=order["outcome_minor"],
            shipping_minor=order["shipping_minor"],
            tax_minor=order["tax_minor"],
            goods_cost_minor=order["goods_cost_minor"],
            is_told_by_shop=is_told_by_shop,
            is_cancelled=order["cancelled_at"] is not None and order["outcome_minor"] == 0,
            items=items,
        )
        known = {i.item_id: g for i in items if (g := self.goods.get((site_id, currency, i.item_id))) is not None}
        given = self.given.get((site_id, order["traffic"], order["order_id"]), Given())
        return earned_minor(bought, known, given, self.money)


NOTHING_KNOWN = Earning({}, {})


async def read_earning(connection: asyncpg.Connection, events: Sequence[Any], orders: Sequence[Any]) -> Earning:
    """What these orders (rows of marts.orders) need, beside the events of their visits."""
    if not orders:
        return NOTHING_KNOWN
    items = {(row["site_id"], item.item_id) for row in events if row["order_id"] for item in _items(row["payload"])}
    goods = await connection.fetch(_SQL["goods"], *_columns(sorted(items), 2))
    keys = sorted({(row["site_id"], row["traffic"], row["order_id"]) for row in orders})
    found: dict[OrderKey, list[int]] = defaultdict(lambda: [0, 0])
    for row in await connection.fetch(_SQL["given"], *_columns(keys, 3)):
        found[row["site_id"], row["traffic"], row["order_id"]][row["is_shipping"]] += row["amount_minor"]
    return Earning(
        {(r["site_id"], r["currency"], r["item_id"]): Goods(r["price_minor"], r["margin_minor"]) for r in goods},
        {key: Given(*amounts) for key, amounts in found.items()},
    )


def _items(payload: bytes) -> tuple[Item, ...]:
    event = decode_event(payload)
    return event.items if isinstance(event, ev.Purchase) else ()


def _columns(rows: Sequence[tuple[str, ...]], width: int) -> list[list[str]]:
    return [[row[i] for row in rows] for i in range(width)]
