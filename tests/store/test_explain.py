"""Each decision that chose an action is explained a moment later, in every arm, once, and nobody waits for it."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import asyncpg
import msgspec
import pytest
from structlog.testing import capture_logs

from core.features import Encoded
from core.records import Arm, Record
from core.rules import Rules
from core.scoring import Scored, Scorer
from server.metrics import REGISTRY
from server.store.privacy_scan import scan_for_personal_data
from server.writer.explain import Explainer
from server.writer.frames import FrameStore
from tests.store.tables import count
from tests.store.visits import (
    SCORER,
    AllScores,
    as_beaconed,
    events_of,
    frame_of,
    records_of,
    shop,
    turned_back,
    with_offer_shown,
)

KNOWN: dict[str, Scorer] = {SCORER.version: SCORER}


@pytest.fixture
async def rules(postgres_url: str) -> Rules:
    return await shop(postgres_url)


@pytest.fixture
def explainer(postgres_url: str) -> Explainer:
    return Explainer(postgres_url, KNOWN.get)


def choices(records: Sequence[Record]) -> list[str]:
    return sorted(r.decision.decision_id for r in records if r.decision and r.decision.action_id)


async def explained(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    return list(await connection.fetch("SELECT * FROM marts.explanations ORDER BY decision_id"))


# shows: D8
@pytest.mark.parametrize("arm", ["treatment", "control", "holdout"])
async def test_every_choice_in_every_arm_is_explained_once(
    arm: Arm, store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer
) -> None:
    records = records_of(turned_back(), rules, arm=arm)
    await store.store(frame_of(records))
    assert await explainer.explain() == len(choices(records)) > 0
    rows = await explained(connection)
    assert [row["decision_id"] for row in rows] == choices(records)
    assert {row["scorer_version"] for row in rows} == {SCORER.version}
    assert await count(connection, "raw.explanations_due") == 0
    await store.store(frame_of(records))
    assert await explainer.explain() == 0
    assert await explained(connection) == rows


async def test_what_is_stored_is_what_the_visit_shows(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, postgres_url: str
) -> None:
    rising = AllScores(lambda n: 0.1 + n / 60)
    await store.store(frame_of(records_of(turned_back(), rules, scorer=rising)))
    await Explainer(postgres_url, {rising.version: rising}.get).explain()
    [why] = await connection.fetch("SELECT * FROM marts.why_chosen WHERE frictions <> '{}'")
    assert why["frictions"] == ["shipping_cost"]
    assert why["sentence"] == (
        "High intent, but turned back at the shipping costs after a pause of 45 s: free shipping answers that."
    )
    assert len(why["top_signals"].split("; ")) == 3
    assert all(part.endswith(")") and "(+0." in part for part in why["top_signals"].split("; "))
    [signals] = await connection.fetchrow("SELECT signals FROM marts.explanations WHERE frictions <> '{}'")
    assert {signal["signal"] for signal in msgspec.json.decode(signals)} >= {"shipping_pause", "checkout_left"}
    assert await scan_for_personal_data(connection) == []


async def test_decisions_that_chose_nothing_are_not_explained(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer
) -> None:
    await store.store(frame_of(records_of(events_of(pages=2), rules)))
    assert await count(connection, "marts.decisions") > 0
    assert await explainer.explain() == 0
    assert await explained(connection) == []


async def test_frames_that_come_in_another_order_are_waited_for_and_explained_alike(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer
) -> None:
    records = records_of(turned_back(), rules, number=1)
    await store.store(frame_of(records))
    await explainer.explain()
    [expected, *_] = [(row["signals"], row["sentence"]) for row in await explained(connection)]
    await connection.execute("TRUNCATE raw.events, marts.decisions, marts.explanations, raw.explanations_due")
    await store.store(frame_of(records[3:]))
    assert await explainer.explain() == 0
    await store.store(frame_of(records[:3]))
    assert await explainer.explain() == len(choices(records))
    assert [(row["signals"], row["sentence"]) for row in await explained(connection)][:1] == [expected]


async def test_an_explanation_that_would_name_another_friction_than_its_decision_is_not_stored(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer
) -> None:
    await store.store(frame_of(records_of(turned_back(), rules)))
    await connection.execute("UPDATE marts.decisions SET frictions = '{price_doubt}'")
    await explainer.explain()
    assert await explained(connection) == []


async def test_a_fold_that_never_becomes_whole_is_left_unexplained_and_said(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer
) -> None:
    await store.store(frame_of(records_of(turned_back(), rules)[3:]))
    await connection.execute("UPDATE raw.explanations_due SET stored_at = now() - interval '2 minutes'")
    with capture_logs() as said:
        await explainer.explain()
    assert await explained(connection) == []
    assert {entry["reason"] for entry in said if entry["event"] == "unexplained"} == {"other_fold"}
    assert await count(connection, "raw.explanations_due") == 0


async def test_a_visit_that_cannot_be_read_keeps_no_other_waiting(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer
) -> None:
    odd, sound = (records_of(turned_back(), rules, number=number) for number in (1, 2))
    await store.store(frame_of(odd))
    await connection.execute("UPDATE raw.events SET payload = '' WHERE seq = 1")
    await store.store(frame_of(sound))
    with capture_logs() as said:
        await explainer.explain()
    assert [row["decision_id"] for row in await explained(connection)] == choices(sound)
    assert [e["decision_id"] for e in said if e.get("reason") == "AssertionError"] == choices(odd)
    assert await count(connection, "raw.explanations_due") == 0


async def test_without_its_model_a_decision_waits_and_that_is_said_once(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer, postgres_url: str
) -> None:
    records = records_of(turned_back(), rules)
    await store.store(frame_of(records))
    without = Explainer(postgres_url, lambda _: None)
    with capture_logs() as said:
        assert [await without.explain(), await without.explain()] == [0, 0]
    assert [entry["decision_count"] for entry in said if entry["event"] == "unexplained_for_lack_of_model"] == [
        len(choices(records))
    ]
    assert REGISTRY.get_sample_value("fifthclick_explanations_waiting") == len(choices(records))
    assert await explainer.explain() == len(choices(records))


async def test_what_waited_a_month_for_its_model_is_let_go(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, postgres_url: str
) -> None:
    await store.store(frame_of(records_of(turned_back(), rules)))
    without = Explainer(postgres_url, lambda _: None)
    for days, is_kept in ((0, True), (29, True), (31, False)):
        await connection.execute(f"UPDATE raw.explanations_due SET stored_at = now() - interval '{days} days'")
        await without.explain()
        assert (await count(connection, "raw.explanations_due") > 0) is is_kept


async def test_action_events_and_beacons_beside_it_change_nothing(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer
) -> None:
    records = records_of(turned_back(), rules, arm="treatment")
    await store.store(frame_of(records))
    await store.store(frame_of(with_offer_shown(records, rules)))
    beacon = records_of(events_of(pages=1)[:1], rules, page=2)
    await store.store(frame_of([as_beaconed(record) for record in beacon]))
    assert await explainer.explain() == len(choices(records))
    assert len(await explained(connection)) == len(choices(records))


# shows: D8
async def test_the_loop_explains_within_seconds_and_the_delay_is_measured(
    store: FrameStore, connection: asyncpg.Connection, rules: Rules, explainer: Explainer
) -> None:
    def measured() -> float:
        return REGISTRY.get_sample_value("fifthclick_explanation_delay_seconds_count") or 0.0

    before = measured()
    running = asyncio.create_task(explainer.run())
    try:
        await store.store(frame_of(records := records_of(turned_back(), rules)))
        async with asyncio.timeout(5):
            while await count(connection, "marts.explanations") < len(choices(records)):
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert measured() - before == len(choices(records))
    assert explainer.problems() == []


class _Slow(AllScores):
    """A model that takes its time, as a loaded machine does."""

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        began = time.perf_counter()
        while time.perf_counter() - began < 0.002:
            continue
        return super().step(hidden, encoded)


async def test_others_get_their_turn_while_it_explains(store: FrameStore, rules: Rules, postgres_url: str) -> None:
    slow = _Slow(lambda n: min(0.1 + n / 40, 0.5))
    await store.store(frame_of(records_of(turned_back(), rules, scorer=slow)))
    turns = 0

    async def shopper() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(shopper())
    try:
        waited = asyncio.create_task(Explainer(postgres_url, {slow.version: slow}.get).explain())
        assert await waited > 0
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert turns > 50


async def test_a_store_that_is_away_is_said_until_it_is_back() -> None:
    explainer = Explainer("postgresql://127.0.0.1:1/none", KNOWN.get)
    running = asyncio.create_task(explainer.run())
    try:
        async with asyncio.timeout(5):
            while not explainer.problems():
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert "decisions cannot be explained" in explainer.problems()[0]
