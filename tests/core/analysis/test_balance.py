"""Is this the experiment that was meant?"""

import numpy as np
import pytest
from scipy import stats

from core.analysis.balance import claims_too_often, guessed, sample_ratio, score_balance, usual_share


def one(treated: int, count: int, expected: float) -> tuple[bool, float]:
    arms = np.arange(count) < treated
    found = sample_ratio(
        np.arange(count, dtype=np.float64), arms, np.zeros(count, dtype=np.int64), np.full(count, expected), "given"
    )
    return found.is_ok, found.p_value


# shows: H5
@pytest.mark.parametrize(
    ("treated", "count", "share"), [(5_100, 10_000, 0.5), (5_300, 10_000, 0.5), (8_950, 10_000, 0.9)]
)
def test_the_ratio_is_pearsons_chi_square(treated: int, count: int, share: float) -> None:
    theirs = stats.chisquare([treated, count - treated], [count * share, count * (1 - share)]).pvalue
    is_ok, p_value = one(treated, count, share)
    assert is_ok == (theirs >= 0.001)
    assert p_value == pytest.approx(theirs)


def test_few_visits_are_judged_exactly() -> None:
    assert one(9, 12, 0.5)[1] == pytest.approx(stats.binomtest(9, 12, 0.5).pvalue)
    assert one(3, 20, 0.01)[1] == pytest.approx(2 * stats.binom.sf(2, 20, 0.01))
    assert one(3, 20, 0.01)[0]


def test_where_nobody_was_meant_to_be_held_back_one_who_is_is_a_fault() -> None:
    assert one(500, 500, 1.0) == (True, 1.0)
    assert not one(499, 500, 1.0)[0]


def test_of_sound_experiments_hardly_any_is_called_a_fault() -> None:
    chance = np.random.default_rng(1)
    faults = sum(not one(int(chance.binomial(8_000, 0.9)), 8_000, 0.9)[0] for _ in range(1_000))
    assert faults <= 6


def test_a_fault_of_one_period_is_not_hidden_by_the_others() -> None:
    period = np.repeat(np.arange(10), 2_000)
    treated = np.tile(np.arange(2_000) < 1_000, 10)
    treated[2_000 : 2_000 + 1_120] = True
    found = sample_ratio(np.arange(20_000, dtype=np.float64), treated, period, np.full(20_000, 0.5), "logged")
    assert not found.is_ok
    assert [p.p_value < 0.001 for p in found.periods] == [False, True] + [False] * 8


def test_the_share_that_was_meant_is_the_nearest_usual_one_and_a_holdout_is_told_apart() -> None:
    assert usual_share(0.507) == 0.5
    assert usual_share(0.338) == 1 / 3
    # Of two halves a sixth of one was lost: that was meant by nobody.
    assert usual_share(1 / (1 + 5 / 6)) == usual_share(5 / 6 / (1 + 5 / 6)) == 0.5
    assert usual_share(1.0) == 1.0
    treated = np.arange(10_000) < 8_100
    holdout = np.arange(10_000) >= 9_000
    period = np.zeros(10_000, dtype=np.int64)
    none = np.zeros(10_000, dtype=np.bool_)
    assert guessed(treated, holdout, period) == pytest.approx([0.81])
    assert guessed(treated, none, period) == pytest.approx([0.8])
    # Half of all treated and 15 % of all held out: no usual share of the rest, but a usual one of all.
    assert guessed(np.arange(10_000) < 5_010, np.arange(10_000) >= 8_500, period) == pytest.approx([0.5])


def test_held_back_visits_of_any_two_names_are_still_a_half_of_all() -> None:
    chance = np.random.default_rng(4)
    for seed_share in (0.5, 0.25, 0.1):
        treated = chance.random(20_000) < 0.5
        holdout = ~treated & (chance.random(20_000) < seed_share)
        assert guessed(treated, holdout, np.zeros(20_000, dtype=np.int64)) == pytest.approx([0.5]), seed_share


def test_where_the_share_changed_every_day_nothing_is_guessed() -> None:
    treated, none = np.arange(10_000) % 3 == 0, np.zeros(10_000, dtype=np.bool_)
    assert guessed(treated, none, np.arange(10_000) * 5 // 10_000) is not None
    assert guessed(treated, none, np.arange(10_000) * 6 // 10_000) is None


def test_scores_that_differ_before_anything_was_shown_are_a_fault() -> None:
    chance = np.random.default_rng(2)
    score, period = chance.beta(2, 8, 10_000), np.zeros(10_000, dtype=np.int64)
    fair = score_balance(score, chance.random(10_000) < 0.5, period)
    unfair = score_balance(score, chance.random(10_000) < 0.4 + score, period)
    assert fair is not None
    assert fair.is_ok
    assert unfair is not None
    assert not unfair.is_ok
    assert score_balance(np.full(100, 0.2), np.arange(100) < 50, np.zeros(100, dtype=np.int64)) is None


def test_an_a_a_self_test_calls_too_many_claims_and_not_a_few() -> None:
    assert not claims_too_often(8, 100)
    assert claims_too_often(20, 100)
    assert not claims_too_often(0, 0)
    # Never called by accident: so many claims have a chance below one in a thousand.
    least = next(n for n in range(101) if claims_too_often(n, 100))
    assert stats.binom.sf(least - 1, 100, 0.05) < 0.003
