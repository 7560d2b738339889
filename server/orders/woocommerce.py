"""WooCommerce's orders, as its webhooks `order.created`, `order.updated` and `order.restored` send them: the order as it is now.

An order that waits for its money is none yet, but one "on hold" is: the shopper has done all, and a bank transfer is under way.
Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
"""

from datetime import datetime

from msgspec import Struct

from server.orders.notice import BadOrder, Notice, ToldOrder, ToldRefund, decoded
from server.orders.platforms import Code, Line, Note, amount, in_utc, optional_amount, pieces_in, session_in

_CANCELLED = frozenset(("cancelled", "failed", "trash"))
_UNPAID = frozenset(("pending", "checkout-draft", "auto-draft"))


class Refund(Struct, frozen=True):
    """`total` is below zero."""

    id: int
    total: str = "0"


class Body(Struct, frozen=True):
    id: int | None = None
    number: str = ""
    status: str = ""
    currency: str = ""
    date_created_gmt: datetime | None = None
    date_modified_gmt: datetime | None = None
    total: str | None = None
    total_tax: str | None = None
    shipping_total: str | None = None
    coupon_lines: tuple[Code, ...] = ()
    line_items: tuple[Line, ...] = ()
    meta_data: tuple[Note, ...] = ()
    refunds: tuple[Refund, ...] = ()


def read(body: bytes, *, by_number: bool) -> Notice | None:
    """None where it is no order, or none yet. A status of the shop's own making counts as placed. Raises `BadOrder`."""
    told = decoded(body, Body)
    if told.total is None or not told.currency or told.status in _UNPAID or not told.status:
        return None
    if told.id is None or told.date_created_gmt is None:
        raise BadOrder("order_id" if told.id is None else "placed_at")
    placed_at = in_utc(told.date_created_gmt)
    changed_at = in_utc(told.date_modified_gmt) if told.date_modified_gmt else placed_at
    order = ToldOrder(
        session_in(told.meta_data),
        placed_at,
        changed_at,
        changed_at if told.status in _CANCELLED else None,
        amount(told.total, told.currency, "value_minor"),
        optional_amount(told.shipping_total, told.currency, "shipping_minor"),
        optional_amount(told.total_tax, told.currency, "tax_minor"),
        told.currency,
        tuple(code.code for code in told.coupon_lines),
        pieces_in(told.line_items),
    )
    refunds = tuple(
        ToldRefund(str(r.id), abs(amount(r.total, told.currency, "refunds")), told.currency, changed_at)
        for r in told.refunds
    )
    return Notice(told.number if by_number else str(told.id), order, refunds)
