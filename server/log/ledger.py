"""Numbers that many processes share: read with their revision, changed only by whoever has seen the last one.

Kept beside the log, in a JetStream key-value bucket: what is durable there decides what may be given away here.
"""

from typing import NamedTuple, Protocol

from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError
from nats.js.kv import KeyValue

from core.errors import LogUnavailable
from server.log.jetstream import JetStreamLog
from server.log.jetstream_reader import UNAVAILABLE, end_if_cancelled, in_words

BUCKET = "fifthclick_budgets"
_KEPT_S = 3 * 24 * 60 * 60


class Entry(NamedTuple):
    """A number and its revision; 0 and 0 where there is none yet."""

    value: int
    revision: int


class Ledger(Protocol):
    """Both calls raise `LogUnavailable`: then a change may have been made or not, and the caller takes it as made."""

    async def read(self, key: str) -> Entry: ...

    async def swap(self, key: str, value: int, revision: int) -> bool:
        """Store `value` if `revision` is still the last one; whether it was."""
        ...


class JetStreamLedger:
    """Implements `Ledger`. A number is forgotten three days after its last change."""

    def __init__(self, log: JetStreamLog) -> None:
        self._log = log
        self._bucket: KeyValue | None = None

    async def read(self, key: str) -> Entry:
        try:
            entry = await (await self._opened()).get(key)
        except KeyNotFoundError:
            end_if_cancelled()
            return Entry(0, 0)
        except UNAVAILABLE as error:
            raise self._lost(error) from None
        end_if_cancelled()
        return Entry(int(entry.value or b"0"), entry.revision or 0)

    async def swap(self, key: str, value: int, revision: int) -> bool:
        try:
            await (await self._opened()).update(key, b"%d" % value, last=revision)
        except KeyWrongLastSequenceError:
            end_if_cancelled()
            return False
        except UNAVAILABLE as error:
            raise self._lost(error) from None
        end_if_cancelled()
        return True

    async def _opened(self) -> KeyValue:
        if self._bucket is None:
            self._bucket = await self._log.bucket(BUCKET, kept_s=_KEPT_S)
        return self._bucket

    def _lost(self, error: BaseException) -> LogUnavailable:
        if isinstance(error, NotFoundError) or "no response" in str(error):
            self._bucket = None  # the server lost its folder: the bucket is made anew
        return LogUnavailable(in_words(error))
