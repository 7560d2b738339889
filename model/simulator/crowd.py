"""Many visits at once, with a bound on how many."""

import asyncio
from collections.abc import Callable

from model.simulator.client import Played, Player


async def play_all(
    players: Callable[[int], Player], count: int, *, rate: float, most_at_once: int, on_played: Callable[[Played], None]
) -> None:
    """Plays `count` visits, at most `most_at_once` at a time. `rate` visits begin each second; 0 is as fast as they end."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    indices = iter(range(count))

    async def worker() -> None:
        for index in indices:
            if rate > 0:
                await asyncio.sleep(max(0.0, started + index / rate - loop.time()))
            on_played(await players(index).play())

    await asyncio.gather(*(worker() for _ in range(min(most_at_once, count))))
