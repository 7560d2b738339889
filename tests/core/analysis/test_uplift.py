"""Whom it moves: tenths, the Qini curve and discounts that bought nothing, beside slower ways to reckon them."""

from itertools import pairwise

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from core.analysis.sequential import width_factor
from core.analysis.uplift import by_tenth, moved, qini
from core.analysis.visits import Visits
from core.analysis.wasted import wasted
from model.simulator.experiments import Kind, Scenario, draw

RAMP = (0.2,) * 10 + (0.5,) * 10 + (0.8,)
ONE_KIND = {"visits": Kind(1.0, 0.08, 0.12)}


def experiment(seed: int = 1, count: int = 20_000, share: float = 0.4) -> tuple[Visits, np.ndarray]:
    """Those with a high score are moved most: the chance to buy is s held back and s + s^2 treated."""
    chance = np.random.default_rng(seed)
    drawn = draw(Scenario(kinds=ONE_KIND, day_count=1, visits_per_day=count), seed).visits
    score = np.round(chance.beta(2, 5, count), 3)
    treated = chance.random(count) < share
    bought = chance.random(count) < score + np.where(treated, score**2, 0.0)
    return drawn._replace(score=score, is_treated=treated, converted=bought.astype(np.float64)), np.zeros(
        count, dtype=np.int64
    )


# shows: H7
def test_each_tenth_has_its_own_lift_and_interval() -> None:
    visits, period = experiment()
    tenths = by_tenth(visits, period)
    assert len(tenths) == 10
    assert sum(t.visit_count for t in tenths) == 20_000
    assert all(a.score_to < b.score_from for a, b in pairwise(tenths))
    for tenth in tenths[1:]:
        rows = (visits.score >= tenth.score_from) & (visits.score <= tenth.score_to)
        ours, others = visits.converted[rows & visits.is_treated], visits.converted[rows & ~visits.is_treated]
        assert tenth.lift == pytest.approx(ours.mean() - others.mean())
        low, high = confint_proportions_2indep(ours.sum(), len(ours), others.sum(), len(others), method="wald")
        assert tenth.low is not None
        assert tenth.high is not None
        wider = width_factor(int(rows.sum())) / 1.959964
        assert 1.0 <= (tenth.high - tenth.low) / (high - low) / wider < 1.25
        assert tenth.low < (visits.score[rows] ** 2).mean() < tenth.high


def test_a_tenth_with_too_little_says_so_and_visits_without_a_score_are_in_none() -> None:
    visits, period = experiment(count=600)
    tenths = by_tenth(visits._replace(score=np.where(np.arange(600) < 100, np.nan, visits.score)), period)
    assert sum(t.visit_count for t in tenths) == 500
    assert any(t.lift is None and t.reason for t in tenths)
    assert by_tenth(visits._replace(score=np.full(600, np.nan)), period) == ()
    assert len(by_tenth(visits._replace(score=np.full(600, 0.5)), period)) == 1


def test_whom_it_moves_is_told_from_rows_as_the_lift_is_and_without_scores_it_is_not() -> None:
    told = draw(Scenario(kinds=ONE_KIND, treatment_shares=RAMP, unscored_share=0.1), 3)
    found = moved(told.rows())
    assert sum(t.visit_count for t in found.tenths) == (~np.isnan(told.visits.score)).sum()
    assert found.by_score is not None
    assert found.by_score.low > 0, "whoever would buy more often is moved more where an offer multiplies the chance"
    assert moved(draw(Scenario(kinds=ONE_KIND, unscored_share=1.0), 3).rows()).by_score is None
    assert moved(draw(Scenario(kinds=ONE_KIND, treatment_shares=(1.0,)), 3).rows()).tenths == ()
    assert moved([]).tenths == ()


def slow_gain(visits: Visits, value: np.ndarray) -> float:
    """Treat the best n, for every n, by counting conversions in either arm; one period, so shares are the arms' own."""
    order = np.argsort(-value, kind="stable")
    treated, bought = visits.is_treated[order], visits.converted[order]
    share = treated.mean()
    ours, others = bought[treated].mean(), bought[~treated].mean()
    effect = ours - others + np.where(treated, (bought - ours) / share, -(bought - others) / (1 - share))
    curve = np.cumsum(effect) / len(effect)
    line = curve[-1] * np.arange(1, len(effect) + 1) / len(effect)
    return float((curve - line).mean())


def test_the_gain_is_the_area_between_the_curve_and_the_line() -> None:
    visits, period = experiment()
    value = visits.score + np.arange(len(period)) * 1e-9
    found = qini(visits, period, value)
    assert found.gain == pytest.approx(slow_gain(visits, value), abs=2e-5)
    assert found.low > 0, "a score that is worth choosing by is seen to be"
    turned = qini(visits, period, -value)
    assert turned.gain == pytest.approx(-found.gain, abs=1e-6)
    assert found.curve[-1].extra == pytest.approx(
        visits.converted[visits.is_treated].mean() - visits.converted[~visits.is_treated].mean()
    )
    assert [s.treated_share for s in found.curve] == pytest.approx(np.arange(1, 11) / 10)


def test_the_gains_error_is_what_drawing_again_finds() -> None:
    visits, period = experiment(count=4_000)
    found = qini(visits, period, visits.score)
    chance = np.random.default_rng(9)
    drawn = []
    for _ in range(400):
        rows = chance.integers(0, 4_000, 4_000)
        drawn.append(qini(visits.of(rows), period, visits.score[rows]).gain)
    error = (found.high - found.low) / 2 / width_factor(4_000)
    assert error == pytest.approx(np.std(drawn), rel=0.12)


def test_choosing_by_what_means_nothing_gains_nothing_and_the_truth_is_held_on_a_ramp() -> None:
    missed = 0
    for seed in range(40):
        found = draw(Scenario(kinds=ONE_KIND, day_count=28, visits_per_day=300, treatment_shares=RAMP, trend=2.0), seed)
        period = np.unique(found.visits.treatment_probability, return_inverse=True)[1].astype(np.int64)
        nothing = qini(found.visits, period, np.random.default_rng(seed).random(len(period)))
        missed += not nothing.low < 0 < nothing.high
    assert missed <= 1


def test_equal_values_gain_nothing_at_all() -> None:
    visits, period = experiment(count=2_000)
    found = qini(visits, period, np.ones(2_000))
    assert found.gain == pytest.approx(0.0, abs=1e-12)


# shows: H7
@pytest.mark.parametrize("shares", [(0.5,), RAMP])
def test_what_went_to_those_who_would_have_bought_is_held_by_the_interval(shares: tuple[float, ...]) -> None:
    scenario = Scenario(kinds=ONE_KIND, visits_per_day=1_500, treatment_shares=shares, discount_minor=500)
    found = draw(scenario, 4)
    period = np.unique(found.visits.treatment_probability, return_inverse=True)[1].astype(np.int64)
    told = wasted(found.visits, period, found.discount_minor)
    treated, held_back = found.truth.conversion
    assert told.given_minor == 500 * found.visits.converted[found.visits.is_treated].sum()
    assert told.share is not None
    assert told.share_low is not None
    assert told.share_high is not None
    assert told.share_low < held_back / treated < told.share_high < 1.0
    assert told.wasted_minor == pytest.approx(told.given_minor * told.share)


def test_where_everybody_would_have_bought_all_of_it_is_wasted_and_of_too_few_nothing_is_said() -> None:
    sure = draw(Scenario(kinds={"sure_things": Kind(1.0, 0.8, 0.8)}, discount_minor=500), 4)
    one = np.zeros(len(sure.kind), dtype=np.int64)
    told = wasted(sure.visits, one, sure.discount_minor)
    assert told.share_high == 1.0
    assert told.share_low is not None
    assert told.share_low > 0.95
    few = sure.visits.of(np.arange(12))
    assert wasted(few, one[:12], sure.discount_minor[:12]).share is None
