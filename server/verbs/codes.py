"""`fifthclick codes`: fill a site's pools of single-use codes, see what is left, and what was done with them."""

import argparse
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.progress import track

from server.store.codes import Adding, abuse_of, pools_of, read_codes
from server.store.publish import site_of
from server.verbs import _store
from server.verbs._store import Store
from server.verbs.sql import table

Work = Callable[[argparse.Namespace, Store], Awaitable[int]]
_CASES = 200


def configure(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(metavar="WHAT", required=True, dest="what")
    add = _sub(verbs, "add", "put codes into a pool, all of a file or none", _add)
    add.add_argument("site", metavar="SITE")
    add.add_argument(
        "pool", metavar="POOL", help='the pool\'s name, as the rules have it: honour = { by = "pool", ... }'
    )
    add.add_argument("file", metavar="FILE", help="one code a line; - reads standard input")
    show = _sub(verbs, "list", "say how many codes each pool has left", _list)
    show.add_argument("site", metavar="SITE")
    abuse = _sub(verbs, "abuse", "name codes that were used in a way that was not meant", _abuse)
    abuse.add_argument("site", metavar="SITE")


def run(args: argparse.Namespace) -> int:
    work: Work = args.work
    return _store.with_store(args, lambda store: work(args, store))


def _sub(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, purpose: str, work: Work
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
    parser.set_defaults(work=work)
    _store.add_options(parser)
    return parser


async def _add(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    codes = read_codes(_store.read_text(args.file), args.file)
    async with store.pool.acquire() as connection, connection.transaction():
        adding = Adding(connection, site.site_id, args.pool, codes)
        await adding.begin()
        console = Console(stderr=True)
        for batch in track(
            adding.batches(), total=len(adding), description="Adding codes", console=console, transient=True,
            disable=len(adding) < 4,
        ):  # fmt: skip
            await adding.add(batch)
    print(
        f"Added {_codes(len(codes))} to pool {args.pool} of {site.site_id}. Running servers offer them within seconds."
    )
    return 0


async def _list(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    pools = await pools_of(store.pool, site.site_id)
    if not pools:
        print(f"{site.site_id} has no codes. Next: fifthclick codes add {site.site_id} POOL FILE")
        return 0
    rows = [(p.pool, p.code_count, p.code_count - p.free_count, p.redeemed_count, p.free_count) for p in pools]
    print(table(("pool", "added", "taken", "redeemed", "left"), rows))
    for pool in pools:
        if pool.free_count < max(10, pool.code_count // 20):
            print(f"\nPool {pool.pool} runs low. Next: fifthclick codes add {site.site_id} {pool.pool} FILE")
    return 0


async def _abuse(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    cases = await abuse_of(store.pool, site.site_id, _CASES)
    if not cases:
        print(f"No code of {site.site_id} was used in a way that was not meant.")
        return 0
    names = ("kind", "code", "pool", "action_id", "session_id", "order_id", "happened_at")
    print(table(names, [tuple(case[name] for name in names) for case in cases]))
    if len(cases) == _CASES:
        print(f"These are the newest {_CASES}. All: fifthclick sql 'SELECT * FROM coupon_abuse'")
    return 0


def _codes(count: int) -> str:
    return "1 code" if count == 1 else f"{count} codes"
