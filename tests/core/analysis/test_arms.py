"""Means, differences and ratios of the arms, each beside another way to reckon the same."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from core.analysis.arms import means_of, per_unit
from core.analysis.contrast import difference, relative
from core.analysis.sequential import width_factor
from core.analysis.tails import cap
from core.analysis.visits import Bools, Floats, Ints


def ramp(seed: int, count: int = 6_000) -> tuple[Floats, Bools, Ints, Floats]:
    """Values, arms, periods and a score in which later visits are treated more often and buy more often anyway."""
    chance = np.random.default_rng(seed)
    period = np.repeat([0, 1, 2], count // 3)
    treated = chance.random(len(period)) < np.array([0.1, 0.5, 0.9])[period]
    score = chance.beta(2, 8, len(period)) * np.array([0.5, 1.0, 2.0])[period]
    return (chance.random(len(period)) < score).astype(np.float64), treated, period, score


def test_one_period_is_welchs_difference() -> None:
    values, _, _, _ = ramp(1)
    treated = np.random.default_rng(1).random(len(values)) < 0.4
    found = difference(means_of(values, treated, np.zeros(len(values), dtype=np.int64)))
    theirs = stats.ttest_ind(values[treated], values[~treated], equal_var=False)
    assert found.value == pytest.approx(values[treated].mean() - values[~treated].mean())
    # Never surer than Welch, and hardly less: the arms' own spreads are alike here.
    assert 1.0 <= found.standard_error * theirs.statistic / found.value <= 1.05


def test_periods_are_post_stratified_by_hand() -> None:
    values, treated, period, _ = ramp(2)
    found = means_of(values, treated, period)
    parts, variance = [], 0.0
    for number in range(3):
        ours, others = values[treated & (period == number)], values[~treated & (period == number)]
        weight = (period == number).mean()
        parts.append(weight * (ours.mean() - others.mean()))
        together = ((ours - ours.mean()) ** 2).sum() + ((others - others.mean()) ** 2).sum()
        together /= len(ours) + len(others) - 2
        variance += weight**2 * sum(max(together, side.var(ddof=1)) / len(side) for side in (ours, others))
    assert difference(found).value == pytest.approx(sum(parts))
    assert difference(found).standard_error == pytest.approx(np.sqrt(variance), rel=1e-3)


# shows: H6
def test_with_the_score_held_equal_it_is_a_regression_with_a_slope_for_each_arm() -> None:
    """The slopes are those of all periods together, so one period is where the two must be the same."""
    values, _, _, score = ramp(3)
    treated = np.random.default_rng(3).random(len(values)) < 0.4
    centred = score - score.mean()
    design = sm.add_constant(np.column_stack([treated, centred, treated * centred]))
    theirs = sm.OLS(values, design).fit(cov_type="HC2")
    found = difference(means_of(values, treated, np.zeros(len(values), dtype=np.int64), score[:, None]))
    assert found.value == pytest.approx(theirs.params[1], rel=1e-9)
    assert found.standard_error == pytest.approx(theirs.bse[1], rel=0.03)
    assert found.standard_error >= theirs.bse[1]


def test_a_pooled_comparison_of_a_ramp_sees_an_effect_where_none_is_and_periods_do_not() -> None:
    values, treated, period, _ = ramp(4, count=30_000)
    pooled = difference(means_of(values, treated, np.zeros(len(values), dtype=np.int64)))
    by_period = difference(means_of(values, treated, period))
    assert pooled.low > 0
    assert by_period.low < 0 < by_period.high


def test_a_difference_leaves_0_out_where_the_ratio_does() -> None:
    for seed in range(40):
        chance = np.random.default_rng(seed)
        treated = chance.random(4_000) < 0.5
        values = (chance.random(4_000) < np.where(treated, 0.14, 0.1)).astype(np.float64)
        means = means_of(values, treated, np.zeros(4_000, dtype=np.int64))
        gap, ratio = difference(means), relative(means)
        assert ratio is not None
        assert (gap.low > 0) == (ratio.low > 0)
        assert ratio.low < ratio.value < (ratio.high or np.inf)


def test_the_ratio_is_fiellers_by_the_quadratic_formula() -> None:
    values, treated, period, _ = ramp(5)
    means = means_of(values, treated, period)
    covariance = means.covariance()
    factor = width_factor(len(values)) ** 2
    a = means.held_back**2 - factor * covariance[1, 1]
    b = -2.0 * (means.treated * means.held_back - factor * covariance[0, 1])
    c = means.treated**2 - factor * covariance[0, 0]
    low, high = sorted(np.roots([a, b, c]).real)
    found = relative(means)
    assert found is not None
    assert found.low == pytest.approx(low - 1.0, abs=1e-6)
    assert found.high == pytest.approx(high - 1.0, abs=1e-6)


def test_where_the_held_back_visits_did_nothing_there_is_no_ratio_and_where_they_did_little_no_upper_end() -> None:
    treated = np.arange(400) % 2 == 0
    one = np.zeros(400, dtype=np.int64)
    assert relative(means_of(treated.astype(np.float64), treated, one)) is None
    few = np.where(treated, np.arange(400) % 4 == 0, np.arange(400) < 6).astype(np.float64)
    found = relative(means_of(few, treated, one))
    assert found is not None
    assert found.high is None


def test_order_value_has_the_error_that_drawing_again_finds() -> None:
    chance = np.random.default_rng(6)
    treated = chance.random(5_000) < 0.4
    orders = (chance.random(5_000) < 0.1).astype(np.float64)
    revenue = orders * chance.lognormal(8, 0.5, 5_000)
    one = np.zeros(5_000, dtype=np.int64)
    found = difference(per_unit(means_of(revenue, treated, one), means_of(orders, treated, one)))
    assert found.value == pytest.approx(
        revenue[treated & (orders > 0)].mean() - revenue[~treated & (orders > 0)].mean()
    )
    drawn = []
    for _ in range(1_000):
        rows = chance.integers(0, 5_000, 5_000)
        t, o, r = treated[rows], orders[rows], revenue[rows]
        drawn.append(r[t].sum() / o[t].sum() - r[~t].sum() / o[~t].sum())
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.1)


def test_a_small_arm_that_was_lucky_is_not_sure_of_it() -> None:
    """Two orders in a tenth of the visits: their own spread says nothing of how many there might have been."""
    treated = np.arange(1_000) >= 100
    values = np.where(treated, np.arange(1_000) % 10 == 0, np.arange(1_000) < 2).astype(np.float64)
    found = difference(means_of(values, treated, np.zeros(1_000, dtype=np.int64)))
    own = np.sqrt(values[treated].var(ddof=1) / 900 + values[~treated].var(ddof=1) / 100)
    assert found.standard_error > 1.5 * own


def test_the_cap_never_looks_at_the_arm_and_says_what_it_took() -> None:
    amounts = np.concatenate([np.zeros(500), np.arange(1.0, 301.0), [100_000.0], [-5.0, -6.0]])
    capped, told = cap(amounts)
    assert capped.max() == told.cap_minor < 400
    assert told.cut_count == 3
    assert told.cut_share == pytest.approx((amounts - capped).sum() / np.abs(amounts).sum())
    assert (np.minimum(amounts, capped) == capped).all()
    assert (cap(np.zeros(5))[0] == 0).all()
