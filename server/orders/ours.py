"""Our own form of an order: what `POST /_fc/v1/orders` takes with a secret key, and as the data of a Standard Webhook.

A body without `value_minor` tells of refunds alone; a cancellation comes with the whole order.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from server.orders.notice import BadOrder, Notice, ToldOrder, ToldRefund, decoded, session_of

Moment = Annotated[datetime, Meta(tz=True)]


class RefundBody(Struct, frozen=True, kw_only=True):
    refund_id: str
    refunded_minor: int
    currency: str | None = None
    refunded_at: Moment | None = None


class OrderBody(Struct, frozen=True, kw_only=True):
    """`order_id`: as the thank-you page pushes it (`transaction_id` is the same under GA4's name). `changed_at`: when the shop last
    changed the order; without it, `cancelled_at` or `placed_at`. `goods_cost_minor`: what the
    goods cost the shop, where its books say."""

    order_id: str = ""
    transaction_id: str = ""
    session_id: str | None = None
    placed_at: Moment | None = None
    changed_at: Moment | None = None
    cancelled_at: Moment | None = None
    currency: str = ""
    value_minor: int | None = None
    shipping_minor: int | None = None
    tax_minor: int | None = None
    goods_cost_minor: int | None = None
    coupons: tuple[str, ...] = ()
    item_count: int = 0
    refunds: tuple[RefundBody, ...] = ()


class Envelope(Struct, frozen=True, kw_only=True):
    """A Standard Webhook: `order.placed`, `order.changed`, `order.cancelled` or `order.refunded`."""

    type: str
    data: msgspec.Raw


def read(body: bytes) -> Notice:
    """Raises `BadOrder`."""
    told = decoded(body, OrderBody)
    refunds = tuple(ToldRefund(r.refund_id, r.refunded_minor, r.currency, r.refunded_at) for r in told.refunds)
    return Notice(told.order_id or told.transaction_id, _order(told), refunds)


def read_webhook(body: bytes) -> Notice | None:
    """None where it tells of something else than an order. Raises `BadOrder`."""
    envelope = decoded(body, Envelope)
    return read(bytes(envelope.data)) if envelope.type.startswith("order.") else None


def _order(told: OrderBody) -> ToldOrder | None:
    if told.value_minor is None:
        if not told.refunds:
            raise BadOrder("value_minor")
        return None
    if told.placed_at is None:
        raise BadOrder("placed_at")
    if told.item_count < 0:
        raise BadOrder("item_count")
    changed_at = told.changed_at or told.cancelled_at or told.placed_at
    return ToldOrder(
        session_of(told.session_id), told.placed_at, changed_at, told.cancelled_at, told.value_minor,
        told.shipping_minor, told.tax_minor, told.currency, told.coupons, told.item_count, told.goods_cost_minor,
    )  # fmt: skip
