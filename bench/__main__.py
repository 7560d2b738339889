"""`python -m bench NAME [--quick] --json FILE`: prints a table and writes its figures.

To add a benchmark: a file here with `HELP` and `run(*, quick: bool) -> dict`, and a line in `NAMES`.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAMES = ("path", "train", "tracker", "policy", "recommend", "statistics", "queries")
OUT = Path("out")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n")[0])
    parser.add_argument("name", choices=(*NAMES, "all"), metavar="NAME", help=f"one of {', '.join(NAMES)}, or all")
    parser.add_argument("--quick", action="store_true", help="ends within 60 s; figures are rougher")
    parser.add_argument("--json", type=Path, help="where to write the figures (default: out/bench-NAME.json)")
    parser.add_argument("--shops", type=Path, help="policy: another file of simulated shops (bench/policy/shops.toml)")
    parser.add_argument(
        "--from", type=Path, dest="source", metavar="PATH", help="recommend: events.csv in RetailRocket's format"
    )
    args = parser.parse_args(argv)
    if args.shops is not None and args.name != "policy":
        parser.error("--shops is for policy alone")
    if args.source is not None and args.name != "recommend":
        parser.error("--from is for recommend alone")
    given = {"shops": args.shops, "source": args.source}
    options = {name: value for name, value in given.items() if value is not None}
    for name in NAMES if args.name == "all" else (args.name,):
        figures: dict[str, Any] = importlib.import_module(f"bench.{name}").run(quick=args.quick, **options)
        file = args.json or OUT / f"bench-{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"bench: {name} written to {file}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
