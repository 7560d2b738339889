"""Saved product pages as rows: what their JSON-LD says of the product, in schema.org's words. Nothing is fetched."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec

from core.errors import ConfigError
from server.verbs._feed_files import UNREADABLE, Opener, Place, Row, Rows, Unread, plain, text_of

_LARGEST = 20_000_000
_DEEPEST = 8
_ITEM_ID = ("sku", "productID", "mpn")
"""Where a product's id stands, the first that is there: the one that events name should be `sku`."""


class _Scripts(HTMLParser):
    """The page's JSON-LD blocks with their lines, and its canonical address."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[int, list[str]]] = []
        self.canonical = ""
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "script" and (told.get("type") or "").strip().lower() == "application/ld+json":
            self._is_inside = True
            self.blocks.append((self.getpos()[0], []))
        elif tag == "link" and "canonical" in (told.get("rel") or "").lower().split():
            self.canonical = told.get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.blocks[-1][1].append(data)


def pages(file: Path, opener: Opener) -> Rows:
    """Each product that the page's JSON-LD tells of; a page without any is a row that could not be read.

    Raises:
        ConfigError: the file cannot be read.
    """
    found = _Scripts()
    try:
        with text_of(file, opener) as handle:
            found.feed(handle.read(_LARGEST))
    except UNREADABLE:
        raise ConfigError("cannot be read. Next: save the page again.", file=file.name) from None
    count = 0
    for line, texts in found.blocks:
        place = Place(file.name, line)
        try:
            told = msgspec.json.decode("".join(texts).strip())
        except (msgspec.DecodeError, RecursionError):
            yield place, Unread("JSON-LD that is no JSON")
            count += 1
            continue
        for product in _products(told, _DEEPEST):
            yield place, _row(product, found.canonical)
            count += 1
    if not count:
        yield Place(file.name, 1), Unread("a page without a product in JSON-LD")


def _products(told: Any, depth: int) -> Iterator[dict[str, Any]]:
    """The Product nodes, wherever they stand. What belongs to a product (reviews, similar ones) is not looked into."""
    if isinstance(told, list) and depth:
        for one in told:
            yield from _products(one, depth - 1)
    elif isinstance(told, dict) and depth:
        if "Product" in _listed(told.get("@type")):
            yield told
        else:
            for key in ("@graph", "mainEntity", "itemListElement", "item"):
                yield from _products(told.get(key), depth - 1)


def _row(product: dict[str, Any], canonical: str) -> Row:
    offer = next((o for o in _listed(product.get("offers")) if isinstance(o, dict)), {})
    image = next(iter(_listed(product.get("image"))), "")
    item_id = next((plain(product[name]) for name in _ITEM_ID if product.get(name)), "")
    return {
        "item_id": item_id or plain(offer.get("sku", "")),
        "title": plain(product.get("name", "")),
        "category": plain(next(iter(_listed(product.get("category"))), "")),
        "url": plain(product.get("url", "")) or plain(offer.get("url", "")) or canonical,
        "image_url": plain(image.get("url") or image.get("contentUrl") or "")
        if isinstance(image, dict)
        else plain(image),
        "price": plain(offer.get("price", "")) or plain(offer.get("lowPrice", "")),
        "currency": plain(offer.get("priceCurrency", "")),
        "in_stock": plain(offer.get("availability", "")),
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
