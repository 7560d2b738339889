"""`fifthclick simulate`: made-up shoppers over real sockets, flagged `simulated` and left out by one filter."""

import argparse
import asyncio
from pathlib import Path
from time import time

from rich.console import Console

from model.simulator.client import Played, Player
from model.simulator.parameters import load_parameters
from model.simulator.scripts import ShopperScript, start_times
from server.verbs._players import Summary, add_target, add_up, play_with_progress, report, target_of

SEEDS_PER_RUN = 10_000_000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shoppers", type=int, default=200, help="how many visits (default: 200)")
    parser.add_argument("--days", type=float, default=1.0, help="spread them over this many past days (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other shoppers (default: 0)")
    parser.add_argument("--shop", metavar="FILE", help="another shop's parameters (docs/simulator.md)")
    add_target(parser)


def run(args: argparse.Namespace) -> int:
    console, summary = Console(), Summary()
    parameters = load_parameters(Path(args.shop)) if args.shop else load_parameters()
    target = asyncio.run(target_of(args, "simulated"))
    starts = start_times(args.shoppers, now_ms=int(time() * 1000), days=args.days, seed=args.seed)
    scripts: dict[bytes, ShopperScript] = {}

    def make(index: int) -> Player:
        seed = args.seed * SEEDS_PER_RUN + index
        script = ShopperScript(seed, starts[index], parameters)
        # The session's name also holds the time: the same shoppers can be played again tomorrow.
        player = Player(target, script, seed=f"{seed}:{starts[index]}")
        scripts[player.played.session_id] = script
        return player

    def on_played(played: Played) -> None:
        script = scripts.pop(played.session_id)
        add_up(summary, played, kind=script.shopper.intent_name, has_bought=script.has_bought)

    title = "playing shoppers"
    play_with_progress(make, args.shoppers, rate=args.rate, title=title, on_played=on_played, console=console)
    return report(summary, console)
