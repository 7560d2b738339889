"""The views of lift, calibration, goals and return: each says what the rows say, counted another way."""

import math
from collections import Counter, defaultdict
from typing import Any

import asyncpg
import pytest

FIRST = """
    SELECT o.goal, o.segment, o.arm, o.is_converted, o.decided_at::date AS day, o.action_id, o.value_minor, o.session_id,
        o.margin_minor, o.currency
    FROM marts.outcomes AS o
    JOIN marts.sessions AS s USING (site_id, session_id)
    WHERE o.is_first_choice AND NOT s.is_forked AND NOT s.is_arm_forced
"""


async def rows(connection: asyncpg.Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await connection.fetch(query)]


def lift_of(chosen: list[dict[str, Any]]) -> tuple[float, float, float]:
    """Difference of shares with its interval, by the book; within actions, weighted by their visits, where there are several."""
    total, lift, variance = 0, 0.0, 0.0
    for action in {c["action_id"] for c in chosen}:
        stratum = [c for c in chosen if c["action_id"] == action]
        treated = [c["is_converted"] for c in stratum if c["arm"] == "treatment"]
        others = [c["is_converted"] for c in stratum if c["arm"] != "treatment"]
        if min(len(treated), len(others)) >= 5:
            p, q = sum(treated) / len(treated), sum(others) / len(others)
            total += len(stratum)
            lift += len(stratum) * (p - q)
            variance += len(stratum) ** 2 * (p * (1 - p) / len(treated) + q * (1 - q) / len(others))
    lift, half = lift / total, 1.96 * math.sqrt(variance) / total
    return lift, lift - half, lift + half


# shows: H3
async def test_lift_by_segment_is_the_difference_of_shares(simulated: asyncpg.Connection) -> None:
    chosen = await rows(simulated, FIRST)
    found = await rows(simulated, "SELECT * FROM marts.lift_by_segment")
    assert any(row["is_enough_data"] for row in found)
    for row in found:
        mine = [c for c in chosen if c["segment"] == row["segment"] and c["goal"] == row["goal"]]
        assert row["treated_count"] + row["held_back_count"] == len(mine)
        if row["is_enough_data"]:
            assert [float(row[n]) for n in ("lift", "lift_low", "lift_high")] == pytest.approx(lift_of(mine), abs=2e-4)
        else:
            assert row["lift"] is row["lift_low"] is row["lift_high"] is None


async def test_lift_by_day_ends_at_the_lift_of_all_days(simulated: asyncpg.Connection) -> None:
    chosen = [c for c in await rows(simulated, FIRST) if c["goal"] == "purchase"]
    found = await rows(simulated, "SELECT * FROM marts.lift_by_day WHERE goal = 'purchase' ORDER BY day")
    days = Counter(c["day"] for c in chosen)
    assert {r["day"]: r["treated_count"] + r["held_back_count"] for r in found} == days
    for row in found:
        if row["is_enough_data"]:
            until = lift_of([c for c in chosen if c["day"] <= row["day"]])
            assert float(row["lift_so_far"]) == pytest.approx(until[0], abs=1e-4)
    assert found[-1]["is_enough_data"]


async def test_calibration_is_the_mean_distance_of_the_bins(simulated: asyncpg.Connection) -> None:
    bins = defaultdict(list)
    for row in await rows(simulated, "SELECT * FROM marts.model_quality_by_click"):
        bins[row["click_number"]].append(row)
    found = await rows(simulated, "SELECT * FROM marts.score_calibration ORDER BY click_number")
    assert [row["click_number"] for row in found] == list(range(1, 11))
    for row in found:
        mine = bins[row["click_number"]]
        n = sum(b["session_count"] for b in mine)
        error = sum(b["session_count"] * abs(float(b["mean_score"] - b["purchase_share"])) for b in mine) / n
        assert row["session_count"] == n
        assert float(row["calibration_error"]) == pytest.approx(error, abs=1e-4)


async def test_goals_reached_counts_each_goal_once_a_visit(simulated: asyncpg.Connection) -> None:
    chosen = await rows(simulated, FIRST)
    found = await rows(simulated, "SELECT * FROM marts.goals_reached")
    assert sum(row["session_count"] for row in found) == len(chosen)
    assert sum(row["conversion_count"] for row in found) == sum(c["is_converted"] for c in chosen)
    assert sum(row["value_minor"] for row in found) == sum(c["value_minor"] for c in chosen)


async def test_lift_rows_are_the_first_choices_and_name_each_visit_once(simulated: asyncpg.Connection) -> None:
    chosen = [c for c in await rows(simulated, FIRST) if c["goal"] == "purchase"]
    found = await rows(simulated, "SELECT * FROM marts.lift_rows WHERE goal = 'purchase'")
    assert {(r["session_id"], r["arm"], bool(r["converted"])) for r in found} == {
        (c["session_id"], c["arm"], c["is_converted"]) for c in chosen
    }
    assert len(found) == len({r["session_id"] for r in found}) == len(chosen)
    assert sum(r["revenue_minor"] for r in found) == sum(c["value_minor"] for c in chosen)
    assert sum(r["margin_minor"] for r in found) == sum(c["margin_minor"] for c in chosen)
    assert all(r["score"] is not None and 0 < r["treatment_probability"] < 1 for r in found)


async def test_the_sentence_says_the_numbers_beside_it_in_each_currency(simulated: asyncpg.Connection) -> None:
    chosen = [c for c in await rows(simulated, FIRST) if c["goal"] == "purchase"]
    found = await rows(simulated, "SELECT * FROM marts.roi")
    judged = [row for row in found if row["is_enough_data"]]
    assert len({row["currency"] for row in judged}) > 1
    for row in judged:
        mine = [c for c in chosen if (c["action_id"], c["segment"]) == (row["action_id"], row["segment"])]
        mine = [c for c in mine if c["day"].replace(day=1) == row["month"]]
        lift, low, high = lift_of(mine)
        assert float(row["extra_order_count"]) == pytest.approx(lift * row["treated_count"], abs=0.06)
        for number in (abs(lift) * 100, low * 100, high * 100):
            assert f"{number:.1f}" in row["sentence"]
        assert ("less" in row["sentence"]) == (lift < 0)
        # Every visit is compared; what was paid in another currency is nothing in this one.
        margins = [c | {"margin": c["margin_minor"] if c["currency"] == row["currency"] else 0} for c in mine]
        treated = sum(c["margin"] for c in margins if c["arm"] == "treatment")
        others = sum(c["margin"] for c in margins if c["arm"] != "treatment")
        expected = treated - others * row["treated_count"] / row["held_back_count"]
        assert row["extra_minor"] == pytest.approx(expected, abs=1)
        assert f"{row['extra_minor']} {row['currency']} in minor units" in row["sentence"]
    for row in found:
        if not row["is_enough_data"]:
            assert row["lift"] is row["extra_minor"] is None
            assert "cannot be judged" in row["sentence"]
    keys = [(r["month"], r["action_id"], r["segment"], r["currency"]) for r in found]
    assert len(keys) == len(set(keys))


async def test_orders_that_name_no_currency_are_counted_and_in_no_amount(simulated: asyncpg.Connection) -> None:
    transaction = simulated.transaction()
    await transaction.start()
    try:
        before = await rows(simulated, "SELECT * FROM marts.roi WHERE is_enough_data AND currency = 'EUR'")
        await simulated.execute("UPDATE marts.outcomes SET currency = NULL WHERE currency = 'EUR'")
        after = await rows(simulated, "SELECT * FROM marts.roi WHERE is_enough_data")
    finally:
        await transaction.rollback()
    assert sum(row["nameless_order_count"] for row in before) == 0
    assert "EUR" not in {row["currency"] for row in after}
    assert all(row["nameless_order_count"] > 0 for row in after)
    assert not {row["extra_minor"] for row in before} & {row["extra_minor"] for row in after}


async def test_a_margin_that_nobody_knows_is_not_taken_for_nothing(simulated: asyncpg.Connection) -> None:
    transaction = simulated.transaction()
    await transaction.start()
    try:
        await simulated.execute(
            "UPDATE marts.outcomes SET margin_minor = NULL WHERE decision_id IN"
            " (SELECT min(r.decision_id) FROM marts.outcomes AS r WHERE is_converted AND is_first_choice AND currency = 'EUR'"
            "  AND goal = 'purchase' GROUP BY segment, date_trunc('month', decided_at AT TIME ZONE 'UTC'))"
        )
        found = await rows(simulated, "SELECT * FROM marts.roi WHERE is_enough_data AND action_id = 'free-shipping'")
    finally:
        await transaction.rollback()
    unknown = [row for row in found if row["extra_minor"] is None]
    assert {row["currency"] for row in unknown} == {"EUR"}
    assert len(unknown) < len(found)


@pytest.mark.parametrize(
    "counts", [(29, 10, 100, 30), (100, 4, 100, 30), (100, 30, 100, 96), (0, 0, 0, 0), (100, 0, 100, 0)]
)
async def test_too_little_data_gives_no_number(counts: tuple[int, ...], connection: asyncpg.Connection) -> None:
    row = await connection.fetchrow("SELECT * FROM marts.lift_of($1, $2, $3, $4)", *counts)
    assert not row["is_enough_data"]
    assert row["lift"] is row["lift_low"] is row["lift_high"] is None
