"""`fifthclick evaluate`: a bundle's figures click by click, beside its baselines, and what they mean, as JSON and as a page."""

import argparse
from pathlib import Path

from core.errors import ConfigError
from core.rules import Segments
from server.verbs._options import check_files, seed, threshold
from server.verbs._sessions import add_source, source_of

OTHER_SHOPPERS_SEED = 10_001
"""Simulated shoppers that no ordinary training seed has drawn."""
USUAL = Segments()


def configure(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument(
        "--bundle", type=Path, metavar="BUNDLE", help="the bundle's folder (default: the starter bundle)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report here as one page with pictures")
    parser.add_argument("--threshold", type=threshold, default=0.5, help="score that counts as a buyer (default: 0.5)")
    parser.add_argument(
        "--precision",
        type=float,
        metavar="SHARE",
        help="look for the threshold above which this share buys, such as 0.6, and print it for rules.toml",
    )
    parser.add_argument(
        "--segments",
        type=float,
        nargs=2,
        metavar=("LIKELY_AT", "FENCE_AT"),
        default=(USUAL.likely_to_buy_at, USUAL.on_the_fence_at),
        help=f"the segments' thresholds (default: {USUAL.likely_to_buy_at} {USUAL.on_the_fence_at})",
    )
    parser.add_argument(
        "--learning-curve", action="store_true", help="train on growing parts: how many visits are enough"
    )
    parser.add_argument("--thorough", action="store_true", help="train again without each group of signals")
    parser.add_argument("--quick", action="store_true", help="the figures by click alone")
    parser.add_argument("--seed", type=seed, default=OTHER_SHOPPERS_SEED, help="which simulated shoppers to measure on")


def run(args: argparse.Namespace) -> int:
    from model import cli_evaluate as cli
    from model.terminal import console_of

    likely_at, fence_at = args.segments
    if not 0.0 < fence_at < likely_at < 1.0:
        raise ConfigError("--segments takes two shares, the greater first. Next: for example --segments 0.7 0.15.")
    if args.precision is not None and not 0.0 < args.precision < 1.0:
        raise ConfigError(f"--precision {args.precision:g} is no share. Next: one between 0 and 1, such as 0.6.")
    check_files({"--json": args.json, "--html": args.html})
    name, source = source_of(args, args.seed)
    wish = cli.Wish(
        threshold=args.threshold,
        seed=args.seed,
        precision=args.precision,
        segments=Segments(likely_to_buy_at=likely_at, on_the_fence_at=fence_at),
        thorough=args.thorough,
        learning_curve=args.learning_curve,
        is_quick=args.quick,
    )
    evaluated = cli.evaluate(name, source, args.bundle, console_of(), wish)
    if args.json is not None:
        cli.write_json(evaluated.report, args.json)
    if args.html is not None:
        cli.write_html(evaluated.page, args.html)
    return 0
