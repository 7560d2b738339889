"""What a page says of itself and the shop's data layer of it, as a shopper arrives and as she leaves."""

from random import Random
from typing import Any

from core import events as ev
from core.fields import Item
from model.simulator.intents import BUY
from model.simulator.shopper import Shopper
from model.simulator.visit import Draft

Cart = list[Item]


def view(chance: Random, shopper: Shopper, kind: str, topic: str, navigation: str, *, is_first: bool) -> dict[str, Any]:
    """The fields of the page view. A blog page is about comparing as often as her intent looks for that."""
    if kind == "blog":
        topic = "comparison" if chance.random() < shopper.intent.compares_share else "guide"
    source = shopper.source if is_first else "internal"
    fields: dict[str, Any] = {"page_type": kind, "path": f"/{kind}", "topic": topic, "navigation": navigation}
    fields |= {"device": shopper.device, "source": source, "local_hour": shopper.local_hour}
    return fields | {"is_new_visitor": shopper.is_new_visitor}


def arrival(
    chance: Random, shopper: Shopper, kind: str, item: Item | None, cart: Cart, *, is_first_step: bool
) -> list[Draft]:
    """The e-commerce events that come with the page."""
    soon = chance.randrange(5, 250)
    tagging = shopper.tagging
    drafts: list[Draft] = []
    is_list = kind in ("listing", "search") or (kind in ("home", "blog") and tagging.features_items)
    if is_list and tagging.has_item_lists:
        listed = {
            "list_id": "results",
            "currency": shopper.currency,
            "items": shopper.catalogue[:6],
        }
        drafts.append(Draft(soon, ev.ViewItemList, listed))
    if kind == "search":
        count = chance.randrange(20)
        drafts.append(Draft(soon, ev.Search, {"term_length": chance.randrange(3, 20), "result_count": count}))
    if kind == "product" and item is not None:
        drafts.append(Draft(soon, ev.ViewItem, money(shopper, [item])))
    if kind == "cart" and cart and tagging.has_view_cart:
        drafts.append(Draft(soon, ev.ViewCart, money(shopper, cart)))
    if is_first_step and not tagging.begins_checkout_on_click:
        drafts.append(Draft(soon, ev.BeginCheckout, money(shopper, cart)))
    if kind == "shipping" and tagging.reports_shipping_on_arrival:
        drafts.append(Draft(soon + 5, ev.AddShippingInfo, _shipping(shopper, cart)))
    if kind == "confirmation":
        order = f"order-{shopper.seed}"
        paid = money(shopper, cart) | {"transaction_id": order, "shipping_minor": shopper.shipping_minor}
        drafts.append(Draft(soon, ev.Purchase, paid))
    return drafts


def departure(shopper: Shopper, kind: str, move: str, item: Item | None, cart: Cart) -> list[Draft]:
    """What the click that leads on reports, in milliseconds after the decision to click."""
    tagging = shopper.tagging
    drafts: list[Draft] = []
    if tagging.reports_clicks:
        drafts.append(Draft(0, ev.Click, {"kind": "button" if move == BUY else "link"}))
    if move == "product" and kind in ("listing", "search", "home") and tagging.has_select_item and item is not None:
        drafts.append(Draft(2, ev.SelectItem, {"list_id": "results", **money(shopper, [item])}))
    if move == BUY:
        if kind not in tagging.steps and tagging.begins_checkout_on_click:
            drafts.append(Draft(3, ev.BeginCheckout, money(shopper, cart)))
        if kind == "shipping" and not tagging.reports_shipping_on_arrival:
            drafts.append(Draft(3, ev.AddShippingInfo, _shipping(shopper, cart)))
        if kind == "payment":
            drafts.append(Draft(3, ev.AddPaymentInfo, money(shopper, cart) | {"payment_type": "card"}))
    return drafts


def money(shopper: Shopper, items: Cart) -> dict[str, Any]:
    value = sum((item.price_minor or 0) * item.quantity for item in items)
    return {"currency": shopper.currency, "value_minor": value, "items": tuple(items)}


def value_minor(cart: Cart) -> int:
    return sum(item.price_minor or 0 for item in cart)


def _shipping(shopper: Shopper, cart: Cart) -> dict[str, Any]:
    return money(shopper, cart) | {"shipping_tier": "standard", "shipping_minor": shopper.shipping_minor}
