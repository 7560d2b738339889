"""Guardrails on stored visits: what does harm is switched off within one round, told in words, and comes back when revived."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from core import events as ev
from core.vitals import POOR_ABOVE
from server.offers.guarding import Guarding
from server.store.history import history
from server.store.kill import kill, revive
from server.store.live_rules import site_of
from server.store.pool import connect
from server.store.publish import publish_rules
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.store.visits import NOON, RULES, events_of, frame_of, records_of, shop
from tests.support.planted import plant

GUIDE = """
[arms]
holdout_share = 0.1
{more}
[[actions]]
id = "guide"
segments = ["on_the_fence"]
[actions.action]
type = "content"
title = "How to"
url = "https://shop.example/how"
"""
HARM = {"bounced": (0.35, 0.2)}


async def killed(connection: asyncpg.Connection) -> tuple[str, ...]:
    return (await site_of(connection, "shop")).killed


# shows: H8
async def test_harm_pauses_an_action_with_its_reason_and_a_revive_forgets_the_visits_before(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, GUIDE.format(more=""))
    guarding, pool = Guarding(postgres_url), await connect(postgres_url)
    await plant(connection, 3_000, seed=1)
    assert await guarding.look() == []
    await plant(connection, 3_000, seed=2, shares=HARM)
    assert await guarding.look() == [("shop", "guide")]
    assert await killed(connection) == ("guide",)
    newest = (await history(pool, "shop"))[0]
    assert (newest.verb, newest.made_by, newest.killed) == ("pause", "guardrail", ("guide",))
    assert newest.note.startswith("guide: bounces: ")
    assert "of its treated visits went no further" in newest.note
    assert await guarding.look() == [], "it is off already"

    await revive(pool, "shop", "guide")
    assert await guarding.look() == [], "the same visits switch nothing off again"
    assert await killed(connection) == ()
    await plant(connection, 3_000, seed=3, shares=HARM, begin=datetime.now(UTC), spread=timedelta(milliseconds=1))
    assert await guarding.look() == [("shop", "guide")], "new ones do"
    await kill(pool, "shop")
    await revive(pool, "shop", "guide")
    assert await guarding.look() == [], "and nothing is added where all is off"
    await revive(pool, "shop")
    assert await guarding.look() == [], "nor after that, for the visits before"
    await pool.close()


# shows: H8
async def test_an_offer_that_makes_the_page_jump_is_paused_and_the_shares_are_in_the_marts(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, GUIDE.format(more='[guardrails]\nwatch = ["dismissals", "bounces", "purchases"]\n'))
    await plant(connection, 3_000, seed=4, shares={"jumpy": (0.25, 0.1)})
    assert await Guarding(postgres_url).look() == [], "nobody asked for it"
    pool = await connect(postgres_url)
    await publish_rules(pool, "shop", GUIDE.format(more=""))
    assert await Guarding(postgres_url).look() == [("shop", "guide")]
    assert "shift by over 0.25 (CLS)" in (await history(pool, "shop"))[0].note
    rows = await connection.fetch("SELECT * FROM marts.guardrails_by_arm ORDER BY is_treated DESC")
    assert [row["is_treated"] for row in rows] == [True, False]
    assert rows[0]["poor_shift_share"] > 0.2 > rows[1]["poor_shift_share"]
    for row in rows:
        assert (row["p75_paint_ms"], float(row["poor_paint_share"]), row["paint_count"]) == (
            1500,
            0.0,
            row["session_count"],
        )
        assert (row["response_count"], row["poor_response_share"]) == (0, None), "no browser told that"
    await pool.close()


async def test_the_view_calls_poor_what_the_guardrail_calls_poor(connection: asyncpg.Connection) -> None:
    text = await connection.fetchval("SELECT pg_get_viewdef('marts.guardrails_by_arm'::regclass)")
    for vital, limit in POOR_ABOVE.items():
        assert f"choice_{vital} > {limit})" in text


async def test_only_what_is_watched_of_visits_that_count_pauses(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, GUIDE.format(more='[guardrails]\nwatch = ["purchases"]\n'))
    await plant(connection, 3_000, seed=2, shares=HARM, dismissed_share=0.9)
    assert await Guarding(postgres_url).look() == []
    pool = await connect(postgres_url)
    await publish_rules(pool, "shop", GUIDE.format(more='[guardrails]\ndismiss_share = 0.95\nwatch = ["dismissals"]\n'))
    assert await Guarding(postgres_url).look() == [], "a limit of the merchant's own"
    for spoilt in ("traffic = 'preview'", "is_forked = true", "is_arm_forced = true"):
        await connection.execute(f"UPDATE marts.sessions SET {spoilt}")
        await publish_rules(pool, "shop", GUIDE.format(more=f"# {spoilt}\n[guardrails]\ndismiss_after = 60\n"))
        assert await Guarding(postgres_url).look() == [], spoilt
        await connection.execute("UPDATE marts.sessions SET traffic = 'live', is_forked = false, is_arm_forced = false")
    assert await Guarding(postgres_url).look() == [("shop", "guide")]
    note = (await history(pool, "shop"))[0].note
    assert "dismissals: " in note
    assert "bounces: " in note
    await pool.close()


async def test_without_a_goal_for_orders_the_other_guardrails_hold(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, GUIDE.format(more='[goals.cart]\nevent = "add_to_cart"\n'))
    await plant(connection, 3_000, seed=1, shares={"bought": (0.02, 0.2)})
    assert await Guarding(postgres_url).look() == [], "nobody knows who bought"
    await connection.execute("UPDATE marts.sessions SET has_bounced = true WHERE arm = 'treatment'")
    assert await Guarding(postgres_url).look() == [("shop", "guide")]


# shows: H8
@pytest.mark.timeout(60)
async def test_actions_that_do_nothing_are_not_paused_though_looked_at_each_day(
    postgres_url: str, connection: asyncpg.Connection
) -> None:
    await shop(postgres_url, GUIDE.format(more=""))
    begin = datetime.now(UTC) - timedelta(days=30)
    for day in range(20):
        await plant(connection, 150, seed=day, dismissed_share=0.5, begin=begin + timedelta(days=day))
        assert await Guarding(postgres_url).look() == [], day
    assert await killed(connection) == ()


async def test_settle_keeps_what_came_after_the_choice(
    store: FrameStore, connection: asyncpg.Connection, postgres_url: str
) -> None:
    rules = await shop(postgres_url, RULES)
    short, long = events_of(pages=6), events_of(pages=6, order="order-1")
    told = ev.WebVitals(seq=40, at_ms=short[-1].at_ms + 9_000, paint_ms=2_000, shift_permille=30, response_ms=90)
    short = [*short, told]
    stuck = [
        *events_of(pages=6),
        *(
            kind(seq=30 + number, at_ms=short[-1].at_ms + number * 1_000, **fields)
            for number, (kind, fields) in enumerate(
                [(ev.PageView, {"page_type": "checkout"}), (ev.RageClick, {}), (ev.FieldLeft, {})]
            )
        ),
    ]
    for number, events in enumerate((short, long, stuck, events_of(pages=1)), start=1):
        await store.store(frame_of(records_of(events, rules, number=number)))
    await Settler(postgres_url).settle(NOON + timedelta(hours=3))
    rows = await connection.fetch(
        "SELECT has_choice, has_bounced, has_checked_out, has_checkout_trouble, choice_paint_ms, choice_response_ms "
        "FROM marts.sessions ORDER BY session_id"
    )
    assert [tuple(row) for row in rows] == [
        (True, False, False, False, 2_000, 90),
        (True, False, False, False, None, None),
        (True, False, True, True, None, None),
        (False, None, None, None, None, None),
    ]
