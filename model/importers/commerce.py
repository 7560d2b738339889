"""E-commerce events of the web formats, built in one place: GA4's names, money in minor units, products without their names."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from core import events as ev
from core.fields import Device, Item
from model.importers import clean
from model.importers.address import Address, page_type, source_class

Amount = Decimal | None

LOOKS = {ev.NAME_BY_TYPE[kind]: kind for kind in ev.COMMERCE_EVENTS if kind not in (ev.Purchase, ev.AddShippingInfo)}
"""The e-commerce events that have products and a value and nothing else that is learned from."""


class Product(NamedTuple):
    """A product as a format names it. `amount` is its price, not yet in minor units."""

    name: str
    category: str = ""
    amount: Amount = None
    quantity: int = 1


def event_of(
    name: str,
    products: Iterable[Product],
    *,
    currency: str | None,
    value: Amount = None,
    shipping: Amount = None,
    order: str = "",
) -> ev.Event:
    """The e-commerce event of this name. Raises `BadRow` for money that is none, `KeyError` for another name."""
    code = clean.currency(currency)
    items = tuple(_item(product, code) for product in products)[: clean.ITEMS_MOST]
    value_minor, shipping_minor = clean.minor(value, code), clean.minor(shipping, code)
    has_money = any(m is not None for m in (value_minor, shipping_minor, clean.items_total(items)))
    money = code if has_money else None
    if name == "purchase":
        total = value_minor if value_minor is not None else clean.items_total(items)
        number = clean.item_id(order)
        return ev.Purchase(
            seq=1,
            at_ms=0,
            currency=money,
            value_minor=total,
            items=items,
            shipping_minor=shipping_minor,
            transaction_id=number,
        )
    if name == "add_shipping_info":
        return ev.AddShippingInfo(
            seq=1, at_ms=0, currency=money, value_minor=value_minor, items=items, shipping_minor=shipping_minor
        )
    return LOOKS[name](seq=1, at_ms=0, currency=money, value_minor=value_minor, items=items)


def _item(product: Product, code: str) -> Item:
    price = clean.minor(product.amount, code)
    return clean.item(product.name, category=product.category, price_minor=price, count=product.quantity)


def page_view(
    page: Address,
    referrer: str | None,
    *,
    medium: str | None = None,
    device: Device = "unknown",
    local_hour: int | None = None,
    is_new_visitor: bool | None = None,
) -> ev.PageView:
    """A page of the kind that its path looks like; neither the path nor the referrer is kept."""
    return ev.PageView(
        seq=1,
        at_ms=0,
        page_type=page_type(page.path),
        device=device,
        source=source_class(page, referrer, medium),
        local_hour=local_hour,
        is_new_visitor=is_new_visitor,
    )
