"""What a page can send and no table takes: refused alone, and at no cost to the records beside it."""

import asyncpg
import pytest

from core import events as ev
from server.writer.frames import FrameStore
from tests.store.tables import count
from tests.store.visits import NOON_MS, RULES_UNSTORED, events_of, frame_of, records_of


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (ev.PageView(seq=1, at_ms=NOON_MS, page_type="home", path="/a\0b"), "nul_in_path"),
        (ev.ActionShown(seq=1, at_ms=NOON_MS, decision_id="d" * 16, action_id=""), "no_action_id"),
    ],
)
async def test_what_no_table_takes_is_refused_before_it_costs_the_frame_its_transaction(
    event: ev.Event, reason: str, store: FrameStore, connection: asyncpg.Connection
) -> None:
    others = records_of(events_of(), RULES_UNSTORED)
    await store.store(frame_of([*records_of([event], RULES_UNSTORED, number=2), *others]))
    assert [tuple(row) for row in await connection.fetch("SELECT reason, seq FROM raw.rejected")] == [(reason, 1)]
    assert await count(connection, "raw.events") == len(others)
    assert await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM raw.events") == 1, "one transaction"


async def test_a_column_that_a_newer_server_has_added_costs_an_older_writer_no_row(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute("ALTER TABLE raw.events ADD COLUMN colour_count integer NOT NULL DEFAULT 7")
    writer = await asyncpg.connect(postgres_url)
    store = FrameStore(writer)
    await store.prepare()
    records = records_of(events_of(), RULES_UNSTORED)
    await store.store(frame_of(records))
    await writer.close()
    assert await count(connection, "raw.rejected") == 0
    assert await connection.fetchval("SELECT count(*) FROM raw.events WHERE colour_count = 7") == len(records)
