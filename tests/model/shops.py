"""Planted shops for statistics: scores whose true chance is known, as many as wanted and at no cost."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def planted(count: int, seed: int, *, stretch: float = 0.9, shift: float = 0.1) -> tuple[Floats, Floats]:
    """Scores [K] and outcomes [K]. The chance to buy is the score with its logit stretched and shifted: slightly wrong scores."""
    chance = np.random.default_rng(seed)
    scores = chance.beta(0.8, 2.2, count).clip(1e-6, 1 - 1e-6)
    logits = stretch * np.log(scores / (1.0 - scores)) + shift
    outcomes = (chance.random(count) < 1.0 / (1.0 + np.exp(-logits))).astype(np.float64)
    return scores, outcomes
