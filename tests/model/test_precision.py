"""Precision levels: what is stated holds on new sessions, and what the data cannot support is refused in words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.precision import CHOSEN_LEAST, HALF_WIDTH_MOST, Level, Unsupported, level_for, threshold_for
from model.report.levels import rules_lines
from tests.model.shops import planted

Floats = NDArray[np.float64]


# shows: E2
def test_the_precision_that_is_stated_holds_on_new_sessions() -> None:
    inside, half_widths, reached = 0, [], []
    for seed in range(10):
        scores, outcomes = planted(5000, seed)
        level = level_for(scores, outcomes, 0.6, seed)
        assert isinstance(level, Level)
        new_scores, new_outcomes = planted(5000, 1000 + seed)
        precision = float(new_outcomes[new_scores >= level.threshold].mean())
        inside += level.low <= precision <= level.high
        half_widths.append((level.high - level.low) / 2.0)
        reached.append(precision)
    assert inside >= 9
    assert np.median(half_widths) <= 0.05
    assert np.mean(reached) == pytest.approx(0.6, abs=0.02)


def test_scores_that_come_in_steps_are_judged_by_sessions_that_chose_nothing() -> None:
    """Two steps around the target: whether the lower one is taken is luck, so what is stated may not include that luck."""
    inside = 0
    for seed in range(40):
        chance = np.random.default_rng(seed)
        scores, new = (chance.choice([0.1, 0.5, 0.6, 0.9], 3000, p=[0.4, 0.2, 0.2, 0.2]) for _ in range(2))
        rates = {0.1: 0.1, 0.5: 0.45, 0.6: 0.55, 0.9: 0.8}
        outcomes, new_outcomes = (
            (chance.random(3000) < np.vectorize(rates.get)(s)).astype(float) for s in (scores, new)
        )
        level = level_for(scores, outcomes, 0.6, seed)
        assert isinstance(level, Level)
        inside += level.low <= float(new_outcomes[new >= level.threshold].mean()) <= level.high
    assert inside >= 36


# shows: E2
def test_a_level_that_is_only_luck_is_not_granted() -> None:
    """Scores that know nothing: the best few of a sample reach any share by luck, and nothing holds up."""
    chance = np.random.default_rng(3)
    granted = 0
    for seed in range(20):
        scores, outcomes = chance.random(1000), (chance.random(1000) < 0.3).astype(float)
        granted += isinstance(level_for(scores, outcomes, 0.5, seed), Level)
    assert granted == 0


@pytest.mark.parametrize(
    ("scores", "outcomes", "target", "says"),
    [
        (np.linspace(0, 1, 400), np.zeros(400), 0.5, "none bought"),
        (np.linspace(0, 1, 400), np.ones(400), 0.5, "all bought"),
        (np.array([]), np.array([]), 0.5, "none bought"),
        (np.linspace(0, 1, 400), np.tile([0.0, 1.0], 200), 0.4, "a level must ask for more than that"),
        (np.full(400, 0.3), np.repeat([1.0, 0.0], [100, 300]), 0.5, "the best known one reaches 25 %"),
        (np.linspace(0, 1, 400), np.repeat([0.0, 1.0], [365, 35]), 0.95, "a part of these sessions does not show them"),
        (np.linspace(0, 1, 200), (np.linspace(0, 1, 200) > 0.79).astype(float), 0.75, "would settle it"),
    ],
    ids=["nobody", "everybody", "no sessions", "below the base", "one score", "only in all of them", "too few"],
)
def test_what_the_data_cannot_support_is_refused_in_words(
    scores: Floats, outcomes: Floats, target: float, says: str
) -> None:
    refused = level_for(scores, outcomes, target, 1)
    assert isinstance(refused, Unsupported)
    assert says in refused.reason
    assert rules_lines(refused, 0.15) == ()


def test_more_precision_chooses_fewer() -> None:
    scores, outcomes = planted(20_000, 7)
    levels = [level_for(scores, outcomes, target, 1) for target in (0.5, 0.6, 0.7)]
    known = [level for level in levels if isinstance(level, Level)]
    assert len(known) == 3
    assert [level.chosen for level in known] == sorted((level.chosen for level in known), reverse=True)
    assert [level.threshold for level in known] == sorted(level.threshold for level in known)
    assert all((level.high - level.low) / 2.0 <= HALF_WIDTH_MOST for level in known)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), min_size=40, max_size=200),
    st.floats(0.05, 0.95),
)
def test_a_threshold_reaches_its_target_where_it_was_chosen_and_no_lower_one_does(
    drawn: list[tuple[float, bool]], target: float
) -> None:
    scores, outcomes = np.array([s for s, _ in drawn]), np.array([float(o) for _, o in drawn])
    found = threshold_for(scores, outcomes, target)
    fitting = [
        float(score)
        for score in np.unique(scores)
        if (scores >= score).sum() >= CHOSEN_LEAST
        and outcomes[scores >= score].sum() >= target * (scores >= score).sum()
    ]
    assert found == (min(fitting) if fitting else None)


# shows: E2
def test_the_lines_for_the_rules_are_taken_by_the_rules() -> None:
    from core.rules_text import parse_rules

    level = Level(0.6, 0.4321, 5000, 900, 0.18, 0.6, 0.57, 0.63)
    low = Level(0.6, 0.1, 5000, 900, 0.18, 0.6, 0.57, 0.63)
    assert rules_lines(level, 0.15) == ("[segments]", "likely_to_buy_at = 0.4321")
    for one in (level, low):
        rules = parse_rules("\n".join(rules_lines(one, 0.15)))
        assert rules.segments.on_the_fence_at < rules.segments.likely_to_buy_at == one.threshold
