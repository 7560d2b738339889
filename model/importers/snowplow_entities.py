"""Snowplow's self-describing e-commerce events and the entities beside them, from the enriched JSON or from warehouse columns.

Known: `snowplow_ecommerce_action` with product, transaction, checkout_step, cart and promotion entities; the older
`add_to_cart` and `remove_from_cart`; `site_search`; `link_click`. Only the fields of `_Data` are looked at.
Source: the schemas of com.snowplowanalytics.snowplow(.ecommerce) in Iglu Central.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct

from core import events as ev
from model.importers import clean
from model.importers.commerce import Amount, Product, event_of

ACTIONS = {
    "list_view": "view_item_list",
    "list_click": "select_item",
    "product_view": "view_item",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "transaction": "purchase",
    "refund": "refund",
}
"""The plugin's action types as GA4's names. A `checkout_step` is told apart by what it carries."""

_EVENTS = ("snowplow_ecommerce_action", "add_to_cart", "remove_from_cart", "site_search", "link_click")
_ENTITIES = ("product", "transaction", "checkout_step", "cart", "promotion")
_SCHEMA = re.compile(r"iglu:com\.snowplowanalytics\.snowplow(?:\.ecommerce)?/(\w+)/")
_COLUMN = re.compile(
    r"(?:unstruct_event|contexts)_com_snowplowanalytics_snowplow(?:_ecommerce)?_"
    rf"({'|'.join((*_EVENTS, *_ENTITIES))})_\d+(?:_\d+)*"
)


class _Data(Struct):
    type: str | None = None
    id: str | int | None = None
    sku: str | int | None = None
    category: str | None = None
    price: object = None
    unitPrice: object = None
    unit_price: object = None
    quantity: object = None
    currency: str | None = None
    transaction_id: str | int | None = None
    revenue: object = None
    shipping: object = None
    step: int | None = None
    delivery_method: str | None = None
    payment_method: str | None = None
    terms: list[str] | None = None
    totalResults: int | None = None
    total_results: int | None = None

    def product(self) -> Product:
        told = (clean.amount(one) for one in (self.price, self.unitPrice, self.unit_price))
        price = next((one for one in told if one is not None), None)
        return Product(_text(self.id, self.sku), self.category or "", price, clean.quantity(self.quantity))


class _Described(Struct):
    schema: str
    data: msgspec.Raw


class _Contexts(Struct):
    data: list[_Described]


class _Event(Struct):
    data: _Described


class Facts(NamedTuple):
    """A self-describing event by its schema's name, and the known entities beside it."""

    name: str
    data: _Data
    entities: Mapping[str, list[_Data]]


_data = msgspec.json.Decoder(_Data, strict=False)
_one_or_more = msgspec.json.Decoder(list[_Data] | _Data, strict=False)
_contexts = msgspec.json.Decoder(_Contexts)
_event = msgspec.json.Decoder(_Event)


def facts_of_json(event: str, contexts: str) -> Facts | None:
    """From the fields `unstruct_event` and `contexts`; None for a schema that is not known."""
    if not event:
        return None
    told = _event.decode(event).data
    name = _schema_name(told.schema)
    if name not in _EVENTS:
        return None
    entities: dict[str, list[_Data]] = {}
    for entity in _contexts.decode(contexts).data if contexts else ():
        kind = _schema_name(entity.schema)
        if kind in _ENTITIES:
            entities.setdefault(kind, []).append(_data.decode(entity.data))
    return Facts(name, _data.decode(told.data), entities)


def facts_of_columns(row: Mapping[str, str]) -> Facts | None:
    """From a warehouse's columns, one a schema, each holding JSON; None where none of the known ones is filled."""
    name, data = "", _Data()
    entities: dict[str, list[_Data]] = {}
    for column, text in row.items():
        found = _COLUMN.fullmatch(column) if text else None
        if found is None:
            continue
        told = _one_or_more.decode(text)
        many = told if isinstance(told, list) else [told]
        if column.startswith("contexts"):
            entities.setdefault(found[1], []).extend(many)
        elif many:
            name, data = found[1], many[0]
    return Facts(name, data, entities) if name else None


def event_of_facts(facts: Facts) -> ev.Event | None:
    """The event that this is for us; None for one that tells nothing of shopping."""
    match facts.name:
        case "site_search":
            count = facts.data.totalResults if facts.data.totalResults is not None else facts.data.total_results
            return clean.search(" ".join(facts.data.terms or ()), count)
        case "link_click":
            return ev.Click(seq=1, at_ms=0, kind="link")
        case "add_to_cart" | "remove_from_cart":
            return event_of(facts.name, [facts.data.product()], currency=facts.data.currency)
    return _action(facts)


def _action(facts: Facts) -> ev.Event | None:
    kind = facts.data.type or ""
    if kind in ("promo_view", "promo_click"):
        promotion = _first(facts, "promotion")
        promotion_id = clean.slug(_text(promotion.id if promotion else None))
        shape = ev.ViewPromotion if kind == "promo_view" else ev.SelectPromotion
        return shape(seq=1, at_ms=0, promotion_id=promotion_id)
    name = _checkout_step(facts) if kind == "checkout_step" else ACTIONS.get(kind)
    if name is None:
        return None
    products = facts.entities.get("product", [])
    order, value, shipping = _first(facts, "transaction"), _no_amount, _no_amount
    currency = next((d.currency for d in (order, *products) if d and d.currency), None)
    number = ""
    if order is not None and name == "purchase":
        value, shipping = clean.amount(order.revenue), clean.amount(order.shipping)
        number = _text(order.transaction_id)
    return event_of(
        name, [p.product() for p in products], currency=currency, value=value, shipping=shipping, order=number
    )


_no_amount: Amount = None


def _checkout_step(facts: Facts) -> str | None:
    step = _first(facts, "checkout_step") or _Data()
    if step.step == 1:
        return "begin_checkout"
    return "add_payment_info" if step.payment_method else "add_shipping_info" if step.delivery_method else None


def _first(facts: Facts, entity: str) -> _Data | None:
    return next(iter(facts.entities.get(entity, ())), None)


def _schema_name(schema: str) -> str:
    found = _SCHEMA.match(schema)
    return found[1] if found else ""


def _text(*names: str | int | None) -> str:
    return next((str(name) for name in names if name is not None), "")
