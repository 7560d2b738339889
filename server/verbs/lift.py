"""`fifthclick lift`: what an experiment moved, from a file of its visits, with an interval that may be looked at every day."""

import argparse
from collections.abc import Sequence
from math import inf
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from core.analysis.allocation import EXPECTED_LIFT, Wish
from core.analysis.currency import paid_in
from core.analysis.measures import PRIMARY, UNITS, Measure
from core.analysis.power import days_to_answer
from core.analysis.report import LiftReport, lift_report
from core.analysis.sequential import PLANNED_VISITS
from core.analysis.uplift import Moved, moved
from core.analysis.visits import Row
from core.errors import ConfigError
from server.verbs._lift_file import COLUMNS, CURRENCY, OPTIONAL, read_rows
from server.verbs._options import check_files


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        f"FILE is CSV, a row for each visit's first choice, with the columns {', '.join(COLUMNS)} (arm: treatment, "
        f"control or holdout; decided_at: ISO 8601 or seconds since 1970; money in minor units). "
        f"{OPTIONAL} and {CURRENCY} are used where they are there. "
        "Visits are compared within periods of one allocation only, so a ramp does no harm."
    )
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help="the visits, as CSV")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole report here as JSON")
    parser.add_argument(
        "--primary",
        choices=tuple(UNITS),
        default=PRIMARY,
        help=f"the one figure that a claim is about (default: {PRIMARY})",
    )
    parser.add_argument(
        "--currency",
        metavar="CODE",
        help="what amounts are in, where visits paid in several (default: the one that most paid in); they are never added",
    )
    parser.add_argument("--by-score", action="store_true", help="whom it moves: the lift in each tenth of the score")
    parser.add_argument(
        "--treatment-share",
        type=float,
        metavar="SHARE",
        help="how many were meant to be treated, where it was not logged",
    )
    parser.add_argument(
        "--expected-lift", type=float, default=EXPECTED_LIFT, metavar="SHARE",
        help=f"the relative lift that you hope for, for what is said of power (default: {EXPECTED_LIFT:g})",
    )  # fmt: skip
    parser.add_argument(
        "--planned-visits", type=int, default=PLANNED_VISITS, metavar="N",
        help=f"where the interval is to be narrowest; choose it before the first look (default: {PLANNED_VISITS:,})",
    )  # fmt: skip
    before = parser.add_argument_group("before the start: days to an answer")
    before.add_argument(
        "--base-share",
        type=float,
        metavar="SHARE",
        help="of visits with a choice and nothing shown, those that convert",
    )
    before.add_argument("--visits-per-day", type=float, metavar="N", help="visits with a choice, a day")


def run(args: argparse.Namespace) -> int:
    if args.planned_visits < 1:
        raise ConfigError("--planned-visits takes a number of visits from 1. Next: leave it out, or name one.")
    share = args.treatment_share
    if share is not None and not 0.0 < share < 1.0:
        raise ConfigError(f"--treatment-share {share:g} is no share. Next: one between 0 and 1, such as 0.5.")
    if args.expected_lift == 0 or not -1 < args.expected_lift < inf:
        raise ConfigError(f"--expected-lift {args.expected_lift:g} is no lift. Next: one such as 0.1, for 10 % more.")
    if args.source is None:
        return _plan(args)
    if args.base_share is not None or args.visits_per_day is not None:
        raise ConfigError(
            "--base-share and --visits-per-day plan what has not begun. Next: leave out these, or --from."
        )
    check_files({"--json": args.json})
    wish = Wish(
        primary=args.primary,
        treatment_share=share,
        expected_lift=args.expected_lift,
        planned_count=args.planned_visits,
        currency=args.currency and args.currency.upper(),
    )
    rows = read_rows(args.source)
    _check_currency(wish.currency, rows, args.source)
    report, whom = lift_report(rows, wish), moved(rows, wish) if args.by_score else None
    if args.json is not None:
        told = msgspec.to_builtins(report) | ({"moved": msgspec.to_builtins(whom)} if whom else {})
        args.json.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    _print(report, Console())
    if whom is not None:
        _print_moved(whom, Console())
    return 0


def _check_currency(wanted: str | None, rows: Sequence[Row], file: Path) -> None:
    there = [each.currency for each in paid_in(rows) if each.currency is not None]
    if wanted is not None and wanted not in there:
        named = f"visits paid in {', '.join(there)}" if there else "no visit names a currency"
        raise ConfigError(f"--currency {wanted}: {named}. Next: name one of these, or leave it out.", file=str(file))


def _plan(args: argparse.Namespace) -> int:
    if args.base_share is None or args.visits_per_day is None:
        raise ConfigError(
            "nothing to read. Next: --from FILE; or, before the start, --base-share 0.03 --visits-per-day 2000 --expected-lift 0.1."
        )
    plan = days_to_answer(
        args.base_share, args.visits_per_day, args.expected_lift, args.treatment_share or 0.5,
        planned_count=args.planned_visits,
    )  # fmt: skip
    if args.json is not None:
        check_files({"--json": args.json})
        args.json.write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
    Console().print(
        f"A lift of {plan.lift_share:+.0%} is claimed by day {plan.day_count:,}, after {plan.visit_count:,} visits, in "
        f"{plan.power:.0%} of the cases in which it is there."
    )
    return 0


def _print(report: LiftReport, console: Console) -> None:
    console.print(report.sentence, markup=False, highlight=False)
    if report.measures:
        amounts = f"; amounts in minor units of {report.currency}" if report.currency else ""
        title = f"Treatment less held back; the claim is about {report.primary}{amounts}"
        table = Table(title=title, title_justify="left")
        for heading in ("figure", "treated", "held back", "lift", "95 %, at any time", "relative", "p"):
            table.add_column(heading, justify="left" if heading == "figure" else "right")
        for name, measure in report.measures.items():
            table.add_row(name, *_cells(measure))
        console.print(table)
    ratio = report.sample_ratio
    if ratio is not None and ratio.basis != "unknown":
        console.print(
            f"Sample ratio: {ratio.treated_share:.2%} treated, {ratio.expected_share:.2%} meant ({ratio.basis}), "
            f"p = {ratio.p_value:.2g}: {'as it should be' if ratio.is_ok else 'a fault'}.",
            markup=False,
            highlight=False,
        )
    for line in (*report.faults, *report.notes):
        console.print(f"- {line}", markup=False, highlight=False)


def _print_moved(whom: Moved, console: Console) -> None:
    if whom.by_score is None:
        console.print("Whom it moves cannot be told: there are no scores.")
        return
    table = Table(title="By tenth of the score, lowest first", title_justify="left")
    for heading in ("score", "visits", "treated", "held back", "lift", "95 %, at any time"):
        table.add_column(heading, justify="right")
    for tenth in whom.tenths:
        cells = ("-", "-", "-", tenth.reason)
        if tenth.lift is not None:
            ends = f"{tenth.low:.2%} to {tenth.high:.2%}"
            cells = (f"{tenth.treated:.2%}", f"{tenth.held_back:.2%}", f"{tenth.lift:+.2%}", ends)
        table.add_row(f"{tenth.score_from:.3f} to {tenth.score_to:.3f}", f"{tenth.visit_count:,}", *cells)
    console.print(table)
    gain = whom.by_score
    console.print(
        f"Choosing the highest scores first brings {gain.gain * 1000:+.2f} conversions per 1,000 visits over choosing at random, "
        f"between {gain.low * 1000:+.2f} and {gain.high * 1000:+.2f}, on average over how many are chosen.",
        markup=False,
        highlight=False,
    )


def _cells(m: Measure) -> list[str]:
    if m.treated is None or m.held_back is None or m.lift is None or m.low is None or m.high is None:
        return ["-", "-", "-", m.reason, "-", "-"]
    high = "no end" if m.relative_high is None else f"{m.relative_high:+.1%}"
    relative = "-" if m.relative_lift is None else f"{m.relative_lift:+.1%} ({m.relative_low:+.1%} to {high})"
    treated, held_back, lift, low, top = (_amount(m, v) for v in (m.treated, m.held_back, m.lift, m.low, m.high))
    return [treated, held_back, lift, f"{low} to {top}", relative, f"{m.p_value:.3g}"]


def _amount(m: Measure, value: float) -> str:
    return f"{value:.3%}" if m.unit == "share" else f"{value:,.1f}"
