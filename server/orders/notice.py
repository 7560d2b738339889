"""An order as a shop's server tells of it: the only fields that are ever kept, cleaned one by one.

Each platform's body is read in a file of its own (`ours`, `shopify`, `woocommerce`) by Structs that name these fields and no
other, so that a name, an address or a number of a person is skipped by the decoder and never becomes a value here.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec

from core.errors import PeerError
from core.privacy import is_personal
from server.store.names import named_by_hash

MOST_REFUNDS = 200
MOST_COUPONS = 10
_MOST_MINOR = 10**15
_CLOCKS_DIFFER = timedelta(days=1)
_OLDEST = datetime(2000, 1, 1, tzinfo=UTC)

_ORDER_ID = re.compile(r"[\w.:/ -]{1,64}")
_COUPON = re.compile(r"[\w.:/-]{1,48}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_AT = re.compile(r"at `\$\.([a-z_]+)")

_S = TypeVar("_S", bound=msgspec.Struct)


class BadOrder(PeerError):
    """What was sent is no order. `field`: the name of ours that is wrong or missing, empty where the whole body is."""

    reason = "bad_order"

    def __init__(self, field: str = "") -> None:
        super().__init__()
        self.field = field


class ToldRefund(NamedTuple):
    """`currency` None: the order's. `refunded_at` None: the shop does not say."""

    refund_id: str
    refunded_minor: int
    currency: str | None = None
    refunded_at: datetime | None = None


class ToldOrder(NamedTuple):
    """Money in minor units of `currency`; `value_minor` is what was to be paid, shipping and tax included. `goods_cost_minor`: what
    the goods cost the shop, None where it does not say."""

    session_id: UUID | None
    placed_at: datetime
    changed_at: datetime
    cancelled_at: datetime | None
    value_minor: int
    shipping_minor: int | None
    tax_minor: int | None
    currency: str
    coupons: tuple[str, ...]
    item_count: int
    goods_cost_minor: int | None = None


class Notice(NamedTuple):
    """`order` None: only refunds were told of."""

    order_id: str
    order: ToldOrder | None
    refunds: tuple[ToldRefund, ...]


def decoded(body: bytes, kind: type[_S]) -> _S:
    """The fields of `kind` out of a JSON body; everything else in it is skipped.

    Raises:
        BadOrder: with the field's name where it is one of `kind`'s, and never with anything that was sent.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        found = _AT.search(str(error))
        field = found[1] if found and found[1] in kind.__struct_fields__ else ""
    raise BadOrder(field)


def checked(notice: Notice, now: datetime) -> Notice:
    """The notice with every text of a known shape. Raises `BadOrder`."""
    order_id = clean_id(notice.order_id)
    if not order_id:
        raise BadOrder("order_id")
    if len(notice.refunds) > MOST_REFUNDS:
        raise BadOrder("refunds")
    refunds = tuple(_checked_refund(refund, now) for refund in notice.refunds)
    return Notice(order_id, notice.order and _checked_order(notice.order, now), refunds)


def _checked_order(order: ToldOrder, now: datetime) -> ToldOrder:
    if not _CURRENCY.fullmatch(order.currency):
        raise BadOrder("currency")
    for field, minor in (
        ("value_minor", order.value_minor),
        ("shipping_minor", order.shipping_minor),
        ("tax_minor", order.tax_minor),
        ("goods_cost_minor", order.goods_cost_minor),
    ):
        if minor is not None and not 0 <= minor <= _MOST_MINOR:
            raise BadOrder(field)
    for field, at in (
        ("placed_at", order.placed_at),
        ("changed_at", order.changed_at),
        ("cancelled_at", order.cancelled_at),
    ):
        _check_time(field, at, now)
    item_count = min(max(order.item_count, 0), 1_000_000)
    return order._replace(coupons=_clean_coupons(order.coupons), item_count=item_count)


def _checked_refund(refund: ToldRefund, now: datetime) -> ToldRefund:
    refund_id = clean_id(refund.refund_id)
    if not refund_id or not 0 <= refund.refunded_minor <= _MOST_MINOR:
        raise BadOrder("refunds")
    if refund.currency is not None and not _CURRENCY.fullmatch(refund.currency):
        raise BadOrder("refunds")
    _check_time("refunds", refund.refunded_at, now)
    return refund._replace(refund_id=refund_id)


def _check_time(field: str, at: datetime | None, now: datetime) -> None:
    """A time to come would hold against every later telling."""
    if at is not None and not _OLDEST <= at <= now + _CLOCKS_DIFFER:
        raise BadOrder(field)


def clean_id(text: str) -> str:
    """The shop's own name of an order or a refund; "" where it is none. One that is shaped like a number of a person is named
    by its hash: about one in ten long order numbers has a card's check digit."""
    if not _ORDER_ID.fullmatch(text):
        return ""
    return named_by_hash("order-", text) if is_personal(text) else text


def _clean_coupons(codes: Iterable[str]) -> tuple[str, ...]:
    """Codes as offers write them; a code of another shape is none of ours."""
    kept = (code for code in codes if _COUPON.fullmatch(code) and not is_personal(code))
    return tuple(dict.fromkeys(kept))[:MOST_COUPONS]


def session_of(text: object) -> UUID | None:
    """The visit's id as the tracker gives it to a shop: 32 hexadecimal characters. None for anything else."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9a-f]{32}", text):
        return None
    return UUID(hex=text)
