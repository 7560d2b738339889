"""Shopify's orders and refunds, as `orders/create`, `orders/updated`, `orders/cancelled` and `refunds/create` send them.

The topic stands in a header that is not signed, so what a body is shows in its fields: an order has an order number, which
checkouts and drafts lack, and a refund names its order. Amounts are those in the shop's own currency.
Source: https://shopify.dev/docs/api/admin-rest/latest/resources/order and .../refund
"""

from datetime import datetime

from msgspec import Struct

from server.orders.notice import BadOrder, Notice, ToldOrder, ToldRefund, decoded
from server.orders.platforms import Code, Line, Note, amount, in_utc, optional_amount, pieces_in, session_in


class Transaction(Struct, frozen=True):
    kind: str = ""
    status: str = ""
    amount: str = "0"
    currency: str | None = None


class Refund(Struct, frozen=True):
    id: int
    created_at: datetime | None = None
    transactions: tuple[Transaction, ...] = ()


class Amount(Struct, frozen=True):
    amount: str | None = None


class PriceSet(Struct, frozen=True):
    shop_money: Amount = Amount()


class Body(Struct, frozen=True):
    """An order, or a refund, which has `order_id` and `transactions`. `test`: paid with a test gateway, so nothing was bought."""

    id: int | None = None
    order_number: int | None = None
    order_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    cancelled_at: datetime | None = None
    test: bool = False
    currency: str = ""
    total_price: str | None = None
    total_tax: str | None = None
    total_shipping_price_set: PriceSet | None = None
    discount_codes: tuple[Code, ...] = ()
    line_items: tuple[Line, ...] = ()
    note_attributes: tuple[Note, ...] = ()
    refunds: tuple[Refund, ...] = ()
    transactions: tuple[Transaction, ...] = ()


def read(body: bytes, *, by_number: bool) -> Notice | None:
    """None where it is neither an order nor a refund, or a test. `by_number`: orders go by their number and not by their id;
    a refund alone names only the id, and comes again with its order. Raises `BadOrder`."""
    told = decoded(body, Body)
    if told.order_number is None:
        if told.order_id is None or told.id is None or by_number:
            return None
        refund = Refund(told.id, told.created_at, told.transactions)
        return Notice(str(told.order_id), None, (_refund(refund),))
    if told.test:
        return None
    if told.id is None or told.created_at is None:
        raise BadOrder("order_id" if told.id is None else "placed_at")
    placed_at = in_utc(told.created_at)
    shipping = told.total_shipping_price_set.shop_money.amount if told.total_shipping_price_set else None
    order = ToldOrder(
        session_in(told.note_attributes),
        placed_at,
        in_utc(told.updated_at) if told.updated_at else placed_at,
        in_utc(told.cancelled_at) if told.cancelled_at else None,
        amount(told.total_price, told.currency, "value_minor"),
        optional_amount(shipping, told.currency, "shipping_minor"),
        optional_amount(told.total_tax, told.currency, "tax_minor"),
        told.currency,
        tuple(code.code for code in told.discount_codes),
        pieces_in(told.line_items),
    )
    order_id = told.order_number if by_number else told.id
    return Notice(str(order_id), order, tuple(_refund(refund) for refund in told.refunds))


def _refund(refund: Refund) -> ToldRefund:
    """What was paid back; a refund that only restocks is one of nothing."""
    paid = [t for t in refund.transactions if t.kind == "refund" and t.status == "success"]
    currency = next((t.currency for t in paid if t.currency), None)
    minor = sum(amount(t.amount, currency or "", "refunds") for t in paid)
    return ToldRefund(str(refund.id), minor, currency, in_utc(refund.created_at) if refund.created_at else None)
