"""The first page is known outright: one figure for each landing page type, so that the first click is no guess of a curve.

At click 1 nearly all that is known is where the visit begins, and the share of such visits that bought can be counted. A
network that is stopped where the later clicks are best leaves these few shares slightly out of order.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from model.dataset import Encoded
from model.logits import logits_of
from model.network import LANDING_CLICK, UNKNOWN_PAGE, Network

Floats = NDArray[np.float64]
ROUNDS = 30
PRIOR = 4.0
"""One over the variance of what a page type may differ from the network's word, in logits: half a logit is much. Counts as
much as some 25 visits of that page type."""


def settle_landing(network: Network, sessions: Sequence[Encoded]) -> None:
    """Sets `network.landing`: what is added to the purchase head's logit at click 1, by landing page type.

    Each the most likely value given what these sessions did, pulled towards 0; a session counts as one, however much its
    first page reported. Logistic regression with a normal prior, by Newton's method. A page type without a place of its own
    keeps 0.
    """
    network.landing.zero_()
    places, logits, targets, weights = _first_steps(network, sessions)
    count = len(network.landing)
    shift = np.zeros(count)
    for _ in range(ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-(logits + shift[places])))
        error = np.bincount(places, weights * (chance - targets), minlength=count) + PRIOR * shift
        curve = np.bincount(places, weights * chance * (1.0 - chance), minlength=count) + PRIOR
        shift -= error / curve
        if float(np.abs(error / curve).max()) < 1e-9:
            break
    shift[UNKNOWN_PAGE] = 0.0
    network.landing.copy_(torch.from_numpy(shift))


def _first_steps(network: Network, sessions: Sequence[Encoded]) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    """Of all steps on landing pages [S]: place, logit, target and weight."""
    columns = []
    for session, logits in zip(sessions, logits_of(network, sessions), strict=True):
        here = (session.clicks == LANDING_CLICK) & (session.asked[:, 0] > 0)
        if not here.any():
            continue
        asked = session.asked[here, 0].astype(np.float64)
        place = network.places_of(session.pages[here]).numpy()
        columns.append((place, logits[here, 0], session.targets[here, 0], asked / asked.sum()))
    if not columns:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0)
    place, logit, target, weight = (np.concatenate(column) for column in zip(*columns, strict=True))
    return place, logit, target.astype(np.float64), weight
