"""One connection: its hello, its frames into events, its streams in order. Folding and answering happen elsewhere."""

from collections.abc import Callable

from core.errors import Malformed, PeerError, TooFast
from core.events import Event
from core.privacy import without_personal_data
from core.rules import ALL_ACTIONS, Rules
from core.wire import Batch, Events, Hello, Unreadable, Withdraw, decode_client_frame, decode_event, encode
from core.withdrawal import is_killed
from server.live.batcher import Batcher
from server.live.counts import count_received, count_rejected
from server.live.order import Arrived, StreamOrder
from server.live.pace import Allowance
from server.live.ports import Clock, Limits, Peer
from server.live.sessions import LiveSession
from server.metrics import CONNECTIONS_REFUSED, REDACTIONS


class Connection:
    """Feed it the peer's frames in order; tell it `closed` when the socket is gone. Counts its own refusals.

    A `PeerError` from `receive` ends the connection: close the socket with `error.close_code`, then call `closed`.
    """

    def __init__(
        self,
        peer: Peer,
        *,
        open_session: Callable[[Hello], LiveSession],
        batcher: Batcher,
        clock: Clock,
        limits: Limits,
        on_closed: Callable[["Connection"], object],
    ) -> None:
        now_s = clock.monotonic_s()
        self._peer = peer
        self._open_session = open_session
        self._batcher = batcher
        self._clock = clock
        self._limits = limits
        self._on_closed = on_closed
        self._live: LiveSession | None = None
        self._order = StreamOrder(most_streams=limits.streams, most_waiting=limits.gap_events)
        self._frames = Allowance(per_s=limits.frames_per_s, burst=limits.frames_burst, now_s=now_s)
        self._events = Allowance(per_s=limits.events_per_s, burst=limits.events_burst, now_s=now_s)
        self._is_over = False

    @property
    def site_id(self) -> str:
        """The site that its hello spoke for; empty before that."""
        return self._live.site.site_id if self._live is not None else ""

    def withdraw(self, rules: Rules) -> None:
        """Ask the page to let go of an offer that these rules have switched off. Nothing else changes here: the session's
        state follows at its next event, in the core, where a replay finds it."""
        peer = self._live.peer if self._live is not None else None
        if self._live is None or peer is None or self._live.preview is not None:
            return
        pacing = self._live.session.pacing
        current = pacing.open or pacing.pending
        if current and is_killed(rules, pacing.current_action):
            reason = "killed" if {ALL_ACTIONS, pacing.current_action} & {*rules.killed} else "switched_off"
            peer.send(encode(Withdraw(current, reason)))

    def receive(self, data: bytes) -> None:
        """One client frame. Never blocks; answers go to the peer now or later.

        Raises:
            PeerError: the frame costs the connection (Malformed, TooBig, TooFast, NotAllowed).
        """
        if self._is_over or (self._live is not None and not self._live.takes_events):
            return
        try:
            if not self._frames.take(1, self._clock.monotonic_s()):
                raise TooFast("too_many_frames")
            self.take(decode_client_frame(data))
        except PeerError as error:
            self.refuse(error)
            raise

    def take(self, frame: Hello | Events) -> None:
        """A frame that is decoded already, as the fetch path has it. Raises as `receive`, without counting."""
        if isinstance(frame, Hello):
            if self._live is not None:
                raise Malformed("second_hello")
            self._live = self._open_session(frame)
            return
        if self._live is None:
            raise Malformed("no_hello")
        received_s = self._clock.monotonic_s()
        if not self._events.take(sum(len(batch.events) for batch in frame.batches), received_s):
            raise TooFast("too_many_events")
        received_at_ms = self._clock.now_ms()
        for batch in frame.batches:
            self._take_batch(self._live, batch, received_at_ms, received_s)

    def refuse(self, error: PeerError) -> None:
        """Count the refusal and take nothing more; what was received before it is still folded and logged."""
        self._is_over = True
        CONNECTIONS_REFUSED.labels(error.reason).inc()

    def closed(self) -> None:
        """The socket is gone. What was received is still folded and logged; nothing is sent any more."""
        self._is_over = True
        if self._live is not None:
            self._live.leave()
        self._on_closed(self)

    async def acked(self, timeout_s: float) -> bool:
        """Wait until everything received is logged and an ack for it was sent. False when `timeout_s` passed first."""
        return self._live is not None and await self._live.acked(timeout_s)

    def pause(self) -> None:
        """Take nothing more; acks still go out."""
        self._is_over = True

    def finish(self, code: int, reason: str) -> None:
        """Ack what is logged and close."""
        self._is_over = True
        if self._live is not None:
            self._live.ack_now()
            self._live.let_go(code, reason)
        else:
            self._peer.close(code, reason)

    def _take_batch(self, live: LiveSession, batch: Batch, received_at_ms: int, received_s: float) -> None:
        stream = batch.stream
        ready = self._begin(live, stream, batch.covered_seq)
        counts = {"accepted": 0, "duplicate": 0, "rejected": 0}
        for raw in batch.events:
            event = self._read(decode_event(raw))
            seq = event.seq
            if isinstance(event, Unreadable):
                counts["rejected"] += 1
                count_rejected(event.reason)
            if seq is None:
                continue
            if self._order.is_duplicate(stream, seq):
                counts["duplicate"] += 1
                continue
            if not isinstance(event, Unreadable):
                counts["accepted"] += 1
            ready += self._order.push(Arrived(stream, seq, event, received_at_ms, received_s))
        for state, count in counts.items():
            count_received(live.site.site_id, state, count)
        if len(live.inbox) + len(ready) > self._limits.waiting_events:
            raise TooFast("too_many_waiting")
        self._batcher.put(live, ready)
        self._give_up_gap(live, stream, received_at_ms)
        if counts["duplicate"] and live.pending == 0:
            # Folded and logged before: the peer missed the ack. What is not logged yet is acked when it is.
            live.ack_soon()

    def _begin(self, live: LiveSession, stream: bytes, covered_seq: int) -> list[Arrived]:
        """What the batch lets through by what the client has let go of. Only a first batch asks what the token held."""
        folded_seq = 0
        if not self._order.knows(stream):
            folded_seq = live.session.folded_seq(stream) or 0
            live.touch(stream, folded_seq)
        ready = self._order.begin(stream, folded_seq=folded_seq, covered_seq=covered_seq)
        if ready is None:
            raise TooFast("too_many_streams")
        return ready

    def _give_up_gap(self, live: LiveSession, stream: bytes, received_at_ms: int) -> None:
        given_up = self._order.give_up(stream)
        while given_up is not None:
            gap, behind = given_up
            count_rejected("gap", gap.last_seq - gap.first_seq + 1)
            self._batcher.put_gap(live, gap, received_at_ms)
            self._batcher.put(live, behind)
            given_up = self._order.give_up(stream)

    @staticmethod
    def _read(event: Event | Unreadable) -> Event | Unreadable:
        """The event without what looks personal: before it is folded, scored or logged."""
        if isinstance(event, Unreadable):
            return event
        event, cut_count = without_personal_data(event)
        if cut_count:
            REDACTIONS.inc(cut_count)
        return event
