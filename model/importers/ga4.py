"""GA4's BigQuery export: rows of `events_YYYYMMDD` as newline-delimited JSON, plain or gzipped, one file or a folder of parts.

Read: event_name, event_timestamp (us), user_pseudo_id with `ga_session_id` (the session; both go no further than a hash),
device.category and time_zone_offset_seconds, the medium, `items[]`, `ecommerce`, and of `event_params` only what `PARAMS`
names. The address gives the page's kind, the referrer its class, a search its length.
Source: the BigQuery export schema, https://support.google.com/analytics/answer/7029846.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
from msgspec import Struct

from core import events as ev
from model.dataset import Recorded
from model.importers import clean
from model.importers.address import address_of
from model.importers.clean import BadRow
from model.importers.commerce import LOOKS, Product, event_of, page_view
from model.importers.files import json_lines
from model.importers.source import Source
from model.importers.visits import Happened, sessions_of

PARAMS = (
    "ga_session_id", "ga_session_number", "page_location", "page_referrer", "medium", "search_term", "currency", "value",
    "shipping", "transaction_id", "promotion_id", "percent_scrolled",
)  # fmt: skip
"""The event parameters that are looked at at all."""

_COMMERCE = frozenset(LOOKS) | {"purchase", "add_shipping_info"}


class _Value(Struct):
    """BigQuery writes 64-bit integers as strings; they are read either way."""

    string_value: str | None = None
    int_value: int | None = None
    float_value: Decimal | None = None
    double_value: Decimal | None = None

    def text(self) -> str:
        for value in (self.string_value, self.int_value, self.double_value, self.float_value):
            if value is not None:
                return str(value)
        return ""


class _Param(Struct):
    key: str
    value: _Value | None = None


class _Item(Struct):
    item_id: str | None = None
    item_category: str | None = None
    price: object = None
    quantity: object = None
    promotion_id: str | None = None


class _Commerce(Struct):
    purchase_revenue: object = None
    shipping_value: object = None
    transaction_id: str | None = None


class _Device(Struct):
    category: str | None = None
    time_zone_offset_seconds: int | None = None


class _Traffic(Struct):
    medium: str | None = None
    manual_medium: str | None = None
    gclid: str | None = None


class _Row(Struct):
    event_name: str
    event_timestamp: int
    user_pseudo_id: str | None = None
    event_params: list[_Param] | None = None
    items: list[_Item] | None = None
    ecommerce: _Commerce | None = None
    device: _Device | None = None
    traffic_source: _Traffic | None = None
    collected_traffic_source: _Traffic | None = None


_decoder = msgspec.json.Decoder(_Row, strict=False)


def read(source: Source) -> Iterator[Recorded]:
    """The sessions of the file or folder `source.path`.

    Raises:
        ConfigError: a file cannot be read or is no newline-delimited JSON with `event_name`.
    """
    return sessions_of(source, json_lines(source.path, "event_name"), _read_row)


def _read_row(line: str) -> Happened | None:
    row = _decoder.decode(line)
    params = {p.key: p.value.text() for p in row.event_params or () if p.key in PARAMS and p.value is not None}
    if not row.user_pseudo_id:
        # Without consent there is no id, so nothing says which events belong together.
        raise BadRow("the visitor is missing")
    event = _event(row, params)
    if event is None:
        return None
    who = f"{row.user_pseudo_id}:{params.get('ga_session_id', '')}"
    return Happened(who, row.event_timestamp // 1000, (event,), row.user_pseudo_id)


def _event(row: _Row, params: dict[str, str]) -> ev.Event | None:
    name = row.event_name
    if name in _COMMERCE:
        return _commerce(row, params)
    match name:
        case "page_view":
            return _page_view(row, params)
        case "search" | "view_search_results":
            return clean.search(params.get("search_term"))
        case "view_promotion" | "select_promotion":
            promotion = params.get("promotion_id") or next(
                (i.promotion_id for i in row.items or () if i.promotion_id), ""
            )
            kind = ev.ViewPromotion if name == "view_promotion" else ev.SelectPromotion
            return kind(seq=1, at_ms=0, promotion_id=clean.slug(promotion or ""))
        case "scroll":
            percent = params.get("percent_scrolled", "")
            return ev.Scroll(seq=1, at_ms=0, percent=min(int(percent), 100)) if percent.isdecimal() else None
        case "click":
            return ev.Click(seq=1, at_ms=0, kind="link")
    return None


def _page_view(row: _Row, params: dict[str, str]) -> ev.PageView:
    device = row.device or _Device()
    number = params.get("ga_session_number", "")
    collected = row.collected_traffic_source or _Traffic()
    medium = params.get("medium") or collected.manual_medium or ("paid" if collected.gclid else "")
    if not medium and number == "1" and row.traffic_source:
        # It says how the visitor came the first time, and so nothing about any later session.
        medium = row.traffic_source.medium or ""
    return page_view(
        address_of(params.get("page_location")),
        params.get("page_referrer"),
        medium=medium if medium not in ("(none)", "(not set)", "referral") else "",
        device=clean.device_class(device.category),
        local_hour=_local_hour(row.event_timestamp, device.time_zone_offset_seconds),
        is_new_visitor=number == "1" if number else None,
    )


def _local_hour(at_us: int, offset_s: int | None) -> int | None:
    return None if offset_s is None else (at_us // 1_000_000 + offset_s) // 3600 % 24


def _commerce(row: _Row, params: dict[str, str]) -> ev.Event:
    order = row.ecommerce or _Commerce()
    value, shipping = clean.amount(params.get("value")), clean.amount(params.get("shipping"))
    if row.event_name == "purchase" and value is None:
        value = clean.amount(order.purchase_revenue)
    return event_of(
        row.event_name,
        [
            Product(i.item_id or "", i.item_category or "", clean.amount(i.price), clean.quantity(i.quantity or 1))
            for i in row.items or ()
        ],
        currency=params.get("currency"),
        value=value,
        shipping=shipping if shipping is not None else clean.amount(order.shipping_value),
        order=next((n for n in (params.get("transaction_id"), order.transaction_id) if n and n != "(not set)"), ""),
    )
