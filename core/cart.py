"""The cart as the shop's events tell it, and which products were looked at before.

Products are known by 4-byte hashes (CRC-32 of the item id): enough to tell one from another, small enough for the token.
"""

from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from core.events import AddShippingInfo, AddToCart, BeginCheckout, Purchase, RemoveFromCart, ViewCart, ViewItem
from core.fields import MAX_MINOR, Item, Items

ITEMS_KEPT = 8
_HASH_BYTES = 4


class Cart(Struct, frozen=True, array_like=True, gc=False):
    """Money in minor units of `currency`. `shipping_minor` is what the shop last quoted, prices are of items viewed.

    `items`: hashes of the last 8 products that were put into the cart and are in it still, newest last. `in_view`: hash of
    the product of the last view_item, empty where that named none.
    """

    value_minor: int = 0
    line_count: int = 0
    currency: str = ""
    shipping_minor: int | None = None
    price_sum_minor: int = 0
    price_count: int = 0
    last_price_minor: int = 0
    items: bytes = b""
    in_view: bytes = b""


class Seen(Struct, frozen=True, array_like=True, gc=False):
    """4-byte hashes of the last products and categories looked at, newest last, and whether the newest was a repeat."""

    items: bytes = b""
    categories: bytes = b""
    is_repeat_item: bool = False
    is_repeat_category: bool = False


CartEvent = ViewItem | AddToCart | RemoveFromCart | ViewCart | BeginCheckout | AddShippingInfo | Purchase


def after_commerce(cart: Cart, event: CartEvent) -> Cart:
    """The cart after the event. A total that the shop states wins over our own sum of additions and removals."""
    if event.currency is not None:
        cart = replace(cart, currency=event.currency)
    lines = sum(i.quantity for i in event.items)
    match event:
        case ViewItem():
            cart = replace(cart, in_view=hash_of(event.items[0].item_id) if event.items else b"")
            price = event.items[0].price_minor if event.items else event.value_minor
            if price is None:
                return cart
            return replace(
                cart,
                price_sum_minor=cart.price_sum_minor + price,
                price_count=cart.price_count + 1,
                last_price_minor=price,
            )
        case AddToCart():
            value = min(cart.value_minor + _money(event), MAX_MINOR)
            items = _put_in(cart.items, event.items)
            return replace(cart, value_minor=value, line_count=cart.line_count + max(1, lines), items=items)
        case RemoveFromCart():
            value = max(0, cart.value_minor - _money(event))
            items = _taken_out(cart.items, event.items)
            return replace(cart, value_minor=value, line_count=max(0, cart.line_count - max(1, lines)), items=items)
        case ViewCart() | BeginCheckout():
            stated = event.value_minor if event.value_minor is not None else cart.value_minor
            # A cart that the shop lists is what is in it, whatever came and went unseen; one without lines tells nothing.
            items = _put_in(b"", event.items) or cart.items
            return replace(cart, value_minor=stated, line_count=lines or cart.line_count, items=items)
        case AddShippingInfo():
            return replace(cart, shipping_minor=event.shipping_minor)
        case Purchase():
            return replace(cart, value_minor=0, line_count=0, items=b"")


def hash_of(item_id: str) -> bytes:
    """What a session remembers of a product: the CRC-32 of its id, 4 bytes."""
    return crc32(item_id.encode()).to_bytes(_HASH_BYTES, "big")


def hashes_in(ring: bytes) -> list[bytes]:
    """The 4-byte hashes of `Cart.items` or `Seen.items`, in their order."""
    return [ring[i : i + _HASH_BYTES] for i in range(0, len(ring), _HASH_BYTES)]


def after_look(seen: Seen, item: Item) -> Seen:
    """`seen` with one more product, saying whether it or its category had been looked at before."""
    item_hash, category_hash = hash_of(item.item_id), hash_of(item.category)
    return Seen(
        items=_with(seen.items, item_hash),
        categories=_with(seen.categories, category_hash) if item.category else seen.categories,
        is_repeat_item=_holds(seen.items, item_hash),
        is_repeat_category=bool(item.category) and _holds(seen.categories, category_hash),
    )


def _money(event: AddToCart | RemoveFromCart) -> int:
    if event.value_minor is not None:
        return event.value_minor
    return sum((i.price_minor or 0) * i.quantity for i in event.items)


def _put_in(ring: bytes, items: Items) -> bytes:
    """The products last added stay: one that is in the cart already becomes the newest."""
    for item in items:
        key = hash_of(item.item_id)
        ring = (b"".join(k for k in hashes_in(ring) if k != key) + key)[-ITEMS_KEPT * _HASH_BYTES :]
    return ring


def _taken_out(ring: bytes, items: Items) -> bytes:
    gone = {hash_of(item.item_id) for item in items}
    return b"".join(k for k in hashes_in(ring) if k not in gone)


def _holds(ring: bytes, key: bytes) -> bool:
    return key in hashes_in(ring)


def _with(ring: bytes, key: bytes) -> bytes:
    return ring if _holds(ring, key) else (ring + key)[-ITEMS_KEPT * _HASH_BYTES :]
