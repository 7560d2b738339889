"""Robots: kept, named in the data quality, and without a say in any result."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from core import events as ev
from core.records import FoundReason, Record, ToldReason, Traffic
from core.robots import FAST_PAGE_MS, FAST_PAGES_LEAST, HANDLESS_PAGES_LEAST
from server.store.named import load
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.store.visits import NOON, NOON_MS, events_of, frame_of, records_of, shop, with_offer_shown

LATER = NOON + timedelta(hours=3)

RESULTS = (
    "lift_by_action", "lift_by_arm", "experiment_health", "funnel", "sessions_by_segment", "sessions_by_day",
    "decisions_by_reason", "refusals_by_action", "offers_shown", "model_quality_by_click", "predictions",
    "revenue_by_day", "frictions_named", "why_chosen", "expected_margin",
)  # fmt: skip


def crawl(pages: int, *, page_ms: int = 400, and_then: Sequence[type[ev.Event]] = ()) -> list[ev.Event]:
    """So many pages one after the other, and no sign of a hand but what is asked for."""
    views: list[ev.Event] = [
        ev.PageView(seq=i + 1, at_ms=NOON_MS + i * page_ms, page_type="product", path=f"/p/{i}") for i in range(pages)
    ]
    more: dict[type[ev.Event], dict[str, Any]] = {
        ev.Click: {"kind": "link"}, ev.Scroll: {"percent": 50}, ev.Dwell: {"active_ms": 2_000, "pointer_px": 3},
    }  # fmt: skip
    last_ms = views[-1].at_ms
    return [*views, *(kind(seq=pages + 1 + i, at_ms=last_ms, **more[kind]) for i, kind in enumerate(and_then))]


def told(records: Sequence[Record], reason: ToldReason) -> list[Record]:
    return [replace(record, bot_reason=reason) for record in records]


async def results(connection: asyncpg.Connection) -> dict[str, Any]:
    """Every result view as a merchant reads it."""
    found = {}
    for view in RESULTS:
        rows = await connection.fetch(f"SELECT t::text AS row FROM marts.{view} AS t WHERE traffic = 'live'")
        found[view] = sorted(row["row"] for row in rows)
    return found


async def training(connection: asyncpg.Connection) -> int:
    return len(await connection.fetch(load("training.sql")["training_events"], ""))


async def people(store: FrameStore, rules: Any) -> None:
    for number in range(1, 41):
        records = records_of(events_of(order=f"order-{number}" if number % 5 == 0 else None), rules, number=number)
        await store.store(frame_of([*records, *(with_offer_shown(records, rules) if number % 4 == 0 else [])]))


# shows: A9
async def test_a_flood_of_robots_moves_no_result_and_is_named_in_the_data_quality(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    await people(store, rules)
    await Settler(postgres_url).settle(LATER)
    before, lessons = await results(connection), await training(connection)
    assert lessons
    assert before["lift_by_arm"]
    assert before["decisions_by_reason"]
    floods: dict[str, tuple[list[ev.Event], Traffic, ToldReason | None]] = {
        "named": (events_of(), "bot", "named"),
        "automated": (events_of(), "live", "automated"),
        "machine_pace": (crawl(40, page_ms=FAST_PAGE_MS - 100), "live", None),
        "no_hands": (crawl(HANDLESS_PAGES_LEAST, page_ms=9_000), "live", None),
    }
    for kind, (events, traffic, reason) in enumerate(floods.values()):
        for number in range(1_000 + 100 * kind, 1_060 + 100 * kind):
            missing = (("free-shipping", "bot"),) if traffic == "bot" else ()
            records = records_of(events, rules, number=number, traffic=traffic, unavailable=missing)
            made = [*records, *(with_offer_shown(records, rules) if number % 4 == 0 else [])]
            await store.store(frame_of(told(made, reason) if reason else made))
    await Settler(postgres_url).settle(LATER)

    assert await results(connection) == before
    assert await training(connection) == lessons, "and teaches nothing"
    quality = await connection.fetch("SELECT * FROM marts.data_quality WHERE finding = 'session_of_a_bot'")
    assert {row["detail"]: row["found_count"] for row in quality} == dict.fromkeys(floods, 60)
    assert {(row["traffic"], float(row["share"])) for row in quality} == {("live", round(60 / 280, 4))}
    flagged = "SELECT count(*) FILTER (WHERE is_bot) AS bots, count(*) AS all FROM marts.sessions"
    assert tuple(await connection.fetchrow(flagged)) == (240, 280)
    kept = await connection.fetchval("SELECT count(DISTINCT session_id) FROM raw.events")
    assert kept == 280, "kept all the same"


# shows: A9
@pytest.mark.parametrize(
    ("events", "reason"),
    [
        (crawl(FAST_PAGES_LEAST), "machine_pace"),
        (crawl(FAST_PAGES_LEAST - 1), None),
        (crawl(FAST_PAGES_LEAST, page_ms=2 * FAST_PAGE_MS), None),
        (crawl(HANDLESS_PAGES_LEAST, page_ms=60_000), "no_hands"),
        (crawl(HANDLESS_PAGES_LEAST, page_ms=60_000, and_then=[ev.Click]), None),
        (crawl(FAST_PAGES_LEAST, and_then=[ev.Scroll]), None),
        (crawl(FAST_PAGES_LEAST, and_then=[ev.Dwell]), None),
        (crawl(1), None),
        (events_of(pages=HANDLESS_PAGES_LEAST, order="order-1"), None),
    ],
)
async def test_a_robot_is_known_by_its_visit_and_a_person_in_a_hurry_is_none(
    events: list[ev.Event],
    reason: FoundReason | None,
    store: FrameStore,
    connection: asyncpg.Connection,
    postgres_url: str,
) -> None:
    await store.store(frame_of(records_of(events, await shop(postgres_url))))
    await Settler(postgres_url).settle(LATER)
    row = await connection.fetchrow("SELECT traffic, is_bot, bot_reason FROM marts.sessions")
    assert tuple(row) == ("bot" if reason else "live", reason is not None, reason)


async def test_what_comes_late_takes_the_flag_off_and_the_visit_counts_again(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    records = records_of(crawl(FAST_PAGES_LEAST, and_then=[ev.Click]), rules)
    await store.store(frame_of(records[:-1]))
    await Settler(postgres_url).settle(LATER)
    of = "SELECT traffic FROM marts.decisions UNION SELECT traffic FROM marts.sessions"
    assert [row["traffic"] for row in await connection.fetch(of)] == ["bot"]
    await store.store(frame_of(records[-1:]))
    await Settler(postgres_url).settle(LATER)
    assert [row["traffic"] for row in await connection.fetch(of)] == ["live"]
    assert await connection.fetchval("SELECT bot_reason FROM raw.session_touches") is None


@pytest.mark.parametrize("traffic", ["simulated", "replayed", "preview"])
async def test_visits_that_are_played_are_nobodys_robots(
    traffic: Traffic, store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    records = records_of(crawl(FAST_PAGES_LEAST), await shop(postgres_url), traffic=traffic)
    await store.store(frame_of(records))
    await Settler(postgres_url).settle(LATER)
    assert tuple(await connection.fetchrow("SELECT traffic, is_bot FROM marts.sessions")) == (traffic, False)


@pytest.mark.parametrize("order", [("named", "automated"), ("automated", "named")])
async def test_a_name_says_more_than_a_driven_browser_in_whatever_order_they_are_stored(
    order: tuple[ToldReason, ToldReason], store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    records = records_of(crawl(2), await shop(postgres_url))
    for record, reason in zip(records, order, strict=True):
        await store.store(frame_of(told([record], reason)))
    await Settler(postgres_url).settle(LATER)
    assert await connection.fetchval("SELECT bot_reason FROM marts.sessions") == "named"


async def test_the_pace_of_a_machine_is_one_rule_in_the_core_and_in_sql(connection: asyncpg.Connection) -> None:
    at_the_limit = timedelta(milliseconds=FAST_PAGES_LEAST * FAST_PAGE_MS)
    cases = [
        (FAST_PAGES_LEAST, at_the_limit - timedelta(milliseconds=1), True),
        (FAST_PAGES_LEAST, at_the_limit, False),
        (FAST_PAGES_LEAST - 1, timedelta(0), False),
    ]
    for pages, took, is_machine in cases:
        assert await connection.fetchval("SELECT marts.is_machine_pace($1, $2)", pages, took) == is_machine
