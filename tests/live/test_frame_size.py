"""What one publish carries stays within what any log takes."""

from core.records import Decision, Record, decode_frame
from server.live.gateway import Limits
from server.live.outbox import Entry, Outbox
from server.log.memory import MemoryLog
from tests.support.builders import SESSION_ID, START_MS, STREAM
from tests.support.loop import virtually


@virtually
async def test_a_frame_stays_below_what_any_log_takes_also_with_a_hundred_actions_refused_in_each_row() -> None:
    refused = tuple((f"an-action-with-quite-a-long-name-{n:03}", "no_discount_for_sure_buyers") for n in range(100))
    decision = Decision("d" * 16, "", "", "nothing_fits", "on_the_fence", "treatment", 0.9, refused, False, False)
    log = MemoryLog()
    outbox = Outbox(log, Limits())
    for seq in range(1, 401):
        row = Record(
            site_id="shop", stream=STREAM, seq=seq, session_id=SESSION_ID, received_at_ms=START_MS,
            payload=bytes(1000), decision=decision,
        )  # fmt: skip
        assert outbox.put(Entry(row, None, None, False))
    outbox.start()
    await outbox.flushed()
    outbox.abort()
    assert sum(len(decode_frame(data).records) for data in log.frames) == 400
    assert max(map(len, log.frames)) < 1024 * 1024, "what NATS takes by default"
