"""`fifthclick catalogue`: a site's products from a feed file or from saved pages, and what is known of them."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from core.errors import ConfigError
from core.recommend import Snapshot, unpack_neighbours
from server.store import catalogue, publish, shelves
from server.store.catalogue import Stored
from server.verbs import _store
from server.verbs._store import Store

Work = Callable[[argparse.Namespace, Store], Awaitable[int]]

_LISTED = 50


def configure(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="WHAT", required=True, dest="what")
    bring = _sub(verbs, "import", "read products from a feed file, or from saved product pages with JSON-LD", _import)
    bring.add_argument(
        "path",
        metavar="PATH",
        help="a Google Merchant feed (table or XML), a CSV file, JSON lines, a saved page, or a folder of saved pages",
    )
    bring.add_argument(
        "--whole", action="store_true", help="the file is the whole catalogue: what it does not name is sold out"
    )
    bring.add_argument("--currency", default="", metavar="CODE", help="of prices that name none, such as EUR")
    bring.add_argument("--all", action="store_true", help="name every row that was left out, not only the first 20")

    listing = _sub(verbs, "list", "print the products and what is known of them", _list)
    listing.add_argument("--all", action="store_true", help=f"every product, not only the first {_LISTED}")
    listing.add_argument("--json", action="store_true", help="one JSON object a line, which `import` reads again")

    show = _sub(verbs, "show", "print one product, and what goes with it", _show)
    show.add_argument("item", metavar="ITEM", help="the product's id, as events name it")


def run(args: argparse.Namespace) -> int:
    work: Work = args.work
    return _store.with_store(args, lambda store: work(args, store))


def _sub(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, purpose: str, work: Work
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
    parser.add_argument("site", metavar="SITE", help="a site's id; `fifthclick site list` prints them")
    parser.set_defaults(work=work)
    _store.add_options(parser)
    return parser


async def _import(args: argparse.Namespace, store: Store) -> int:
    from server.verbs import _feed  # brings what reads money, which the other verbs can do without

    currency = _feed.checked_currency(args.currency)
    await publish.site_of(store.pool, args.site)
    feed = _feed.read(args.path, currency)
    report = list(feed.report(is_whole=args.all))
    for line in report:
        print(line, file=sys.stderr)
    if not feed.products:
        why = "see the reasons above" if report else "name a file with a line of headings and a line for each product"
        raise ConfigError(f"no product could be read from {args.path}. Next: {why}.")
    async with store.pool.acquire() as connection, connection.transaction():
        count = await catalogue.save_products(connection, args.site, feed.products, feed.source)
        named = [product.item_id for product in feed.products]
        gone = await catalogue.mark_unnamed_as_sold_out(connection, args.site, named) if args.whole else 0
        await catalogue.ask_for_assortment(connection, args.site)
    sold_out = f" {gone} that it does not name are marked as sold out." if args.whole else ""
    print(f"Imported {count} products of {args.site}.{sold_out} Running workers recommend from them within 2 minutes.")
    return 0


async def _list(args: argparse.Namespace, store: Store) -> int:
    stored = await _products(store, args.site)
    if args.json:
        for row in stored:
            print(msgspec.json.encode(_as_fed(row)).decode())
        return 0
    shown = stored if args.all else stored[:_LISTED]
    for row in shown:
        print(_line(row))
    told = sum(row.source != "events" for row in stored)
    more = f" The first {len(shown)} are shown; --all shows every one." if len(shown) < len(stored) else ""
    unshown = sum(row.product.url is None for row in stored)
    print(f"{len(stored)} products: {told} from the merchant, {len(stored) - told} from events alone.{more}")
    if unshown:
        print(
            f"{unshown} have no page that is known, so they are never recommended. Next: fifthclick catalogue import."
        )
    return 0


async def _show(args: argparse.Namespace, store: Store) -> int:
    stored = await _products(store, args.site)
    row = next((row for row in stored if row.product.item_id == args.item), None)
    if row is None:
        raise ConfigError(f"{args.site} has no product {args.item!r}. Next: `fifthclick catalogue list {args.site}`.")
    for name, value in msgspec.structs.asdict(row.product).items():
        print(f"{name:<13} {'·' if value is None else value}")
    print(f"{'source':<13} {row.source}, last told {row.seen_at:%Y-%m-%d %H:%M} UTC")
    async with store.pool.acquire() as connection:
        found = await shelves.content(connection, args.site, "assortment")
    snapshot = shelves.decode("assortment", found[1]) if found is not None else Snapshot()
    assert isinstance(snapshot, Snapshot)
    for words, near in (("bought with", "bought_with"), ("looked at with", "viewed_with")):
        print(f"{words}: {_neighbours(snapshot, args.item, near) or 'nothing yet'}")
    return 0


async def _products(store: Store, site_id: str) -> Sequence[Stored]:
    await publish.site_of(store.pool, site_id)
    async with store.pool.acquire() as connection:
        return await catalogue.products_of(connection, site_id)


def _line(row: Stored) -> str:
    from server.verbs._timeline_words import money  # as above: only what prints it needs it

    product = row.product
    price = money(product.price_minor, product.currency) or "no price"
    flags = "" if product.is_in_stock else "  sold out"
    return f"{product.item_id:<20} {product.title or '·':<40.40} {price:>18}  {product.category or '·'}  {row.source}{flags}"


def _as_fed(row: Stored) -> dict[str, object]:
    """What `import` reads: money as an amount is not needed where minor units are exact."""
    return {name: value for name, value in msgspec.structs.asdict(row.product).items() if value is not None}


def _neighbours(snapshot: Snapshot, item_id: str, which: str) -> str:
    product = next((product for product in snapshot.products if product.item_id == item_id), None)
    if product is None:
        return ""
    near = unpack_neighbours(getattr(product, which))
    return ", ".join(f"{snapshot.products[place].item_id} ({score:.2f})" for place, score in near)
