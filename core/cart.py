"""The cart as the shop's events tell it, and which products were looked at before."""

from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from core.events import AddShippingInfo, AddToCart, BeginCheckout, Purchase, RemoveFromCart, ViewCart, ViewItem
from core.fields import MAX_MINOR, Item

ITEMS_KEPT = 8
_HASH_BYTES = 4


class Cart(Struct, frozen=True, array_like=True, gc=False):
    """Money in minor units of `currency`. `shipping_minor` is what the shop last quoted, prices are of items viewed."""

    value_minor: int = 0
    line_count: int = 0
    currency: str = ""
    shipping_minor: int | None = None
    price_sum_minor: int = 0
    price_count: int = 0
    last_price_minor: int = 0


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
            return replace(cart, value_minor=value, line_count=cart.line_count + max(1, lines))
        case RemoveFromCart():
            value = max(0, cart.value_minor - _money(event))
            return replace(cart, value_minor=value, line_count=max(0, cart.line_count - max(1, lines)))
        case ViewCart() | BeginCheckout():
            stated = event.value_minor if event.value_minor is not None else cart.value_minor
            return replace(cart, value_minor=stated, line_count=lines or cart.line_count)
        case AddShippingInfo():
            return replace(cart, shipping_minor=event.shipping_minor)
        case Purchase():
            return replace(cart, value_minor=0, line_count=0)


def after_look(seen: Seen, item: Item) -> Seen:
    """`seen` with one more product, saying whether it or its category had been looked at before."""
    item_hash = crc32(item.item_id.encode()).to_bytes(_HASH_BYTES, "big")
    category_hash = crc32(item.category.encode()).to_bytes(_HASH_BYTES, "big")
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


def _holds(ring: bytes, key: bytes) -> bool:
    return any(ring[i : i + _HASH_BYTES] == key for i in range(0, len(ring), _HASH_BYTES))


def _with(ring: bytes, key: bytes) -> bytes:
    return ring if _holds(ring, key) else (ring + key)[-ITEMS_KEPT * _HASH_BYTES :]
