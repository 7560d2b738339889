"""`fifthclick retention`: let go of events older than so many days, or say what would go."""

import argparse
from datetime import UTC, datetime

from server.store.retention import LEAST_DAYS, let_go
from server.verbs import _store
from server.verbs._store import Store


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument(
        "--days", type=int, required=True, help=f"keep the events of so many days; {LEAST_DAYS} or more"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would go, and let it stay")


def run(args: argparse.Namespace) -> int:
    return _store.with_store(args, lambda store: _run(args, store))


async def _run(args: argparse.Namespace, store: Store) -> int:
    async with store.pool.acquire() as connection:
        done = await let_go(connection, args.days, datetime.now(UTC).date(), is_trial=args.dry_run)
    verb = "would go" if args.dry_run else "are gone"
    span = f", {done.days[0]} to {done.days[-1]}" if done.days else ""
    print(f"Events of {len(done.days)} days {verb}{span}. Sessions, decisions, outcomes and orders stay.")
    if done.rejected_count:
        print(f"{done.rejected_count} rows about events that were refused are gone too.")
    if done.waiting:
        print(
            f"{len(done.waiting)} days wait, for a visit of theirs is not settled. Next: fifthclick settle, then again."
        )
    print("Next: keep_events_days in the settings does this every hour.")
    return 0
