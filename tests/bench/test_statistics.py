"""`python -m bench statistics` in short: what each experiment says, and that a rule that is wrong would be seen."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bench import statistics
from bench.statistics import AA_SHOPS, MEASURES, Found, Looked, _aa, _aa_figures, _planted, _planted_figures


def test_an_a_a_experiment_is_looked_at_on_every_day_in_each_sort_of_shop() -> None:
    looked = [_aa(number) for number in range(len(AA_SHOPS))]
    figures = _aa_figures(looked)
    assert figures["aa_experiments"] == len(AA_SHOPS) == 4
    assert set(figures["aa_false_claim_share_by_shop"]) == set(AA_SHOPS)
    assert set(figures["aa_false_claim_share_by_measure"]) == set(MEASURES)
    assert figures["aa_false_claim_share"] <= 0.25


def test_a_rule_that_is_for_one_look_would_be_seen_to_claim_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "core.analysis.contrast.always_valid_p", lambda off, count, planned: 0.04 if abs(off) > 1.96 else 1.0
    )
    monkeypatch.setattr(statistics, "AA_VISITS_PER_DAY", 150)
    figures = _aa_figures([_aa(number) for number in range(16)])
    assert figures["aa_false_claim_share"] > 0.1


def test_a_planted_lift_is_held_and_claimed_on_the_day_that_was_named() -> None:
    found = [_planted(number, day_count=26) for number in range(3)]
    figures = _planted_figures(found)
    assert figures["planted_coverage_share"] > 0.6
    assert figures["planted_claim_share"] > 0.3
    assert 1.5 < figures["always_valid_over_fixed"] < 1.7
    assert figures["covariate_over_unadjusted"] < 1.0


def test_shares_are_counted_from_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Found(True, True, True, True, False, 3.0, 2.0, 4.0)
    wrong = right._replace(covered=False, claimed=False)
    figures = _planted_figures([right, right, right, wrong, right._replace(relative_covered=False)])
    assert figures["planted_coverage_share"] == 0.6
    assert figures["planted_claim_share"] == 0.8
    assert figures["always_valid_over_fixed"] == 1.5
    assert figures["covariate_over_unadjusted"] == 0.75
    calm, loud = Looked(False, (False,) * 4, False, False), Looked(True, (True, False, False, False), True, True)
    aa = _aa_figures([calm, loud, calm, calm])
    assert aa["aa_false_claim_share"] == 0.25
    assert aa["aa_false_claim_share_by_shop"] == {"half": 0.0, "holdout": 1.0, "ramp": 0.0, "settling": 0.0}
    assert aa["aa_fault_share"] == aa["aa_false_claim_share_beside"] == 0.25


def test_the_names_that_others_rely_on_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "ProcessPoolExecutor", lambda count, _: ThreadPoolExecutor(count))
    monkeypatch.setattr(statistics, "AA_VISITS_PER_DAY", 100)
    monkeypatch.setattr(statistics, "QUICK_AA", 4)
    monkeypatch.setattr(statistics, "QUICK_PLANTED", 2)
    figures = statistics.run(quick=True)
    assert {"aa_false_claim_share", "planted_coverage_share", "planted_claim_share"} <= set(figures)
    assert figures["planted_experiments"] == 2
