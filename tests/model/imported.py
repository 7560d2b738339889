"""One made-up shop's visits, written in each format that a file can have: the same shopping, told six ways. And what comes
out of such a file, in short words that a test can compare."""

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from core import events as ev
from core.events import name_of
from model.dataset import Recorded
from model.importers import read
from model.importers.snowplow import FIELD_COUNT, PLACES
from model.importers.source import Source
from tests.model.builders import START_MS, write_recorded

FIXTURES = Path(__file__).parent / "fixtures"
HOURS_3_MS = 3 * 3600 * 1000
FIXTURE_OF = {
    "retailrocket": "retailrocket.csv",
    "rees46": "rees46.csv",
    "ga4-bigquery": "ga4.ndjson",
    "segment": "segment.ndjson",
    "snowplow": "snowplow.tsv",
}
Written = dict[str, object]


class Moment(NamedTuple):
    """What a visitor did: `view`, `cart` or `purchase` of a product, at a time."""

    visitor: int
    at_ms: int
    kind: str
    product: int
    price: float


def moments(count: int, seed: int = 1, *, every_ms: int = HOURS_3_MS) -> Iterator[Moment]:
    """`count` visits of different visitors, three in ten of which buy; buyers come back to what they saw, and are quick."""
    chance = Random(seed)
    for visitor in range(count):
        at_ms = START_MS + visitor * every_ms
        buys = chance.random() < 0.3
        product = chance.randint(1, 50)
        for _ in range(chance.randint(3, 7)):
            yield Moment(visitor, at_ms, "view", product, 5.0 + product)
            product = product if buys and chance.random() < 0.6 else chance.randint(1, 50)
            at_ms += 1000 * chance.randint(2, 20 if buys else 90)
        if buys or chance.random() < 0.1:
            yield Moment(visitor, at_ms, "cart", product, 5.0 + product)
        if buys:
            yield Moment(visitor, at_ms + 30_000, "purchase", product, 5.0 + product)


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _retailrocket(file: Path, count: int) -> None:
    words = {"view": "view", "cart": "addtocart", "purchase": "transaction"}
    lines: list[list[object]] = [["timestamp", "visitorid", "event", "itemid", "transactionid"]]
    for m in moments(count):
        lines.append([m.at_ms, m.visitor, words[m.kind], m.product, m.visitor if m.kind == "purchase" else ""])
    with file.open("w", newline="") as handle:
        csv.writer(handle).writerows(lines)


REES46_COLUMNS = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"


def rees46_lines(count: int, seed: int = 1, *, every_ms: int = HOURS_3_MS) -> Iterator[str]:
    """The header, then a line for each moment."""
    yield REES46_COLUMNS + "\n"
    for m in moments(count, seed, every_ms=every_ms):
        rest = f"{m.product},77,shop.c{m.product % 5},,{m.price:.2f},{m.visitor},session-{m.visitor}"
        yield f"{_utc(m.at_ms)} UTC,{m.kind},{rest}\n"


def _rees46(file: Path, count: int) -> None:
    with gzip.open(file, "wt") as handle:
        handle.writelines(rees46_lines(count))


def _ga4(file: Path, count: int) -> None:
    names = {"view": "view_item", "cart": "add_to_cart", "purchase": "purchase"}

    def row(m: Moment, name: str) -> Written:
        url = {"string_value": f"https://shop.example/products/{m.product}"}
        return {
            "event_name": name,
            "event_timestamp": str(m.at_ms * 1000),
            "user_pseudo_id": f"v{m.visitor}",
            "event_params": [
                {"key": "page_location", "value": url},
                {"key": "currency", "value": {"string_value": "EUR"}},
            ],
            "items": [{"item_id": str(m.product), "price": m.price}] if name != "page_view" else [],
        }

    _json_lines(
        file,
        count,
        lambda m: [row(m, "page_view"), row(m, names[m.kind])] if m.kind == "view" else [row(m, names[m.kind])],
    )


def _segment(file: Path, count: int) -> None:
    names = {"view": "Product Viewed", "cart": "Product Added", "purchase": "Order Completed"}

    def calls(m: Moment) -> list[Written]:
        base = {"anonymousId": f"v{m.visitor}", "timestamp": _utc(m.at_ms).replace(" ", "T") + "Z"}
        product = {"product_id": m.product, "price": m.price, "quantity": 1}
        told: Written = {"order_id": m.visitor, "products": [product]} if m.kind == "purchase" else dict(product)
        page: Written = {**base, "type": "page", "properties": {"path": f"/products/{m.product}"}}
        return [
            *([page] if m.kind == "view" else []),
            {**base, "type": "track", "event": names[m.kind], "properties": told},
        ]

    _json_lines(file, count, calls)


def _json_lines(file: Path, count: int, rows: Callable[[Moment], list[Written]]) -> None:
    with gzip.open(file, "wt") as handle:
        for m in moments(count):
            handle.writelines(json.dumps(row) + "\n" for row in rows(m))


def _snowplow(file: Path, count: int) -> None:
    types = {"view": "product_view", "cart": "add_to_cart", "purchase": "transaction"}
    vendor = "iglu:com.snowplowanalytics.snowplow"

    def described(schema: str, data: object) -> Written:
        return {"schema": f"{vendor}.ecommerce/{schema}/jsonschema/1-0-0", "data": data}

    def line(m: Moment, name: str) -> str:
        cells = [""] * FIELD_COUNT
        told = {
            "event_name": name,
            "domain_sessionid": f"s{m.visitor}",
            "collector_tstamp": _utc(m.at_ms),
            "page_urlpath": f"/products/{m.product}",
        }
        if name != "page_view":
            product = described("product", {"id": str(m.product), "price": m.price, "currency": "EUR"})
            action = described("snowplow_ecommerce_action", {"type": types[m.kind]})
            told["unstruct_event"] = json.dumps({"schema": "unstruct_event", "data": action})
            told["contexts"] = json.dumps({"schema": "contexts", "data": [product]})
        for column, text in told.items():
            cells[PLACES[column]] = text
        return "\t".join(cells) + "\n"

    with file.open("w") as handle:
        for m in moments(count):
            if m.kind == "view":
                handle.write(line(m, "page_view"))
            handle.write(line(m, "snowplow_ecommerce_action"))


def _shop_a(folder: Path, count: int) -> None:
    write_recorded(folder, count)


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "shop-a": _shop_a,
    "retailrocket": _retailrocket,
    "rees46": _rees46,
    "ga4-bigquery": _ga4,
    "snowplow": _snowplow,
    "segment": _segment,
}


def write(name: str, folder: Path, count: int) -> Path:
    """A file or folder of this format with so many sessions."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    WRITERS[name](path, count)
    return path


def sessions(name: str, file: Path | None = None) -> tuple[list[Recorded], list[str]]:
    """The sessions in the order in which they began, and what was said about rows left out."""
    said: list[str] = []
    read_in = read(name, Source(path=str(file or FIXTURES / FIXTURE_OF[name]), on_skipped=said.append))
    return sorted(read_in, key=lambda s: (s.began_at_ms, s.has_bought)), said


def told(session: Recorded) -> list[str]:
    """The events in short: name, what page or how much, and when (s)."""
    words = []
    for _, event in session.events:
        detail = ""
        match event:
            case ev.PageView():
                detail = f" {event.page_type}"
            case ev.Search():
                detail = f" {event.term_length}"
            case ev.Scroll():
                detail = f" {event.percent}"
            case (
                ev.Purchase()
                | ev.AddToCart()
                | ev.ViewCart()
                | ev.BeginCheckout()
                | ev.RemoveFromCart()
                | ev.ViewItem()
            ):
                items = "+".join(f"{i.item_id}*{i.quantity}@{i.price_minor}" for i in event.items)
                detail = f" {items} {event.value_minor} {event.currency}"
        words.append(f"{(event.at_ms - START_MS) // 1000} {name_of(event)}{detail}")
    return words


def in_short(read_in: Iterable[Recorded]) -> list[list[str]]:
    """Every session in short, without its name."""
    return [told(session) for session in read_in]
