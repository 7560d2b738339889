"""The front door of the live part: connections in, frames of records out. No socket is known here, only a `Peer`."""

from collections.abc import Sequence

from core.wire import Events, Hello
from server.live.connection import Connection
from server.live.ports import Clock, Limits, Peer, Scorers, SystemClock
from server.live.sites import Sites
from server.live.token import Sealer
from server.log.port import Log

__all__ = ["Clock", "Connection", "Gateway", "Limits", "Peer", "Scorers", "SystemClock"]


class Gateway:
    """One per process. Sessions live only as long as their connection: token and resend rebuild them anywhere.

    `allows_no_origin`: take connections without an Origin header (no browser: simulator, replays).
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
    ) -> None:
        raise NotImplementedError

    @property
    def waiting_rows(self) -> int:
        """Records not yet in the log."""
        raise NotImplementedError

    @property
    def is_log_up(self) -> bool:
        """Whether the last publish succeeded."""
        raise NotImplementedError

    async def start(self) -> None:
        """Begin to publish. Call once, in the running loop."""
        raise NotImplementedError

    def connect(self, peer: Peer, *, origin: str | None, client: str = "") -> Connection:
        """A new connection; feed it with `receive`, tell it `closed` when the socket is gone."""
        raise NotImplementedError

    def log_unscored(self, hello: Hello, events: Sequence[Events], *, origin: str | None) -> int:
        """A beacon: straight to the log without scores, without an ack. How many records were queued.

        Raises:
            NotAllowed: unknown site key or Origin.
        """
        raise NotImplementedError

    async def drain(self, timeout_s: float = 5.0) -> None:
        """Take nothing more, fold and log what is queued, ack it, then close every connection with 1012."""
        raise NotImplementedError

    def abort(self) -> None:
        """Stop at once, as a killed process does: nothing is flushed and nobody is told."""
        raise NotImplementedError
