"""The views on what the policy refused and what it expected of what it chose, counted another way."""

import json
from collections import Counter

import asyncpg
import pytest

from tests.store.test_views import rows


async def test_refusals_by_action_counts_every_refusal_under_its_one_reason(simulated: asyncpg.Connection) -> None:
    found = await rows(simulated, "SELECT * FROM marts.refusals_by_action")
    decisions = await rows(simulated, "SELECT session_id, segment, refused FROM marts.decisions")
    refusals = [
        (each["action_id"], d["segment"], each["reason"], d["session_id"])
        for d in decisions
        for each in json.loads(d["refused"])
    ]
    counted = {(r["action_id"], r["segment"], r["reason"]): r["refusal_count"] for r in found}
    assert counted == Counter(refusal[:3] for refusal in refusals)
    visits = {(r["action_id"], r["segment"], r["reason"]): r["session_count"] for r in found}
    assert visits == Counter(refusal[:3] for refusal in set(refusals))
    shares = Counter[tuple[str, str]]()
    for row in found:
        shares[row["action_id"], row["segment"]] += row["refusal_share"]
    assert all(float(share) == pytest.approx(1.0, abs=1e-3) for share in shares.values())
    assert counted["free-shipping", "likely_to_buy", "no_discount_for_sure_buyers"] > 0
    assert ("guide", "likely_to_buy", "no_discount_for_sure_buyers") not in counted, "it gives nothing away"


async def test_each_choice_has_its_expected_margin_beside_it_where_a_price_is_known(
    simulated: asyncpg.Connection,
) -> None:
    known = "expected_margin_minor IS NOT NULL"
    bases = await rows(simulated, f"SELECT DISTINCT margin_basis FROM marts.decisions WHERE {known}")
    assert [row["margin_basis"] for row in bases] == ["prior"]
    assert await simulated.fetchval(f"SELECT count(*) FROM marts.decisions WHERE {known} AND action_id IS NULL") == 0
    shown = await rows(
        simulated, "SELECT * FROM marts.decisions_by_reason WHERE mean_expected_margin_minor IS NOT NULL"
    )
    assert {(row["reason"], row["action_id"]) for row in shown} == {("chosen", "free-shipping"), ("chosen", "guide")}
    free = "action_id = 'free-shipping' AND segment = 'on_the_fence'"
    mean = await simulated.fetchval(f"SELECT round(avg(expected_margin_minor)) FROM marts.decisions WHERE {free}")
    assert [r["mean_expected_margin_minor"] for r in shown if r["action_id"] == "free-shipping"] == [mean]
