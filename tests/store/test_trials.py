"""What a site's own visits say of its actions: read from the tables, learned, and gone by once it is published."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import asyncpg
import pytest
from msgspec.structs import replace

from core.margin import PRIORS, Trial
from core.replay import replay
from core.rules import Rules
from core.stakes import expected_order_minor, offer_kind, situation_now
from core.wire import Unreadable, decode_event
from model.responses import learn
from model.scorer import load_scorer
from server.offers.learning import Learning, has_moved
from server.store.pool import connect
from server.store.publish import site_of
from server.store.stored_session import read_events
from server.store.trials import count_first_choices, read_trials
from tests.store.simulated import DAYS, TWO_ACTIONS, fill
from tests.store.visits import NOON, shop

SINCE = NOON - timedelta(days=DAYS + 3)


@pytest.fixture
async def pool(simulated_url: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect(simulated_url)
    yield pool
    await pool.close()


async def live_rules(pool: asyncpg.Pool) -> Rules:
    return (await site_of(pool, "shop")).rules()


async def trials_of(pool: asyncpg.Pool, rules: Rules) -> list[Trial]:
    actions = {rule.id: rule for rule in rules.actions}
    return [trial async for trial in read_trials(pool, "shop", actions, traffic="simulated", since=SINCE)]


# shows: F8
async def test_every_visit_with_a_choice_is_a_trial_in_its_arm_with_the_order_that_came(pool: asyncpg.Pool) -> None:
    trials = await trials_of(pool, await live_rules(pool))
    assert len(trials) == await count_first_choices(pool, "shop", "simulated", SINCE) > 100
    counted = await pool.fetch(
        "SELECT first_action_id, arm = 'treatment' AS treated, count(*) FROM marts.sessions"
        " WHERE has_choice AND NOT is_forked GROUP BY 1, 2"
    )
    for action_id, is_treated, count in counted:
        assert sum(t.action_id == action_id and t.is_treated == is_treated for t in trials) == count
    assert sum(t.order_minor > 0 for t in trials) > 10
    assert any(t.is_taken for t in trials)
    assert not any(t.is_taken for t in trials if not t.is_treated), "what was held back was never taken up"


async def test_the_situation_is_the_one_that_the_decision_was_taken_in(pool: asyncpg.Pool) -> None:
    rules, scorer = await live_rules(pool), load_scorer()
    trials = await trials_of(pool, rules)
    actions = {rule.id: rule for rule in rules.actions}
    chosen = await pool.fetch(
        "SELECT s.session_id, d.action_id, d.seq, d.stream_id FROM marts.sessions AS s"
        " JOIN marts.decisions AS d ON d.decision_id = s.first_decision_id WHERE NOT s.is_forked"
        " ORDER BY s.started_at, s.session_id"
    )
    for row, trial in list(zip(chosen, trials, strict=True))[:25]:
        async with pool.acquire() as connection:
            stored = await read_events(connection, "shop", row["session_id"])
        done = replay(
            row["session_id"].bytes, stored, scorers={scorer.version: scorer, "": None}, rules={rules.version: rules}
        )
        [at] = [r for r in done if r.row.seq == row["seq"] and r.row.stream[2:] == row["stream_id"]]
        event, session = decode_event(at.row.payload), at.step.session
        assert not isinstance(event, Unreadable)
        assert trial.situation == pytest.approx(situation_now(session, event, actions[row["action_id"]]))
        assert trial.expected_minor == pytest.approx(expected_order_minor(session))


async def test_other_traffic_and_older_visits_teach_nothing(pool: asyncpg.Pool) -> None:
    assert await count_first_choices(pool, "shop", "live", SINCE) == 0
    assert await count_first_choices(pool, "shop", "simulated", NOON) == 0
    assert await count_first_choices(pool, "other", "simulated", SINCE) == 0


async def test_what_is_learned_of_them_is_a_response_that_rules_can_hold(pool: asyncpg.Pool) -> None:
    rules = await live_rules(pool)
    priors = {rule.id: PRIORS[offer_kind(rule)] for rule in rules.actions}
    learned = learn(await trials_of(pool, rules), priors)
    assert learned
    for action_id, response in learned.items():
        assert response.session_count > 0
        assert 0 <= response.take_share <= 1
        assert json.dumps(response.weights)
        assert action_id in priors


async def test_learning_makes_one_version_and_no_second_one_of_the_same_visits(postgres_url: str) -> None:
    scorer = load_scorer()
    rules = await shop(postgres_url, TWO_ACTIONS)
    await fill(postgres_url, range(5_000, 5_400), rules, scorer)
    as_demo = await asyncpg.connect(postgres_url)
    await as_demo.execute("UPDATE config.sites SET is_demo = true")
    learning = Learning(postgres_url, partial(learn, least=5))
    assert await learning.learn_once(NOON) == ["shop"]
    assert await learning.learn_once(NOON) == [], "nothing has moved"
    history = await as_demo.fetch(
        "SELECT verb, made_by, note FROM config.rules_history ORDER BY history_id DESC LIMIT 1"
    )
    await as_demo.close()
    assert [(row["verb"], row["made_by"]) for row in history] == [("learn", "learned from visits")]
    pool = await connect(postgres_url)
    live = (await site_of(pool, "shop")).rules()
    await pool.close()
    assert live.responses
    assert live.version != rules.version


def test_what_hardly_moved_is_no_new_belief() -> None:
    before = PRIORS["free_shipping"]
    assert not has_moved(before, before)
    assert has_moved(None, before)
    assert has_moved(replace(before, weights=before.weights[:6], spread=before.spread[:6]), before), (
        "it had no leverage"
    )
    assert has_moved(before, replace(before, take_share=before.take_share + 0.1))
    assert has_moved(before, replace(before, spread=tuple(s / 3 for s in before.spread))), (
        "what is better known is chosen"
    )
    little = replace(before, weights=tuple(w + 0.01 for w in before.weights))
    much = replace(before, weights=tuple(w + 1.0 for w in before.weights))
    assert not has_moved(before, little)
    assert has_moved(before, much)
