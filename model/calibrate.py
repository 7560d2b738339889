"""Makes scores mean what they say: two numbers per head and click, fitted on sessions that took part in no other choice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.features import CLICKS_MOST
from model.bundle import Platt
from model.dataset import Encoded

Floats = NDArray[np.float64]
PLAIN = Platt()
ROUNDS = 60
RIDGE_LEAST = 1e-6
PRIOR = 100.0
"""How strongly the figures are held to slope 1 and offset 0: about halfway at 1,000 sessions that are hard to tell apart, hardly
at 10,000. Without it, 1,700 recorded sessions moved a network away from what it had learned right from 12,000."""
CLICK_PRIOR = 100.0
"""The same for one click's figures, which are held to those over all clicks."""


def usable(sessions: Sequence[Encoded]) -> list[Encoded]:
    """Sessions in which nothing was chosen: an offer that works would make the score before it look too low."""
    return [session for session in sessions if not session.was_offered]


def fit_by_click(
    logits: Floats, outcomes: Floats, weights: Floats, clicks: NDArray[np.int64], *, sessions: int
) -> tuple[Platt, ...]:
    """One `Platt` for each click from 0 to `CLICKS_MOST`, pulled towards the one over all clicks where there is little data.

    Shapes: every array [steps]. `sessions`: of how many these are the steps; the steps of one session say much the same.
    """
    overall = fit_platt(logits, outcomes, weights, ridge=PRIOR / sessions)
    result = []
    for click in range(CLICKS_MOST + 1):
        here = (np.minimum(clicks, CLICKS_MOST) == click) & (weights > 0)
        if not here.any():
            result.append(overall)
            continue
        ridge = CLICK_PRIOR / float(here.sum())
        result.append(fit_platt(logits[here], outcomes[here], weights[here], prior=overall, ridge=ridge))
    return tuple(result)


def fit_platt(
    logits: Floats, outcomes: Floats, weights: Floats, *, prior: Platt = PLAIN, ridge: float = RIDGE_LEAST
) -> Platt:
    """Slope and offset that make sigmoid(slope * logit + offset) most likely, pulled towards `prior`.

    Source: Platt, "Probabilistic Outputs for Support Vector Machines" (1999), by Newton's method. Without both
    outcomes there is nothing to learn, and the logits stay as they are.
    """
    if not 0 < float((outcomes * weights).sum()) < float(weights.sum()):
        return prior
    slope, offset, total = prior.slope, prior.offset, float(weights.sum())
    for _ in range(ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-(slope * logits + offset)))
        error = weights * (chance - outcomes) / total
        curve = weights * chance * (1.0 - chance) / total
        pulled = ridge * np.array([slope - prior.slope, offset - prior.offset])
        gradient = np.array([(error * logits).sum(), error.sum()]) + pulled
        mixed = (curve * logits).sum()
        hessian = np.array([[(curve * logits**2).sum() + ridge, mixed], [mixed, curve.sum() + ridge]])
        move = np.linalg.solve(hessian, gradient)
        slope, offset = slope - float(move[0]), offset - float(move[1])
        if float(np.abs(move).max()) < 1e-9:
            break
    # A score that ranks backwards is worse than one that is not calibrated.
    return Platt(round(slope, 6), round(offset, 6)) if slope > 0.05 else prior
