"""The server of the journeys: it goes and comes while they are walked, and says when it is there."""

import asyncio
import math
import time
from typing import Any

import asyncpg

from tests.support.stack import Stack

BETWEEN_S = 10


class JourneyServer:
    """`ready_at`: since when it is there, by the monotonic clock in seconds; infinity while it is away."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.ready_at = time.monotonic()

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """The rows, once Postgres is there: it goes and comes with a server that is restarted."""
        while True:
            try:
                return await self.stack.rows(query, *values)
            except (asyncpg.PostgresError, asyncpg.InternalClientError, OSError):
                # The second: a connection that was cut in the middle of its first words.
                await asyncio.sleep(0.3)

    async def restart(self, playing: list[asyncio.Task[None]], restarts: int) -> int:
        """Ends it by turns as an operator does and as a power cut does, and starts it again, while somebody walks."""
        for done in range(restarts):
            await asyncio.wait(playing, timeout=BETWEEN_S)
            if all(task.done() for task in playing):
                return done
            self.ready_at = math.inf
            try:
                await asyncio.to_thread(self.stack.kill if done % 2 else self.stack.stop)
                await asyncio.to_thread(self.stack.start, verb="serve")
            finally:
                # One that does not come ends the wait of those who judge as well.
                self.ready_at = time.monotonic()
        return restarts
