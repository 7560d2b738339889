"""The reading end of the JetStream log, and how the server's troubles become one error of ours."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from core.errors import LogUnavailable

ASK_TIMEOUT_S = 5.0
UNAVAILABLE = (NatsError, OSError, TimeoutError, ValueError)
"""What a server that is down, restarting, full or half gone is seen as. ValueError: an answer that is no JSON."""


def end_if_cancelled() -> None:
    """Raise the cancellation that nats-py swallowed: cancelled while it flushes, it goes on as if nothing had been."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class JetStreamDelivery:
    """One frame, to be acked when it is stored."""

    def __init__(self, message: Msg) -> None:
        self._message = message

    @property
    def data(self) -> bytes:
        return self._message.data

    async def ack(self) -> None:
        """Waits for the server's word: an ack that is lost would only bring the frame again."""
        await _asking(self._message.ack_sync(timeout=ASK_TIMEOUT_S))

    async def in_progress(self) -> None:
        await _asking(self._message.in_progress())

    async def retry(self, delay_s: float) -> None:
        await _asking(self._message.nak(delay=delay_s))


class JetStreamSubscription:
    """A member of a durable consumer. Frames that it holds unacked come again after the consumer's ack_wait."""

    def __init__(self, pull: JetStreamContext.PullSubscription) -> None:
        self._pull = pull

    async def next(self, timeout_s: float) -> JetStreamDelivery | None:
        try:
            (message,) = await self._pull.fetch(1, timeout=timeout_s)
        except TimeoutError:  # nats-py's is one of these: nothing came
            end_if_cancelled()
            return None
        except UNAVAILABLE as error:
            raise LogUnavailable(in_words(error)) from None
        end_if_cancelled()
        return JetStreamDelivery(message)

    async def close(self) -> None:
        with suppress(*UNAVAILABLE):
            await self._pull.unsubscribe()


async def _asking(call: Awaitable[object]) -> None:
    try:
        await call
        end_if_cancelled()
    except UNAVAILABLE as error:
        raise LogUnavailable(in_words(error)) from None


def in_words(error: BaseException) -> str:
    return f"the log refused ({str(error).removeprefix('nats: ') or type(error).__name__}). Next: see that NATS runs and has room."
