"""How many days to an answer, for the rule that is used."""

from math import ceil

import numpy as np
import pytest
import statsmodels.stats.power as smp

from core.analysis.power import days_to_answer, seen_by_now, visits_needed
from core.analysis.sequential import width_factor
from core.errors import NotEnoughData


# shows: H6
def test_the_visits_that_are_named_have_the_power_that_they_promise() -> None:
    needed = visits_needed(0.02, 0.12 * 0.88, 0.10 * 0.90, 0.3)
    chance = np.random.default_rng(1)
    treated, held_back = int(needed * 0.3), int(needed * 0.7)
    ours = chance.binomial(treated, 0.12, 4_000) / treated
    others = chance.binomial(held_back, 0.10, 4_000) / held_back
    error = np.sqrt(ours * (1 - ours) / treated + others * (1 - others) / held_back)
    assert (ours - others > width_factor(needed) * error).mean() == pytest.approx(0.85, abs=0.025)


def test_a_fixed_test_needs_fewer_visits_by_what_looking_daily_costs() -> None:
    needed = visits_needed(0.1, 1.0, 1.0, 0.5)
    fixed = 2 * smp.NormalIndPower().solve_power(0.1, alpha=0.05, power=0.85)
    assert needed / fixed == pytest.approx(((width_factor(needed) + 1.0364) / (1.96 + 1.0364)) ** 2, rel=0.01)


def test_days_are_visits_by_pace() -> None:
    plan = days_to_answer(0.03, 5_000, 0.12)
    needed = visits_needed(0.0036, 0.0336 * 0.9664, 0.03 * 0.97, 0.5)
    assert plan.day_count == ceil(needed / 5_000) == 37
    assert plan.visit_count == 37 * 5_000
    assert days_to_answer(0.03, 5_000, 0.12, 0.9).day_count > 2.5 * plan.day_count


@pytest.mark.parametrize(
    ("base", "pace", "lift", "share", "said"),
    [
        (0.03, 100, 0.02, 0.5, "below power"),
        (0.03, 0, 0.1, 0.5, "no visits"),
        (0.0, 100, 0.1, 0.5, "between 0 and 1"),
        (0.6, 100, 0.8, 0.5, "between 0 and 1"),
        (0.03, 100, 0.1, 1.0, "held back"),
        (0.03, 100, 0.0, 0.5, "differ"),
    ],
)
def test_below_power_is_said_plainly_and_with_the_next_step(
    base: float, pace: float, lift: float, share: float, said: str
) -> None:
    with pytest.raises(NotEnoughData, match=said):
        days_to_answer(base, pace, lift, share)


def test_what_could_be_seen_by_now_shrinks_to_what_was_hoped_for() -> None:
    early = seen_by_now(0.004, 0.03, visit_count=10_000, span_days=2.0, treatment_share=0.5, expected_lift=0.1)
    assert early.is_below
    assert early.smallest_lift_share > 0.4
    assert early.more_day_count is not None
    assert early.more_day_count > 10
    late = seen_by_now(0.0005, 0.03, visit_count=600_000, span_days=100.0, treatment_share=0.5, expected_lift=0.1)
    assert not late.is_below
    assert late.more_day_count == 0
