"""Faults that are planted in stored visits: each is named, or leaves the lift as it was."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from core.analysis.report import LiftReport, lift_report
from server.cli import main
from server.offers.guarding import Guarding
from server.store.lifts import choice_rows
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.store.test_bots import crawl, told
from tests.store.test_guarding import GUIDE
from tests.store.visits import NOON, RULES_UNSTORED, events_of, frame_of, records_of, shop, stream_of
from tests.support.planted import ids, plant

LIFT = {"bought": (0.2, 0.1)}


@pytest.fixture
async def site(postgres_url: str, connection: asyncpg.Connection) -> str:
    """A shop with 4,000 healthy visits, half of them treated, twice as many of which bought."""
    await shop(postgres_url, GUIDE.format(more=""))
    await plant(connection, 4_000, seed=1, shares=LIFT)
    return "shop"


async def named(connection: asyncpg.Connection, *, are_faults: bool | None = None) -> dict[str, Any]:
    """What is found of live visits, beside how many there are, by name."""
    rows = await connection.fetch("SELECT * FROM marts.health WHERE traffic = 'live' AND finding <> 'settled'")
    assert all("<" not in row["sentence"] and len(row["sentence"]) > 40 for row in rows)
    return {row["finding"]: row for row in rows if are_faults in (None, row["is_fault"])}


async def lift(connection: asyncpg.Connection) -> LiftReport:
    return lift_report(await choice_rows(connection, "shop", "guide", traffic="live"))


# shows: H5
async def test_healthy_visits_have_no_finding(site: str, connection: asyncpg.Connection) -> None:
    assert await named(connection) == {}
    [row] = await connection.fetch("SELECT * FROM marts.health")
    assert (row["site_id"], row["finding"], row["is_fault"], row["found_count"]) == (site, "settled", False, 4_000)


# shows: H5
async def test_visits_of_one_arm_that_get_lost_are_named_and_no_lift_is_claimed(
    site: str, connection: asyncpg.Connection
) -> None:
    assert (await lift(connection)).claim
    # A tenth of the held-back visits that did not buy never arrive, since yesterday's noon.
    gone = await ids(connection, "arm = 'control' AND NOT has_purchase", 250)
    await connection.execute("DELETE FROM marts.sessions WHERE session_id = ANY ($1)", gone)
    found = await named(connection)
    assert set(found) == {"sample_ratio"}
    assert (found["sample_ratio"]["subject"], found["sample_ratio"]["is_fault"]) == ("guide", True)
    assert "were meant" in found["sample_ratio"]["sentence"]
    report = await lift(connection)
    assert (report.verdict, report.claim) == ("fault", False)
    del site


async def test_a_fault_that_began_this_week_is_not_lost_among_old_visits(
    site: str, connection: asyncpg.Connection
) -> None:
    old = datetime.now(UTC) - timedelta(days=60)
    await plant(connection, 40_000, seed=3, begin=old, spread=timedelta(days=40))
    assert await named(connection) == {}
    monday = datetime.now(UTC) - timedelta(days=10)
    await plant(connection, 600, seed=4, begin=monday, spread=timedelta(hours=1), treated_share=0.65, logged_share=0.5)
    found = (await named(connection))["sample_ratio"]
    assert found["since_at"] >= monday - timedelta(seconds=1)
    assert found["found_count"] == 600
    del site


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
async def test_what_chance_does_to_the_arms_is_no_fault(
    share: float, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, GUIDE.format(more=""))
    for seed in range(10):
        await plant(connection, 500, seed=seed, treated_share=share, action_id=f"action-{seed}")
    assert await named(connection) == {}


# shows: H5
async def test_previews_that_slip_in_are_named_and_such_as_do_not_count_are_none(
    site: str, store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    for number in range(1, 6):
        records = records_of(events_of(), RULES_UNSTORED, number=number, traffic="preview", arm="treatment")
        await store.store(frame_of(records))
    await Settler(postgres_url).settle(datetime.now(UTC) + timedelta(hours=1))
    before = await lift(connection)
    assert await named(connection) == {}, "they count nowhere"
    await connection.execute("UPDATE marts.sessions SET traffic = 'live' WHERE traffic = 'preview'")
    found = await named(connection)
    assert set(found) == {"preview_counted"}
    assert (found["preview_counted"]["found_count"], found["preview_counted"]["is_fault"]) == (5, True)
    assert (await lift(connection)).lift == before.lift, "and their arms were forced, so no lift knows them"
    del site


# shows: H5
async def test_a_flood_of_robots_is_named_and_does_no_harm(
    site: str, store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    before = await lift(connection)
    today_ms = int((datetime.now(UTC) - timedelta(hours=6)).timestamp() * 1000)
    shift = today_ms - int(NOON.timestamp() * 1000)
    for number in range(1, 41):
        events = [type(e)(**{**_fields(e), "at_ms": e.at_ms + shift}) for e in crawl(12)]
        await store.store(frame_of(told(records_of(events, RULES_UNSTORED, number=number), "named")))
    await Settler(postgres_url).settle(datetime.now(UTC) + timedelta(hours=1))
    assert await named(connection) == {}, "40 robots beside 4,000 visits are none"
    await connection.execute("UPDATE marts.sessions SET started_at = started_at - interval '20 days' WHERE NOT is_bot")
    found = await named(connection)
    assert set(found) == {"bot_flood"}
    assert (found["bot_flood"]["found_count"], found["bot_flood"]["is_fault"]) == (40, False)
    after = await lift(connection)
    assert (after.lift, after.visit_count, after.claim) == (before.lift, before.visit_count, True)
    del site


# shows: H5
async def test_a_ramp_is_named_and_does_no_harm(site: str, connection: asyncpg.Connection) -> None:
    """Nine of ten treated in a week that is twice as good for all: as a whole the treated seem to gain far more."""
    good = {"bought": (0.4, 0.4)}
    begin = datetime.now(UTC) - timedelta(hours=3)
    await plant(connection, 4_000, seed=2, treated_share=0.9, shares=good, begin=begin, spread=timedelta(hours=2))
    found = await named(connection)
    assert set(found) == {"allocation_changed"}
    assert (found["allocation_changed"]["found_count"], found["allocation_changed"]["is_fault"]) == (2, False)
    pooled = await connection.fetchval(
        "SELECT avg(has_purchase::int) FILTER (WHERE arm = 'treatment') - avg(has_purchase::int) FILTER (WHERE arm = 'control')"
        " FROM marts.sessions"
    )
    report = await lift(connection)
    assert float(pooled) > 0.14
    assert report.lift == pytest.approx(0.05, abs=0.025), "0.1 in one half, nothing in the other"
    del site


# shows: H5
async def test_an_order_that_is_told_twice_is_named_and_counts_once(
    site: str, store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    bought = events_of(order="order-1")
    once = records_of(bought, RULES_UNSTORED)
    again = records_of([type(bought[-1])(**{**_fields(bought[-1]), "seq": 1})], RULES_UNSTORED, page=3)
    assert again[0].stream == stream_of(1, 3, bought[-1].at_ms)
    await store.store(frame_of(once))
    await store.store(frame_of(again))
    await connection.execute("UPDATE raw.events SET received_at = now()")
    await Settler(postgres_url).settle(datetime.now(UTC) + timedelta(hours=3))
    found = await named(connection)
    assert set(found) == {"double_purchase"}
    assert (found["double_purchase"]["found_count"], found["double_purchase"]["is_fault"]) == (1, False)
    row = await connection.fetchrow("SELECT order_count, revenue_minor FROM marts.sessions WHERE revenue_minor > 0")
    assert tuple(row) == (1, 4_200)
    del site


async def test_forks_both_arms_and_a_late_settle_are_named(site: str, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE marts.sessions SET is_forked = true WHERE session_id = ANY ($1)",
                             await ids(connection, "has_choice", 300))  # fmt: skip
    some = await ids(connection, "NOT is_forked", 100)
    await connection.execute(
        "INSERT INTO marts.decisions SELECT (jsonb_populate_record(d, jsonb_build_object('decision_id', reverse(decision_id),"
        " 'arm', CASE WHEN arm = 'control' THEN 'treatment' ELSE 'control' END))).* FROM marts.decisions AS d"
        " WHERE session_id = ANY ($1)",
        some,
    )
    await connection.execute(
        "INSERT INTO raw.session_touches (site_id, session_id, traffic, last_received_at, last_occurred_at)"
        " VALUES ('shop', gen_random_uuid(), 'live', now() - interval '2 hours', now() - interval '2 hours')"
    )
    found = await named(connection, are_faults=True)
    assert {name: row["found_count"] for name, row in found.items()} == {
        "forks": 300,
        "both_arms": 100,
        "settle_is_late": 1,
    }
    del site


async def test_the_verb_says_what_is_wrong_and_what_to_do_and_its_status_says_whether(
    site: str, connection: asyncpg.Connection, postgres_url: str, tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.chdir(tmp_path)
    assert await asyncio.to_thread(main, ("health", site)) == 0
    assert "Nothing is wrong with the results of shop." in capsys.readouterr().out
    begin = datetime.now(UTC)
    await plant(connection, 3_000, seed=2, shares={"bounced": (0.6, 0.2)}, begin=begin, spread=timedelta(seconds=1))
    assert await Guarding(postgres_url).look() == [("shop", "guide")]
    assert await asyncio.to_thread(main, ("health", site)) == 0, "a pause is no fault of the results"
    assert "to know: action_paused guide" in capsys.readouterr().out
    lost = await ids(connection, "arm = 'control'", 500)
    await connection.execute("DELETE FROM marts.sessions WHERE session_id = ANY ($1)", lost)
    assert await asyncio.to_thread(main, ("health", site)) == 1
    assert "WRONG: sample_ratio guide" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ("health", site, "--json")) == 1
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["finding"], first["is_fault"]) == ("sample_ratio", True)
    assert await asyncio.to_thread(main, ("health", "nowhere")) == 1
    assert "there is no site 'nowhere'" in capsys.readouterr().err


def _fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


# shows: H5
async def test_the_self_test_takes_visits_that_were_shown_nothing_and_claims_nothing(
    site: str, connection: asyncpg.Connection, postgres_url: str, tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("server.verbs.health.RUNS", 20)
    held_back = await connection.fetchval("SELECT count(*) FROM marts.sessions WHERE arm <> 'treatment'")
    assert await asyncio.to_thread(main, ("health", site, "--self-test", "--json")) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["visit_count"], found["run_count"], found["is_sound"]) == (held_back, 20, True)
    assert found["claimed_count"] <= 3
    await connection.execute("UPDATE marts.sessions SET is_forked = true WHERE arm <> 'treatment'")
    assert await asyncio.to_thread(main, ("health", site, "--self-test")) == 0, "nothing is known, so nothing is wrong"
    assert "No self-test: there are no visits. Next: hold more visits back" in capsys.readouterr().out.replace(
        "\n", " "
    )
