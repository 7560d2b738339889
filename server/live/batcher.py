"""Folds what arrived, in waves: one event per session, at most one full batch of the scorer (DESIGN 3.10).

Everything runs in callbacks of one loop: no task, no lock and no future per event. Answers leave first, then records
are queued for the log.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

import structlog
from msgspec.structs import replace

from core.engine import Step, Turn, advance, record_of
from core.events import URGENT_EVENTS, ActionWithheld
from core.features import Encoded
from core.records import Record, Rejected
from core.scoring import Scored, Scorer
from core.session import pass_over
from core.wire import Unreadable
from server.live.counts import count_rejected, count_step
from server.live.offering import Offering
from server.live.order import Arrived, Gap
from server.live.outbox import Entry, Outbox
from server.live.ports import Clock, Limits, Scorers
from server.live.rows import rejected_row, unscored_row
from server.live.sessions import LiveSession
from server.live.sites import Sites
from server.metrics import DECISION_SECONDS, INFERENCE_SECONDS, SESSIONS_DROPPED

log = structlog.get_logger(__name__)

_ROWS_WITHOUT_SCORER = 64
_BUSY_ROWS = 4
"""A wave of so many rows means load: then it pays to wait a moment for the next one to fill."""


class _Timed:
    """A scorer whose steps are timed."""

    def __init__(self, scorer: Scorer, clock: Clock) -> None:
        self.version = scorer.version
        self.max_batch = scorer.max_batch
        self._scorer = scorer
        self._clock = clock

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        started_s = self._clock.monotonic_s()
        scored = self._scorer.step(hidden, encoded)
        INFERENCE_SECONDS.observe(self._clock.monotonic_s() - started_s)
        return scored


class Batcher:
    """One per process. Sessions with something in their inbox wait in a ring; a wave takes from its head."""

    def __init__(
        self, *, sites: Sites, scorers: Scorers, outbox: Outbox, clock: Clock, limits: Limits, offering: Offering
    ) -> None:
        self._sites = sites
        self._offering = offering
        self._scorers = scorers
        self._outbox = outbox
        self._clock = clock
        self._window_s = limits.window_s
        self._loop = asyncio.get_running_loop()
        self._ready: deque[LiveSession] = deque()
        self._next: asyncio.Handle | None = None
        self._is_waiting = False
        self._last_rows = 0
        self._last_wave_s = 0.0
        self._idle: list[asyncio.Future[None]] = []
        self._is_stopped = False

    def put(self, live: LiveSession, arrived: Iterable[Arrived]) -> None:
        """Fold these, in this order, soon."""
        before = len(live.inbox)
        live.inbox.extend(arrived)
        live.pending += len(live.inbox) - before
        if live.inbox:
            if not live.is_ready:
                live.is_ready = True
                self._ready.append(live)
            self._schedule()

    def put_gap(self, live: LiveSession, gap: Gap, received_at_ms: int) -> None:
        """A place in a stream is given up: one row in the log says so, in its turn."""
        place = Unreadable(gap.last_seq, -1, "gap")
        self.put(live, [Arrived(gap.stream, gap.last_seq, place, received_at_ms, self._clock.monotonic_s())])

    async def idle(self) -> None:
        """Wait until nothing is left to fold."""
        if self._ready or self._next is not None:
            future: asyncio.Future[None] = self._loop.create_future()
            self._idle.append(future)
            await future

    def abort(self) -> None:
        self._is_stopped = True
        self._ready.clear()

    def _schedule(self) -> None:
        """A wave now when there is little to do; under load up to `window_s` after the last, unless one is full."""
        is_full = len(self._ready) >= self._most_rows
        if self._next is not None:
            if not (is_full and self._is_waiting):
                return
            self._next.cancel()
        wait_s = self._last_wave_s + self._window_s - self._loop.time() if self._last_rows >= _BUSY_ROWS else 0.0
        self._is_waiting = wait_s > 0 and not is_full
        self._next = self._loop.call_later(wait_s, self._wave) if self._is_waiting else self._loop.call_soon(self._wave)

    @property
    def _most_rows(self) -> int:
        current = self._scorers.current
        return current.max_batch if current is not None else _ROWS_WITHOUT_SCORER

    def _wave(self) -> None:
        self._next = None
        if self._is_stopped:
            return
        self._offering.begin_wave()
        groups: dict[Scorer | None, list[tuple[LiveSession, Arrived, Turn]]] = {}
        rows = 0
        for _ in range(min(len(self._ready), self._most_rows)):
            live = self._ready.popleft()
            turn = self._next_turn(live)
            live.is_ready = bool(live.inbox)
            if live.is_ready:
                self._ready.append(live)
            if turn is not None:
                scorer = self._scorers.for_session(live.session.scorer_version)
                groups.setdefault(scorer, []).append((live, *turn))
                rows += 1
        for scorer, group in groups.items():
            most = scorer.max_batch if scorer is not None else len(group)
            for at in range(0, len(group), most):
                self._fold(group[at : at + most], scorer)
        self._last_rows = rows
        self._last_wave_s = self._loop.time()
        if self._ready:
            self._is_waiting = False
            self._next = self._loop.call_soon(self._wave)
        else:
            for future in self._idle:
                if not future.done():
                    future.set_result(None)
            self._idle.clear()

    def _next_turn(self, live: LiveSession) -> tuple[Arrived, Turn] | None:
        """The session's next event to fold; what could not be read is passed over and logged on the way."""
        while live.inbox:
            arrived = live.inbox.popleft()
            if not isinstance(arrived.event, Unreadable):
                rules = live.preview or (self._sites.by_id(live.site.site_id) or live.site).rules
                unavailable = self._offering.unavailable(rules, live.session.traffic)
                return arrived, Turn(live.session, arrived.stream, arrived.event, rules, unavailable)
            live.session = pass_over(live.session, arrived.stream, arrived.seq)
            self._log(live, rejected_row(live.site.site_id, live.session.id, arrived), is_urgent=False)
        return None

    def _fold(self, group: list[tuple[LiveSession, Arrived, Turn]], scorer: Scorer | None) -> None:
        turns = [turn for _, _, turn in group]
        timed = _Timed(scorer, self._clock) if scorer is not None else None
        try:
            steps = advance(turns, timed)
        except Exception as error:  # A bug in the core meets one session, never those that share its wave.
            if len(group) > 1:
                for one in group:
                    self._fold([one], scorer)
            else:
                self._failed(group[0][0], group[0][1], error)
            return
        done = []
        for (live, arrived, turn), step in zip(group, steps, strict=True):
            is_choice = step.answer is not None and bool(step.answer.action_id)
            if timed is not None and is_choice and live.is_shown(arrived):
                turn, step = self._offering.settle(turn, step, timed)
            done.append((live, arrived, turn, step))
            live.session = step.session
            self._deliver(live, arrived, step)
        now_s = self._clock.monotonic_s()
        for live, arrived, turn, step in done:
            if isinstance(turn.event, ActionWithheld):
                self._offering.withheld(turn, step, turn.event.decision_id)
            latency_s = now_s - arrived.received_s
            DECISION_SECONDS.observe(latency_s)
            count_step(live.site.site_id, turn.event, step, turn.rules)
            row = record_of(
                turn, step, received_at_ms=arrived.received_at_ms, latency_us=max(0, round(latency_s * 1e6))
            )
            if live.bot_reason is not None:
                row = replace(row, bot_reason=live.bot_reason)
            self._log(live, row, is_urgent=isinstance(turn.event, URGENT_EVENTS))

    @staticmethod
    def _deliver(live: LiveSession, arrived: Arrived, step: Step) -> None:
        try:
            live.deliver(arrived, step)
        except Exception as error:  # An answer that cannot be sent must not keep the wave's records from the log.
            log.error("deliver_failed", site_id=live.site.site_id, exc_info=error)
            count_rejected("deliver_failed")

    def _log(self, live: LiveSession, row: Record | Rejected, *, is_urgent: bool) -> None:
        if not self._outbox.put(Entry(row, live, live.session, is_urgent)):
            # The log has been away for too long. The session's memory goes; its token and the resend bring it back.
            SESSIONS_DROPPED.inc()
            live.pending -= 1
            live.let_go(1013, "later")

    def _failed(self, live: LiveSession, arrived: Arrived, error: Exception) -> None:
        """Our fault, so the event is kept, unscored; the connection ends, and the session goes on behind the event."""
        log.error("fold_failed", site_id=live.site.site_id, event_tag=type(arrived.event).__name__, exc_info=error)
        count_rejected("fold_failed")
        assert not isinstance(arrived.event, Unreadable)
        live.session = pass_over(live.session, arrived.stream, arrived.seq)
        live.close_after_ack(1011, "internal")
        row = unscored_row(
            live.site.site_id, live.session.id, live.session.traffic, arrived.stream, arrived.event,
            received_at_ms=arrived.received_at_ms, bot_reason=live.bot_reason,
        )  # fmt: skip
        self._log(live, row, is_urgent=True)
