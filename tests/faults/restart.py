"""How long a demo takes to be ready: from an empty folder, again on its rows, and again after SIGKILL."""

import argparse
import asyncio
from typing import Any

from tests.support.stack import Stack, running_stack

READY_WITHIN_S = 10.0


def run(options: argparse.Namespace) -> dict[str, Any]:
    with running_stack() as stack:
        stack.cli("simulate", "--shoppers", "20")
        before = asyncio.run(_stored(stack))
        stack.stop()
        second_s = stack.start("--no-simulate")
        stack.kill()
        after_kill_s = stack.start("--no-simulate")
        after = asyncio.run(_stored(stack))
    return {
        "passed": second_s < READY_WITHIN_S and after_kill_s < READY_WITHIN_S and before == after > 0,
        "second_start_s": round(second_s, 2),
        "start_after_kill_s": round(after_kill_s, 2),
        "rows_before": before,
        "rows_after": after,
    }


async def _stored(stack: Stack) -> int:
    """Rows of 20 visits, once no more come."""
    await stack.until_rows(20, "SELECT 1 FROM raw.events GROUP BY session_id")
    [row] = await stack.rows("SELECT count(*) AS n FROM raw.events")
    count: int = row["n"]
    return count
