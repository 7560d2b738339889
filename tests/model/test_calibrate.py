"""Calibration: it finds what was planted, keeps the order, and learns from nobody who was offered something."""

import numpy as np

from model.bundle import Platt
from model.calibrate import fit_platt, usable
from model.dataset import encode_session
from tests.model.builders import page, visit


def test_a_planted_distortion_is_found() -> None:
    chance = np.random.default_rng(1)
    logits = chance.normal(0, 2, 60_000)
    outcomes = (chance.random(60_000) < 1 / (1 + np.exp(-(0.6 * logits - 0.8)))).astype(float)
    platt = fit_platt(logits, outcomes, np.ones(60_000))
    assert abs(platt.slope - 0.6) < 0.03
    assert abs(platt.offset + 0.8) < 0.04


def test_scores_that_rank_backwards_are_not_turned_round() -> None:
    logits = np.linspace(-3, 3, 1000)
    outcomes = (logits < 0).astype(float)
    assert fit_platt(logits, outcomes, np.ones(1000)) == Platt()


def test_one_outcome_alone_teaches_nothing() -> None:
    assert fit_platt(np.array([0.1, 0.9]), np.zeros(2), np.ones(2)) == Platt()
    assert fit_platt(np.array([0.1, 0.9]), np.ones(2), np.ones(2)) == Platt()


def test_a_session_in_which_something_was_chosen_does_not_calibrate() -> None:
    left_alone, offered = (encode_session(visit(page("home"), was_offered=was)) for was in (False, True))
    assert usable([left_alone, offered]) == [left_alone]
