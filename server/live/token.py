"""Seals a session's state for the browser to carry."""

from core.session import Session


class TokenRefused(Exception):
    """A token that cannot be opened; `reason` is `forged`, `expired`, `unknown_key` or `unknown_format`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Sealer:
    """Keys by id (1 byte): all of them open, `sealing_key_id` seals. Each is 32 bytes."""

    def __init__(self, keys: dict[int, bytes], *, sealing_key_id: int) -> None:
        raise NotImplementedError

    def seal(self, session: Session, *, site_id: str, now_ms: int) -> bytes:
        raise NotImplementedError

    def open(self, token: bytes, *, site_id: str, session_id: bytes, now_ms: int) -> Session:
        """Raises `TokenRefused`."""
        raise NotImplementedError
