"""`make faults`: the long form of what the tests show in short. Each prints its figures and leaves its JSON in out/.

    python -m tests.faults [NAME ...] [--shop-a FOLDER]

To add one: a file here with `run(options) -> dict` whose figures hold `passed`, and a line in `NAMES`.
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

NAMES = {
    "world": "the deterministic world over 1,000 seeds",
    "kill": "SIGKILL in the middle of journeys in a real browser: every event once",
    "journeys": "200 visits of several tabs over a line that is cut at random: every event once, one session, one arm",
    "postgres": "Postgres stopped for a minute under load: every event once",
    "restart": "a second start, and one after SIGKILL: ready in under 10 s with every row kept",
    "switch": "the kill switch over four processes, two without a log: every open page within 5 s",
    "money": "four processes, one budget, one pool of codes; replays, forgeries, lies and SIGKILL",
    "decision": "the worked example's decision 1,000 times under load: event to offer on the socket, p99 at most 100 ms",
    "latency": "300 offers in a real browser, and 100 on a slow machine and network",
    "frictions": "2,000 visits, a friction planted in every second one: named first, and nothing where there is none",
    "policy": "10,000 random rule sets and visits: no discount to sure buyers, one reason each, all arms alike, replay",
    "oracle": "the starter bundle beside the true chance to buy: the worked example, 20 neighbours, 500 random visits",
    "precision": "a chosen precision level on 100 simulated shops: new visits keep what was stated",
    "segments": "the three segments at click 5 on the simulated shop: who buys, how many change",
    "recorded": "1,000 recorded sessions through the running server (needs --shop-a)",
    "shops": "the tracker, unchanged, in django-oscar and evershop: events recognised of those performed, nothing broken",
    "manners": "300 random walks on which offers keep coming, and axe on every type, shape, width and direction",
    "marts": "every check of the marts on 100,000 simulated sessions, some of whose orders a server tells of",
    "guards": "100 harmless actions and 100 harmful ones looked at for 30 days: who is paused, and when",
    "million": "a REES46 file of a million events, trained on in under 4 GiB",
}
OUT = Path("out")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(f"{n}: {what}" for n, what in NAMES.items()))
    parser.add_argument(
        "--shop-a", type=Path, help="folder with sessions.csv.gz and events.csv.gz of recorded sessions"
    )
    parser.add_argument("--shops", nargs="+", metavar="SHOP", help="of `shops`: these alone")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}")
    OUT.mkdir(exist_ok=True)
    failed = []
    for name in options.names or NAMES:
        if name == "recorded" and options.shop_a is None:
            print("faults: recorded is left out: it needs --shop-a FOLDER", file=sys.stderr)
            continue
        started = time.monotonic()
        print(f"faults: {name}: {NAMES[name]}", file=sys.stderr)
        figures: dict[str, Any] = importlib.import_module(f"tests.faults.{name}").run(options)
        figures["seconds"] = round(time.monotonic() - started, 1)
        (OUT / f"faults-{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
        print(f"faults: {name}: {'passed' if figures['passed'] else 'FAILED'}: {json.dumps(figures)}")
        if not figures["passed"]:
            failed.append(name)
    print(f"faults: {'all passed' if not failed else 'failed: ' + ', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
