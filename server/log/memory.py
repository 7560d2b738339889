"""The log in memory, for tests: the same promises as JetStream's, without a process. Nothing survives."""

import asyncio
from collections import defaultdict, deque

from core.errors import LogUnavailable
from server.log.ledger import Entry


class MemoryLog:
    """Implements `port.Log` and `port.LogReader`. Unbounded; `frames` holds all that was ever appended, in order.

    Set `is_available` to False to see what the callers do without a log.
    """

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.is_available = True
        self._consumers: dict[str, _Consumer] = {}

    async def append(self, frame: bytes) -> None:
        """Raises `LogUnavailable` while `is_available` is False."""
        if not self.is_available:
            raise LogUnavailable("the log is away. Next: wait, it is offered again.")
        self.store(frame)

    def store(self, frame: bytes) -> None:
        """The frame is durable and every consumer has it waiting."""
        self.frames.append(frame)
        for consumer in self._consumers.values():
            consumer.offer(frame)

    async def subscribe(self, consumer: str) -> "MemorySubscription":
        if consumer not in self._consumers:
            self._consumers[consumer] = _Consumer(self.frames)
        return MemorySubscription(self._consumers[consumer])


class _Consumer:
    """A durable group: each frame goes to one member at a time until one of them acks it."""

    def __init__(self, frames: list[bytes]) -> None:
        self._waiting = deque(frames)
        self._woken: list[asyncio.Future[None]] = []

    def offer(self, frame: bytes) -> None:
        self._waiting.append(frame)
        for future in self._woken:
            if not future.done():
                future.set_result(None)
        self._woken.clear()

    async def take(self, timeout_s: float) -> bytes | None:
        if not self._waiting:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._woken.append(future)
            await asyncio.wait((future,), timeout=timeout_s)
        return self._waiting.popleft() if self._waiting else None


class MemoryDelivery:
    """A frame in one member's hands. Dropped without an ack it stays with that member: there is no ack wait here."""

    def __init__(self, data: bytes, consumer: _Consumer) -> None:
        self.data = data
        self.is_acked = False
        self._consumer = consumer

    async def ack(self) -> None:
        self.is_acked = True

    async def in_progress(self) -> None:
        """Nothing to do: nobody else is handed the frame."""

    async def retry(self, delay_s: float) -> None:
        asyncio.get_running_loop().call_later(delay_s, self._consumer.offer, self.data)


class MemorySubscription:
    """One member of a consumer group."""

    def __init__(self, consumer: _Consumer) -> None:
        self._consumer = consumer

    async def next(self, timeout_s: float) -> MemoryDelivery | None:
        data = await self._consumer.take(timeout_s)
        return None if data is None else MemoryDelivery(data, self._consumer)

    async def close(self) -> None:
        """Leave the group; the group and what waits for it stay."""


class MemoryLedger:
    """Implements `ledger.Ledger`, as `MemoryLog` the log."""

    def __init__(self) -> None:
        self.numbers: dict[str, Entry] = defaultdict(lambda: Entry(0, 0))
        self.is_available = True
        self.swap_count = 0

    async def read(self, key: str) -> Entry:
        self._check()
        return self.numbers[key]

    async def swap(self, key: str, value: int, revision: int) -> bool:
        self._check()
        if self.numbers[key].revision != revision:
            return False
        self.swap_count += 1
        self.numbers[key] = Entry(value, self.swap_count)
        return True

    def _check(self) -> None:
        if not self.is_available:
            raise LogUnavailable("the ledger is away. Next: wait, it is asked again.")
