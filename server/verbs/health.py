"""`fifthclick health`: what is wrong with a site's results, what is odd and harmless, and what to do."""

import argparse
from typing import Any

import msgspec
from rich.console import Console

from server.store.publish import site_of
from server.verbs import _store
from server.verbs._store import Store

_FINDINGS = """
    SELECT finding, subject, is_fault, found_count, share::float8 AS share, since_at, sentence
    FROM marts.health
    WHERE site_id = $1
      AND traffic = $2
    ORDER BY is_fault DESC, finding, subject
"""


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.epilog = "Status 1 where something is wrong. The rows are those of the view marts.health."
    parser.add_argument("site", metavar="SITE", help="a site's id; `fifthclick site list` prints them")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    return _store.with_store(args, lambda store: _health(args, store))


async def _health(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    # The demo shop's visitors are made up; of every other site only live visits count.
    found = await store.pool.fetch(_FINDINGS, args.site, "simulated" if site.is_demo else "live")
    if args.json:
        print(msgspec.json.encode([dict(row) for row in found]).decode())
    else:
        _print(args.site, found)
    return int(any(row["is_fault"] for row in found))


def _print(site_id: str, found: list[Any]) -> None:
    console = Console()
    if not any(row["is_fault"] for row in found):
        console.print(f"Nothing is wrong with the results of {site_id}.", markup=False, highlight=False)
    for row in found:
        kind = "WRONG" if row["is_fault"] else "to know"
        name = f"{row['finding']} {row['subject']}".strip()
        console.print(f"\n{kind}: {name}, since {row['since_at']:%Y-%m-%d %H:%M} UTC", markup=False, highlight=False)
        console.print(f"  {row['sentence']}", markup=False, highlight=False)
