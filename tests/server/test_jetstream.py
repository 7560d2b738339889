"""The log on the bundled NATS: what was appended is handed out until it is acked, over restarts and outages."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType

from core.errors import LogUnavailable
from server.embedded.nats import EmbeddedNats
from server.log.jetstream import STREAM, SUBJECT, JetStreamLog
from server.log.jetstream_reader import JetStreamSubscription

MAX_BYTES = 10_000_000


@pytest.fixture
async def log(nats_url: str) -> AsyncIterator[JetStreamLog]:
    log = await JetStreamLog.connect(nats_url, max_bytes=MAX_BYTES)
    yield log
    await log.close()


async def _drained(log: JetStreamLog) -> list[bytes]:
    subscription = await log.subscribe("writer")
    frames = []
    while (delivery := await subscription.next(0.3)) is not None:
        frames.append(delivery.data)
        await delivery.ack()
    await subscription.close()
    return frames


async def _append_when_up(log: JetStreamLog, frame: bytes) -> None:
    while True:
        try:
            return await log.append(frame)
        except LogUnavailable:
            await asyncio.sleep(0.02)


async def test_frames_come_out_once_each_in_order_and_acked_ones_are_gone(log: JetStreamLog) -> None:
    for number in range(20):
        await log.append(b"frame %d" % number)
    assert await _drained(log) == [b"frame %d" % number for number in range(20)]


async def test_a_frame_that_is_not_acked_comes_again_and_an_acked_one_does_not(log: JetStreamLog) -> None:
    await log.append(b"one")
    await log.append(b"two")
    subscription = await log.subscribe("writer")
    first = await subscription.next(5.0)
    assert first is not None
    assert first.data == b"one"
    await first.retry(0.01)
    second = await subscription.next(5.0)
    assert second is not None
    assert second.data == b"two"
    await second.ack()
    again = await subscription.next(5.0)
    assert again is not None
    assert again.data == b"one"
    await again.in_progress()
    await again.ack()
    assert await subscription.next(0.1) is None


async def test_two_members_of_a_consumer_share_the_frames(log: JetStreamLog) -> None:
    one, two = await log.subscribe("writer"), await log.subscribe("writer")
    await log.append(b"a")
    await log.append(b"b")
    first, second = await one.next(5.0), await two.next(5.0)
    assert first is not None
    assert second is not None
    assert {first.data, second.data} == {b"a", b"b"}


async def test_frames_that_nobody_has_read_yet_survive_a_restart_of_the_server(tmp_path: Path) -> None:
    nats = EmbeddedNats(tmp_path / "own")
    log = await JetStreamLog.connect(await nats.start(), max_bytes=MAX_BYTES)
    await log.append(b"before")
    await nats.stop()
    with pytest.raises(LogUnavailable):
        await log.append(b"while down")
    assert not log.is_up
    await nats.start()
    await asyncio.wait_for(_append_when_up(log, b"after"), 20)
    assert await _drained(log) == [b"before", b"after"]
    await log.close()
    await nats.stop()


async def test_a_log_whose_server_comes_later_is_used_as_soon_as_it_is_there(tmp_path: Path) -> None:
    nats = EmbeddedNats(tmp_path / "later")
    url = await nats.start()
    await nats.stop()
    log = JetStreamLog(url, max_bytes=MAX_BYTES)
    await log.start()
    with pytest.raises(LogUnavailable, match="Next: see that NATS runs"):
        await log.append(b"too early")
    await nats.start()
    await asyncio.wait_for(_append_when_up(log, b"in time"), 20)
    assert await _drained(log) == [b"in time"]
    await log.close()
    await nats.stop()


async def test_nobody_answering_is_one_sentence_that_shows_no_token(free_port: int) -> None:
    with pytest.raises(LogUnavailable, match=r"NATS does not answer\. Next: .*127\.0\.0\.1") as caught:
        await JetStreamLog.connect(f"nats://secret-token@127.0.0.1:{free_port}", max_bytes=MAX_BYTES, timeout_s=0.2)
    assert "secret" not in str(caught.value)


async def test_a_full_log_refuses_and_keeps_what_it_has(nats_url: str) -> None:
    log = await JetStreamLog.connect(nats_url, max_bytes=40_000)
    await log.append(b"kept" + bytes(30_000))
    with pytest.raises(LogUnavailable, match="maximum bytes"):
        await log.append(bytes(30_000))
    frames = await _drained(log)
    assert frames[0][:4] == b"kept"
    await log.append(b"room again")
    await log.close()


async def test_the_stream_is_a_file_kept_for_its_reader_and_never_drops_what_is_old(log: JetStreamLog) -> None:
    assert log._js is not None
    config = (await log._js.stream_info(STREAM)).config
    assert config.subjects == [SUBJECT]
    assert config.storage == StorageType.FILE
    assert config.retention == RetentionPolicy.INTEREST
    assert config.discard == DiscardPolicy.NEW
    assert config.max_bytes == MAX_BYTES
    assert not config.max_age
    consumer = (await log._js.consumer_info(STREAM, "writer")).config
    assert consumer.max_deliver == -1
    assert consumer.ack_wait == 60.0


async def test_an_announcement_reaches_who_watches_and_who_comes_later(log: JetStreamLog, nats_url: str) -> None:
    other = await JetStreamLog.connect(nats_url, max_bytes=MAX_BYTES)
    watching = other.watch()
    await log.announce("shop", b"version 1")
    assert await asyncio.wait_for(anext(watching), 10) == "shop"
    await log.announce("shop", b"version 2")
    assert await asyncio.wait_for(anext(watching), 10) == "shop"
    late = log.watch()
    assert await asyncio.wait_for(anext(late), 10) == "shop"
    for watcher in (watching, late):
        await watcher.aclose()
    await other.close()


async def test_a_watcher_goes_on_after_an_outage(tmp_path: Path) -> None:
    nats = EmbeddedNats(tmp_path / "outage")
    log = await JetStreamLog.connect(await nats.start(), max_bytes=MAX_BYTES)
    watching = log.watch()
    await log.announce("before", b"1")
    assert await asyncio.wait_for(anext(watching), 10) == "before"
    await nats.stop()
    await nats.start()
    await asyncio.wait_for(_append_when_up(log, b"up"), 20)
    await log.announce("after", b"1")
    async for key in watching:
        if key == "after":
            break
    assert key == "after"
    await watching.aclose()
    await log.close()
    await nats.stop()


async def test_a_cancelled_reader_ends_even_where_the_client_swallows_it(log: JetStreamLog) -> None:
    """nats-py takes a cancellation during its flush for nothing: a loop over the log would then never end."""
    for delay_steps in range(12):
        subscription = await log.subscribe("writer")

        async def read(of: JetStreamSubscription = subscription) -> None:
            while True:
                await of.next(0.2)

        task = asyncio.create_task(read())
        for _ in range(delay_steps):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait((task,), timeout=5)
        assert done
        assert task.cancelled()
