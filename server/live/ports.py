"""What the live part asks of its surroundings: a peer to answer, a clock, the loaded scorers, and its limits."""

import time
from collections.abc import Iterable
from typing import Any, Protocol

from msgspec import Struct

from core.engine import Offer
from core.records import Traffic
from core.rules import Rules
from core.scoring import Scorer
from core.session import Session


class Peer(Protocol):
    """The other end of one connection. Both calls return at once; after `close` nothing more is sent."""

    def send(self, frame: bytes) -> None:
        """One server frame (`core.wire`). Never blocks and never raises: a peer that is gone drops it."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close with an RFC 6455 code and a reason from a small fixed set."""
        ...


class Clock(Protocol):
    """Times that are written down or measured. Delays use the event loop's own time."""

    def now_ms(self) -> int:
        """Wall clock, milliseconds since 1970."""
        ...

    def monotonic_s(self) -> float:
        """For durations: never goes back, microseconds matter."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.perf_counter()


class Scorers:
    """The loaded models: new sessions begin on `current`, a session ends on the one that it began with (DESIGN 3.9)."""

    def __init__(self, current: Scorer | None = None, previous: Scorer | None = None) -> None:
        self.current = current
        self.previous = previous

    def by_version(self, version: str) -> Scorer | None:
        """The loaded scorer of that version, or None."""
        for scorer in (self.current, self.previous):
            if scorer is not None and scorer.version == version:
                return scorer
        return None

    def for_session(self, version: str) -> Scorer | None:
        """The scorer that a session goes on with: its own while it is loaded, else the current one."""
        return (self.by_version(version) if version else None) or self.current

    def replace(self, scorer: Scorer | None) -> None:
        """Load another model: the one until now stays for the sessions that began with it."""
        self.previous, self.current = self.current, scorer


class Supply(Protocol):
    """What an offer needs beyond the visit: a budget, a code, a product, a count. Answers from memory and never blocks."""

    def missing(self, rules: Rules, traffic: Traffic) -> Iterable[tuple[str, str]]:
        """Action ids that cannot be had at all just now, each with a reason of `core.reasons.UNAVAILABLE`. Holds for every
        arm alike, so whatever can be known before an offer is made belongs here."""
        ...

    def provide(self, rules: Rules, session: Session, offer: Offer, *, now_ms: int) -> dict[str, Any] | str:
        """Take what this offer needs: parameters for the page beside the action's own, or the reason why it is not to be had
        any more. `session` is the state after the deciding event. `now_ms`: the server's clock."""
        ...

    def refuses(self, rules: Rules, session: Session, action_id: str, *, now_ms: int) -> str | None:
        """What `provide` would refuse it with in this visit, taking nothing. Asked where a choice is made and not carried out,
        so that all arms choose alike."""
        ...

    def give_back(self, rules: Rules, session: Session, offer: Offer) -> None:
        """The offer never left, for another supply said no: what `provide` took for it is free again."""
        ...

    def withheld(self, rules: Rules, session: Session, decision_id: str) -> None:
        """The page says that it never drew this offer. It may lie, and say so of an offer that is not its own."""
        ...


class Limits(Struct, frozen=True, kw_only=True):
    """How much one connection and one process take. Every queue of the live part has its bound here.

    `events_burst` lets a browser resend a whole queue after an outage. `outbox_rows`: records waiting for the log.
    `frame_rows`, `frame_bytes`: what one publish carries. `gap_events`: per connection, events waiting beyond a gap.
    `window_s`: longest wait for more rows while a wave would be small under load. `ack_every_s`: pace of calm acks.
    """

    frames_per_s: float = 50
    frames_burst: int = 200
    events_per_s: float = 200
    events_burst: int = 1500
    streams: int = 256
    waiting_events: int = 2000
    gap_events: int = 64
    outbox_rows: int = 50_000
    frame_rows: int = 200
    frame_bytes: int = 512 * 1024
    ack_every_s: float = 1.0
    window_s: float = 0.002
    retry_first_s: float = 0.05
    retry_longest_s: float = 2.0
