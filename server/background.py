"""The loops beside the requests: each is started again when it fails, and what fails is said in /readyz until it holds."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType

import structlog

log = structlog.get_logger()

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_CANCEL_TRIES = 10
_HOLDS_AFTER_S = 60.0
"""A loop that ran this long is taken to be well again."""


class Background:
    """Named loops, ended together when the block ends."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._failed: dict[str, str] = {}

    async def __aenter__(self) -> "Background":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def problems(self) -> list[str]:
        """Which loops have failed and are being tried again."""
        return [f"the {name} loop failed ({error}) and is started again" for name, error in self._failed.items()]

    def keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Run `loop` for ever: again after a pause when it raises, and at once no more when it returns."""
        self._tasks.append(asyncio.create_task(self._kept(name, loop), name=name))

    async def stop(self) -> None:
        """Cancel every loop and wait until it has let go of what it held.

        Cancelled again each second: a library that is cancelled in the middle of a reconnect may take it for an error of
        its own and go on.
        """
        tasks, self._tasks = set(self._tasks), []
        for _ in range(_CANCEL_TRIES):
            if not tasks:
                return
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=1.0)
        log.error("loops_do_not_end", loops=sorted(task.get_name() for task in tasks))

    async def _kept(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        clock = asyncio.get_running_loop()
        pause_s = _FIRST_PAUSE_S
        while True:
            began = clock.time()
            well_again = clock.call_later(_HOLDS_AFTER_S, self._failed.pop, name, None)
            try:
                await loop()
                self._failed.pop(name, None)
                return
            except Exception as error:
                # The boundary of a loop of ours: a bug in one must end neither the process nor the other loops.
                self._failed[name] = type(error).__name__
                log.error("loop_failed", loop=name, error=type(error).__name__, exc_info=True)
            finally:
                well_again.cancel()
            pause_s = _FIRST_PAUSE_S if clock.time() - began > _HOLDS_AFTER_S else min(pause_s * 2, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)
