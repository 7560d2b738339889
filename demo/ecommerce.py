"""GA4 e-commerce events, as shops push them to `dataLayer`. Money as decimals, the way GA4 wants it."""

from collections.abc import Iterable
from typing import Any

from demo.catalogue import BRAND, BY_ID, CURRENCY, Product
from demo.orders import Order
from demo.visits import Visit

Push = dict[str, Any]


def amount(minor: int) -> float:
    return minor / 100


def item(product: Product, quantity: int = 1, **more: Any) -> Push:
    return {
        "item_id": product.id,
        "item_name": product.name,
        "item_brand": BRAND,
        "item_category": product.category,
        "price": amount(product.price_minor),
        "quantity": quantity,
        **more,
    }


def view_item_list(products: Iterable[Product], list_id: str, list_name: str) -> Push:
    items = [item(p, index=i) for i, p in enumerate(products)]
    return {
        "event": "view_item_list",
        "ecommerce": {"currency": CURRENCY, "item_list_id": list_id, "item_list_name": list_name, "items": items},
    }


def select_item(product: Product, index: int, list_id: str) -> Push:
    return {
        "event": "select_item",
        "ecommerce": {"currency": CURRENCY, "item_list_id": list_id, "items": [item(product, index=index)]},
    }


def about_product(event: str, product: Product, quantity: int = 1) -> Push:
    """`view_item`, `add_to_cart` or `remove_from_cart`."""
    return {
        "event": event,
        "ecommerce": {
            "currency": CURRENCY,
            "value": amount(product.price_minor * quantity),
            "items": [item(product, quantity)],
        },
    }


def about_cart(event: str, visit: Visit, **more: Any) -> Push:
    """`view_cart`, `begin_checkout`, `add_shipping_info` or `add_payment_info`."""
    return {
        "event": event,
        "ecommerce": {
            "currency": CURRENCY,
            "value": amount(visit.value_minor),
            **more,
            "items": [item(p, quantity) for p, quantity in visit.lines],
        },
    }


def add_shipping_info(visit: Visit) -> Push:
    return about_cart("add_shipping_info", visit, shipping_tier=visit.tier, shipping=amount(visit.shipping_minor))


def purchase(order: Order) -> Push:
    return {
        "event": "purchase",
        "ecommerce": {
            "transaction_id": order.id,
            "currency": order.currency,
            "value": amount(order.value_minor - order.discount_minor),
            "shipping": amount(order.shipping_minor),
            **({"coupon": order.coupon} if order.coupon else {}),
            "items": [item(BY_ID[line.product_id], line.quantity) for line in order.lines],
        },
    }


def search(term: str) -> Push:
    return {"event": "search", "search_term": term}
