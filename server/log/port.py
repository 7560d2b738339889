"""The ports behind which the log lives. A frame is a `core.records.Frame` in its bytes; the log does not look inside."""

from typing import Protocol


class Log(Protocol):
    """Takes frames, in the order in which one caller awaits them."""

    async def append(self, frame: bytes) -> None:
        """Returns once the frame is durable.

        Raises:
            LogUnavailable: it may be durable or not; the caller offers the same frame again.
        """
        ...


class Delivery(Protocol):
    """One frame handed to one consumer. Until `ack` it is handed out again."""

    @property
    def data(self) -> bytes: ...

    async def ack(self) -> None:
        """The frame is stored: never hand it out again."""
        ...

    async def in_progress(self) -> None:
        """Still at work: do not hand it to another consumer yet."""
        ...

    async def retry(self, delay_s: float) -> None:
        """Hand it out again, not before `delay_s`."""
        ...


class Subscription(Protocol):
    """One member of a durable consumer group. Any member takes any frame, in no promised order."""

    async def next(self, timeout_s: float) -> Delivery | None:
        """The next frame, or None when none came within `timeout_s`. Raises `LogUnavailable`."""
        ...

    async def close(self) -> None: ...


class LogReader(Protocol):
    """Hands out frames to durable consumers, each of which sees every frame."""

    async def subscribe(self, consumer: str) -> Subscription:
        """Join the durable consumer of that name. Raises `LogUnavailable`."""
        ...
