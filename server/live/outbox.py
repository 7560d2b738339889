"""Records on their way to the log: one publish in flight, all sessions in one frame, acks after it (DESIGN 3.4, 3.5).

Nothing here holds up scoring: with the log down records wait, up to `Limits.outbox_rows`, and actions still go out.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import structlog

from core.errors import LogUnavailable
from core.records import Frame, Record, Rejected, encode_frame
from core.session import Session
from server.live.counts import count_rejected
from server.live.ports import Limits
from server.log.port import Log
from server.metrics import WRITE_QUEUE_ROWS

log = structlog.get_logger(__name__)

_ROW_OVERHEAD_BYTES = 400
"""A record without its payload and refusals: versions, scores and a decision."""

_REFUSAL_BYTES = 100
"""An action's id and a reason code, at their longest."""


class Waiter(Protocol):
    """Whose record it is: told once its records are in the log, in their order."""

    def logged(self, news: "Logged") -> None: ...

    def let_go(self, code: int, reason: str) -> None:
        """Its rows may not be in the log: its memory is dropped, token and resend rebuild it."""
        ...


@dataclass(slots=True)
class Logged:
    """What one frame made durable of one session: `count` rows, up to `covered[stream]` of each stream.

    `state` is the session after the last of them.
    """

    state: Session
    count: int = 0
    is_urgent: bool = False
    covered: dict[bytes, int] = field(default_factory=dict)


class Entry(NamedTuple):
    """A row, and the session's state after it, immutable: that is what makes the token one cut with the ack."""

    row: Record | Rejected
    waiter: Waiter | None
    state: Session | None
    is_urgent: bool


class Outbox:
    """At most `limits.outbox_rows` rows; `put` says no beyond that, and the caller lets the session go."""

    def __init__(self, log: Log, limits: Limits) -> None:
        self._log = log
        self._limits = limits
        self._rows: deque[Entry] = deque()
        self._in_flight = 0
        self._wake: asyncio.Future[None] | None = None
        self._flushed: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False
        self.is_log_up = True

    def __len__(self) -> int:
        return len(self._rows) + self._in_flight

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._publish())
        WRITE_QUEUE_ROWS.set_function(self.__len__)

    def abort(self) -> None:
        """Stop publishing at once; what waits is gone, and nothing more is taken."""
        self._is_stopped = True
        if self._task is not None:
            self._task.cancel()
        self._rows.clear()

    def put(self, entry: Entry) -> bool:
        """Queue one row. False when the queue is full or has ended: the row is not taken."""
        if self._is_stopped or len(self) >= self._limits.outbox_rows:
            return False
        self._rows.append(entry)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
        return True

    async def flushed(self) -> None:
        """Wait until nothing is queued or in flight."""
        if len(self):
            future = asyncio.get_running_loop().create_future()
            self._flushed.append(future)
            await future

    async def _publish(self) -> None:
        while True:
            if not self._rows:
                self._settle_flushed()
                self._wake = asyncio.get_running_loop().create_future()
                await self._wake
            entries = self._take()
            self._in_flight = len(entries)
            try:
                await self._append(_frame(entries))
            except Exception as error:  # A bug costs the sessions of this frame, never the log of all others.
                _give_up(entries, error)
            else:
                _tell(entries)
            self._in_flight = 0

    def _take(self) -> list[Entry]:
        """The next frame's rows, oldest first."""
        taken: list[Entry] = []
        size = 0
        while self._rows and len(taken) < self._limits.frame_rows and size < self._limits.frame_bytes:
            entry = self._rows.popleft()
            taken.append(entry)
            size += _size_of(entry.row)
        return taken

    async def _append(self, frame: bytes) -> None:
        """The same bytes until they are in: later rows wait, so that no ack passes an earlier frame."""
        delay_s = self._limits.retry_first_s
        while True:
            try:
                await self._log.append(frame)
            except LogUnavailable as error:
                if self.is_log_up:
                    log.warning("log_unavailable", error=str(error), waiting_rows=len(self))
                self.is_log_up = False
                await asyncio.sleep(delay_s)
                delay_s = min(2 * delay_s, self._limits.retry_longest_s)
            else:
                if not self.is_log_up:
                    log.info("log_available", waiting_rows=len(self))
                self.is_log_up = True
                return

    def _settle_flushed(self) -> None:
        for future in self._flushed:
            if not future.done():
                future.set_result(None)
        self._flushed.clear()


def _size_of(row: Record | Rejected) -> int:
    """At least as many bytes as it takes. A frame over the log's limit would be refused for ever, and all others behind it."""
    if isinstance(row, Rejected):
        return _ROW_OVERHEAD_BYTES
    refused_count = len(row.decision.refused) if row.decision is not None else 0
    return _ROW_OVERHEAD_BYTES + len(row.payload) + (refused_count + len(row.unavailable)) * _REFUSAL_BYTES


def _frame(entries: list[Entry]) -> bytes:
    records = tuple(e.row for e in entries if isinstance(e.row, Record))
    rejected = tuple(e.row for e in entries if isinstance(e.row, Rejected))
    return encode_frame(Frame(records, rejected))


def _tell(entries: list[Entry]) -> None:
    """One word to each session of the frame, about its last row in it."""
    told: dict[Waiter, Logged] = {}
    for row, waiter, state, is_urgent in entries:
        if waiter is None or state is None:
            continue
        news = told.get(waiter)
        if news is None:
            news = told[waiter] = Logged(state)
        news.state = state
        news.count += 1
        news.is_urgent = news.is_urgent or is_urgent
        news.covered[row.stream] = row.seq
    for waiter, news in told.items():
        try:
            waiter.logged(news)
        except Exception as error:  # An ack that cannot be made is that session's trouble alone.
            log.error("ack_failed", exc_info=error)
            count_rejected("ack_failed")
            waiter.let_go(1011, "internal")


def _give_up(entries: list[Entry], error: Exception) -> None:
    """A frame that can never be published: its sessions start again from their tokens, and resend."""
    log.error("publish_failed", rows=len(entries), exc_info=error)
    count_rejected("publish_failed", len(entries))
    for entry in entries:
        if entry.waiter is not None:
            entry.waiter.let_go(1011, "internal")
