"""An event loop whose time is virtual and whose chance is seeded: a run is repeated exactly by its seed.

Nothing waits for real: when no callback is ready, time leaps to the next timer. Callbacks that are ready together run
in a seeded order, since no promise of ours may hang on the order in which independent things happen to be woken.
"""

import asyncio
import selectors
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from random import Random
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Stuck(AssertionError):
    """Nothing is ready and no timer is set: everybody waits for somebody else."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` begins at 0 and leaps. No sockets: the world's network is made of timers."""

    def __init__(self, seed: int) -> None:
        self.now_s = 0.0
        self._shuffler = Random(seed)
        super().__init__(_Leap(self))

    def time(self) -> float:
        return self.now_s

    def leap(self, timeout_s: float | None) -> None:
        """What a real loop does by waiting for sockets."""
        ready: deque[asyncio.Handle] = vars(self)["_ready"]
        if timeout_s is None and not ready:
            raise Stuck("nothing is ready and no timer is set")
        self.now_s += timeout_s or 0.0
        if len(ready) > 1:
            shuffled = list(ready)
            self._shuffler.shuffle(shuffled)
            ready.clear()
            ready.extend(shuffled)


class _Leap(selectors.BaseSelector):
    """Holds the loop's own wake-up pipe, and never waits."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        key = selectors.SelectorKey(fileobj, fd, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.leap(timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


def run_virtually(main: Coroutine[Any, Any, T], *, seed: int) -> T:
    """Run to the end in virtual time; tasks that are left are cancelled. An error in any callback fails the run.

    Raises:
        Stuck: a deadlock.
        AssertionError: a callback or a task that nobody awaited raised.
    """
    loop = VirtualLoop(seed)
    errors: list[str] = []
    # A stage that a test lets go of would be collected with its tasks at a moment that no seed decides.
    kept: set[asyncio.Task[Any]] = set()

    def keep(in_loop: asyncio.AbstractEventLoop, coroutine: Any, **named: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(coroutine, loop=in_loop, **named)
        kept.add(task)
        return task

    loop.set_task_factory(keep)
    loop.set_exception_handler(lambda _, context: errors.append(f"{context['message']}: {context.get('exception')!r}"))
    try:
        result = loop.run_until_complete(main)
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(_gathered(left))
    finally:
        loop.close()
    assert not errors, errors
    return result


async def _gathered(tasks: set[asyncio.Task[Any]]) -> None:
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


def virtually(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """An async test that runs in virtual time."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        run_virtually(test(*args, **kwargs), seed=0)

    return run
