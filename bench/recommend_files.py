"""RetailRocket-format files for `bench recommend`: read with item ids, which the importer drops, and made up where none is given.

`events.csv`: timestamp (ms), visitorid, event, itemid, transactionid. Categories, where they are known, are in
`item_properties*.csv` beside it: timestamp, itemid, property, value, of which rows of `categoryid` are read.
"""

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from random import Random
from typing import NamedTuple

from core.errors import ConfigError
from core.fields import SESSION_IDLE_MS

EVENTS = ("timestamp", "visitorid", "event", "itemid", "transactionid")
PROPERTIES = ("timestamp", "itemid", "property", "value")

_ITEMS, _CATEGORIES, _PARTNERS = 600, 20, 3
_TO_PARTNER, _TO_CATEGORY = 0.3, 0.35
"""After a product comes one of its planted partners, a popular one of its category, or any popular one."""
_GOES_ON, _BUYS, _BUYS_PARTNER, _ORDERS = 0.72, 0.08, 0.4, 0.7
_START_MS, _SPAN_MS = 1_430_000_000_000, 60 * 86_400_000


class Step(NamedTuple):
    """One event of a visit: view, addtocart or transaction, of an item."""

    at_ms: int
    what: str
    item_id: str
    order_id: str


Visit = list[Step]


def read_visits(file: Path) -> list[Visit]:
    """The visits of a file in order of their start; a visitor's silence of 30 minutes ends one.

    Raises:
        ConfigError: it cannot be read, or is of another format.
    """
    rows = [row for row in _rows(file, EVENTS) if row[0].isdecimal() and row[2] in ("view", "addtocart", "transaction")]
    rows.sort(key=lambda row: (row[1], int(row[0])))
    visits: list[Visit] = []
    for _, of_visitor in groupby(rows, key=lambda row: row[1]):
        last_ms = -SESSION_IDLE_MS - 1
        for at, _, what, item_id, order_id in of_visitor:
            if int(at) - last_ms > SESSION_IDLE_MS:
                visits.append([])
            last_ms = int(at)
            visits[-1].append(Step(last_ms, what, item_id, order_id))
    return sorted(visits, key=lambda visit: visit[0].at_ms)


def read_categories(file: Path) -> dict[str, str]:
    """The category of each item, where the files beside `file` tell it; empty where there are none."""
    found: dict[str, tuple[int, str]] = {}
    for part in sorted(file.parent.glob("item_properties*.csv")):
        for at, item_id, name, value in _rows(part, PROPERTIES):
            if name == "categoryid" and at.isdecimal():
                found[item_id] = max(found.get(item_id, (0, "")), (int(at), value))
    return {item_id: value for item_id, (_, value) in found.items()}


def make_file(folder: Path, visit_count: int, seed: int) -> Path:
    """A made-up `events.csv` with `item_properties.csv`: popular items by Zipf's law, and partners across categories that
    are looked at and bought together. Gives the first file."""
    chance = Random(seed)
    shop = _Shop(chance)
    file = folder / "events.csv"
    with file.open("w", newline="") as handle, (folder / "item_properties.csv").open("w", newline="") as properties:
        events = csv.writer(handle)
        events.writerow(EVENTS)
        for number in range(visit_count):
            start_ms = _START_MS + _SPAN_MS * number // visit_count
            events.writerows(shop.visit(chance, number, start_ms))
        table = csv.writer(properties)
        table.writerow(PROPERTIES)
        table.writerows((_START_MS, item, "categoryid", item % _CATEGORIES) for item in range(_ITEMS))
    return file


class _Shop:
    """Items with a popularity, a category (item modulo 20), and partners of other categories."""

    def __init__(self, chance: Random) -> None:
        ranks = list(range(1, _ITEMS + 1))
        chance.shuffle(ranks)
        self._weights = [1.0 / rank**0.8 for rank in ranks]
        self._items = range(_ITEMS)
        self._partners = [chance.sample(self._items, k=_PARTNERS) for _ in self._items]

    def visit(self, chance: Random, number: int, at_ms: int) -> Iterator[tuple[object, ...]]:
        """The rows of one visit."""
        item = chance.choices(self._items, self._weights)[0]
        while True:
            yield at_ms, number, "view", item, ""
            if chance.random() < _BUYS:
                bought = [item]
                if chance.random() < _BUYS_PARTNER:
                    bought.append(chance.choice(self._partners[item]))
                for each in bought:
                    at_ms += chance.randrange(5_000, 60_000)
                    if each != item:
                        yield at_ms, number, "view", each, ""
                    yield at_ms + 1_000, number, "addtocart", each, ""
                if chance.random() < _ORDERS:
                    yield from ((at_ms + 90_000, number, "transaction", each, number) for each in bought)
                return
            if chance.random() > _GOES_ON:
                return
            at_ms += chance.randrange(5_000, 120_000)
            item = self._next(chance, item)

    def _next(self, chance: Random, item: int) -> int:
        where = chance.random()
        if where < _TO_PARTNER:
            return chance.choice(self._partners[item])
        pool = range(item % _CATEGORIES, _ITEMS, _CATEGORIES) if where < _TO_PARTNER + _TO_CATEGORY else self._items
        return chance.choices(pool, [self._weights[other] for other in pool])[0]


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    try:
        with file.open(newline="", encoding="utf-8", errors="replace") as handle:
            reader = csv.reader(handle)
            if tuple(next(reader, ())) != columns:
                raise ConfigError(f"its first line is not {','.join(columns)}. Next: use that format.", file=file.name)
            yield from (row for row in reader if len(row) == len(columns))
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror}). Next: check the name.", file=str(file)) from None
