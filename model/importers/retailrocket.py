"""RetailRocket's published `events.csv`: timestamp (ms), visitorid, event, itemid, transactionid.

A `view` is a product page and the product on it; `addtocart` and `transaction` are what they say. There are no prices, no
other pages and no devices. The transaction's number joins the rows of one order and is then left out.
"""

from collections.abc import Iterator

from core import events as ev
from model.dataset import Recorded
from model.importers import clean
from model.importers.clean import BadRow
from model.importers.files import Row, table
from model.importers.source import Source
from model.importers.visits import Happened, sessions_of

COLUMNS = ("timestamp", "visitorid", "event", "itemid", "transactionid")


def read(source: Source) -> Iterator[Recorded]:
    """The sessions of the file `source.path`; a visitor's silence of 30 minutes ends one.

    Raises:
        ConfigError: the file cannot be read or lacks a column.
    """
    return sessions_of(source, table(source.path, COLUMNS), _read_row, has_row_per_item=True)


def _read_row(row: Row) -> Happened | None:
    if not row["timestamp"].isdecimal() or not row["visitorid"]:
        raise BadRow("the time or the visitor is missing")
    items = (clean.item(row["itemid"]),)
    events: tuple[ev.Event, ...]
    match row["event"]:
        case "view":
            events = (ev.PageView(seq=1, at_ms=0, page_type="product"), ev.ViewItem(seq=1, at_ms=0, items=items))
        case "addtocart":
            events = (ev.AddToCart(seq=1, at_ms=0, items=items),)
        case "transaction":
            order = clean.item_id(row["transactionid"])
            events = (ev.Purchase(seq=1, at_ms=0, items=items, transaction_id=order),)
        case _:
            return None
    return Happened(row["visitorid"], int(row["timestamp"]), events)
