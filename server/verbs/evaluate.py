"""`fifthclick evaluate`: a bundle's figures click by click, beside its baselines."""

import argparse
from pathlib import Path

from rich.console import Console

from server.verbs._sessions import add_source, source_of

OTHER_SHOPPERS_SEED = 10_001
"""Simulated shoppers that no ordinary training seed has drawn."""


def configure(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument(
        "--bundle", type=Path, metavar="BUNDLE", help="the bundle's folder (default: the starter bundle)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report here as JSON")
    parser.add_argument("--threshold", type=float, default=0.5, help="score that counts as a buyer (default: 0.5)")
    parser.add_argument("--seed", type=int, default=OTHER_SHOPPERS_SEED, help="which simulated shoppers to measure on")


def run(args: argparse.Namespace) -> int:
    from model import cli

    name, source = source_of(args, args.seed)
    report = cli.evaluate(name, source, args.bundle, Console(), threshold=args.threshold)
    if args.json is not None:
        cli.write_json(report, args.json)
    return 0
