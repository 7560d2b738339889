"""What an order earned, in minor units of its currency: the one figure that lifts, reports and exports tell of money. Pure.

    margin = kept x (goods paid + shipping paid - goods' cost) - what sending cost

It is after what an offer cost: a code has made the goods' price less, and free shipping what was paid for sending, so neither is
taken off once more. What an offer costs beside the price has no claim and is not in it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from core.fields import Item
from core.rules import Money


class Goods(NamedTuple):
    """A product as the catalogue knows it, in the order's currency: its price, and what one piece earns at that price."""

    price_minor: int | None
    margin_minor: int


class Given(NamedTuple):
    """What claims that this order redeemed have made it cheaper by: the goods, and the sending."""

    off_goods_minor: int = 0
    off_shipping_minor: int = 0


class Bought(Struct, frozen=True, kw_only=True):
    """An order. `kept_minor`: `value_minor` less what was refunded in time. `is_told_by_shop`: the value has shipping and tax in
    it; GA4's `value`, which a browser tells, has neither. `goods_cost_minor`: as the shop told it. `is_cancelled`: nothing was
    sent. None where nobody says."""

    value_minor: int
    kept_minor: int
    shipping_minor: int | None = None
    tax_minor: int | None = None
    goods_cost_minor: int | None = None
    is_told_by_shop: bool = False
    is_cancelled: bool = False
    items: tuple[Item, ...] = ()


def earned_minor(order: Bought, goods: Mapping[str, Goods], given: Given, money: Money) -> int:
    """The order's margin, rounded; below zero where it cost more than it brought. `goods` by item id.

    The goods' cost is what the shop told with the order; else that of the lines whose product the catalogue knows, and
    1 - `margin_share` of what all others came to at their full price. What was refunded is taken to have come back, and its goods
    with it; what sending cost stays spent. Where nobody says what the shopper paid for sending, she paid what it cost.
    """
    if order.is_cancelled:
        return 0
    sent = money.shipping_cost_minor
    paid_for_sending = sent - given.off_shipping_minor if order.shipping_minor is None else order.shipping_minor
    beside = max(0, paid_for_sending) + (order.tax_minor or 0) if order.is_told_by_shop else 0
    paid_for_goods = max(0, order.value_minor - beside)
    cost: float
    if order.goods_cost_minor is not None:
        cost = order.goods_cost_minor
    else:
        cost = _goods_cost(order.items, goods, paid_for_goods + given.off_goods_minor, money.margin_share)
    kept = order.kept_minor / order.value_minor if order.value_minor > 0 else 1.0
    return round(kept * (paid_for_goods + paid_for_sending - cost) - sent)


def _goods_cost(items: Sequence[Item], goods: Mapping[str, Goods], full_minor: int, margin_share: float) -> float:
    """`full_minor`: what the goods came to before codes."""
    known_cost = known_price = 0
    for item in items:
        known = goods.get(item.item_id)
        if known is None:
            continue
        # The margin is that at the catalogue's price; what was paid for this piece says nothing of what it cost the shop.
        listed = item.price_minor if known.price_minor is None else known.price_minor
        if listed is None:
            continue
        known_cost += item.quantity * (listed - known.margin_minor)
        known_price += item.quantity * (listed if item.price_minor is None else item.price_minor)
    return known_cost + (1.0 - margin_share) * max(0, full_minor - known_price)
