"""Frames in, rows out: each event once, a record whole or not at all, in whatever order and however often frames come."""

import math
import random
from datetime import UTC, datetime

import asyncpg
import msgspec
import pytest

from core import events as ev
from core.fields import Item
from core.records import Frame, Record, Rejected, Scores
from server.writer.frames import FrameStore
from server.writer.rows import EVENT_COLUMNS, event_row
from tests.store.tables import count, everything
from tests.store.visits import (
    NOON,
    NOON_MS,
    RULES_UNSTORED,
    as_beaconed,
    events_of,
    frame_of,
    records_of,
    with_offer_shown,
)


def refund(at_ms: int, order: str, value_minor: int | None, number: int) -> list[Record]:
    event = ev.Refund(
        seq=1, at_ms=at_ms, transaction_id=order, value_minor=value_minor, currency="EUR" if value_minor else None
    )
    return records_of([event], RULES_UNSTORED, number=number)


async def test_a_frame_that_comes_twice_is_stored_once(store: FrameStore, connection: asyncpg.Connection) -> None:
    frame = frame_of(records_of(events_of(order="A-1"), RULES_UNSTORED, arm="treatment"))
    await store.store(frame)
    once = await everything(connection)
    await store.store(frame)
    assert await everything(connection) == once
    assert len(once["raw.events"]) == len(frame.records)
    assert [row["order_id"] for row in once["marts.orders"]] == ["A-1"]


async def test_a_record_is_stored_with_every_field_that_it_has(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    records = records_of(events_of(order="A-1"), RULES_UNSTORED, arm="treatment")
    await store.store(frame_of(records))
    rows = {row["seq"]: row for row in await connection.fetch("SELECT * FROM raw.events")}
    for record in records:
        expected = event_row(record)
        assert {c: rows[record.seq][c] for c in EVENT_COLUMNS} == dict(zip(EVENT_COLUMNS, expected.values, strict=True))
    answers = {r.decision.decision_id: r.decision for r in records if r.decision}
    decisions = await connection.fetch("SELECT * FROM marts.decisions")
    assert {row["decision_id"] for row in decisions} == set(answers)
    chosen = min((row for row in decisions if row["action_id"]), key=lambda row: row["seq"])
    assert (chosen["action_id"], chosen["reason"], chosen["arm"]) == ("free-shipping", "chosen", "treatment")
    assert chosen["is_delivered"] is True
    assert chosen["decided_at"] == rows[chosen["seq"]]["occurred_at"]


# shows: C3
async def test_frames_in_any_order_and_any_number_give_the_same_tables(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    visits = [
        records_of(events_of(order=order), RULES_UNSTORED, number=n, arm="treatment")
        for n, order in enumerate(("A-1", "A-2", "A-1", None), start=1)
    ]
    records = [record for visit in visits for record in visit]
    records += with_offer_shown(visits[0], RULES_UNSTORED, then=("shown", "clicked"))
    records += with_offer_shown(visits[1], RULES_UNSTORED, then=("shown", "dismissed"))
    records += refund(NOON_MS + 200_000, "A-2", 1_000, 8) + refund(NOON_MS + 300_000, "A-2", 500, 9)
    records += [as_beaconed(record) for record in records[::3]]
    expected = None
    for seed in range(8):
        chance = random.Random(seed)
        shuffled = records * 2
        chance.shuffle(shuffled)
        size = chance.randint(1, 40)
        for at in range(0, len(shuffled), size):
            await store.store(frame_of(shuffled[at : at + size]))
        found = await everything(connection)
        expected = expected or found
        assert found == expected
        tables = "raw.events, raw.rejected, raw.session_touches, marts.decisions, marts.exposures, marts.orders"
        await connection.execute(f"TRUNCATE {tables}")
    assert expected is not None
    assert {row["order_id"]: row["net_minor"] for row in expected["marts.orders"]} == {"A-1": 4_200, "A-2": 2_700}
    assert len(expected["marts.exposures"]) == 2


@pytest.mark.parametrize(
    "damage",
    [
        {"scores": Scores(math.nan, 0.1)},
        {"scores": Scores(0.1, 0.1, order_ratio=math.nan)},
        {"payload": b"\x00"},
        {"stream": b"short"},
        {"session_id": b"short"},
        {"site_id": "a\0b"},
        {"seq": 2**63 + 1},
        {"seq": 0},
        {"step": 2**40},
        {"latency_us": 2**40},
        {"received_at_ms": 2**62},
        {"site_id": "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=9_000))},
    ],
    ids=lambda damage: str(next(iter(damage.items())))[:40],
)
async def test_a_bad_row_is_rejected_alone(
    damage: dict[str, object], store: FrameStore, connection: asyncpg.Connection
) -> None:
    records = records_of(events_of(pages=2), RULES_UNSTORED)
    bad = msgspec.structs.replace(records[2], **damage)
    await store.store(frame_of([*records[:2], bad, *records[3:]]))
    await store.store(frame_of([*records[:2], bad, *records[3:]]))
    assert await count(connection, "raw.events") == len(records) - 1
    assert await count(connection, "raw.rejected") == 1
    assert await count(connection, "marts.decisions") == sum(
        r.decision is not None for r in (*records[:2], *records[3:])
    )


async def test_what_the_gateway_rejected_is_kept_without_its_content(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    [record] = records_of(events_of(pages=1)[:1], RULES_UNSTORED)
    rejected = Rejected(
        site_id="shop", stream=record.stream, seq=2, session_id=record.session_id, received_at_ms=NOON_MS,
        reason="unknown_type", type_tag=99,
    )  # fmt: skip
    await store.store(Frame((record,), (rejected, rejected)))
    [row] = await connection.fetch("SELECT site_id, seq, reason, type_tag, received_at FROM raw.rejected")
    assert tuple(row) == ("shop", 2, "unknown_type", 99, NOON)


async def test_a_beaconed_row_is_filled_once_and_never_overwritten(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    records = records_of(events_of(pages=5), RULES_UNSTORED, arm="treatment")
    await store.store(frame_of([as_beaconed(record) for record in records]))
    scores = "SELECT purchase_score FROM raw.events ORDER BY seq"
    assert {row["purchase_score"] for row in await connection.fetch(scores)} == {None}
    assert await count(connection, "marts.decisions") == 0

    await store.store(frame_of(records))
    filled = await everything(connection)
    assert [row["purchase_score"] for row in filled["raw.events"]] == [r.scores.purchase for r in records if r.scores]
    assert len(filled["marts.decisions"]) == sum(record.decision is not None for record in records)

    other = [msgspec.structs.replace(record, epoch=b"otherone", scores=Scores(0.9, 0.9)) for record in records]
    await store.store(frame_of(other))
    await store.store(frame_of([as_beaconed(record) for record in records]))
    again = await everything(connection)
    assert again["raw.events"] == filled["raw.events"]
    assert again["marts.decisions"] == filled["marts.decisions"]


async def test_a_thank_you_page_that_is_opened_twice_is_one_order(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    first = records_of(events_of(order="A-1"), RULES_UNSTORED, number=1)
    second = records_of(events_of(order="A-1", start_ms=NOON_MS + 600_000), RULES_UNSTORED, number=2)
    await store.store(frame_of(second))
    await store.store(frame_of(first))
    [order] = await connection.fetch("SELECT * FROM marts.orders")
    assert order["session_id"].bytes == first[0].session_id
    assert order["value_minor"] == 4_200


async def test_orders_without_a_usable_id_are_orders_of_their_own(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    for number, order in enumerate(("", "", "redacted", "order redacted"), start=1):
        await store.store(frame_of(records_of(events_of(order=order), RULES_UNSTORED, number=number)))
    assert await count(connection, "marts.orders") == 4


async def test_a_simulated_order_does_not_take_the_place_of_a_live_one(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    await store.store(frame_of(records_of(events_of(order="A-1"), RULES_UNSTORED, number=1, traffic="simulated")))
    await store.store(frame_of(records_of(events_of(order="A-1"), RULES_UNSTORED, number=2)))
    rows = await connection.fetch("SELECT traffic FROM marts.orders ORDER BY traffic")
    assert [row["traffic"] for row in rows] == ["live", "simulated"]


@pytest.mark.parametrize(("value_minor", "net_minor"), [(1_000, 3_200), (None, 0), (99_999, 0)])
async def test_a_refund_nets_out_and_never_below_nothing(
    value_minor: int | None, net_minor: int, store: FrameStore, connection: asyncpg.Connection
) -> None:
    await store.store(frame_of(refund(NOON_MS + 900_000, "A-1", value_minor, 7)))
    await store.store(frame_of(records_of(events_of(order="A-1"), RULES_UNSTORED)))
    [order] = await connection.fetch("SELECT value_minor, net_minor FROM marts.orders")
    assert tuple(order) == (4_200, net_minor)


@pytest.mark.parametrize(("traffic", "is_skewed"), [("live", True), ("preview", True), ("simulated", False)])
async def test_a_clock_that_is_days_off_says_nothing_about_when_it_happened(
    traffic: str, is_skewed: bool, store: FrameStore, connection: asyncpg.Connection
) -> None:
    years = 5 * 365 * 86_400_000
    [record] = records_of(
        events_of(start_ms=NOON_MS - years)[:1], RULES_UNSTORED, traffic=traffic, received_after_ms=years  # type: ignore[arg-type]
    )  # fmt: skip
    await store.store(frame_of([record]))
    [row] = await connection.fetch(
        "SELECT occurred_at, is_clock_skewed, tableoid::regclass::text AS part FROM raw.events"
    )
    assert row["is_clock_skewed"] is is_skewed
    assert row["occurred_at"] == (NOON if is_skewed else datetime.fromtimestamp((NOON_MS - years) / 1000, UTC))
    assert row["part"] == "raw.events_odd_days"


async def test_a_sensible_day_has_a_partition_of_its_own(store: FrameStore, connection: asyncpg.Connection) -> None:
    await store.store(frame_of(records_of(events_of(pages=1), RULES_UNSTORED)))
    parts = await connection.fetch("SELECT DISTINCT tableoid::regclass::text AS part FROM raw.events")
    assert [row["part"] for row in parts] == ["raw.events_20260304"]


async def test_a_day_that_was_odd_once_stays_where_it_is(store: FrameStore, connection: asyncpg.Connection) -> None:
    early = records_of(events_of(pages=1), RULES_UNSTORED, received_after_ms=-10 * 86_400_000)
    await store.store(frame_of(early))
    await store.store(frame_of(records_of(events_of(pages=1), RULES_UNSTORED, number=2)))
    assert await count(connection, "raw.events_odd_days") == 2 * len(early)


@pytest.mark.parametrize("event_type", ev.EVENT_TYPES, ids=lambda t: ev.NAME_BY_TYPE[t])
def test_every_event_type_becomes_a_row(event_type: type[ev.Event]) -> None:
    wanted = {"page_type": "home", "term_length": 3, "percent": 50, "active_ms": 1, "waited_ms": 1, "name": "reviews",
              "decision_id": "0" * 16, "action_id": "bar", "items": (Item("sku-1", quantity=2),)}  # fmt: skip
    fields = {name: wanted[name] for name in event_type.__struct_fields__ if name in wanted}
    [record] = records_of([event_type(seq=1, at_ms=NOON_MS, **fields)], RULES_UNSTORED)  # type: ignore[arg-type]
    row = event_row(record)
    assert row.event_type == ev.NAME_BY_TYPE[event_type]
    assert row.item_count == (2 if "items" in fields else None)


async def test_the_answer_to_a_question_is_a_number_beside_its_offer(
    store: FrameStore, connection: asyncpg.Connection
) -> None:
    records = records_of(events_of(), RULES_UNSTORED, arm="treatment")
    await store.store(frame_of(records + with_offer_shown(records, RULES_UNSTORED, then=("shown", "answered"))))
    assert await connection.fetchval("SELECT answer FROM marts.exposures") == 4
    assert await connection.fetchval("SELECT array_agg(answer) FROM raw.events WHERE answer IS NOT NULL") == [4]
    [view] = await connection.fetch("SELECT answer_count, mean_answer FROM marts.offers_shown WHERE answer_count > 0")
    assert (view["answer_count"], view["mean_answer"]) == (1, 4)
