"""`fifthclick report`: a week or a month of a shop as one page, and as JSON: what offers brought, and whether to believe it."""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console

from core.errors import ConfigError
from server.reports.span import Span, last_whole, parsed
from server.settings import Settings
from server.store.live_rules import site_of
from server.store.pool import UNREACHABLE, connect_one, migrated, unavailable
from server.store.roles import ANALYST, ensure_login
from server.verbs import _store
from server.verbs._options import check_files


def configure(parser: argparse.ArgumentParser) -> None:
    _store.add_options(parser)
    parser.add_argument("kind", choices=("week", "month"), help="a calendar month, or an ISO week from Monday, in UTC")
    parser.add_argument("--site", metavar="SITE", required=True, help="a site's id; `fifthclick site list` prints them")
    parser.add_argument("--month", metavar="YYYY-MM", help="which month, 2026-10 (default: the last whole one)")
    parser.add_argument("--week", metavar="YYYY-Www", help="which week, 2026-W43 (default: the last whole one)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the page (default: report-SITE-2026-10.html in this folder)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure with its SQL here too")
    parser.add_argument(
        "--traffic",
        choices=("live", "simulated", "replayed"),
        help="which visits (default: live; of the demo shop, simulated)",
    )
    parser.epilog = "Each figure of the page has its SQL below it; docs/reports.md says how to read it."


def run(args: argparse.Namespace) -> int:
    other = "month" if args.kind == "week" else "week"
    if getattr(args, other) is not None:
        raise ConfigError(f"a {args.kind} is asked for and --{other} is given. Next: fifthclick report {other} ...")
    named = getattr(args, args.kind)
    now = datetime.now(UTC)
    span = parsed(args.kind, named) if named is not None else last_whole(args.kind, now)
    out: Path = args.out or Path(f"report-{args.site}-{span.name}.html")
    check_files({"--out": out, "--json": args.json})
    return asyncio.run(_report(_store.settings_of(args), args, span, out, now))


async def _report(settings: Settings, args: argparse.Namespace, span: Span, out: Path, now: datetime) -> int:
    # It brings the library that draws, which `--help` can do without.
    from server.reports.report import report

    with Console(stderr=True).status("Asking"):
        async with _store.kept_database_url(settings) as url:
            owner = await connect_one(url)
            try:
                with migrated():
                    site = await site_of(owner, args.site)
            finally:
                await owner.close()
            dsn = await ensure_login(url, ANALYST, settings.data_path / f"{ANALYST}.password")
            connection = await connect_one(dsn, command_timeout_s=None)
            try:
                await connection.execute("SET statement_timeout = 0")
                traffic = args.traffic or ("simulated" if site.is_demo else "live")
                # One moment for all figures: visits that settle meanwhile are in none.
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    made = await report(connection, args.site, traffic, span, now)
            except UNREACHABLE as error:
                raise unavailable(error) from None
            finally:
                await connection.close()
    out.write_text(made.html, encoding="utf-8")
    if args.json is not None:
        args.json.write_bytes(msgspec.json.format(msgspec.json.encode(made.data), indent=2) + b"\n")
    console = Console()
    for check in made.checks:
        if check.verdict == "bad":
            console.print(f"{check.name}: {check.words}", markup=False, highlight=False)
    for sentence in made.sentences:
        console.print(sentence, markup=False, highlight=False)
    console.print(f"Written to {out}.", markup=False, highlight=False)
    return 0
