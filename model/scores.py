"""What a trained network says of whole sessions, calibrated: how training and its report score; serving has `scorer`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.features import CLICKS_MOST
from model.bundle import Platt
from model.dataset import Encoded
from model.logits import logits_of
from model.network import Network


def scores_of(
    network: Network, calibration: Sequence[Platt], sessions: Sequence[Encoded], *, column: int = 0
) -> list[NDArray[np.float64]]:
    """The calibrated scores [T] of each session, by default those of the purchase head."""
    slopes, offsets = np.array([p.slope for p in calibration]), np.array([p.offset for p in calibration])
    scores = []
    for session, logits in zip(sessions, logits_of(network, sessions), strict=True):
        clicks = np.minimum(session.clicks, CLICKS_MOST)
        scores.append(1.0 / (1.0 + np.exp(-(slopes[clicks] * logits[:, column] + offsets[clicks]))))
    return scores
