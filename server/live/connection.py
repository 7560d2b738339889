"""One connection: its hello, its streams in order, its acks."""


class Connection:
    """Feed it the peer's frames in order. Counts its own refusals; the socket's owner only closes.

    A `PeerError` from `receive` ends the connection: close the socket with `error.close_code`, then call `closed`.
    """

    def receive(self, data: bytes) -> None:
        """One client frame. Never blocks; answers go to the peer now or later.

        Raises:
            PeerError: the frame costs the connection (Malformed, TooBig, TooFast, NotAllowed).
        """
        raise NotImplementedError

    def closed(self) -> None:
        """The socket is gone. What was received is still folded and logged; nothing is sent any more."""
        raise NotImplementedError

    async def acked(self, timeout_s: float) -> bool:
        """Wait until everything received is logged and an ack for it was sent. False when `timeout_s` passed first."""
        raise NotImplementedError
