"""A product feed or saved pages, read to the end under a progress bar: products, and every row that was left out by its line."""

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from core.errors import ConfigError
from server.store.catalogue import CatalogueRow, CatalogueSource
from server.verbs._feed_files import Opener, Place, Rows, Unread, files_of, format_of, json_lines, table
from server.verbs._feed_pages import pages
from server.verbs._feed_products import COLUMNS, understand
from server.verbs._feed_xml import xml

_READERS: dict[str, Callable[[Path, Opener], Rows]] = {"table": table, "json": json_lines, "xml": xml, "html": pages}
_NAMED = 20
_BAR_FROM_BYTES = 2_000_000
"""A smaller file is read before a bar could be looked at."""


class LeftOut(NamedTuple):
    """A row or a part of one that was not taken, and why; never what stood there."""

    place: Place
    reason: str
    is_whole_row: bool


class Feed:
    """What was read. `products` by id: of an id that is told twice, the last row counts and the others are named."""

    def __init__(self) -> None:
        self._by_id: dict[str, tuple[Place, CatalogueRow]] = {}
        self.left_out: list[LeftOut] = []
        self.row_count = 0
        self.unread_columns: set[str] = set()
        self.source: CatalogueSource = "feed"

    @property
    def products(self) -> list[CatalogueRow]:
        return [product for _, product in self._by_id.values()]

    def take(self, rows: Rows, currency: str) -> None:
        """Read these to the end."""
        known = {name for names in COLUMNS.values() for name in names}
        for place, row in rows:
            self.row_count += 1
            if isinstance(row, Unread):
                self.left_out.append(LeftOut(place, row.reason, True))
                continue
            self.unread_columns |= row.keys() - known
            product, left_out = understand(row, currency)
            if product is None:
                self.left_out.append(LeftOut(place, left_out[-1], True))
                continue
            self.left_out += (LeftOut(place, reason, False) for reason in left_out)
            if product.item_id in self._by_id:
                before = self._by_id.pop(product.item_id)[0]
                self.left_out.append(LeftOut(before, "its id is told again further down", True))
            self._by_id[product.item_id] = (place, product)

    def report(self, *, is_whole: bool) -> Iterator[str]:
        """What was left out: counted by reason, then by line; `is_whole` names every line."""
        if self.unread_columns:
            names = sorted(name for name in self.unread_columns if re.fullmatch(r"[a-z0-9_]{1,40}", name))
            yield f"Columns that are not read: {', '.join(names[:40]) or len(self.unread_columns)}."
        if not self.left_out:
            return
        rows = sum(one.is_whole_row for one in self.left_out)
        yield f"Of {self.row_count} rows, {rows} were left out, and {len(self.left_out) - rows} values of others:"
        for reason, count in Counter(one.reason for one in self.left_out).most_common():
            yield f"  {count:>7}  {reason}"
        shown = self.left_out if is_whole else self.left_out[:_NAMED]
        for one in shown:
            yield f"{one.place}: {'row' if one.is_whole_row else 'value'} left out: {one.reason}"
        if len(shown) < len(self.left_out):
            yield f"... and {len(self.left_out) - len(shown)} more. Next: --all names every line."


def read(path: str, currency: str = "") -> Feed:
    """Every product of the file or of the folder of pages.

    Raises:
        ConfigError: there is no such file, it cannot be read to its end, or it has no column of ids.
    """
    files = files_of(path)
    feed = Feed()
    size = sum(os.path.getsize(file) for file in files)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    is_shown = size >= _BAR_FROM_BYTES
    with Progress(*columns, console=Console(file=sys.stderr), disable=not is_shown) as progress:
        task = progress.add_task("reading", total=size)

        def opener(file: Path) -> IO[bytes]:
            return cast(IO[bytes], progress.open(file, "rb", total=size, task_id=task))

        for file in files:
            kind = format_of(file, lambda one: one.open("rb"))
            rows = _READERS[kind](file, opener)
            feed.source = "page" if kind == "html" else "feed"
            feed.take(rows, currency)
    if not feed.products and feed.row_count and not feed.unread_columns.isdisjoint(_LOOKS_LIKE_IDS):
        raise ConfigError(_no_ids(path))
    return feed


_LOOKS_LIKE_IDS = {"sku", "product_id", "article", "offer_id", "handle"}


def _no_ids(path: str) -> str:
    return f"{path} has no column id or item_id. Next: rename the one that holds what your events call item_id."


def checked_currency(code: str) -> str:
    """The ISO 4217 code, or nothing. Raises `ConfigError`."""
    if code and not re.fullmatch(r"[A-Za-z]{3}", code):
        raise ConfigError(f"--currency {code!r} is no currency. Next: three letters, such as EUR.")
    return code.upper()
