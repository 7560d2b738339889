"""Lessons in chances: nearer to the truth than what happened once, and never a session's own outcome handed back."""

from collections.abc import Sequence

import numpy as np
import pytest

from model.dataset import Encoded, encode_session
from model.distil import with_lessons
from model.train import Plan
from tests.model.builders import page, visit

CHANCES = {"home": 0.1, "product": 0.4, "cart": 0.8}
PLAN = Plan(seed=3, epochs=4, batch=64)


def planted(count: int, seed: int) -> tuple[list[Encoded], list[float]]:
    """Two clicks a visit; the second page decides the chance to buy, and luck the outcome."""
    chance = np.random.default_rng(seed)
    sessions, truths = [], []
    for _ in range(count):
        kind = str(chance.choice(list(CHANCES)))
        bought = bool(chance.random() < CHANCES[kind])
        sessions.append(encode_session(visit(page("listing"), page(kind), has_bought=bought)))
        truths.append(CHANCES[kind])
    return sessions, truths


@pytest.fixture(scope="module")
def taught() -> tuple[Sequence[Encoded], Sequence[Encoded], Sequence[float]]:
    sessions, truths = planted(1_000, 1)
    return sessions, with_lessons(sessions, planted(200, 2)[0], PLAN), truths


def test_a_lesson_is_nearer_to_the_chance_than_the_outcome_is(
    taught: tuple[Sequence[Encoded], Sequence[Encoded], Sequence[float]],
) -> None:
    before, after, truths = taught
    at_second = np.array([session.targets[1, 0] for session in after])
    assert np.abs(at_second - truths).mean() < 0.06
    assert np.abs(np.array([session.has_bought for session in before]) - truths).mean() > 0.3


def test_visits_that_look_alike_learn_alike_whether_they_bought_or_not(
    taught: tuple[Sequence[Encoded], Sequence[Encoded], Sequence[float]],
) -> None:
    _, after, truths = taught
    for truth in CHANCES.values():
        alike = [s for s, t in zip(after, truths, strict=True) if t == truth]
        bought, others = ([s.targets[1, 0] for s in alike if s.has_bought is was] for was in (True, False))
        assert abs(np.mean(bought) - np.mean(others)) < 0.04


def test_only_the_purchase_head_is_taught_otherwise_and_the_sessions_stay_as_they_were(
    taught: tuple[Sequence[Encoded], Sequence[Encoded], Sequence[float]],
) -> None:
    before, after, _ = taught
    for old, new in zip(before, after, strict=True):
        assert np.array_equal(old.targets[:, 1:], new.targets[:, 1:])
        assert np.array_equal(old.numbers, new.numbers)
        assert set(np.unique(old.targets[:, 0])) <= {0.0, 1.0}


def test_too_few_sessions_are_left_as_they_are() -> None:
    few, _ = planted(60, 4)
    assert with_lessons(few, few[:10], PLAN) == few
