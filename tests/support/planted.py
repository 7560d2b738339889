"""Settled visits straight into the tables, with a planted truth: who was treated, who was shown it, and what came of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import numpy as np

_BOTH = (0.0, 0.0)


async def plant(
    connection: asyncpg.Connection,
    count: int,
    *,
    seed: int,
    action_id: str = "guide",
    traffic: str = "live",
    treated_share: float = 0.5,
    logged_share: float | None = None,
    shares: Mapping[str, tuple[float, float]] | None = None,
    dismissed_share: float = 0.3,
    begin: datetime | None = None,
    spread: timedelta = timedelta(hours=20),
) -> list[str]:
    """So many visits to the site "shop", evenly over `spread` from `begin` on (a day ago). Gives their session ids.

    `shares`: by name (bounced, checked_out, trouble, bought, jumpy) the share of treated and of held-back visits. `logged_share`:
    what was said to be the chance to be treated, where that is not what it was.
    """
    chance = np.random.default_rng(seed)
    begin = begin or datetime.now(UTC) - timedelta(days=1)
    treated = chance.random(count) < treated_share
    told = {"bounced": (0.2, 0.2), "checked_out": (0.3, 0.3), "trouble": _BOTH, "bought": (0.1, 0.1)}
    told |= {"jumpy": (0.1, 0.1), **(shares or {})}
    flags = {
        name: chance.random(count) < np.where(treated, *both) for name, both in told.items()
    }  # fmt: skip
    rows = [
        {
            "session_id": chance.bytes(16).hex(),
            "decision_id": chance.bytes(8).hex(),
            "at": begin + spread * (number / count),
            "arm": "treatment" if treated[number] else "control",
            "dismissed": bool(treated[number] and chance.random() < dismissed_share),
            **{name: bool(flag[number]) for name, flag in flags.items()},
        }
        for number in range(count)
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    await connection.execute(
        _INSERT, *columns.values(), action_id, traffic, treated_share if logged_share is None else logged_share
    )
    return [str(session_id) for session_id in columns["session_id"]]


async def ids(connection: asyncpg.Connection, where: str, most: int = 1_000_000) -> list[Any]:
    """Sessions of which that holds."""
    rows = await connection.fetch(
        f"SELECT session_id FROM marts.sessions WHERE {where} ORDER BY session_id LIMIT {most}"
    )
    return [row["session_id"] for row in rows]


_INSERT = """
    WITH made AS (
        SELECT
            session_id::uuid, decision_id, at, arm, is_dismissed, has_bounced, has_checked_out,
            has_checked_out AND has_trouble AS has_trouble, is_converted, is_jumpy,
            $11::text AS action_id, $12::text AS traffic, $13::float8 AS probability
        FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::boolean[], $6::boolean[], $7::boolean[],
            $8::boolean[], $9::boolean[], $10::boolean[])
            AS each (session_id, decision_id, at, arm, is_dismissed, has_bounced, has_checked_out, has_trouble, is_converted,
                is_jumpy)
    ), decided AS (
        INSERT INTO marts.decisions (site_id, decision_id, session_id, traffic, decided_at, stream_day, stream_id, seq,
            action_id, action_type, reason, segment, purchase_score, arm, treatment_probability, refused,
            is_after_first_choice, is_delivered, rules_version, scorer_version)
        SELECT 'shop', decision_id, session_id, traffic, at, at::date, '\\x00', 1, action_id, 'content', 'chosen',
            'on_the_fence', 0.2, arm, probability, '[]', false, arm = 'treatment', '', 'made'
        FROM made
    ), told AS (
        INSERT INTO marts.outcomes (site_id, decision_id, goal, session_id, traffic, arm, action_id, segment, is_first_choice,
            decided_at, is_converted, converted_at, value_minor, settled_at, final_at)
        SELECT 'shop', decision_id, 'purchase', session_id, traffic, arm, action_id, 'on_the_fence', true, at,
            is_converted, CASE WHEN is_converted THEN at END, 0, now(), now()
        FROM made
    ), shown AS (
        INSERT INTO marts.exposures (site_id, decision_id, session_id, traffic, action_id, shown_at, dismissed_at)
        SELECT 'shop', decision_id, session_id, traffic, action_id, at, CASE WHEN is_dismissed THEN at END
        FROM made
        WHERE arm = 'treatment'
    )
    INSERT INTO marts.sessions (site_id, session_id, traffic, started_at, ended_at, event_count, page_view_count, device,
        source, has_product_view, has_cart, has_checkout, has_purchase, order_count, revenue_minor, arm,
        treatment_probability, is_arm_forced, has_choice, first_decision_id, first_action_id, first_segment, first_chosen_at,
        has_exposure, is_forked, is_over_idle, rules_version, scorer_version, settled_at,
        has_bounced, has_checked_out, has_checkout_trouble, choice_paint_ms, choice_shift_permille)
    SELECT 'shop', session_id, traffic, at, at, 9, 5, 'desktop', 'direct', true, true, has_checked_out, is_converted,
        is_converted::int, 0, arm, probability, false, true, decision_id, action_id, 'on_the_fence', at,
        arm = 'treatment', false, false, '', 'made', now(), has_bounced, has_checked_out, has_trouble, 1500,
        CASE WHEN is_jumpy THEN 400 ELSE 20 END
    FROM made
"""
