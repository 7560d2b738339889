"""Recommendations on held-out visits: how often the next product is among the five that we would show.

A RetailRocket-format file is split by time: the first 80 % of its visits are counted, as settle counts a site's, and the
rest is walked event by event through the very session state and choice that serve shoppers. Beside it, on the same
questions: the most popular products, and the most popular of the category looked at last. What is in view or in the cart is
never shown by any of them. Intervals of differences are paired, from drawing visits again.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.recommend_files import Step, Visit, make_file, read_categories, read_visits
from core import events as ev
from core.cart import hash_of, hashes_in
from core.errors import ConfigError
from core.fields import Item
from core.recommend import Assortment, Kind, Product, ranked
from core.session import Session, observe
from server.embedded.postgres import EmbeddedPostgres
from server.offers.counting import snapshot_of
from server.store.catalogue import CatalogueRow, Stored
from server.store.neighbours import Together, together

SEED = 17
VISITS, QUICK_VISITS = 30_000, 12_000
ASKED_VISITS, QUICK_ASKED_VISITS = 20_000, 3_000
LEARNED_SHARE = 0.8
AT = 5
ROUNDS = 1_000
VISITS_LEAST = 50
"""Of fewer, drawn again, an interval says nothing."""

_STREAM = b"\0" * 14

Floats = NDArray[np.float64]
Way = Callable[[Session], Iterable[Product]]


class Asked(NamedTuple):
    """The questions of one visit about one kind of next item, how many were of products that had been seen before the
    split, and how many each way answered."""

    question_count: int
    known_count: int
    hits: dict[str, int]


def run(*, quick: bool, source: Path | None = None) -> dict[str, Any]:
    """Hit rates at 5 of the next viewed, next added and next bought item. `source`: a file, else one is made up.

    Raises:
        ConfigError: the file cannot be read, or holds too little.
    """
    console = Console(width=150)
    with tempfile.TemporaryDirectory(prefix="fifthclick-bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        file = source or make_file(Path(folder), QUICK_VISITS if quick else VISITS, SEED)
        visits, categories = read_visits(file), read_categories(file)
        cut = int(len(visits) * LEARNED_SHARE)
        learned, held_out = visits[:cut], visits[cut:]
        if not learned or not held_out:
            raise ConfigError(f"{file} holds {len(visits)} visits. Next: bring a file with more of them.")
        looked, bought = asyncio.run(_counted(Path(folder), learned))
    assortment = _assortment(learned, categories, looked, bought)
    known = {product.item_id for product in assortment.products}
    asked = held_out[: QUICK_ASKED_VISITS if quick else ASKED_VISITS]
    figures: dict[str, Any] = {
        "data": "made up" if source is None else source.name,
        "visits": len(visits),
        "learned_visits": len(learned),
        "asked_visits": len(asked),
        "products": len(assortment.products),
        "with_neighbours": {
            "viewed": sum(bool(p.viewed_with) for p in assortment.products),
            "bought": sum(bool(p.bought_with) for p in assortment.products),
        },
        "has_categories": bool(categories),
    }
    asks: dict[str, tuple[Kind, str]] = {
        "next_viewed": ("also_viewed", "view"),
        "next_added": ("also_bought", "addtocart"),
        "next_bought": ("also_bought", "transaction"),
    }
    for name, (kind, what) in asks.items():
        ways = _ways(assortment, kind, has_categories=bool(categories))
        figures[name] = _measured([_ask(visit, what, categories, ways, known) for visit in asked], list(ways))
    _print(figures, console)
    return figures


async def _counted(folder: Path, visits: Sequence[Visit]) -> tuple[Together, Together]:
    """Looked at and bought together, counted by the statements that count a site's."""
    postgres = EmbeddedPostgres(folder / "postgres")
    connection = await asyncpg.connect(await postgres.start())
    try:
        looked = await together(connection, (_distinct(visit, "view") for visit in visits))
        orders: dict[tuple[str, int], list[str]] = {}
        for number, visit in enumerate(visits):
            for step in visit:
                if step.what == "transaction":
                    key = (step.order_id, 0) if step.order_id else ("", number)
                    orders.setdefault(key, []).append(step.item_id)
        bought = await together(connection, orders.values())
    finally:
        await connection.close()
        await postgres.stop()
    return looked, bought


def _distinct(visit: Visit, what: str) -> list[str]:
    return list(dict.fromkeys(step.item_id for step in visit if step.what == what))


def _assortment(learned: Sequence[Visit], categories: dict[str, str], looked: Together, bought: Together) -> Assortment:
    items = sorted({step.item_id for visit in learned for step in visit})
    now = datetime.now(UTC)
    rows = (CatalogueRow(item_id=i, url=f"https://shop.example/{i}", category=categories.get(i)) for i in items)
    return Assortment(snapshot_of([Stored(row, "feed", now) for row in rows], looked, bought))


def _ways(assortment: Assortment, kind: Kind, *, has_categories: bool) -> dict[str, Way]:
    def popular(session: Session) -> Iterator[Product]:
        kept_out = {session.cart.in_view, *hashes_in(session.cart.items)}
        return (product for product in assortment.products if hash_of(product.item_id) not in kept_out)

    ways: dict[str, Way] = {"ours": lambda session: ranked(assortment, session, kind), "popularity": popular}
    if has_categories:
        ways["category"] = lambda session: ranked(assortment, session, "popular")
    return ways


def _ask(visit: Visit, what: str, categories: dict[str, str], ways: dict[str, Way], known: set[str]) -> Asked:
    """After each product page: is the next item of this kind, one that is neither in view nor in the cart, among the five?"""
    session = Session(id=b"b" * 16)
    count, known_count, hits = 0, 0, dict.fromkeys(ways, 0)
    for place, step in enumerate(visit):
        for event in _events(step, session, categories):
            session = observe(session, _STREAM, event)
        if step.what != "view":
            continue
        kept_out = {session.cart.in_view, *hashes_in(session.cart.items)}
        later = (s.item_id for s in visit[place + 1 :] if s.what == what)
        target = next((item_id for item_id in later if hash_of(item_id) not in kept_out), None)
        if target is None or (what == "view" and target != _next_view(visit, place)):
            continue
        count += 1
        known_count += target in known
        for name, way in ways.items():
            hits[name] += any(product.item_id == target for product in islice(way(session), AT))
    return Asked(count, known_count, hits)


def _next_view(visit: Visit, place: int) -> str | None:
    """The very next product page, unless it is the same product again."""
    return next((s.item_id for s in visit[place + 1 :] if s.what == "view" and s.item_id != visit[place].item_id), None)


def _events(step: Step, session: Session, categories: dict[str, str]) -> Iterator[ev.Event]:
    seq = session.step + 1
    items = (Item(step.item_id, categories.get(step.item_id, "")),)
    match step.what:
        case "view":
            yield ev.PageView(seq=seq, at_ms=step.at_ms, page_type="product")
            yield ev.ViewItem(seq=seq + 1, at_ms=step.at_ms, items=items)
        case "addtocart":
            yield ev.AddToCart(seq=seq, at_ms=step.at_ms, items=items)
        case _:
            yield ev.Purchase(seq=seq, at_ms=step.at_ms, items=items)


def _measured(asked: Sequence[Asked], names: Sequence[str]) -> dict[str, Any]:
    """Hit rates, and ours less each other way with its 95 % interval; None where too little was asked to say."""
    told = [one for one in asked if one.question_count]
    counts: Floats = np.array([one.question_count for one in told], dtype=np.float64)
    hits = {name: np.array([one.hits[name] for one in told], dtype=np.float64) for name in names}
    questions = int(counts.sum())
    known_count = sum(one.known_count for one in told)
    result: dict[str, Any] = {"questions": questions, "of_known_products": known_count, "visits": len(told)}
    if not questions:
        return {**result, "hit_rate_at_5": dict.fromkeys(names), "ours_less": {}}
    chance = np.random.default_rng(SEED)
    drawn = chance.integers(0, len(told), (ROUNDS, len(told))) if len(told) * ROUNDS <= 5_000_000 else None
    less: dict[str, Any] = {}
    for name in names:
        if name == "ours":
            continue
        gap = hits["ours"] - hits[name]
        low, high = _interval(gap, counts, drawn, chance) if len(told) >= VISITS_LEAST else (None, None)
        less[name] = {"difference": float(gap.sum() / questions), "low": low, "high": high}
    rates = {name: float(hits[name].sum() / questions) for name in names}
    return {**result, "hit_rate_at_5": rates, "ours_less": less}


def _interval(
    gap: Floats, counts: Floats, drawn: NDArray[np.int64] | None, chance: np.random.Generator
) -> tuple[float, float]:
    """The middle 95 % of the difference over visits drawn again, with replacement."""
    rows = drawn if drawn is not None else (chance.integers(0, len(gap), len(gap)) for _ in range(ROUNDS))
    values = [gap[row].sum() / counts[row].sum() for row in rows]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _print(figures: dict[str, Any], console: Console) -> None:
    where = f"{figures['asked_visits']:,} later visits, {figures['products']:,} products ({figures['data']})"
    table = Table(title=f"Hit rate at {AT}, and ours less the others', on {where}", title_justify="left")
    for column in ("the item", "asked", "known", "ours", "popularity", "category", "- popularity", "- category"):
        table.add_column(column, justify="right")
    for name in ("next_viewed", "next_added", "next_bought"):
        found = figures[name]
        rates = [found["hit_rate_at_5"].get(way) for way in ("ours", "popularity", "category")]
        gaps = [found["ours_less"].get(way) for way in ("popularity", "category")]
        table.add_row(
            name.replace("_", " "),
            f"{found['questions']:,}",
            f"{found['of_known_products']:,}",
            *("-" if rate is None else f"{rate:.1%}" for rate in rates),
            *map(_gap, gaps),
        )
    console.print(table)
    if not figures["has_categories"]:
        console.print("The file names no categories, so there is nothing to be popular in: that column is empty.")


def _gap(gap: dict[str, Any] | None) -> str:
    if gap is None:
        return "-"
    sure = "too few to say" if gap["low"] is None else f"{gap['low']:+.1%} to {gap['high']:+.1%}"
    return f"{gap['difference']:+.1%} ({sure})"
