"""What the lift report says of whole experiments with a planted truth, and of experiments with a planted fault."""

from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace

from core.analysis.allocation import Wish
from core.analysis.report import LiftReport, lift_report, report_of
from core.analysis.visits import Row
from model.simulator.experiments import FOUR_KINDS, NO_EFFECT, SLEEPING_DOGS, Experiment, Scenario, draw, lifted

RAMP = (0.05,) * 4 + (0.2,) * 6 + (0.5,) * 10 + (0.9,)


def told(experiment: Experiment, wish: Wish | None = None) -> LiftReport:
    return report_of(experiment.visits, experiment.exposure(), wish or Wish())


# shows: H4
@pytest.mark.parametrize(
    ("scenario", "verdict"),
    [
        (Scenario(kinds=FOUR_KINDS, visits_per_day=3_000), "lift"),
        (Scenario(kinds=NO_EFFECT), "no_claim"),
        (Scenario(kinds=SLEEPING_DOGS, visits_per_day=4_000), "harm"),
        (Scenario(kinds=lifted(0.3), treatment_shares=RAMP, trend=2.0, visits_per_day=4_000), "lift"),
        (Scenario(kinds=lifted(0.0), treatment_shares=RAMP, trend=3.0), "no_claim"),
        (Scenario(kinds=lifted(0.0), treatment_shares=(0.9, 0.9, 0.5, 0.1), trend=3.0), "no_claim"),
        (Scenario(kinds=lifted(0.0), treatment_shares=(0.9,), order_spread=1.8), "no_claim"),
        (Scenario(kinds=NO_EFFECT, bot_share=0.7, bot_days=(5, 6, 7)), "no_claim"),
        (Scenario(kinds=NO_EFFECT, refund_share=0.3, unscored_share=0.2, holdout_share=0.5), "no_claim"),
    ],
)
def test_the_verdict_is_the_planted_one_and_every_interval_holds_the_truth(scenario: Scenario, verdict: str) -> None:
    experiment = draw(scenario, 11)
    report = told(experiment)
    assert report.verdict == verdict
    assert report.claim == (verdict in ("lift", "harm"))
    for name in ("conversion", "revenue_per_session", "margin_per_session"):
        measure = report.measures[name]
        assert measure.low is not None
        assert measure.high is not None
        assert measure.low < experiment.truth.lift(name) < measure.high, name
        assert measure.relative_low is not None
        assert measure.relative_low < experiment.truth.relative_lift(name) < (measure.relative_high or 99.0), name


def test_a_discount_that_sells_more_and_costs_more_than_that_is_a_lift_in_conversion_and_a_harm_in_margin() -> None:
    experiment = draw(Scenario(kinds=lifted(0.3), visits_per_day=5_000, discount_minor=2_500), 3)
    assert told(experiment).verdict == "lift"
    by_margin = told(experiment, Wish(primary="margin_per_session"))
    assert by_margin.verdict == "harm"
    assert by_margin.lift == by_margin.measures["margin_per_session"].lift
    assert "margin" in by_margin.sentence


def test_the_score_narrows_the_interval() -> None:
    report = told(draw(Scenario(kinds=FOUR_KINDS), 5))
    measure = report.measures["conversion"]
    assert report.is_score_held_equal
    assert measure.unadjusted is not None
    assert measure.low is not None
    assert measure.high is not None
    assert measure.high - measure.low < 0.9 * (measure.unadjusted.high - measure.unadjusted.low)


# shows: H5
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: replace(s, lost_share=0.08), "Sample ratio"),
        (lambda s: replace(s, preview_count=1_500), "Sample ratio"),
        (lambda s: replace(s, lost_share=0.2, treatment_shares=RAMP), "Sample ratio"),
    ],
)
def test_a_planted_fault_is_named_and_nothing_is_claimed(change: Callable[[Scenario], Scenario], said: str) -> None:
    sound = Scenario(kinds=lifted(0.5), visits_per_day=1_500)
    assert told(draw(sound, 7)).claim
    report = told(draw(change(sound), 7))
    assert report.verdict == "fault"
    assert not report.claim
    assert report.claimed_measures == ()
    assert said in report.faults[0]
    assert said in report.sentence


def test_a_share_that_changed_every_day_is_no_fault_and_what_was_not_checked_is_told() -> None:
    scenario = Scenario(kinds=lifted(0.0), treatment_shares=tuple(0.05 + 0.031 * day for day in range(28)), trend=2.0)
    experiment = draw(scenario, 1)
    bare = experiment.visits._replace(treatment_probability=np.full(len(experiment.kind), np.nan))
    report = report_of(bare, experiment.exposure(), Wish())
    assert report.verdict == "no_claim"
    assert report.sample_ratio is not None
    assert report.sample_ratio.basis == "unknown"
    assert any("is not checked" in note for note in report.notes)
    logged = told(experiment)
    assert logged.sample_ratio is not None
    assert logged.sample_ratio.basis == "logged"
    assert logged.sample_ratio.is_ok


def test_visits_whose_row_comes_twice_change_no_figure() -> None:
    once = lift_report(draw(Scenario(kinds=FOUR_KINDS), 5).rows())
    experiment = draw(Scenario(kinds=FOUR_KINDS, double_share=0.2), 5)
    twice = lift_report(experiment.rows())
    assert twice.measures == once.measures
    assert twice.exposure.repeated_count == len(experiment.double) > 5_000
    assert any("repeat a visit" in note for note in twice.notes)


def both(rows: list[Row], count: int) -> list[Row]:
    return rows + [
        replace(row, arm="control" if row.arm == "treatment" else "treatment", decided_at_s=row.decided_at_s + 60)
        for row in rows[:count]
    ]


def test_visits_in_both_arms_are_left_out_and_many_of_them_end_every_claim() -> None:
    rows = draw(Scenario(kinds=lifted(0.5), visits_per_day=1_500), 7).rows()
    few, many = lift_report(both(rows, 100)), lift_report(both(rows, 2_000))
    assert few.claim
    assert few.visit_count == len(rows) - 100
    assert any("100 visits were seen in both arms" in note for note in few.notes)
    assert many.verdict == "fault"
    assert "both arms" in many.sentence


def test_rows_in_any_order_say_the_same() -> None:
    rows = draw(Scenario(kinds=FOUR_KINDS, treatment_shares=RAMP), 5).rows()
    assert lift_report(rows[::-1]) == lift_report(rows)


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (Scenario(kinds=FOUR_KINDS, day_count=1, visits_per_day=40), "the least"),
        (Scenario(kinds=lifted(0.1, base=0.001), day_count=1, visits_per_day=2_000), "that converted"),
        (Scenario(kinds=FOUR_KINDS, treatment_shares=(1.0,)), "all 28,000 visits are treated"),
        (Scenario(kinds=FOUR_KINDS, treatment_shares=(0.0,)), "all 28,000 visits are held back"),
        (Scenario(kinds=FOUR_KINDS, day_count=2, treatment_shares=(0.0, 1.0)), "one allocation"),
    ],
)
def test_where_there_is_not_enough_data_no_number_is_given_and_it_is_said_why(scenario: Scenario, said: str) -> None:
    report = told(draw(scenario, 2))
    assert report.verdict == "not_enough_data"
    assert (report.lift, report.interval, report.claim) == (None, None, False)
    assert said in report.sentence


def test_of_no_rows_nothing_is_said() -> None:
    assert "there are no visits" in lift_report([]).sentence


def test_below_power_is_said_with_the_days_that_are_left_and_with_enough_visits_it_is_not() -> None:
    early = told(draw(Scenario(kinds=lifted(0.0), day_count=5), 1))
    assert early.power is not None
    assert early.power.is_below
    assert "Below power" in early.sentence
    late = told(draw(Scenario(kinds=lifted(0.0, base=0.2), visits_per_day=4_000), 1))
    assert late.power is not None
    assert not late.power.is_below
    assert "Below power" not in late.sentence


def test_a_fifth_of_the_chance_of_error_is_never_spent_twice() -> None:
    """The figure that a claim is about has 0.05; the three others share another 0.05."""
    report = told(draw(Scenario(kinds=FOUR_KINDS), 5))
    assert {name: round(m.significance, 4) for name, m in report.measures.items()} == {
        "conversion": 0.05, "revenue_per_session": 0.0167, "order_value": 0.0167, "margin_per_session": 0.0167,
    }  # fmt: skip
