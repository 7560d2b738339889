"""The REES46 shops' monthly files, plain or gzipped: event_time, event_type, product_id, category_id, category_code, brand,
price, user_id, user_session.

A `view` is a product page and the product on it; `cart`, `remove_from_cart` and `purchase` are what they say. Prices have
no stated currency. Purchases of one second are one order. The brand, `user_id` and `user_session` are never handed on.
"""

from collections.abc import Iterator

from core import events as ev
from model.dataset import Recorded
from model.importers import clean
from model.importers.clean import NO_CURRENCY, BadRow
from model.importers.files import Row, table
from model.importers.source import Source
from model.importers.visits import Happened, sessions_of

COLUMNS = ("event_time", "event_type", "product_id", "category_id", "category_code", "price", "user_session")
_CATEGORY_DIGITS = 10
"""The last digits of a category's number tell it from every other; all nineteen would look like a card's."""


def read(source: Source) -> Iterator[Recorded]:
    """The sessions of the file or folder `source.path`: the data's own, cut where they are silent for 30 minutes.

    Raises:
        ConfigError: a file cannot be read or lacks a column.
    """
    return sessions_of(source, table(source.path, COLUMNS), _read_row, has_row_per_item=True)


def _read_row(row: Row) -> Happened | None:
    if not row["user_session"]:
        raise BadRow("the session is missing")
    price = clean.minor(row["price"], NO_CURRENCY)
    category = row["category_code"] or "c" + row["category_id"][-_CATEGORY_DIGITS:]
    items = (clean.item(row["product_id"], category=category, price_minor=price),)
    money = NO_CURRENCY if price is not None else None
    events: tuple[ev.Event, ...]
    match row["event_type"]:
        case "view":
            look = ev.ViewItem(seq=1, at_ms=0, currency=money, items=items)
            events = (ev.PageView(seq=1, at_ms=0, page_type="product"), look)
        case "cart":
            events = (ev.AddToCart(seq=1, at_ms=0, currency=money, items=items),)
        case "remove_from_cart":
            events = (ev.RemoveFromCart(seq=1, at_ms=0, currency=money, items=items),)
        case "purchase":
            events = (ev.Purchase(seq=1, at_ms=0, currency=money, value_minor=price, items=items),)
        case _:
            return None
    return Happened(row["user_session"], clean.utc_ms(row["event_time"]), events)
