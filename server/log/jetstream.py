"""The log on NATS JetStream: one stream of frames, one durable consumer, and a bucket that announces new rules.

An append is done when the server has the frame on disk. The connection is kept up for ever in the background, so a log that
is down at start or for an hour costs acks, not the process. Subjects and names here are the only ones in use.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Protocol

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BucketNotFoundError, NotFoundError
from nats.js.kv import KeyValue

from core.errors import LogUnavailable
from server.log.jetstream_reader import ASK_TIMEOUT_S, UNAVAILABLE, JetStreamSubscription, end_if_cancelled, in_words

STREAM = "FIFTHCLICK"
SUBJECT = "fifthclick.records"
WRITER = "writer"
BUCKET = "fifthclick_rules"
ACK_WAIT_S = 60.0
_RETRY_S = 0.5
_REPLICAS = 3
"""On a cluster a frame is durable when most of three servers have it."""


class _Watcher(Protocol):
    """The part of nats-py's that is used here; its own has no types."""

    async def updates(self, timeout: float) -> KeyValue.Entry | None: ...

    async def stop(self) -> None: ...


async def _ignore(error: Exception) -> None:
    """nats-py would print a traceback for each failed attempt; whoever needs the log learns it from `LogUnavailable`."""


class JetStreamLog:
    """Implements `Log` and `LogReader`. `start` returns at once; `append` and `subscribe` raise until the log is reached.

    `max_bytes`: how much the stream may hold before it refuses more; sized for a day of the writer being away.
    """

    def __init__(self, url: str, *, max_bytes: int) -> None:
        self._url = url
        self._max_bytes = max_bytes
        self._client: Client | None = None
        self._js: JetStreamContext | None = None
        self._is_prepared = False
        self._preparing = asyncio.Lock()
        self._reconnected = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, url: str, *, max_bytes: int, timeout_s: float = 10.0) -> "JetStreamLog":
        """A log that is ready. Raises `LogUnavailable` when it is not within `timeout_s`."""
        log = cls(url, max_bytes=max_bytes)
        await log.start()
        if not await log.wait_until_up(timeout_s):
            await log.close()
            raise LogUnavailable(
                f"NATS does not answer. Next: check that it runs with JetStream at {_place(url)}, or unset NATS_URL."
            )
        return log

    async def start(self) -> None:
        """Begin to connect, and keep connected until `close`."""
        logging.getLogger("nats").setLevel(logging.CRITICAL)
        self._connecting = asyncio.create_task(self._keep_connected(), name="log-connect")

    async def wait_until_up(self, timeout_s: float) -> bool:
        """Whether the log was reached within `timeout_s`."""
        try:
            await asyncio.wait_for(self._until_ready(), timeout_s)
        except TimeoutError:
            return False
        return True

    @property
    def is_up(self) -> bool:
        return self._is_prepared and self._client is not None and self._client.is_connected

    async def append(self, frame: bytes) -> None:
        js = await self._ready()
        try:
            await js.publish(SUBJECT, frame, timeout=ASK_TIMEOUT_S, stream=STREAM)
        except UNAVAILABLE as error:
            if isinstance(error, NotFoundError) or "no response" in str(error):
                self._is_prepared = False  # the server lost its folder: make the stream anew
            raise LogUnavailable(in_words(error)) from None

    async def subscribe(self, consumer: str = WRITER) -> JetStreamSubscription:
        js = await self._ready()
        try:
            await js.add_consumer(STREAM, _consumer(consumer))
            return JetStreamSubscription(await js.pull_subscribe_bind(consumer, stream=STREAM))
        except UNAVAILABLE as error:
            raise LogUnavailable(in_words(error)) from None

    async def announce(self, key: str, value: bytes) -> None:
        """Tell every process. Raises `LogUnavailable`; what is announced must be readable elsewhere already."""
        js = await self._ready()
        try:
            await (await _bucket(js)).put(key, value)
        except UNAVAILABLE as error:
            raise LogUnavailable(in_words(error)) from None

    async def watch(self) -> AsyncGenerator[str, None]:
        """Every key of the bucket as it is now, then the key of each announcement. Goes on over outages and never ends by itself.

        After a reconnect all keys come once more: what was announced meanwhile must not be missed.
        """
        while True:
            self._reconnected.clear()
            try:
                watcher: _Watcher = await (await _bucket(await self._ready())).watchall()
            except (LogUnavailable, *UNAVAILABLE):
                end_if_cancelled()
                await asyncio.sleep(_RETRY_S)
                continue
            try:
                end_if_cancelled()
                while not self._reconnected.is_set():
                    with suppress(TimeoutError):
                        entry = await watcher.updates(timeout=_RETRY_S)
                        end_if_cancelled()
                        if entry is not None and entry.value is not None:
                            yield entry.key
            finally:
                with suppress(*UNAVAILABLE):
                    await watcher.stop()

    async def bucket(self, name: str, *, kept_s: float) -> KeyValue:
        """The key-value bucket of this name, made where there is none. Raises `LogUnavailable`."""
        js = await self._ready()
        try:
            return await js.key_value(name)
        except (BucketNotFoundError, NotFoundError):
            pass
        except UNAVAILABLE as error:
            raise LogUnavailable(in_words(error)) from None
        try:
            return await js.create_key_value(bucket=name, history=1, ttl=kept_s, replicas=self._replicas)
        except UNAVAILABLE as error:
            raise LogUnavailable(in_words(error)) from None

    async def close(self) -> None:
        """Let go of the connection; nothing is sent after this."""
        if self._connecting is not None:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        if self._client is not None:
            with suppress(*UNAVAILABLE):
                await asyncio.wait_for(self._client.close(), 2.0)
        self._is_prepared = False

    async def _keep_connected(self) -> None:
        while self._js is None:
            try:
                self._client = await nats.connect(
                    self._url, name="fifthclick", allow_reconnect=True, max_reconnect_attempts=-1,
                    reconnect_time_wait=_RETRY_S, connect_timeout=2, error_cb=_ignore, reconnected_cb=self._on_reconnect,
                )  # fmt: skip
                self._js = self._client.jetstream(timeout=ASK_TIMEOUT_S)
            except UNAVAILABLE:
                await asyncio.sleep(_RETRY_S)
        await self._until_ready()

    async def _until_ready(self) -> None:
        while True:
            try:
                await self._ready()
                return
            except LogUnavailable:
                await asyncio.sleep(_RETRY_S / 10)

    async def _on_reconnect(self) -> None:
        self._reconnected.set()

    async def _ready(self) -> JetStreamContext:
        if self._js is None or self._client is None or not self._client.is_connected:
            raise LogUnavailable("the log is not reached yet; it is tried again. Next: see that NATS runs.")
        if not self._is_prepared:
            async with self._preparing:
                try:
                    await self._prepare(self._js)
                except UNAVAILABLE as error:
                    raise LogUnavailable(in_words(error)) from None
            end_if_cancelled()
        return self._js

    @property
    def _replicas(self) -> int:
        server_count = len(self._client.servers) if self._client is not None else 1
        return _REPLICAS if server_count >= _REPLICAS else 1

    async def _prepare(self, js: JetStreamContext) -> None:
        """The stream and its reader, before anything is published: interest without a consumer keeps nothing."""
        config = StreamConfig(
            name=STREAM,
            subjects=[SUBJECT],
            storage=StorageType.FILE,
            retention=RetentionPolicy.INTEREST,
            discard=DiscardPolicy.NEW,
            max_bytes=self._max_bytes,
            max_age=0,
            num_replicas=self._replicas,
        )
        try:
            found = await js.stream_info(STREAM)
        except NotFoundError:
            await js.add_stream(config)
        else:
            if found.config.max_bytes != self._max_bytes:
                await js.update_stream(config, num_replicas=found.config.num_replicas)
        await js.add_consumer(STREAM, _consumer(WRITER))
        self._is_prepared = True


def _consumer(name: str) -> ConsumerConfig:
    return ConsumerConfig(durable_name=name, ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT_S, max_deliver=-1)


async def _bucket(js: JetStreamContext) -> KeyValue:
    try:
        return await js.key_value(BUCKET)
    except (BucketNotFoundError, NotFoundError):
        return await js.create_key_value(bucket=BUCKET, history=1)


def _place(url: str) -> str:
    """The URL without its token."""
    return url.rpartition("@")[2]
