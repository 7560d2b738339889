"""Figures by click, checked against another implementation."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from core import events as ev
from model.dataset import encode_session
from model.evaluate import at_click, auprc, auroc, by_click, ece, metrics
from tests.model.builders import dwell, page, visit

CONTRACT = {
    "click", "sessions", "base_rate", "auroc", "auprc", "brier", "ece", "accuracy", "majority_accuracy", "precision",
    "false_positive_rate", "threshold",
}  # fmt: skip

pairs = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=2, max_size=80)


# shows: D2
@settings(max_examples=80, deadline=None)
@given(pairs)
def test_rank_figures_equal_those_of_scikit_learn_ties_included(drawn: list[tuple[float, bool]]) -> None:
    scores = np.array([score for score, _ in drawn])
    outcomes = np.array([float(outcome) for _, outcome in drawn])
    assume(0 < outcomes.sum() < len(outcomes))
    assert auroc(scores, outcomes) == pytest.approx(roc_auc_score(outcomes, scores))
    assert auprc(scores, outcomes) == pytest.approx(average_precision_score(outcomes, scores))
    assert metrics(scores, outcomes, click=1)["brier"] == pytest.approx(brier_score_loss(outcomes, scores), abs=1e-6)


def test_calibration_error_is_zero_where_scores_say_the_share_and_large_where_they_do_not() -> None:
    chance = np.random.default_rng(2)
    honest = chance.random(50_000)
    outcomes = (chance.random(50_000) < honest).astype(float)
    assert ece(honest, outcomes) < 0.01
    assert ece(honest * 0.5, outcomes) > 0.2


def test_a_row_has_every_key_of_the_contract() -> None:
    row = metrics(np.array([0.9, 0.8, 0.2, 0.6]), np.array([1.0, 1.0, 0.0, 0.0]), click=5)
    assert set(row) == CONTRACT
    assert (row["accuracy"], row["false_positive_rate"]) == (0.75, 0.5)
    assert row["precision"] == pytest.approx(2 / 3, abs=1e-6)


def test_what_cannot_be_said_is_left_out_and_never_a_neutral_number() -> None:
    nobody_bought = metrics(np.array([0.1, 0.2]), np.zeros(2), click=1)
    assert not {"auroc", "auprc", "precision"} & set(nobody_bought)
    assert nobody_bought["false_positive_rate"] == 0.0


# shows: D2
def test_the_kth_click_is_the_kth_page_view_before_a_purchase() -> None:
    bought = ev.Purchase(seq=1, at_ms=0)
    first = encode_session(visit(page("home"), dwell(2), page("cart"), bought, page("home"), has_bought=True))
    second = encode_session(visit(page("home")))
    reached, steps = at_click([first, second], 1)
    assert (reached.tolist(), steps.tolist()) == ([0, 1], [0, 0])
    reached, steps = at_click([first, second], 2)
    assert (reached.tolist(), steps.tolist()) == ([0], [2])
    assert at_click([first, second], 3)[0].tolist() == []


def test_a_click_that_hardly_anybody_reaches_has_no_row() -> None:
    sessions = [encode_session(visit(page("home"), has_bought=i % 2 == 0)) for i in range(12)]
    rows = by_click(sessions, [np.array([0.5])] * 12)
    assert [row["click"] for row in rows] == [1]
