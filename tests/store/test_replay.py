"""`fifthclick replay`: equal for what was decided, and every altered field named; the process that recomputes sees no result."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import torch

from core.records import Record
from core.rules import Rules, bind
from core.scoring import Scorer
from model.bundle import Manifest, Platt, save_bundle
from model.network import Network
from model.scorer import TorchScorer, load_scorer
from server.cli import main
from server.store.kill import kill, revive
from server.store.live_rules import site_of
from server.store.pool import connect
from server.writer.frames import FrameStore
from server.writer.late_scores import LateScorer
from server.writer.settle import Settler
from tests.store.visits import NOON, RULES, as_beaconed, events_of, frame_of, records_of, shop, with_offer_shown

SESSION = "00000001-0000-0001-0000-000100000001"

Replay = Callable[..., Coroutine[Any, Any, tuple[int, str]]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of chance weights whose scores begin on the fence."""
    folder = tmp_path_factory.mktemp("bundle")
    with torch.random.fork_rng():
        torch.manual_seed(5)
        weights = Network().state_dict()
    save_bundle(
        folder, weights, Manifest(trained_on="nothing", calibration={"purchase": (Platt(slope=1.0, offset=-0.8),) * 11})
    )
    return folder


@pytest.fixture(scope="module")
def scorer(bundle: Path) -> TorchScorer:
    return load_scorer(bundle)


@pytest.fixture
async def rules(postgres_url: str) -> Rules:
    return await shop(postgres_url)


@pytest.fixture
async def records(store: FrameStore, rules: Rules, scorer: TorchScorer) -> list[Record]:
    """A stored visit with an offer, a purchase, and events that are neither features nor scored anew."""
    records = records_of(events_of(order="A-1"), rules, scorer=scorer, arm="treatment")
    assert any(record.decision and record.decision.action_id for record in records)
    await store.store(frame_of(records))
    return records


@pytest.fixture
def replay(
    postgres_url: str, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Replay:
    """Runs the verb against this test's database and gives its status and what it printed."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    monkeypatch.setenv("FIFTHCLICK_BUNDLE", str(bundle))
    monkeypatch.setenv("FIFTHCLICK_DATA_DIR", str(tmp_path / "data"))

    async def run(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["replay", *words])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


# shows: F10
@pytest.mark.usefixtures("records")
async def test_an_untouched_session_is_equal(replay: Replay) -> None:
    status, said = await replay(SESSION)
    assert (status, "Equal: " in said) == (0, True)
    assert await replay(SESSION.replace("-", "")) == (0, said)


@pytest.mark.usefixtures("records")
async def test_a_decision_that_was_altered_by_sql_is_named_with_each_field(
    replay: Replay, connection: asyncpg.Connection
) -> None:
    altered = {
        "reason": "'dismissed'", "segment": "'likely_to_buy'", "arm": "'holdout'", "action_id": "'other'",
        "action_type": "'upsell'", "treatment_probability": "0.123", "refused": "'[]'",
        "is_delivered": "NOT is_delivered", "is_after_first_choice": "NOT is_after_first_choice",
        "trend": "CASE trend WHEN 'falling' THEN 'rising' ELSE 'falling' END", "frictions": "'{price_doubt,form_trouble}'",
        "because": "'another'", "expected_margin_minor": "-12345", "margin_basis": "'data'",
    }  # fmt: skip
    ids = await connection.fetch("SELECT decision_id FROM marts.decisions WHERE refused <> '[]' ORDER BY seq LIMIT 2")
    one, other = [row["decision_id"] for row in ids]
    changes = ", ".join(f"{field} = {value}" for field, value in altered.items())
    await connection.execute(f"UPDATE marts.decisions SET {changes} WHERE decision_id = $1", one)
    await connection.execute("UPDATE marts.decisions SET reason = 'dismissed' WHERE decision_id = $1", other)
    status, said = await replay(SESSION)
    assert status == 1
    lines = said.splitlines()
    for field in altered:
        assert any(line.startswith(f"decision {one} ") and f": {field} is " in line for line in lines), field
    assert sum(line.startswith(f"decision {other} ") for line in lines) == 1
    assert lines[-1].startswith(f"{len(altered) + 1} fields differ")


@pytest.mark.usefixtures("records")
async def test_a_score_that_was_altered_and_a_decision_that_was_removed_are_named(
    replay: Replay, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE raw.events SET purchase_score = 0.99, order_ratio = 7 WHERE seq = 5")
    await connection.execute("UPDATE raw.events SET assistance_score = NULL WHERE seq = 6")
    gone = await connection.fetchval("DELETE FROM marts.decisions WHERE action_id IS NULL RETURNING decision_id")
    status, said = await replay(SESSION, "--json")
    found = msgspec.json.decode(said)
    assert status == 1
    fields = {(d["seq"], d["field"]) for d in found["differences"]}
    assert {(5, "purchase_score"), (5, "order_ratio"), (6, "assistance_score")} <= fields
    assert (6, "exit_score") not in fields
    assert gone in {d["decision_id"] for d in found["differences"] if d["field"] == "the decision"}


@pytest.mark.usefixtures("records")
async def test_after_one_changed_rule_it_says_what_would_differ(replay: Replay, tmp_path: Path) -> None:
    same = tmp_path / "same.toml"
    same.write_text(RULES)
    status, said = await replay(SESSION, "--rules", str(same))
    assert (status, "Equal: " in said) == (0, True)
    changed = tmp_path / "changed.toml"
    changed.write_text(RULES.replace('segments = ["on_the_fence"]', 'segments = ["unlikely_to_buy"]'))
    status, said = await replay(SESSION, "--rules", str(changed))
    assert status == 0
    assert "'free-shipping' in the store and nothing recomputed" in said
    assert "decision_id" not in said
    assert "would differ" in said


# shows: F9 F10
async def test_what_was_killed_at_the_time_is_killed_in_a_replay_under_the_same_and_under_other_rules(
    replay: Replay, store: FrameStore, rules: Rules, scorer: TorchScorer, postgres_url: str, tmp_path: Path
) -> None:
    pool = await connect(postgres_url)
    await kill(pool, "shop", "free-shipping")
    killed = (await site_of(pool, "shop")).rules()
    await revive(pool, "shop", "free-shipping")
    await pool.close()
    assert killed == bind(
        rules, site_id="shop", holdout_salt=rules.holdout_salt, killed=["free-shipping"], new_actions=["free-shipping"]
    )
    await store.store(frame_of(records_of(events_of(), killed, scorer=scorer, arm="treatment")))
    (tmp_path / "same.toml").write_text(RULES)
    for words in ((), ("--rules", str(tmp_path / "same.toml"))):
        status, said = await replay(SESSION, *words)
        assert (status, "Equal: " in said) == (0, True), said


async def test_a_session_over_two_pages_with_an_offer_that_was_shown_is_equal(
    replay: Replay, store: FrameStore, records: list[Record], rules: Rules, scorer: TorchScorer
) -> None:
    # The second page is a fold of its own here: a session whose token was lost.
    await store.store(frame_of(with_offer_shown(records, rules, then=("shown", "clicked"), scorer=scorer)))
    status, said = await replay(SESSION)
    assert (status, "Equal: " in said) == (0, True), said


# shows: F10
async def test_what_could_not_be_offered_at_the_time_is_stored_and_replayed(
    replay: Replay, store: FrameStore, rules: Rules, scorer: TorchScorer, connection: asyncpg.Connection
) -> None:
    spent = (("free-shipping", "no_budget"),)
    await store.store(
        frame_of(records_of(events_of(order="A-1"), rules, scorer=scorer, arm="treatment", unavailable=spent))
    )
    stored = await connection.fetch("SELECT DISTINCT unavailable FROM raw.events")
    assert [row["unavailable"] for row in stored] == [["free-shipping:no_budget"]]
    reasons = 'SELECT count(*) FROM marts.decisions WHERE refused @> \'[{"reason": "no_budget"}]\''
    assert await connection.fetchval(reasons) > 0
    status, said = await replay(SESSION)
    assert (status, "Equal: " in said) == (0, True), said
    await connection.execute("UPDATE raw.events SET unavailable = '{}'")
    assert (await replay(SESSION))[0] == 1


async def test_events_that_only_came_by_beacon_are_no_difference_before_and_after_settle_scores_them(
    replay: Replay, store: FrameStore, rules: Rules, scorer: TorchScorer, postgres_url: str
) -> None:
    records = records_of(events_of(), rules, scorer=scorer)
    await store.store(frame_of([*records[:-2], *map(as_beaconed, records[-2:])]))
    assert f"Equal: {len(records) - 2} events" in (await replay(SESSION))[1]
    known: dict[str, Scorer] = {scorer.version: scorer}
    await Settler(postgres_url, LateScorer(lambda: scorer, known.get)).settle(NOON + timedelta(hours=1))
    assert f"Equal: {len(records)} events" in (await replay(SESSION))[1]


@pytest.mark.usefixtures("records")
async def test_a_step_that_is_missing_from_the_store_is_said(replay: Replay, connection: asyncpg.Connection) -> None:
    await connection.execute("DELETE FROM raw.events WHERE seq = 3")
    _, said = await replay(SESSION)
    assert "lacks 1 of its" in said
    assert "the first at 3" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["not-an-id"], "'not-an-id' is no session id. Next: "),
        (["00000009000000090000000900000009"], "is stored. Next: "),
        ([SESSION, "--site", "elsewhere"], "is stored for shop. Next: "),
        ([SESSION, "--rules", "missing.toml"], "cannot be read"),
    ],
)
@pytest.mark.usefixtures("records")
async def test_what_cannot_be_replayed_is_said_in_a_sentence(words: list[str], sentence: str, replay: Replay) -> None:
    status, said = await replay(*words)
    assert status == 1
    assert sentence in said
    assert "Traceback" not in said


@pytest.mark.usefixtures("records")
async def test_another_model_is_refused_by_name(replay: Replay, tmp_path: Path) -> None:
    other = tmp_path / "other"
    save_bundle(other, Network().state_dict(), Manifest(trained_on="nothing"))
    status, said = await replay(SESSION, "--bundle", str(other))
    assert status == 1
    assert "Next: name the folder of that model with --bundle" in said


async def test_a_session_without_any_score_has_nothing_to_compare(
    replay: Replay, store: FrameStore, rules: Rules
) -> None:
    await store.store(frame_of([as_beaconed(record) for record in records_of(events_of(), rules)]))
    status, said = await replay(SESSION)
    assert status == 1
    assert "nothing of this session was scored" in said
