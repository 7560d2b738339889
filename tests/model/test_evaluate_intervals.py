"""Intervals: what is drawn again is what is measured, differences are paired, and intervals hold what they promise."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model.compared import _with_intervals
from model.evaluate import ece, metrics
from model.intervals import MEASURES, _measured, between, drawn_again, wilson
from tests.model.shops import planted

steps = st.sampled_from([0.05, 0.2, 0.2000001, 0.5, 0.9])


# shows: D7
@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(steps, st.booleans(), st.integers(0, 3)), min_size=20, max_size=80))
def test_a_session_that_is_drawn_three_times_counts_as_three_sessions(drawn: list[tuple[float, bool, int]]) -> None:
    scores, outcomes = np.array([d[0] for d in drawn]), np.array([float(d[1]) for d in drawn])
    times = np.array([d[2] for d in drawn])
    several = np.repeat(np.arange(len(drawn)), times)
    assume(len(several) > 0)
    assume(0 < outcomes[several].sum() < len(several))
    expected = metrics(scores[several], outcomes[several], click=1)
    found = _measured(scores, outcomes, times[None, :].astype(float))
    for measure in ("auroc", "auprc", "brier"):
        assert found[measure][0] == pytest.approx(expected[measure], abs=1e-6)
    # Bins of equal count are cut between sessions there and may cut one that was drawn twice here.
    assert 0.0 <= found["ece"][0] <= 1.0


# shows: D7
def test_an_interval_holds_the_true_value_about_as_often_as_it_says() -> None:
    scores, outcomes = planted(200_000, 99)
    truth = metrics(scores, outcomes, click=1)
    inside = dict.fromkeys(("auroc", "auprc", "brier"), 0)
    for seed in range(40):
        few_scores, few_outcomes = planted(800, seed)
        drawn = drawn_again({"ours": few_scores}, few_outcomes, seed)["ours"]
        measured = metrics(few_scores, few_outcomes, click=1)
        for measure in inside:
            low, high = between(measured[measure], drawn[measure])
            inside[measure] += low <= truth[measure] <= high
    assert all(count >= 34 for count in inside.values()), inside


# shows: D7
@pytest.mark.parametrize(("stretch", "shift"), [(1.0, 0.0), (0.97, 0.03), (0.9, 0.1), (0.6, 0.5)])
def test_the_calibration_errors_interval_holds_the_true_one_also_where_that_is_nothing(
    stretch: float, shift: float
) -> None:
    many, _ = planted(200_000, 99, stretch=stretch, shift=shift)
    truth = ece(many, 1.0 / (1.0 + np.exp(-(stretch * np.log(many / (1.0 - many)) + shift))))
    inside, surely_off = 0, 0
    for seed in range(40):
        scores, outcomes = planted(1500, seed, stretch=stretch, shift=shift)
        drawn = drawn_again({"ours": scores}, outcomes, seed)["ours"]
        row = _with_intervals(metrics(scores, outcomes, click=1), drawn, scores)
        inside += row["ece_low"] <= truth <= row["ece_high"]
        surely_off += row["ece_low"] > 0.0
    assert inside >= 34
    if shift == 0.0:
        assert surely_off <= 4, "true chances are called wrong hardly ever"
    if shift == 0.5:
        assert surely_off == 40, "scores that are far off are always called wrong"


# shows: D6
def test_a_difference_is_paired_so_that_a_slightly_worse_model_is_told_from_a_better_one() -> None:
    scores, outcomes = planted(2000, 5)
    worse = scores + np.random.default_rng(1).normal(0, 0.12, len(scores))
    drawn = drawn_again({"ours": scores, "other": worse, "same": scores.copy()}, outcomes, 1)
    low, _ = np.quantile(drawn["ours"]["auroc"] - drawn["other"]["auroc"], (0.025, 0.975))
    alone = np.quantile(drawn["other"]["auroc"], 0.975) > np.quantile(drawn["ours"]["auroc"], 0.025)
    assert low > 0
    assert alone
    assert all(np.array_equal(drawn["ours"][m], drawn["same"][m]) for m in MEASURES)


def test_the_same_seed_draws_the_same_sessions_and_another_one_others() -> None:
    scores, outcomes = planted(300, 1)
    first, again, other = (drawn_again({"a": scores}, outcomes, seed)["a"]["auroc"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@given(st.integers(1, 400), st.floats(0, 1))
def test_a_share_s_interval_holds_it_and_shrinks_with_more_of_the_same(count: int, share: float) -> None:
    hits = round(share * count)
    low, high = wilson(hits, count)
    assert 0.0 <= low <= hits / count <= high <= 1.0
    more_low, more_high = wilson(10 * hits, 10 * count)
    assert more_high - more_low < high - low


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert between(0.5, np.array([np.nan, np.nan])) == (0.5, 0.5)
