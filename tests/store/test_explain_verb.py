"""`fifthclick explain` as people type it: one visit told whole, also where it goes on, or its model or its rules are gone."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from core.records import Record
from core.rules import Rules
from model.scorer import load_scorer
from server.cli import main
from server.verbs._timeline import (
    Change,
    Decided,
    Happened,
    Hesitation,
    Reported,
    Signal,
    Standing,
    Timeline,
    Why,
)  # fmt: skip
from server.writer.explain import Explainer
from server.writer.frames import FrameStore
from server.writer.settle import Settler
from tests.store.visits import (
    NOON,
    SCORER,
    as_beaconed,
    events_of,
    frame_of,
    records_of,
    shop,
    turned_back,
    with_offer_shown,
)

SESSION = "00000001-0000-0001-0000-000100000001"

Explain = Callable[..., Coroutine[Any, Any, tuple[int, str, str]]]


@pytest.fixture
async def rules(postgres_url: str) -> Rules:
    return await shop(postgres_url)


@pytest.fixture
def explain(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Explain:
    """Runs the verb against this test's database: its status, and what it printed on both outputs."""
    monkeypatch.setenv("FIFTHCLICK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")

    async def run(*words: str) -> tuple[int, str, str]:
        status = await asyncio.to_thread(main, ["explain", "--dsn", postgres_url, *words])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


async def told(explain: Explain, *words: str) -> Timeline:
    status, printed, _ = await explain(SESSION, "--json", *words)
    assert status == 0
    return msgspec.json.decode(printed, type=Timeline)


def chosen_at(records: list[Record]) -> int:
    """Which event, from 1, an action was chosen on."""
    return next(i for i, r in enumerate(records, start=1) if r.decision and r.decision.action_id)


# shows: D8 F10
async def test_each_event_has_its_reason_why_not_though_few_of_them_have_a_row(
    store: FrameStore, rules: Rules, explain: Explain
) -> None:
    records = records_of(events_of(), rules, arm="treatment")
    await store.store(frame_of(records))
    visit = await told(explain)
    assert [e.purchase_score for e in visit.events] == [r.scores.purchase for r in records if r.scores]
    assert all(e.reason is not None for e in visit.events)
    stored = {r.decision.decision_id: r.decision for r in records if r.decision}
    assert len(stored) < len(visit.events)
    assert {d.decision_id for d in visit.decisions} == set(stored)
    for decided in visit.decisions:
        refused = visit.events[decided.event_number - 1].refused
        assert refused == dict(stored[decided.decision_id].refused)
    [standing] = visit.actions
    assert standing.changes[0].reason == "quiet_period"
    assert standing.at_choice == "chosen"
    assert len(standing.changes) == len({c.at_ms for c in standing.changes})


async def test_a_visit_is_told_while_it_runs_and_again_when_it_has_ended(
    store: FrameStore, rules: Rules, explain: Explain, postgres_url: str
) -> None:
    records = records_of(events_of(order="A-1"), rules, arm="treatment")
    await store.store(frame_of(records[:7]))
    running = await told(explain)
    assert (len(running.events), running.is_settled, running.orders) == (7, False, ())
    await store.store(frame_of(records[7:]))
    await store.store(frame_of(with_offer_shown(records, rules, then=("shown", "dismissed"))))
    await Settler(postgres_url).settle(NOON.replace(year=2027))
    ended = await told(explain)
    assert ended.is_settled
    assert [order["order_id"] for order in ended.orders] == ["A-1"]
    assert {outcome["goal"] for outcome in ended.outcomes} == {"purchase", "cart"}
    first = next(d for d in ended.decisions if d.action_id)
    assert first.reported is not None
    assert (first.reported.dismissed_ms or 0) - (first.reported.shown_ms or 0) == 1000
    assert "order A-1: 42.00 EUR" in (await explain(SESSION))[1]


async def test_without_the_model_all_is_told_but_its_signals_and_it_says_so(
    store: FrameStore, rules: Rules, explain: Explain
) -> None:
    await store.store(frame_of(records_of(events_of(), rules, arm="treatment")))
    visit = await told(explain)
    assert visit.now is None
    [note] = visit.notes
    assert SCORER.version in note
    assert "--bundle" in note
    assert all(e.reason for e in visit.events)
    # A folder that holds no model is no reason to tell nothing.
    _, printed, _ = await explain(SESSION, "--bundle", "/nowhere")
    assert "not explained yet" in printed
    assert "the model cannot be read" in " ".join(printed.split())


async def test_with_the_model_at_hand_the_last_score_is_explained_though_nothing_was_chosen(
    store: FrameStore, rules: Rules, explain: Explain
) -> None:
    await store.store(frame_of(records_of(events_of(pages=2), rules, scorer=load_scorer())))
    visit = await told(explain)
    assert [d.action_id for d in visit.decisions] == [None] * len(visit.decisions)
    assert visit.now is not None
    assert visit.now.signals
    assert visit.notes == ()


async def test_a_stored_explanation_is_told_with_its_decision(
    store: FrameStore, rules: Rules, explain: Explain, postgres_url: str
) -> None:
    scorer = load_scorer()
    records = records_of(turned_back(), rules, arm="treatment", scorer=scorer)
    await store.store(frame_of(records))
    await Explainer(postgres_url, lambda version: scorer if version == scorer.version else None).explain()
    visit = await told(explain)
    assert [h.name for h in visit.frictions][:1] == ["shipping_cost"]
    for decided in visit.decisions:
        assert (decided.why is not None) == (decided.action_id is not None)


async def test_where_the_rules_are_gone_the_stored_decisions_are_told_and_it_says_so(
    store: FrameStore, rules: Rules, explain: Explain, connection: asyncpg.Connection
) -> None:
    records = records_of(events_of(), rules, arm="treatment")
    await store.store(frame_of(records))
    whole = await told(explain)
    await connection.execute("UPDATE raw.events SET rules_version = 'elsewhere'")
    visit = await told(explain)
    assert any("elsewhere" in note for note in visit.notes)
    assert [d.decision_id for d in visit.decisions] == [d.decision_id for d in whole.decisions]
    assert [(e.segment, e.frictions, e.trend) for e in visit.events] == [
        (e.segment, e.frictions, e.trend) for e in whole.events
    ]
    assert [bool(e.refused) for e in visit.events] == [
        e.decision_id is not None and bool(e.refused) for e in whole.events
    ]


async def test_what_nobody_scored_is_told_as_it_came(store: FrameStore, rules: Rules, explain: Explain) -> None:
    await store.store(frame_of([as_beaconed(record) for record in records_of(events_of(pages=2), rules)]))
    visit = await told(explain)
    assert (visit.decisions, visit.actions, visit.arm) == ((), (), None)
    assert {e.purchase_score for e in visit.events} == {None}
    assert any("no model was loaded" in note or "left already" in note for note in visit.notes)
    assert (await explain(SESSION))[0] == 0


async def test_the_terminal_is_readable_in_80_columns_and_plain_in_a_pipe(
    store: FrameStore, rules: Rules, explain: Explain
) -> None:
    await store.store(frame_of(records_of(turned_back(), rules, arm="treatment")))
    status, printed, wrong = await explain(SESSION.replace("-", ""))
    assert (status, wrong) == (0, "")
    assert "\x1b" not in printed
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert "45 s pause at the shipping options" in printed
    assert "? hesitates: shipping_cost" in printed


async def test_the_newest_visits_are_listed_with_their_ids(store: FrameStore, rules: Rules, explain: Explain) -> None:
    for number in (1, 2, 3):
        start_ms = int(NOON.timestamp() * 1000) + number * 60_000
        await store.store(frame_of(records_of(events_of(start_ms=start_ms, pages=2), rules, number=number)))
    status, printed, _ = await explain("--last", "2")
    ids = [line.split()[0] for line in printed.splitlines()[1:]]
    assert (status, ids) == (0, ["00000003" * 4, "00000002" * 4])
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert (await explain(ids[0]))[0] == 0
    assert (await explain("--last", "--site", "other"))[0] == 1


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nonsense",), "is no session id"),
        (("0" * 32,), "no event of session"),
        ((), "a session id or --last"),
        (("0" * 32, "--last"), "a session id or --last"),
        (("--last", "0"), "1 to 1000"),
        (("--last",), "no visit is stored yet"),
    ],
)
async def test_what_cannot_be_told_names_the_next_step(words: tuple[str, ...], says: str, explain: Explain) -> None:
    status, printed, wrong = await explain(*words)
    assert (status, printed) == (1, "")
    assert says in wrong
    assert "Next: " in wrong
    assert wrong.count("\n") == 1


async def test_an_id_that_two_shops_have_asks_which(
    store: FrameStore, rules: Rules, explain: Explain, connection: asyncpg.Connection
) -> None:
    await store.store(frame_of(records_of(events_of(pages=1), rules)))
    await connection.execute("UPDATE raw.events SET site_id = 'other' WHERE seq = 2")
    status, _, wrong = await explain(SESSION)
    assert status == 1
    assert "other" in wrong
    assert "--site" in wrong
    assert (await explain(SESSION, "--site", "other"))[0] == 0


def test_each_key_of_the_json_is_in_the_documentation() -> None:
    page = Path("docs/explanations.md").read_text(encoding="utf-8")
    for struct in (Timeline, Happened, Decided, Why, Signal, Reported, Standing, Change, Hesitation):
        for key in struct.__struct_fields__:
            assert f"`{key}`" in page, f"{struct.__name__}.{key}"
