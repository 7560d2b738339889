"""One live session: the state of one connection's shopper, what waits to be folded, and the acks that it is owed."""

import asyncio
from collections import deque

from core.engine import Step
from core.events import PageView
from core.reasons import NO_MODEL, WORDS
from core.rules import Rules
from core.session import Session
from core.wire import Ack, ActionFrame, Hello, Notice, Withdraw, encode
from server.live.admission import Admission
from server.live.order import Arrived
from server.live.outbox import Logged
from server.live.ports import Clock, Limits, Peer
from server.live.preview import WORDS as LINK_WORDS
from server.live.token import Sealer


class LiveSession:
    """Lives as long as its connection, and after it only until what it received is logged.

    `inbox` holds at most `Limits.waiting_events`. `pending` counts what was received and is not logged yet.
    `covered` says how far each stream that this connection sent is logged: more of them than the state remembers. `preview`:
    rules that hold instead of the site's. `bot_reason`: why its events are a robot's.
    """

    def __init__(
        self,
        admission: Admission,
        session: Session,
        hello: Hello,
        peer: Peer,
        *,
        sealer: Sealer,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self.site = admission.site
        self.preview = admission.preview
        self.bot_reason = admission.bot_reason
        self.session = session
        self.inbox: deque[Arrived] = deque()
        self.is_ready = False
        self.pending = 0
        self.covered: dict[bytes, int] = {}
        self.peer: Peer | None = peer
        self._hello = hello
        self._sealer = sealer
        self._clock = clock
        self._ack_every_s = limits.ack_every_s
        self._loop = asyncio.get_running_loop()
        self._cut = session
        self._next_ack_at_s = 0.0
        self._ack_timer: asyncio.TimerHandle | None = None
        self._closing: tuple[int, str] | None = None
        self._settled: list[asyncio.Future[bool]] = []
        self._tells = hello.wants_notices and admission.may_have_notices
        if hello.wants_notices and admission.link:
            peer.send(encode(Notice(hello.stream, 0, None, None, admission.link, "", LINK_WORDS[admission.link])))

    @property
    def takes_events(self) -> bool:
        """Whether it still makes sense to hand it events: not once it was let go or is about to be closed."""
        return self.peer is not None and self._closing is None

    def deliver(self, arrived: Arrived, step: Step) -> None:
        """What one event asks of the page, at once. Leftovers of a page that is gone bring nothing onto this one."""
        peer = self.peer
        if peer is None:
            return
        if step.withdrawn:
            peer.send(encode(Withdraw(*step.withdrawn)))
        offer = step.offer
        if offer is not None and self.is_shown(arrived):
            frame = ActionFrame(
                offer.decision_id, arrived.stream, arrived.seq, offer.action_id, offer.params, offer.valid_ms
            )
            peer.send(encode(frame))
        if self._tells:
            peer.send(encode(_notice(arrived, step, self.preview)))

    def is_shown(self, arrived: Arrived) -> bool:
        """Whether an offer for this event would leave: its page is the hello's document, or one that was open after it.

        Older events of other documents are leftovers. So is what a page did before the browser's cache brought it back,
        when its return is already here. Both times are of the same browser's clock.
        """
        if self.peer is None:
            return False
        if any(isinstance(later.event, PageView) and later.event.navigation != "spa" for later in self.inbox):
            return False
        if arrived.stream == self._hello.stream:
            return True
        at_ms = getattr(arrived.event, "at_ms", 0)
        return bool(at_ms >= self._hello.sent_at_ms)

    def touch(self, stream: bytes, folded_seq: int) -> None:
        """This connection sends of that stream. What the token held of it is logged: a resend of it is to be acked."""
        if folded_seq > 0:
            self.covered.setdefault(stream, folded_seq)

    def logged(self, news: Logged) -> None:
        """More rows are durable."""
        self.pending -= news.count
        self._cut = news.state
        self.covered.update(news.covered)
        if self.peer is None:
            return
        if self.pending == 0 and (self._settled or self._closing is not None):
            self._ack()
            self._settle()
        else:
            self.ack_soon(is_urgent=news.is_urgent)

    def ack_soon(self, *, is_urgent: bool = False) -> None:
        """Ack at once when it is urgent or the last one is long ago, else when that will be so."""
        wait_s = self._next_ack_at_s - self._loop.time()
        if is_urgent or wait_s <= 0:
            self._ack()
        elif self._ack_timer is None:
            self._ack_timer = self._loop.call_later(wait_s, self._ack)

    def ack_now(self) -> None:
        """An ack of what is logged by now, if anything is."""
        if self.peer is not None and self.covered:
            self._ack()

    async def acked(self, timeout_s: float) -> bool:
        """Wait until nothing is pending, with an ack sent for all of it."""
        if self.peer is None:
            return False
        if self.pending == 0:
            self._ack()
            return True
        future: asyncio.Future[bool] = self._loop.create_future()
        self._settled.append(future)
        done, _ = await asyncio.wait((future,), timeout=timeout_s)
        return bool(done) and future.result()

    def close_after_ack(self, code: int, reason: str) -> None:
        """Take nothing more; once everything folded is logged and acked, close. The peer resends the rest elsewhere."""
        self._forget_inbox()
        self._closing = (code, reason)

    def let_go(self, code: int, reason: str) -> None:
        """Drop the session's memory and close: token and resend rebuild it."""
        self._forget_inbox()
        peer = self.leave()
        if peer is not None:
            peer.close(code, reason)

    def leave(self) -> Peer | None:
        """Send nothing more. What is in the inbox is still folded."""
        peer, self.peer = self.peer, None
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None
        for future in self._settled:
            if not future.done():
                future.set_result(False)
        self._settled.clear()
        return peer

    def _ack(self) -> None:
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None
        if self.peer is None:
            return
        self._next_ack_at_s = self._loop.time() + self._ack_every_s
        token = self._sealer.seal(self._cut, site_id=self.site.site_id, now_ms=self._clock.now_ms())
        self.peer.send(encode(Ack(tuple(self.covered.items()), token)))

    def _settle(self) -> None:
        for future in self._settled:
            if not future.done():
                future.set_result(True)
        self._settled.clear()
        if self._closing is not None:
            self.let_go(*self._closing)

    def _forget_inbox(self) -> None:
        self.pending -= len(self.inbox)
        self.inbox.clear()


def _notice(arrived: Arrived, step: Step, preview: Rules | None) -> Notice:
    answer = step.answer
    previewed = preview.preview if preview is not None else ""
    if answer is None:
        return Notice(arrived.stream, arrived.seq, None, step.segment, NO_MODEL, "", WORDS[NO_MODEL], preview=previewed)
    score = round(1000 * step.scores.purchase) if step.scores is not None else None
    refused = tuple((action_id, reason, WORDS[reason]) for action_id, reason in answer.refused)
    return Notice(
        arrived.stream, arrived.seq, score, step.segment, answer.reason, answer.action_id, WORDS[answer.reason],
        refused, answer.arm, previewed,
    )  # fmt: skip
