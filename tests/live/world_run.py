"""The deterministic world over many seeds: `python -m tests.live.world_run --seeds 1000 --json out.json`.

A seed that fails is repeated exactly with `--first SEED --seeds 1`. Status 1 when any did.
"""

import argparse
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import structlog

from tests.support.checks import problems
from tests.support.world import plan_of, play


def run_worlds(seeds: Iterable[int]) -> dict[str, Any]:
    """Figures over all these worlds, and for each seed that failed what was not as promised."""
    totals: Counter[str] = Counter()
    failed: dict[str, list[str]] = {}
    for seed in seeds:
        totals["seeds"] += 1
        world = play(plan_of(seed))
        found = problems(world)
        if found:
            failed[str(seed)] = found
            print(f"seed {seed}: {'; '.join(found)}", file=sys.stderr)
        store = world.store
        totals.update(
            events=sum(len(tab.captured) for tab in world.tabs),
            rows=len(store.rows),
            decisions=len(store.decisions),
            offers_shown=sum(len(tab.shown) for tab in world.tabs),
            crashes=world.crash_count,
            cuts=world.cut_count,
            frames=len(world.log.frames),
            refolded=store.refolded_count,
            beaconed_then_scored=store.filled_count,
        )
    return {**totals, "failed": failed, "passed": totals["seeds"] > 0 and not failed}


def quiet() -> None:
    """The worlds' outages are planted: their warnings would bury the result."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=1000, help="how many worlds (default 1000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    quiet()
    started_s = time.monotonic()
    figures = run_worlds(range(options.first, options.first + options.seeds))
    figures["seconds"] = round(time.monotonic() - started_s, 1)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))
    return 0 if figures["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
