"""A browser's tab: the tracker's protocol in Python, against which the server's side is proved.

What matters of the tracker is here: token and queue are one stored value; an event leaves the queue only when the token
held covers it; leftovers keep their stream; events go out in the order in which they were queued; answers of a
connection that was left are not listened to.
"""

import asyncio
from collections.abc import Callable
from random import Random

import msgspec

from core import events as ev
from core.fields import Navigation
from core.records import Arm, Traffic
from core.wire import Ack, ActionFrame, Events, Hello, Withdraw, decode_server_frame, encode
from tests.support.builders import KEY, START_MS
from tests.support.network import Exchange, Host, Link, Network
from tests.support.script import Make, Visit
from tests.support.stored import Queued, Stored


class Tab:
    """One shopper's tab over all of its pages. `captured` is its own list of what it queued, in order."""

    def __init__(
        self,
        *,
        network: Network,
        pick_host: Callable[[], Host],
        visits: list[Visit],
        chance: Random,
        uses_fetch: bool = False,
        traffic: Traffic = "live",
        forced_arm: Arm | None = None,
        session_id: bytes | None = None,
    ) -> None:
        self.session_id = session_id or chance.randbytes(16)
        self.captured: list[tuple[bytes, ev.Event]] = []
        self.offered: list[ActionFrame] = []
        self.shown: list[tuple[str, str]] = []
        self.is_dismissed = False
        self.stored = Stored(None, (), {})
        self._network = network
        self._pick_host = pick_host
        self._visits = visits
        self._chance = chance
        self._uses_fetch = uses_fetch
        self._traffic: Traffic = traffic
        self._forced_arm = forced_arm
        self._loop = asyncio.get_running_loop()
        self._clock_ahead_ms = chance.randrange(0, 10_000)
        self._stream = b""
        self._seq = 0
        self._seen: set[str] = set()  # Of this document: the browser's cache brings it back with it.
        self._page = 0
        self._link: Link | None = None
        self._is_open = False
        self._unsent: list[Queued] = []
        self._exchange: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """The whole visit, then stay until everything is acked."""
        for visit in self._visits:
            self._begin_page(visit)
            for move in visit.moves:
                await asyncio.sleep(move.pause_s)
                self._capture(move.make)
            if visit is not self._visits[-1]:
                self._leave_page()
                await asyncio.sleep(self._chance.uniform(0.02, 0.4))
        while self.stored.queue:
            await asyncio.sleep(1.0)
        self._leave_page()

    def _begin_page(self, visit: Visit) -> None:
        if not visit.is_restored:
            day = (START_MS // 86_400_000).to_bytes(2, "big")
            self._stream, self._seq, self._seen = day + self._chance.randbytes(12), 0, set()
        navigation: Navigation = "restore" if visit.is_restored else "navigate"
        self._capture(lambda q, t: ev.PageView(seq=q, at_ms=t, page_type=visit.page_type, navigation=navigation))
        self._connect()

    def _leave_page(self) -> None:
        """`pagehide`: a beacon with what is left, and everything of this document ends but what is stored."""
        self._page += 1
        if self.stored.queue and self._network.happens(0.7):
            self._beacon()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._link is not None:
            self._link.leave()
        self._link, self._is_open, self._exchange = None, False, None

    def _capture(self, make: Make) -> None:
        if self._network.happens(self._network.weather.clock_jump_share):
            self._clock_ahead_ms += self._chance.choice((-3_600_000, -500, 7_200_000))
        self._seq += 1
        event = make(self._seq, self._now_ms())
        queued = Queued(self._stream, self._seq, ev.encode_event(event))
        self.captured.append((self._stream, event))
        self.stored = self.stored.with_event(queued)
        if self._is_open:
            self._unsent.append(queued)
            if self._timer is None:
                self._timer = self._loop.call_later(self._chance.choice((0.0, 0.0, 0.05)), self._flush)
        elif self._uses_fetch and self._exchange is None and self._timer is None:
            self._post()

    def _now_ms(self) -> int:
        return START_MS + self._clock_ahead_ms + round(self._loop.time() * 1000)

    def _hello(self) -> bytes:
        return encode(
            Hello(
                1,
                KEY,
                self.session_id,
                self._stream,
                self._now_ms(),
                self.stored.token,
                self._traffic,
                self._forced_arm,
            )
        )

    # The socket.

    def _connect(self) -> None:
        self._timer = None
        if self._uses_fetch:
            self._post()
            return
        self._is_open = False
        self._link = self._network.connect(self._pick_host(), self)

    def opened(self, link: Link) -> None:
        if link is not self._link:
            return
        self._is_open = True
        self._unsent = []
        link.send(self._hello())
        for frame in self.stored.frames(self.stored.queue):
            link.send(frame)

    def _flush(self) -> None:
        self._timer = None
        if self._is_open and self._link is not None:
            unsent, self._unsent = self._unsent, []
            for frame in self.stored.frames(unsent):
                self._link.send(frame)

    def received(self, link: Link, frame: bytes) -> None:
        if link is self._link:
            self._take(frame)

    def closed(self, link: Link, code: int) -> None:
        if link is not self._link:
            return
        self._link, self._is_open = None, False
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._chance.uniform(0.05, 1.0), self._connect)

    # The fetch fallback: one request at a time, with the whole queue.

    def _post(self) -> None:
        self._timer = None
        if self._exchange is not None or not self.stored.queue:
            return
        frames = [self._hello(), *self.stored.frames(self.stored.queue)]
        page = self._page
        self._exchange = Exchange(self._network, self._pick_host(), frames, lambda answers: self._posted(page, answers))

    def _posted(self, page: int, answers: list[bytes]) -> None:
        if page != self._page:
            return
        self._exchange = None
        for answer in answers:
            self._take(answer)
        if self.stored.queue and self._timer is None:
            self._timer = self._loop.call_later(self._chance.uniform(0.05, 0.5), self._post)

    def _beacon(self) -> None:
        """Fire and forget: the queue stays, and the next hello resends it."""
        hello = msgspec.msgpack.decode(self._hello(), type=Hello)
        events = [msgspec.msgpack.decode(frame, type=Events) for frame in self.stored.frames(self.stored.queue)]
        host = self._pick_host()

        def arrive() -> None:
            if host.gateway is not None:
                host.gateway.log_unscored(hello, events, origin="https://shop.example")

        self._loop.call_later(self._network.delay_s(), arrive)

    # What comes back.

    def _take(self, data: bytes) -> None:
        match decode_server_frame(data):
            case Ack() as ack:
                self.stored = self.stored.after(ack)
            case ActionFrame() as frame:
                self._offer(frame)
            case Withdraw(decision_id=decision_id, reason=reason):
                self._withdraw(decision_id, reason)

    def _offer(self, frame: ActionFrame) -> None:
        self.offered.append(frame)
        if frame.stream != self._stream or frame.decision_id in self._seen:
            return
        self._seen.add(frame.decision_id)
        self._later(self._chance.uniform(0.05, 1.5), lambda: self._show(frame))

    def _withdraw(self, decision_id: str, reason: str) -> None:
        if decision_id in self._seen and decision_id not in {shown for shown, _ in self.shown}:
            self._seen.discard(decision_id)
            self._capture(
                lambda q, t: ev.ActionWithheld(seq=q, at_ms=t, decision_id=decision_id, action_id="", reason=reason)
            )

    def _show(self, frame: ActionFrame) -> None:
        what = (frame.decision_id, frame.action_id)
        if frame.decision_id not in self._seen:
            return
        self.shown.append(what)
        self._capture(lambda q, t: ev.ActionShown(seq=q, at_ms=t, decision_id=what[0], action_id=what[1], after_ms=40))
        fate = self._chance.random()
        if fate < 0.15:
            self._later(0.7, lambda: self._dismiss(frame))
        elif fate < 0.4:
            self._later(
                0.7,
                lambda: self._capture(
                    lambda q, t: ev.ActionClicked(seq=q, at_ms=t, decision_id=what[0], action_id=what[1])
                ),
            )

    def _dismiss(self, frame: ActionFrame) -> None:
        self.is_dismissed = True
        self._capture(
            lambda q, t: ev.ActionDismissed(seq=q, at_ms=t, decision_id=frame.decision_id, action_id=frame.action_id)
        )

    def _later(self, delay_s: float, act: Callable[[], None]) -> None:
        """On this page only: a document that is gone does nothing."""
        page = self._page
        self._loop.call_later(delay_s, lambda: act() if page == self._page else None)
