"""Periods of one allocation, found from who was treated when."""

from itertools import pairwise

import numpy as np
import pytest

from core.analysis.periods import BLUR_MOST, EACH_ARM_LEAST, from_arms, from_probabilities, judge, refined


def arms(shares: list[float], each: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    meant = np.repeat(shares, each)
    return np.arange(len(meant), dtype=np.float64), chance.random(len(meant)) < meant, meant


def test_each_step_of_a_ramp_is_found_within_a_few_visits() -> None:
    at, treated, _ = arms([0.05, 0.1, 0.25, 0.5, 0.9], 3_000)
    period = from_arms(at, treated)
    cuts = np.flatnonzero(np.diff(period)) + 1
    assert len(cuts) == 4
    assert np.abs(cuts - np.arange(3_000, 15_000, 3_000)).max() < 400


def test_an_allocation_that_never_changed_is_one_period() -> None:
    split = [from_arms(*arms([share], 10_000, seed)[:2]).max() > 0 for share in (0.5, 0.9) for seed in range(100)]
    assert sum(split) <= 2


def test_visits_of_one_moment_are_never_parted() -> None:
    at, treated, _ = arms([0.1, 0.9], 2_000)
    days = at // 500
    period = from_arms(days, treated)
    assert all(
        a == b or day_a != day_b for (a, b), (day_a, day_b) in zip(pairwise(period), pairwise(days), strict=True)
    )
    assert period.max() == 1


def test_times_of_one_logged_probability_are_one_period_and_a_change_within_it_is_found() -> None:
    at, treated, meant = arms([0.5, 0.9, 0.5], 2_000)
    period = from_probabilities(meant)
    assert (period == np.repeat([0, 1, 0], 2_000)).all()
    assert refined(period, at, treated).max() == 1
    treated[5_000:] = True
    assert refined(period, at, treated).max() == 2


def test_very_many_probabilities_are_taken_together() -> None:
    probability = np.random.default_rng(1).random(5_000)
    period = from_probabilities(probability)
    assert period.max() == 19
    assert all(probability[period == n].max() <= probability[period == n + 1].min() for n in range(19))


def test_a_period_of_one_arm_alone_is_left_out_and_so_is_one_that_would_blur_the_rest() -> None:
    at, treated, meant = arms([0.0, 0.01, 0.1, 0.5, 0.9], 4_000)
    told = judge(from_probabilities(meant), at, treated)
    assert [p.is_counted for p in told] == [False, False, True, True, True]
    assert "one arm to compare" in told[0].reason
    assert "blur" in told[1].reason
    assert sum(p.visit_count for p in told) == 20_000


@pytest.mark.parametrize("seed", range(8))
def test_as_many_visits_are_kept_as_the_answer_can_bear(seed: int) -> None:
    chance = np.random.default_rng(seed)
    at, treated, meant = arms(list(chance.beta(0.5, 0.5, 6)), 3_000, seed)
    told = judge(from_probabilities(meant), at, treated)
    usable = [i for i, p in enumerate(told) if min(p.treated_count, p.visit_count - p.treated_count) >= EACH_ARM_LEAST]

    def variance(kept: list[int]) -> float:
        counts = np.array([told[i].visit_count for i in kept], dtype=float)
        p = np.array([told[i].treated_count / told[i].visit_count for i in kept])
        return float((counts / (p * (1 - p))).sum() / counts.sum() ** 2)

    subsets = [[i for i in usable if subset >> i & 1] for subset in range(1, 64)]
    best = min(variance(kept) for kept in subsets if kept)
    chosen = [i for i, p in enumerate(told) if p.is_counted]
    assert variance(chosen) <= BLUR_MOST * best * (1 + 1e-9)
    assert all(variance([*chosen, more]) > BLUR_MOST * best for more in usable if more not in chosen)
