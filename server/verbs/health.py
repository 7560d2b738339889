"""`fifthclick health`: what is wrong with a site's results, what is odd and harmless, and what to do."""

import argparse
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import Progress

from core.analysis.selftest import RUNS, self_test
from core.records import Traffic
from server.store.lifts import held_back_rows
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
    parser.add_argument(
        "--self-test",
        action="store_true",
        help=f"instead: split the site's own held-back visits in two by chance, {RUNS} times, and see how often a lift is claimed",
    )
    parser.add_argument("--goal", default="purchase", help="the goal of the self-test (default: purchase)")


def run(args: argparse.Namespace) -> int:
    return _store.with_store(args, lambda store: _health(args, store))


async def _health(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    # The demo shop's visitors are made up; of every other site only live visits count.
    traffic: Traffic = "simulated" if site.is_demo else "live"
    if args.self_test:
        return await _self_test(args, store, traffic)
    found = await store.pool.fetch(_FINDINGS, args.site, traffic)
    if args.json:
        print(msgspec.json.encode([dict(row) for row in found]).decode())
    else:
        _print(args.site, found)
    return int(any(row["is_fault"] for row in found))


async def _self_test(args: argparse.Namespace, store: Store, traffic: Traffic) -> int:
    rows = await held_back_rows(store.pool, args.site, traffic=traffic, goal=args.goal)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("splits", total=RUNS)
        found = self_test(rows, runs=RUNS, told=lambda: progress.advance(bar))
    if args.json:
        print(msgspec.json.encode(found).decode())
    else:
        Console().print(found.sentence, markup=False, highlight=False)
    return int(found.is_sound is False)


def _print(site_id: str, found: list[Any]) -> None:
    console = Console()
    if not any(row["is_fault"] for row in found):
        console.print(f"Nothing is wrong with the results of {site_id}.", markup=False, highlight=False)
    for row in found:
        kind = "WRONG" if row["is_fault"] else "to know"
        name = f"{row['finding']} {row['subject']}".strip()
        console.print(f"\n{kind}: {name}, since {row['since_at']:%Y-%m-%d %H:%M} UTC", markup=False, highlight=False)
        console.print(f"  {row['sentence']}", markup=False, highlight=False)
