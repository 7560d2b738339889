"""Settle: silent visits become sessions and outcomes, the same ones however often and in whatever order it is done."""

from datetime import timedelta

import asyncpg
import pytest

from core import events as ev
from core.fields import SESSION_IDLE_MS
from core.records import Scores
from core.scoring import Scorer
from server.store.stored_session import stored_scores
from server.writer.frames import FrameStore
from server.writer.late_scores import LateScorer
from server.writer.settle import SettleCount, Settler
from tests.store.tables import count, everything
from tests.store.visits import (
    NOON,
    NOON_MS,
    RULES_UNSTORED,
    SCORER,
    as_beaconed,
    events_of,
    frame_of,
    records_of,
    session_of,
    shop,
    with_offer_shown,
)

LATER = NOON + timedelta(hours=1)


# shows: A8
async def test_thirty_minutes_are_one_number_for_core_and_sql(connection: asyncpg.Connection) -> None:
    idle = await connection.fetchval("SELECT marts.session_idle()")
    assert idle == timedelta(milliseconds=SESSION_IDLE_MS)


async def test_a_visit_is_settled_when_it_has_been_silent_for_thirty_minutes_and_not_before(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    records = records_of(events_of(), RULES_UNSTORED)
    await store.store(frame_of(records))
    end = NOON + timedelta(milliseconds=records[-1].received_at_ms - NOON_MS)
    settler = Settler(postgres_url)
    early = end + timedelta(milliseconds=SESSION_IDLE_MS - 1)
    assert await settler.settle(early) == SettleCount(0, 0)
    assert (await settler.settle(end + timedelta(milliseconds=SESSION_IDLE_MS))).session_count == 1


async def test_played_visits_end_by_their_own_clock(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    day_ms = 86_400_000
    for number, traffic in enumerate(("live", "preview", "simulated", "replayed"), start=1):
        events = events_of(start_ms=NOON_MS - day_ms // 2)
        await store.store(
            frame_of(records_of(events, RULES_UNSTORED, number=number, traffic=traffic, received_after_ms=day_ms // 2))  # type: ignore[arg-type]
        )
    await Settler(postgres_url).settle(NOON)
    rows = await connection.fetch("SELECT traffic FROM marts.sessions ORDER BY traffic")
    assert [row["traffic"] for row in rows] == ["replayed", "simulated"]


# shows: I1
async def test_a_session_holds_what_the_visit_was(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    records = records_of(events_of(order="A-1"), rules, arm="treatment")
    await store.store(frame_of(records + with_offer_shown(records, rules)))
    done = await Settler(postgres_url).settle(LATER)
    row = dict((await connection.fetch("SELECT * FROM marts.sessions"))[0])
    first = next(r.decision for r in records if r.decision and r.decision.action_id)
    expected = {
        "site_id": rules.site_id, "traffic": "live", "started_at": NOON, "page_view_count": 6, "device": "mobile",
        "source": "organic_search", "is_new_visitor": True, "segment_at_click_5": "on_the_fence",
        "has_product_view": True, "has_cart": True, "has_checkout": True, "has_purchase": True, "order_count": 1,
        "revenue_minor": 4_200, "currency": "EUR", "arm": "treatment", "is_arm_forced": True, "has_choice": True,
        "first_decision_id": first.decision_id, "first_action_id": "free-shipping", "first_segment": "on_the_fence",
        "has_exposure": True, "rules_version": rules.version, "scorer_version": SCORER.version,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["session_id"].bytes == session_of(1)
    assert row["treatment_probability"] == pytest.approx(0.4)
    goals = await connection.fetch(
        "SELECT goal, is_converted, value_minor FROM marts.outcomes WHERE is_first_choice ORDER BY goal"
    )
    assert [tuple(g) for g in goals] == [("cart", True, 4_200), ("purchase", True, 4_200)]
    assert done.outcome_count == await count(connection, "marts.outcomes")


async def test_a_visit_that_chose_nothing_has_a_session_and_no_outcome(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    await store.store(frame_of(records_of(events_of(pages=1), RULES_UNSTORED)))
    assert await Settler(postgres_url).settle(LATER) == SettleCount(1, 0)
    [row] = await connection.fetch(
        "SELECT has_choice, has_purchase, first_action_id, revenue_minor FROM marts.sessions"
    )
    assert tuple(row) == (False, False, None, 0)


async def test_settling_twice_changes_nothing(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    for number in range(1, 8):
        records = records_of(events_of(order="A-1" if number < 3 else None), RULES_UNSTORED, number=number)
        await store.store(frame_of(records + with_offer_shown(records, RULES_UNSTORED)))
    settler = Settler(postgres_url)
    assert (await settler.settle(LATER)).session_count == 7
    once = await everything(connection)
    assert await settler.settle(LATER) == SettleCount(0, 0)
    await connection.execute("UPDATE raw.session_touches SET settled_at = NULL")
    assert (await Settler(postgres_url).settle(LATER)).session_count == 7
    assert await everything(connection) == once
    assert sum(row["session_count"] for row in once["marts.rollups"]) == 7


async def test_a_late_event_settles_its_visit_again(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    records = records_of(events_of(order="A-1"), RULES_UNSTORED)
    settler = Settler(postgres_url)
    await store.store(frame_of(records[:-1]))
    await settler.settle(LATER)
    assert await connection.fetchval("SELECT has_purchase FROM marts.sessions") is False
    await store.store(frame_of(records))
    await settler.settle(LATER)
    assert await connection.fetchval("SELECT has_purchase FROM marts.sessions") is True
    assert await connection.fetchval("SELECT sum(purchase_count) FROM marts.rollups") == 1


async def test_a_visit_that_a_writer_holds_just_now_does_not_keep_the_others_from_being_settled(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    for number in (1, 2, 3):
        await store.store(frame_of(records_of(events_of(), RULES_UNSTORED, number=number)))
    settler = Settler(postgres_url)
    async with connection.transaction():
        await connection.execute(
            "UPDATE raw.session_touches SET settled_at = NULL"
            " WHERE session_id = (SELECT min(session_id::text)::uuid FROM raw.session_touches)"
        )
        assert (await settler.settle(LATER)).session_count == 2
    assert (await settler.settle(LATER)).session_count == 1
    assert await count(connection, "marts.sessions") == 3


async def test_a_refund_days_later_nets_out_in_session_outcome_and_rollup(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    settler = Settler(postgres_url)
    await store.store(frame_of(records_of(events_of(order="A-1"), RULES_UNSTORED, arm="treatment")))
    await settler.settle(LATER)
    assert await connection.fetchval("SELECT revenue_minor FROM marts.sessions") == 4_200
    days = timedelta(days=3) // timedelta(milliseconds=1)
    refund = ev.Refund(seq=1, at_ms=NOON_MS + days, transaction_id="A-1", value_minor=1_200, currency="EUR")
    await store.store(frame_of(records_of([refund], RULES_UNSTORED, number=2)))
    await settler.settle(NOON + timedelta(days=4))
    sessions = await connection.fetch("SELECT revenue_minor, order_count FROM marts.sessions ORDER BY started_at")
    assert [tuple(row) for row in sessions] == [(3_000, 1), (0, 0)]
    values = await connection.fetch(
        "SELECT DISTINCT value_minor FROM marts.outcomes WHERE goal = 'purchase' AND is_converted"
    )
    assert [row["value_minor"] for row in values] == [3_000]
    assert await connection.fetchval("SELECT sum(revenue_minor) FROM marts.rollups") == 3_000


async def test_a_thank_you_page_opened_again_in_another_visit_is_no_conversion(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    first = records_of(events_of(order="A-1"), RULES_UNSTORED, number=1)
    again = records_of(events_of(order="A-1", start_ms=NOON_MS + 3_600_000), RULES_UNSTORED, number=2)
    settler = Settler(postgres_url)
    await store.store(frame_of(again))
    await settler.settle(NOON + timedelta(hours=3))
    assert await connection.fetchval("SELECT order_count FROM marts.sessions") == 1
    await store.store(frame_of(first))
    await settler.settle(NOON + timedelta(hours=3))
    rows = await connection.fetch(
        "SELECT order_count, has_purchase, revenue_minor FROM marts.sessions ORDER BY started_at"
    )
    assert [tuple(row) for row in rows] == [(1, True, 4_200), (0, False, 0)]


async def test_one_preview_event_makes_the_whole_visit_a_preview(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    await store.store(frame_of(records_of(events_of(pages=2), RULES_UNSTORED, page=1, traffic="preview")))
    await store.store(frame_of(records_of(events_of(pages=2), RULES_UNSTORED, page=2)))
    await Settler(postgres_url).settle(LATER)
    assert await connection.fetchval("SELECT traffic FROM marts.sessions") == "preview"


async def test_events_that_only_came_by_beacon_are_scored_by_settle(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    records = records_of(events_of(pages=4), rules)
    await store.store(frame_of([*records[:-2], *map(as_beaconed, records[-2:])]))
    known: dict[str, Scorer] = {SCORER.version: SCORER}
    await Settler(postgres_url, LateScorer(lambda: SCORER, known.get)).settle(LATER)
    rows = await connection.fetch("SELECT * FROM raw.events ORDER BY seq")
    assert [stored_scores(row) for row in rows] == [r.scores for r in records]
    assert [row["step"] is None for row in rows][-3:] == [False, True, True]
    assert await connection.fetchval("SELECT last_score FROM marts.sessions") == records[-1].scores.purchase  # type: ignore[union-attr]


async def test_many_visits_are_scored_late_together_as_they_would_be_alone(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    expected: dict[tuple[bytes, int], Scores | None] = {}
    for number in range(1, 41):
        records = records_of(events_of(pages=1 + number % 5), rules, number=number)
        beaconed = 1 + number % len(records)
        await store.store(frame_of([*records[:-beaconed], *map(as_beaconed, records[-beaconed:])]))
        expected |= {(r.stream[2:], r.seq): r.scores for r in records if number % len(records) + 1 < len(records)}
    known: dict[str, Scorer] = {SCORER.version: SCORER}
    await Settler(postgres_url, LateScorer(lambda: SCORER, known.get)).settle(LATER)
    rows = await connection.fetch("SELECT * FROM raw.events")
    found = {(row["stream_id"], row["seq"]): stored_scores(row) for row in rows}
    assert len(expected) > 200
    assert {key: found[key] for key in expected} == expected


async def test_without_their_scorer_beaconed_events_stay_unscored_and_the_visit_is_settled(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    records = records_of(events_of(pages=4), rules)
    await store.store(frame_of([*records[:-2], *map(as_beaconed, records[-2:])]))
    await Settler(postgres_url, LateScorer(lambda: None, lambda _: None)).settle(LATER)
    assert await connection.fetchval("SELECT count(*) FROM raw.events WHERE purchase_score IS NULL") == 2
    assert await count(connection, "marts.sessions") == 1
