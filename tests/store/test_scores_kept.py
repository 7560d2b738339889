"""Every score of every head, and what a decision saw of the visit, is kept; and which decisions are to be explained."""

import asyncpg

from core.records import Scores
from server.store.stored_session import SCORE_COLUMNS, stored_scores
from server.writer.frames import FrameStore
from tests.store.tables import count
from tests.store.visits import RULES_UNSTORED, events_of, frame_of, records_of, turned_back


# shows: D8 D9
async def test_every_score_the_trend_and_the_frictions_of_a_decision_are_kept(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    records = records_of(turned_back(), RULES_UNSTORED)
    await store.store(frame_of(records))
    rows = await connection.fetch("SELECT * FROM raw.events ORDER BY seq")
    assert [stored_scores(row) for row in rows] == [record.scores for record in records]
    assert all(row[column] not in (None, 0) for row in rows for column in SCORE_COLUMNS)
    stored = await connection.fetch("SELECT seq, trend, frictions FROM marts.decisions ORDER BY seq")
    made = [(r.seq, r.decision.trend, list(r.decision.frictions)) for r in records if r.decision]
    assert [tuple(row) for row in stored] == made
    assert ["shipping_cost"] in [frictions for _, _, frictions in made]
    assert [] in [frictions for _, _, frictions in made]


async def test_a_row_from_before_the_other_heads_is_still_read(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    await store.store(frame_of(records_of(events_of(pages=1), RULES_UNSTORED)))
    later = ", ".join(f"{column} = NULL" for column in SCORE_COLUMNS[2:])
    await connection.execute(f"UPDATE raw.events SET {later}")
    row = await connection.fetchrow("SELECT * FROM raw.events LIMIT 1")
    assert stored_scores(row) == Scores(row["purchase_score"], row["exit_score"])


async def test_only_decisions_that_chose_an_action_are_noted_to_be_explained_and_each_once(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    frame = frame_of(records_of(turned_back(), RULES_UNSTORED, arm="control"))
    await store.store(frame)
    await store.store(frame)
    due = await connection.fetch("SELECT decision_id, scorer_version FROM raw.explanations_due")
    chosen = await connection.fetch("SELECT decision_id, scorer_version FROM marts.decisions WHERE action_id <> ''")
    assert due == chosen
    assert 0 < len(due) < await count(connection, "marts.decisions")
