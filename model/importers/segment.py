"""Segment's calls as newline-delimited JSON, as its storage destinations write them: `page` and `track`, plain or gzipped.

Read: type, event, timestamp, anonymousId (else userId; neither goes further than a hash), the addresses and the browser's
class from `context`, and of `properties` what the e-commerce events say about products and money. `identify`, `group` and
`alias` calls, traits, names, coupons and whatever else a shop has put there are left where they are.
Source: Segment's e-commerce specification, version 2.
"""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from core import events as ev
from model.dataset import Recorded
from model.importers import clean
from model.importers.address import Address, address_of
from model.importers.clean import BadRow
from model.importers.commerce import Product, event_of, page_view
from model.importers.files import json_lines
from model.importers.source import Source
from model.importers.visits import Happened, sessions_of

COMMERCE = {
    "Product List Viewed": "view_item_list",
    "Product Clicked": "select_item",
    "Product Viewed": "view_item",
    "Product Added to Wishlist": "add_to_wishlist",
    "Product Added": "add_to_cart",
    "Product Removed": "remove_from_cart",
    "Cart Viewed": "view_cart",
    "Checkout Started": "begin_checkout",
    "Payment Info Entered": "add_payment_info",
    "Order Completed": "purchase",
    "Order Refunded": "refund",
}
"""Segment's names as ours, which are GA4's."""
OTHERS = ("Products Searched", "Promotion Viewed", "Promotion Clicked")
CURRENCY = "USD"
"""What Segment assumes where a call names none."""


class _Product(Struct):
    product_id: str | int | None = None
    sku: str | int | None = None
    category: str | None = None
    price: object = None
    quantity: object = None

    def product(self) -> Product:
        name = self.product_id if self.product_id is not None else self.sku
        return Product(
            str(name if name is not None else ""),
            self.category or "",
            clean.amount(self.price),
            clean.quantity(self.quantity),
        )


class _Properties(_Product):
    products: list[_Product] | None = None
    currency: str | None = None
    value: object = None
    revenue: object = None
    total: object = None
    shipping: object = None
    order_id: str | int | None = None
    query: str | None = None
    promotion_id: str | int | None = None
    url: str | None = None
    path: str | None = None
    referrer: str | None = None


class _Page(Struct):
    url: str | None = None
    path: str | None = None
    referrer: str | None = None


class _Campaign(Struct):
    medium: str | None = None


class _Context(Struct):
    page: _Page | None = None
    campaign: _Campaign | None = None
    userAgent: str | None = None


class _Call(Struct):
    type: str
    event: str | None = None
    anonymousId: str | None = None
    userId: str | int | None = None
    timestamp: str | None = None
    originalTimestamp: str | None = None
    properties: msgspec.Raw = msgspec.Raw(b"null")
    """Unread until the event is known: of other events a shop may put anything there."""
    context: _Context | None = None


_decoder = msgspec.json.Decoder(_Call, strict=False)
_properties = msgspec.json.Decoder(_Properties | None, strict=False)


def read(source: Source) -> Iterator[Recorded]:
    """The sessions of the file or folder `source.path`; a visitor's silence of 30 minutes ends one.

    Raises:
        ConfigError: a file cannot be read or is no newline-delimited JSON with `type`.
    """
    return sessions_of(source, json_lines(source.path, "type"), _read_row)


def _read_row(line: str) -> Happened | None:
    call = _decoder.decode(line)
    if call.type not in ("page", "track"):
        return None
    who = call.anonymousId or (str(call.userId) if call.userId is not None else "")
    if not who:
        raise BadRow("the visitor is missing")
    event = _page_view(call) if call.type == "page" else _event(call.event or "", call.properties)
    when = call.timestamp or call.originalTimestamp or ""
    return None if event is None else Happened(who, clean.utc_ms(when), (event,))


def _page_view(call: _Call) -> ev.PageView:
    context, told = call.context or _Context(), _properties.decode(call.properties) or _Properties()
    page = context.page or _Page()
    address = address_of(told.url or page.url)
    # A page call may name the path alone, and a query may hang on it.
    path = address.path or (told.path or page.path or "").partition("?")[0]
    return page_view(
        Address(address.host, path, address.medium, address.is_paid),
        told.referrer or page.referrer,
        medium=context.campaign.medium if context.campaign else None,
        device=clean.browser_class(context.userAgent or ""),
    )


def _event(name: str, properties: msgspec.Raw) -> ev.Event | None:
    if name not in COMMERCE and name not in OTHERS:
        return None
    told = _properties.decode(properties) or _Properties()
    match name:
        case "Products Searched":
            return clean.search(told.query)
        case "Promotion Viewed" | "Promotion Clicked":
            kind = ev.ViewPromotion if name == "Promotion Viewed" else ev.SelectPromotion
            return kind(seq=1, at_ms=0, promotion_id=clean.slug(str(told.promotion_id or "")))
    products = [one.product() for one in told.products or ()]
    if not products and (told.product_id is not None or told.sku is not None):
        products = [told.product()]
    amounts = (clean.amount(one) for one in (told.total, told.revenue, told.value))
    return event_of(
        COMMERCE[name],
        products,
        currency=told.currency or CURRENCY,
        value=next((one for one in amounts if one is not None), None),
        shipping=clean.amount(told.shipping),
        order=str(told.order_id or ""),
    )
