"""The front door of the live part: connections in, frames of records out. No socket is known here, only a `Peer`."""

import asyncio
from collections.abc import Collection, Sequence

from core.errors import TooFast
from core.privacy import without_personal_data
from core.records import ToldReason
from core.session import Session
from core.wire import Events, Hello, Unreadable, decode_event
from server.live.admission import Admission, admit, join
from server.live.batcher import Batcher
from server.live.connection import Connection
from server.live.counts import count_received, count_rejected
from server.live.offering import Offering
from server.live.order import Arrived
from server.live.outbox import Entry, Outbox
from server.live.ports import Clock, Limits, Peer, Scorers, Supply, SystemClock
from server.live.preview import PreviewSealer
from server.live.rows import rejected_row, unscored_row
from server.live.sessions import LiveSession
from server.live.sites import Sites
from server.live.token import Sealer
from server.log.port import Log
from server.metrics import REDACTIONS

__all__ = ["Clock", "Connection", "Gateway", "Limits", "Peer", "Scorers", "SystemClock"]


class Gateway:
    """One per process; create it in the running loop. Sessions live only as long as their connection: token and
    resend rebuild them anywhere.

    `allows_no_origin`: take connections without an Origin header (no browser: simulator, replays). `supplies`: what offers
    need beyond the visit, in the order in which they are asked. `links`: what opens the tokens of preview
    links; without it none opens.
    """

    def __init__(
        self,
        *,
        sites: Sites,
        scorers: Scorers,
        log: Log,
        sealer: Sealer,
        clock: Clock | None = None,
        limits: Limits | None = None,
        allows_no_origin: bool = True,
        supplies: Sequence[Supply] = (),
        links: PreviewSealer | None = None,
    ) -> None:
        self._sites = sites
        self._sealer = sealer
        self._links = links
        self._clock = clock or SystemClock()
        self._limits = limits or Limits()
        self._allows_no_origin = allows_no_origin
        self._outbox = Outbox(log, self._limits)
        self._batcher = Batcher(
            sites=sites, scorers=scorers, outbox=self._outbox, clock=self._clock, limits=self._limits,
            offering=Offering(supplies, self._clock),
        )  # fmt: skip
        self._connections: dict[Connection, None] = {}
        sites.on_change(self._withdraw)

    @property
    def waiting_rows(self) -> int:
        """Records not yet in the log."""
        return len(self._outbox)

    @property
    def is_log_up(self) -> bool:
        """Whether the last publish succeeded."""
        return self._outbox.is_log_up

    @property
    def connection_count(self) -> int:
        return len(self._connections)

    async def start(self) -> None:
        """Begin to publish. Call once."""
        self._outbox.start()

    def connect(self, peer: Peer, *, origin: str | None, robot: ToldReason | None = None) -> Connection:
        """A new connection; feed it with `receive`, tell it `closed` when the socket is gone.

        `robot` is what its User-Agent says.
        """

        def open_session(hello: Hello) -> LiveSession:
            admission, session = self._join(hello, origin, robot)
            return LiveSession(
                admission, session, hello, peer, sealer=self._sealer, clock=self._clock, limits=self._limits
            )

        connection = Connection(
            peer,
            open_session=open_session,
            batcher=self._batcher,
            clock=self._clock,
            limits=self._limits,
            on_closed=lambda closed: self._connections.pop(closed, None),
        )
        self._connections[connection] = None
        return connection

    def log_unscored(
        self, hello: Hello, events: Sequence[Events], *, origin: str | None, robot: ToldReason | None = None
    ) -> int:
        """A beacon: straight to the log without scores, without an ack. How many rows were queued.

        Raises:
            PeerError: Malformed, NotAllowed or TooFast, as for a connection.
        """
        # As over a socket: a preview stays one to its end, also where its link is over.
        admission, session = self._join(hello, origin, robot)
        traffic = session.traffic
        if sum(len(batch.events) for frame in events for batch in frame.batches) > self._limits.events_burst:
            raise TooFast("too_many_events")
        site_id = admission.site.site_id
        received_at_ms = self._clock.now_ms()
        queued = 0
        for batch in (batch for frame in events for batch in frame.batches):
            for raw in batch.events:
                event = decode_event(raw)
                if isinstance(event, Unreadable):
                    count_rejected(event.reason)
                    if event.seq is None:
                        continue
                    arrived = Arrived(batch.stream, event.seq, event, received_at_ms, 0.0)
                    row = rejected_row(site_id, hello.session_id, arrived)
                    queued += self._outbox.put(Entry(row, None, None, False))
                    continue
                event, cut_count = without_personal_data(event)
                REDACTIONS.inc(cut_count)
                record = unscored_row(
                    site_id, hello.session_id, traffic, batch.stream, event, received_at_ms=received_at_ms,
                    bot_reason=admission.bot_reason,
                )  # fmt: skip
                queued += self._outbox.put(Entry(record, None, None, False))
        count_received(site_id, "unscored", queued)
        return queued

    def _join(self, hello: Hello, origin: str | None, robot: ToldReason | None) -> tuple[Admission, Session]:
        now_ms = self._clock.now_ms()
        admission = admit(
            hello, origin=origin, robot=robot, sites=self._sites, allows_no_origin=self._allows_no_origin, links=self._links,
            now_ms=now_ms,
        )  # fmt: skip
        return join(hello, admission, sealer=self._sealer, now_ms=now_ms)

    def _withdraw(self, site_ids: Collection[str]) -> None:
        """Rules have changed: pages of these sites let go at once of what the kill switch ended, and do not wait for an event."""
        for connection in tuple(self._connections):
            if connection.site_id in site_ids:
                site = self._sites.by_id(connection.site_id)
                assert site is not None, "it was just replaced"
                connection.withdraw(site.rules)

    async def drain(self, timeout_s: float = 5.0) -> None:
        """Take nothing more, fold and log what is queued, ack it, then close every connection with 1012.

        With the log down it gives up after `timeout_s`: what is not acked is resent to another process.
        """
        for connection in self._connections:
            connection.pause()
        try:
            async with asyncio.timeout(timeout_s):
                await self._batcher.idle()
                await self._outbox.flushed()
        except TimeoutError:
            count_rejected("unlogged_at_restart", self.waiting_rows)
        for connection in tuple(self._connections):
            connection.finish(1012, "restart")
        self.abort()

    def abort(self) -> None:
        """Stop at once, as a killed process does: nothing is flushed and nobody is told."""
        self._batcher.abort()
        self._outbox.abort()
