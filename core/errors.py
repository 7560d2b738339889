"""The error tree. `PeerError` is the other side's fault (counted, has a close code); `OurError` is ours (logged, alerts).

Absence is `None` and never an error; a statistic that cannot be given is `NotEnoughData`, never a neutral number.
"""


class FifthClickError(Exception):
    """Every error that this project raises on purpose."""


class PeerError(FifthClickError):
    """Something that the browser or the network sent cannot be accepted. Counted under `reason`, never logged with its text.

    Attributes:
        reason: a code from a small fixed set, safe as a metric label.
        close_code: what the WebSocket is closed with (RFC 6455, 7.4).
        http_status: what the same fault answers over HTTP.
    """

    reason = "peer_error"
    close_code = 1007
    http_status = 400

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason or type(self).reason
        super().__init__(self.reason)


class Malformed(PeerError):
    """The bytes are not a frame of ours."""

    reason = "malformed"


class TooFast(PeerError):
    """More frames or events than one page can mean."""

    reason = "too_fast"
    close_code = 1008
    http_status = 429


class NotAllowed(PeerError):
    """An unknown site key, or an Origin that the site does not list."""

    reason = "not_allowed"
    close_code = 1008
    http_status = 403


class TooBig(PeerError):
    """A frame over `wire.MAX_FRAME_BYTES`."""

    reason = "too_big"
    close_code = 1009
    http_status = 413


class OurError(FifthClickError):
    """Something of ours failed. The message says what, and what to do next."""


class ConfigError(OurError):
    """A setting or a rule that cannot be used. The message names the place and the nearest valid word.

    Attributes:
        line: the line of the file, counted from 1, or None where it is not known.
    """

    def __init__(self, message: str, *, file: str = "", line: int | None = None) -> None:
        self.file = file
        self.line = line
        where = file + (f":{line}" if line else "")
        super().__init__(f"{where}: {message}" if where else message)


class BundleRefused(OurError):
    """A model bundle that does not fit this version: other features, other hash, or damaged."""


class LogUnavailable(OurError):
    """The log did not take a frame. The records are kept and offered again."""


class NotEnoughData(FifthClickError):
    """A statistic cannot be given; `reason` says what is missing."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
