"""Recorded sessions of a real shop through the running server: a session row for each, and a score after every event."""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from tests.support.stack import Stack, running_stack

SESSIONS = 1000


def run(options: argparse.Namespace) -> dict[str, Any]:
    with running_stack() as stack:
        return asyncio.run(play(stack, options.shop_a, SESSIONS))


async def play(stack: Stack, folder: Path, sessions: int) -> dict[str, Any]:
    """Plays the first `sessions` of the folder and counts what the tables hold of them."""
    said = stack.cli("replay-sessions", str(folder), "--site", "demo", "--sessions", str(sessions))
    replayed = "SELECT 1 FROM raw.events WHERE traffic = 'replayed' GROUP BY session_id"
    await stack.until_rows(sessions, replayed, seconds=60)
    stack.cli("settle", "--as-of", "+31m")
    [counts] = await stack.rows(
        "SELECT count(*) AS events, count(purchase_score) AS scored FROM raw.events WHERE traffic = 'replayed'"
    )
    [rows] = await stack.rows("SELECT count(*) AS n FROM marts.sessions WHERE traffic = 'replayed'")
    return {
        "passed": rows["n"] == sessions and counts["events"] == counts["scored"] > sessions,
        "session_rows": rows["n"],
        "events": counts["events"],
        "events_with_a_score": counts["scored"],
        "said": said.strip().splitlines()[-1:],
    }
