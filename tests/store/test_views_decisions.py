"""The views on what the policy refused and what it expected of what it chose, counted another way."""

import json
from collections import Counter

import asyncpg
import msgspec
import pytest

from core import events as ev
from core.fields import Item
from server.writer.frames import FrameStore
from tests.store.test_views import rows
from tests.store.visits import events_of, frame_of, records_of, shop


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


async def test_expected_margins_are_those_of_the_choices_each_in_its_currency(simulated: asyncpg.Connection) -> None:
    found = await rows(simulated, "SELECT * FROM marts.expected_margin")
    chosen = await rows(
        simulated,
        "SELECT action_id, expected_margin_minor, margin_basis FROM marts.decisions WHERE action_id IS NOT NULL",
    )
    unchosen = "SELECT count(*) FROM marts.decisions WHERE action_id IS NULL AND expected_margin_minor IS NOT NULL"
    assert await simulated.fetchval(unchosen) == 0
    assert sum(row["choice_count"] for row in found) == len(chosen)
    assert {row["margin_basis"] for row in found} == {"prior"}
    for row in found:
        assert (row["currency"] is None) == (row["mean_expected_minor"] is None), "no amount without its currency"
    for action_id in ("free-shipping", "guide"):
        known = [
            c["expected_margin_minor"]
            for c in chosen
            if c["action_id"] == action_id and c["expected_margin_minor"] is not None
        ]
        priced = [row for row in found if row["action_id"] == action_id and row["currency"] is not None]
        assert sum(row["choice_count"] for row in priced) == len(known) > 0
        total = sum(row["choice_count"] * row["mean_expected_minor"] for row in priced)
        assert total == pytest.approx(sum(known), abs=0.51 * len(known))
        for row in priced:
            assert min(known) <= row["p10_expected_minor"] <= row["p90_expected_minor"] <= max(known)


async def test_amounts_of_two_currencies_are_never_added(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url)
    for number, currency in enumerate(("EUR", "USD", "EUR"), start=1):
        [first, *others] = events_of()
        view = ev.ViewItem(
            seq=2, at_ms=first.at_ms + 50, currency=currency, items=(Item("sku-1", price_minor=4_000 * number),)
        )
        moved = [msgspec.structs.replace(event, seq=event.seq + 1) for event in others]
        await store.store(frame_of(records_of([first, view, *moved], rules, number=number, arm="holdout")))
    found = await rows(connection, "SELECT currency, choice_count, mean_expected_minor FROM marts.expected_margin")
    assert {row["currency"] for row in found} == {"EUR", "USD"}
    why = "SELECT currency, count(*), round(avg(expected_margin_minor)) FROM marts.why_chosen GROUP BY currency"
    assert {tuple(row.values()) for row in found} == {tuple(row.values()) for row in await rows(connection, why)}
