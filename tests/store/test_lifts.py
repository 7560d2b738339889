"""Lifts from the database: only visits that count, by first choice or by variant; and new actions that are settled by them."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from core.analysis.report import lift_report
from server.offers.new_actions import NewActions
from server.store.lifts import choice_rows, variant_rows
from server.store.publish import site_of
from server.store.starts import NEW_FOR, starts
from tests.store.visits import shop

RULES = """
[arms]
holdout_share = 0.1
[experiments.words.variants.a]
share = 0.5
[experiments.words.variants.b]
share = 0.5
[[actions]]
id = "guide"
segments = ["on_the_fence"]
[actions.action]
type = "content"
title = "How to"
url = "https://shop.example/how"
"""


async def visits(connection: asyncpg.Connection, count: int, *, lift: float = 0.0, more: str = "") -> None:
    """So many settled visits that chose the guide: half treated; of the held back a fifth bought, of the treated `lift` more."""
    await connection.execute(
        f"""
        WITH made AS (
            SELECT
                gen_random_uuid() AS session_id,
                lpad(to_hex(n), 16, '0') AS decision_id,
                n % 2 = 0 AS is_treated,
                (n / 2) % 100 < 20 + CASE WHEN n % 2 = 0 THEN {100 * lift} ELSE 0 END AS is_converted,
                now() + make_interval(secs => n) AS decided_at,
                jsonb_build_array(jsonb_build_object('experiment', 'words', 'run', '1', 'variant',
                    CASE WHEN n % 2 = 0 THEN 'b' ELSE 'a' END, 'share', 0.5)) AS variants
            FROM generate_series(1, {count}) AS n
        ), decided AS (
            INSERT INTO marts.decisions (site_id, decision_id, session_id, traffic, decided_at, stream_day, stream_id, seq,
                action_id, action_type, reason, segment, purchase_score, arm, treatment_probability, refused,
                is_after_first_choice, is_delivered, rules_version, scorer_version, variants)
            SELECT 'shop', decision_id, session_id, 'live', decided_at, current_date, '\\x00', 1, 'guide', 'content', 'chosen',
                'on_the_fence', 0.2, CASE WHEN is_treated THEN 'treatment' ELSE 'control' END, 0.45 / 0.9, '[]', false, is_treated,
                '', 'made', variants
            FROM made
        ), told AS (
            INSERT INTO marts.outcomes (site_id, decision_id, goal, session_id, traffic, arm, action_id, segment, is_first_choice,
                decided_at, is_converted, value_minor, settled_at, final_at)
            SELECT 'shop', decision_id, 'purchase', session_id, 'live',
                CASE WHEN is_treated THEN 'treatment' ELSE 'control' END, 'guide', 'on_the_fence', true, decided_at,
                is_converted, 0, now(), now()
            FROM made
        )
        INSERT INTO marts.sessions (site_id, session_id, traffic, started_at, ended_at, event_count, page_view_count, device,
            source, has_product_view, has_cart, has_checkout, has_purchase, order_count, revenue_minor, arm,
            treatment_probability, is_arm_forced, has_choice, first_decision_id, first_action_id, first_segment, first_chosen_at,
            has_exposure, is_forked, is_over_idle, rules_version, scorer_version, variants, settled_at)
        SELECT 'shop', session_id, 'live', decided_at, decided_at, 9, 5, 'desktop', 'direct', true, true, false, is_converted,
            is_converted::int, 0, CASE WHEN is_treated THEN 'treatment' ELSE 'control' END, 0.5, false, true, decision_id, 'guide',
            'on_the_fence', decided_at, is_treated, false, false, '', 'made', variants, now()
        FROM made
        """
    )
    if more:
        await connection.execute(more)


# shows: H1 H4
async def test_only_visits_that_count_are_compared(postgres_url: str, connection: asyncpg.Connection) -> None:
    await shop(postgres_url, RULES)
    await visits(connection, 1000, lift=0.3)
    rows = await choice_rows(connection, "shop", "guide", traffic="live")
    assert len(rows) == 1000
    report = lift_report(rows)
    assert report.lift == pytest.approx(0.3, abs=0.02)
    assert report.claim
    # Previews, robots, forced arms, forks, and other actions are none of it.
    for spoilt in (
        "traffic = 'preview'",
        "traffic = 'bot'",
        "is_forked = true",
        "is_arm_forced = true",
        "first_action_id = 'x'",
    ):
        changed = await connection.execute(
            f"UPDATE marts.sessions SET {spoilt} WHERE session_id IN "
            "(SELECT session_id FROM marts.sessions WHERE traffic = 'live' AND NOT is_forked AND NOT is_arm_forced "
            "AND first_action_id = 'guide' LIMIT 10)"
        )
        assert changed == "UPDATE 10", spoilt
    assert len(await choice_rows(connection, "shop", "guide", traffic="live")) == 950


async def test_a_ramp_does_no_harm_to_the_views(postgres_url: str, connection: asyncpg.Connection) -> None:
    """A slow week with half treated, and a good one with nine of ten: as a whole the treated bought more, for no reason."""
    await shop(postgres_url, RULES)
    await visits(connection, 2000)
    good = "(SELECT session_id FROM marts.sessions ORDER BY first_decision_id DESC LIMIT 1000)"
    held = f"session_id IN {good} AND right(decision_id, 1) = '1'"
    for table in ("marts.decisions", "marts.outcomes"):
        await connection.execute(
            f"UPDATE {table} SET arm = CASE WHEN right(decision_id, 1) = '1' THEN 'control' ELSE 'treatment' END"
            f" WHERE session_id IN {good}"
        )
    await connection.execute(f"UPDATE marts.decisions SET treatment_probability = 0.9375 WHERE session_id IN {good}")
    await connection.execute(
        f"UPDATE marts.outcomes SET is_converted = md5(decision_id) < '8' WHERE session_id IN {good}"
    )
    assert await connection.fetchval(f"SELECT count(*) FROM marts.outcomes WHERE {held}") > 50

    pooled = await connection.fetchrow(
        "SELECT avg(is_converted::int) FILTER (WHERE arm = 'treatment') AS treated,"
        " avg(is_converted::int) FILTER (WHERE arm <> 'treatment') AS held_back FROM marts.outcomes"
    )
    assert float(pooled["treated"] - pooled["held_back"]) > 0.07
    for view in ("lift_by_action", "lift_by_arm", "lift_by_segment", "lift_by_day", "roi"):
        lift = "lift_so_far" if view == "lift_by_day" else "lift"
        row = await connection.fetchrow(
            f"SELECT {lift} AS lift, {lift}_low AS lift_low, {lift}_high AS lift_high FROM marts.{view}"
            f" WHERE {lift} IS NOT NULL ORDER BY 2 LIMIT 1"
        )
        assert row["lift_low"] < 0 < row["lift_high"], view
        assert abs(row["lift"]) < 0.05, view
    report = lift_report(await choice_rows(connection, "shop", "guide", traffic="live"))
    assert not report.claim
    assert len(report.periods) == 2


async def test_variants_are_compared_over_all_visits_from_their_beginning(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, RULES)
    await visits(connection, 1000, lift=0.3)
    await connection.execute(
        "UPDATE marts.sessions SET first_decision_id = NULL, first_action_id = NULL, has_choice = false"
    )
    rows = await variant_rows(connection, "shop", "words", "1", base="a", other="b", traffic="live")
    assert len(rows) == 1000
    assert {row.treatment_probability for row in rows} == {0.5}
    assert lift_report(rows).lift == pytest.approx(0.3, abs=0.02)
    assert await variant_rows(connection, "shop", "words", "2", base="a", other="b", traffic="live") == []


async def test_a_visit_with_two_variants_of_a_run_is_a_fault_and_in_neither(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, RULES)
    await visits(connection, 400)
    other = '[{"experiment": "words", "run": "1", "variant": "a", "share": 0.5}]'
    await connection.execute(
        "UPDATE marts.sessions SET variants = variants || $1::text::jsonb WHERE session_id IN"
        " (SELECT session_id FROM marts.sessions WHERE variants -> 0 ->> 'variant' = 'b' LIMIT 20)",
        other,
    )
    report = lift_report(await variant_rows(connection, "shop", "words", "1", base="a", other="b", traffic="live"))
    assert (report.exposure.both_arms_count, report.verdict, report.claim) == (20, "fault", False)


async def new_of(connection: asyncpg.Connection) -> tuple[str, ...]:
    return (await site_of(connection, "shop")).rules().new_actions


# shows: H1
async def test_a_new_action_is_settled_once_it_is_known_and_not_before(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, RULES)
    looking = NewActions(postgres_url)
    await visits(connection, 400)
    assert await looking.look(datetime.now(UTC)) == []
    assert await new_of(connection) == ("guide",)
    await connection.execute("TRUNCATE marts.decisions, marts.outcomes, marts.sessions")
    await visits(connection, 1000, lift=0.3)
    assert await looking.look(datetime.now(UTC)) == [("shop", "guide")]
    assert await new_of(connection) == ()
    [start] = await starts(connection, "shop")
    assert start.because == "known"
    assert await looking.look(datetime.now(UTC)) == []


async def test_what_nobody_could_know_is_settled_after_four_weeks(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, RULES)
    looking = NewActions(postgres_url)
    assert await looking.look(datetime.now(UTC) + NEW_FOR - timedelta(hours=1)) == []
    assert await looking.look(datetime.now(UTC) + NEW_FOR + timedelta(hours=1)) == [("shop", "guide")]
    [start] = await starts(connection, "shop")
    assert start.because == "time"
