"""The views on a few hundred simulated visits: each says what the rows say, counted another way."""

import math
from collections import Counter
from typing import Any

import asyncpg
import pytest

from model.scorer import load_scorer
from tests.store.simulated import TWO_ACTIONS, VISITS, fill
from tests.store.visits import shop


async def rows(connection: asyncpg.Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await connection.fetch(query)]


async def test_every_view_has_rows_that_name_site_and_traffic(simulated: asyncpg.Connection) -> None:
    names = await simulated.fetch("SELECT table_name FROM information_schema.views WHERE table_schema = 'marts'")
    assert len(names) >= 12
    for (name,) in names:
        found = await rows(simulated, f"SELECT DISTINCT site_id, traffic FROM marts.{name}")
        # What was refused, and what is wrong, is nothing where all is well.
        if name in ("rejected_by_day", "health"):
            assert found in ([], [{"site_id": "shop", "traffic": "simulated"}]), name
            continue
        assert found == [{"site_id": "shop", "traffic": "simulated"}], name


async def test_sessions_by_segment_counts_every_session_once(simulated: asyncpg.Connection) -> None:
    found = await rows(simulated, "SELECT * FROM marts.sessions_by_segment")
    sessions = await rows(simulated, "SELECT segment_at_click_5, has_purchase FROM marts.sessions")
    assert {r["segment"]: r["session_count"] for r in found} == Counter(s["segment_at_click_5"] for s in sessions)
    for row in found:
        bought = sum(s["has_purchase"] for s in sessions if s["segment_at_click_5"] == row["segment"])
        assert row["purchase_count"] == bought
        assert float(row["purchase_share"]) == pytest.approx(bought / row["session_count"], abs=1e-4)
    assert len(sessions) == VISITS


async def test_the_funnel_only_narrows(simulated: asyncpg.Connection) -> None:
    steps = await rows(simulated, "SELECT * FROM marts.funnel ORDER BY step_number")
    counts = [step["session_count"] for step in steps]
    assert [step["step"] for step in steps] == ["visit", "product", "cart", "checkout", "purchase"]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == VISITS
    assert counts[-1] == await simulated.fetchval("SELECT count(DISTINCT session_id) FROM marts.orders")


# shows: H3
@pytest.mark.parametrize("view", ["lift_by_action", "lift_by_arm"])
async def test_lift_is_the_difference_of_shares_with_its_interval(view: str, simulated: asyncpg.Connection) -> None:
    chosen = await rows(
        simulated,
        "SELECT o.action_id, o.arm, o.is_converted FROM marts.outcomes AS o JOIN marts.sessions AS s USING (session_id)"
        " WHERE o.is_first_choice AND NOT s.is_forked AND s.first_decision_id = o.decision_id",
    )
    found = await rows(simulated, f"SELECT * FROM marts.{view} WHERE lift IS NOT NULL")
    assert found, "there should be enough data for one lift at least"
    for row in found:
        # All visits had one chance to be treated, so an action is a stratum; over all actions they are weighted by their visits.
        actions = [row["action_id"]] if view == "lift_by_action" else sorted({c["action_id"] for c in chosen})
        strata = [[c for c in chosen if c["action_id"] == action] for action in actions]
        total = sum(len(stratum) for stratum in strata)
        lift = variance = 0.0
        for stratum in strata:
            treated = [c["is_converted"] for c in stratum if c["arm"] == "treatment"]
            others = [c["is_converted"] for c in stratum if c["arm"] != "treatment"]
            p, q, weight = sum(treated) / len(treated), sum(others) / len(others), len(stratum) / total
            lift += weight * (p - q)
            variance += weight**2 * (p * (1 - p) / len(treated) + q * (1 - q) / len(others))
        half = 1.96 * math.sqrt(variance)
        assert float(row["lift"]) == pytest.approx(lift, abs=1e-4)
        assert float(row["lift_low"]) == pytest.approx(lift - half, abs=2e-4)
        assert float(row["lift_high"]) == pytest.approx(lift + half, abs=2e-4)


@pytest.mark.parametrize("view", ["lift_by_action", "lift_by_arm"])
async def test_where_there_is_too_little_data_no_number_is_given(
    view: str, postgres_url: str, connection: asyncpg.Connection
) -> None:
    await fill(postgres_url, range(40), await shop(postgres_url, TWO_ACTIONS), load_scorer())
    found = await rows(connection, f"SELECT lift, lift_low, lift_high, is_enough_data FROM marts.{view}")
    assert found
    assert all(row["lift"] is None and row["lift_low"] is None and row["lift_high"] is None for row in found)
    assert not any(row["is_enough_data"] for row in found)


async def test_forced_arms_and_forked_visits_are_no_part_of_a_lift(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await fill(postgres_url, range(60), await shop(postgres_url, TWO_ACTIONS), load_scorer())
    before = await connection.fetchval("SELECT sum(session_count) FROM marts.lift_by_arm")
    chosen = "(SELECT session_id FROM marts.sessions WHERE has_choice ORDER BY session_id LIMIT 2)"
    await connection.execute(f"UPDATE marts.sessions SET is_forked = true WHERE session_id IN {chosen}")
    assert await connection.fetchval("SELECT sum(session_count) FROM marts.lift_by_arm") == before - 2
    await connection.execute("UPDATE marts.sessions SET is_arm_forced = true")
    assert await connection.fetchval("SELECT count(*) FROM marts.lift_by_arm") == 0
    assert await connection.fetchval("SELECT count(*) FROM marts.experiment_health") == 0


async def test_offers_shown_follow_each_offer_to_its_end(simulated: asyncpg.Connection) -> None:
    for row in await rows(simulated, "SELECT * FROM marts.offers_shown"):
        assert row["chosen_count"] > row["delivered_count"] >= row["shown_count"] > 0
        assert row["p50_after_ms"] == row["p99_after_ms"] == 120, "what the simulator's page takes"
        answers = row["clicked_count"] + row["dismissed_count"] + row["submitted_count"]
        assert answers <= row["shown_count"]
    held_back = "SELECT count(*) FROM marts.exposures JOIN marts.decisions USING (decision_id) WHERE arm <> 'treatment'"
    assert await simulated.fetchval(held_back) == 0


async def test_model_quality_counts_each_visit_once_a_click_and_nothing_after_an_order(
    simulated: asyncpg.Connection,
) -> None:
    found = await rows(simulated, "SELECT * FROM marts.model_quality_by_click")
    at_first = sum(row["session_count"] for row in found if row["click_number"] == 1)
    assert at_first == await simulated.fetchval("SELECT count(*) FROM marts.sessions WHERE page_view_count > 0")
    by_click = Counter[int]()
    for row in found:
        by_click[row["click_number"]] += row["session_count"]
        assert (row["score_bin"] - 1) / 10 <= float(row["mean_score"]) <= row["score_bin"] / 10
    assert sorted(by_click) == list(range(1, 11))
    assert [by_click[click] for click in range(1, 11)] == sorted(by_click.values(), reverse=True)


async def test_model_quality_has_no_score_from_the_page_that_confirms_an_order(simulated: asyncpg.Connection) -> None:
    before_any_order = """
        SELECT count(*) FROM raw.events AS e
        WHERE e.event_type = 'page_view' AND NOT EXISTS (
            SELECT 1 FROM raw.events AS o
            WHERE o.session_id = e.session_id AND o.occurred_at <= e.occurred_at
              AND (o.event_type = 'purchase' OR o.page_type = 'confirmation')
        ) AND (
            SELECT count(*) FROM raw.events AS p
            WHERE p.session_id = e.session_id AND p.event_type = 'page_view' AND p.occurred_at <= e.occurred_at
        ) <= 10
    """
    confirmed = await simulated.fetchval("SELECT count(*) FROM raw.events WHERE page_type = 'confirmation'")
    counted = await simulated.fetchval("SELECT sum(session_count) FROM marts.model_quality_by_click")
    assert confirmed > 0
    assert counted == await simulated.fetchval(before_any_order)


async def test_days_add_up_to_the_whole(simulated: asyncpg.Connection) -> None:
    days = await rows(simulated, "SELECT * FROM marts.sessions_by_day")
    assert sum(day["session_count"] for day in days) == VISITS
    assert len(days) >= 10
    assert sum(day["purchase_count"] for day in days) == await simulated.fetchval(
        "SELECT count(*) FROM marts.sessions WHERE has_purchase"
    )
    orders = await simulated.fetchrow("SELECT count(*), sum(net_minor) FROM marts.orders")
    revenue = await simulated.fetchrow(
        "SELECT sum(order_count) AS count, sum(net_minor) AS sum FROM marts.revenue_by_day"
    )
    assert tuple(revenue) == tuple(orders)
    assert await simulated.fetchval("SELECT sum(revenue_minor) FROM marts.sessions") == orders["sum"]


async def test_experiment_health_sees_a_lost_arm(simulated: asyncpg.Connection) -> None:
    [row] = await rows(simulated, "SELECT * FROM marts.experiment_health")
    assert row["is_suspicious"] is False
    assert float(row["expected_treatment_share"]) == pytest.approx(0.6)
    transaction = simulated.transaction()
    await transaction.start()
    await simulated.execute("DELETE FROM marts.sessions WHERE arm = 'holdout' AND started_at::time > '04:00'")
    [row] = await rows(simulated, "SELECT * FROM marts.experiment_health")
    assert row["is_suspicious"] is True
    await transaction.rollback()


async def test_data_quality_names_what_was_refused_and_what_is_odd(simulated: asyncpg.Connection) -> None:
    transaction = simulated.transaction()
    await transaction.start()
    await simulated.execute(
        "INSERT INTO raw.rejected SELECT 'x' || n, 'shop', NULL, NULL, n, s.session_id, now(), 'unknown_type', 99"
        " FROM generate_series(1, 7) AS n, (SELECT session_id FROM raw.session_touches LIMIT 1) AS s"
    )
    found = {
        (r["finding"], r["detail"]): r["found_count"] for r in await rows(simulated, "SELECT * FROM marts.data_quality")
    }
    await transaction.rollback()
    assert found["event_rejected", "unknown_type"] == 7
    assert found["event_stored", None] == await simulated.fetchval("SELECT count(*) FROM raw.events")
    assert found["event_without_score", None] < found["event_stored", None]
    assert found["session_forked", None] == 0


async def test_decisions_by_reason_counts_every_decision(simulated: asyncpg.Connection) -> None:
    found = await rows(simulated, "SELECT * FROM marts.decisions_by_reason")
    assert sum(row["decision_count"] for row in found) == await simulated.fetchval(
        "SELECT count(*) FROM marts.decisions"
    )
    assert {row["action_id"] for row in found if row["reason"] == "chosen"} == {"free-shipping", "guide"}
    sure = [row for row in found if row["segment"] == "likely_to_buy"]
    assert sure
    assert {row["action_id"] for row in sure} == {None}


async def test_frictions_named_counts_each_visit_once_for_each_reason(simulated: asyncpg.Connection) -> None:
    found = {row["friction"]: row for row in await rows(simulated, "SELECT * FROM marts.frictions_named")}
    decisions = await rows(simulated, "SELECT session_id, frictions, action_id FROM marts.decisions")
    ended = {r["session_id"]: r for r in await rows(simulated, "SELECT * FROM marts.sessions")}
    named = {(name, d["session_id"]) for d in decisions for name in d["frictions"]}
    assert {name: row["session_count"] for name, row in found.items()} == Counter(name for name, _ in named)
    assert {"shipping_cost", "comparison_research"} <= set(found)
    for name, row in found.items():
        visits = {session_id for other, session_id in named if other == name}
        strongest = {d["session_id"] for d in decisions if d["frictions"][:1] == [name]}
        assert row["strongest_count"] == len(strongest) <= row["session_count"] == row["ended_count"]
        bought = sum(ended[v]["has_purchase"] for v in visits)
        left = sum(ended[v]["has_cart"] and not ended[v]["has_purchase"] for v in visits)
        assert row["purchase_count"] == bought
        assert float(row["purchase_share"]) == pytest.approx(bought / len(visits), abs=1e-4)
        assert float(row["abandonment_share"]) == pytest.approx(left / len(visits), abs=1e-4)


# shows: D8
async def test_every_choice_says_why_it_was_made(simulated: asyncpg.Connection) -> None:
    found = await rows(simulated, "SELECT * FROM marts.why_chosen")
    assert len(found) == await simulated.fetchval("SELECT count(*) FROM marts.decisions WHERE action_id IS NOT NULL")
    assert {row["arm"] for row in found} == {"treatment", "holdout"}
    explained = [row for row in found if row["sentence"] is not None]
    assert len(explained) > 20
    for row in explained:
        assert row["sentence"].endswith((" answers that.", " is what fits."))
        assert 1 <= len(row["top_signals"].split("; ")) <= 3
    stored = await rows(simulated, "SELECT decision_id, frictions FROM marts.decisions WHERE action_id IS NOT NULL")
    frictions = {row["decision_id"]: row["frictions"] for row in stored}
    assert all(frictions[row["decision_id"]] == row["frictions"] for row in explained)
