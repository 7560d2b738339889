"""`fifthclick replay-sessions`: recorded sessions through the running server over real sockets, flagged `replayed`.

The files say which sessions bought, not when: no purchase event is invented, so outcomes show none.
"""

import argparse
import asyncio
from itertools import islice
from pathlib import Path
from time import time

from msgspec.structs import replace
from rich.console import Console

from core.errors import ConfigError
from model.dataset import Recorded
from model.importers.shop_a import sessions_in
from model.simulator.client import Played, Player
from model.simulator.scripts import RecordedScript, start_times
from server.verbs._players import Summary, add_target, add_up, play_with_progress, report, target_of


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", type=Path, metavar="PATH", help="a folder with sessions.csv and events.csv, plain or .gz"
    )
    parser.add_argument(
        "--sessions", type=int, default=1000, help="how many, from the start of the file (default: 1000)"
    )
    parser.add_argument("--days", type=float, default=1.0, help="spread them over this many past days (default: 1)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other times (default: 0)")
    add_target(parser)


def run(args: argparse.Namespace) -> int:
    console, summary = Console(), Summary()
    recorded = list(islice(sessions_in(args.path, start_ms=0), args.sessions))
    if not recorded:
        raise ConfigError(f"{args.path} holds no sessions. Next: name a folder with sessions.csv and events.csv.")
    target = asyncio.run(target_of(args, "replayed"))
    starts = start_times(len(recorded), now_ms=int(time() * 1000), days=args.days, seed=args.seed)
    bought: dict[bytes, bool] = {}

    def make(index: int) -> Player:
        moved = _begun_at(recorded[index], starts[index])
        player = Player(target, RecordedScript(moved), seed=f"{moved.session_id}:{starts[index]}")
        bought[player.played.session_id] = moved.has_bought
        return player

    def on_played(played: Played) -> None:
        has_bought = bought.pop(played.session_id)
        add_up(summary, played, kind="recorded buyer" if has_bought else "recorded visit", has_bought=has_bought)

    title = "replaying sessions"
    play_with_progress(make, len(recorded), rate=args.rate, title=title, on_played=on_played, console=console)
    return report(summary, console)


def _begun_at(recorded: Recorded, start_ms: int) -> Recorded:
    """The same session, begun at another time, all of it over by now."""
    length_ms = recorded.events[-1][1].at_ms
    first_ms = start_ms - length_ms
    events = [(stream, replace(event, at_ms=event.at_ms + first_ms)) for stream, event in recorded.events]
    return replace(recorded, events=events)
