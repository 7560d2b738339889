"""Makes scores mean what they say: two numbers per head, fitted on sessions that took part in no other choice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.bundle import Platt
from model.dataset import Encoded

Floats = NDArray[np.float64]
ROUNDS = 60
RIDGE = 1e-3
"""Pulls towards slope 1 and offset 0, so that a handful of sessions cannot overturn the network."""


def usable(sessions: Sequence[Encoded]) -> list[Encoded]:
    """Sessions in which nothing was chosen: an offer that works would make the score before it look too low."""
    return [session for session in sessions if not session.was_offered]


def fit_platt(logits: Floats, outcomes: Floats, weights: Floats) -> Platt:
    """Slope and offset that make sigmoid(slope * logit + offset) most likely.

    Source: Platt, "Probabilistic Outputs for Support Vector Machines" (1999), by Newton's method. Without both
    outcomes there is nothing to learn, and the logits stay as they are.
    """
    if not 0 < float((outcomes * weights).sum()) < float(weights.sum()):
        return Platt()
    slope, offset, total = 1.0, 0.0, float(weights.sum())
    for _ in range(ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-(slope * logits + offset)))
        error = weights * (chance - outcomes) / total
        curve = weights * chance * (1.0 - chance) / total
        gradient = np.array([(error * logits).sum() + RIDGE * (slope - 1.0), error.sum() + RIDGE * offset])
        mixed = (curve * logits).sum()
        hessian = np.array([[(curve * logits**2).sum() + RIDGE, mixed], [mixed, curve.sum() + RIDGE]])
        move = np.linalg.solve(hessian, gradient)
        slope, offset = slope - float(move[0]), offset - float(move[1])
        if float(np.abs(move).max()) < 1e-9:
            break
    # A score that ranks backwards is worse than one that is not calibrated.
    return Platt(round(slope, 6), round(offset, 6)) if slope > 0.05 else Platt()
